"""Codes films for viewing by FFmpeg, a process at a time; see `footage.ports.views`.

The segments' fragments are given to FFmpeg through a pipe, as one film. The script and the fonts
lie in a folder of their own, removed afterwards.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from footage import durable
from footage.errors import DataLoss, FootageError, Misconfigured, NoSpace, Unavailable
from footage.instant import Elapsed
from footage.mp4 import walk
from footage.ports.views import Size
from infra.host import process
from infra.media.display import display, shown_size
from infra.media.view_check import require_covered
from infra.media.view_command import (
    FONTS,
    LIST,
    SCRIPT,
    card_argv,
    film_argv,
    filters,
    join_argv,
)
from infra.media.view_script import box_of, canvas_of, card_script, film_script, layout_of
from infra.pdf import FONTS as FONT_FILES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from footage.ports.views import Caption, CardPart, FilmPart
    from infra.media.ffmpeg_tool import FfmpegTool

_NICE: Final = ("nice", "-n", "10")
"""Recording goes first."""
_CHUNK: Final = 1 << 20
_FRAMES: Final = re.compile(r"^frame=\s*(\d+)$", re.MULTILINE)
_FULL: Final = "No space left on device"
_NO_ASS: Final = "No such filter: 'ass'"
_AT_LEAST: Final = Elapsed.parse("2m")
_TIMES_LONGER: Final = 20
"""Most time that FFmpeg may take for a part, by the part's length."""


class FfmpegViews:
    """Codes films for viewing; see `footage.ports.views.ViewEncoder`.

    Args:
        ffmpeg: Gives the FFmpeg program in use.
        max_pixels: Most pixels of a picture that is decoded.
    """

    def __init__(self, ffmpeg: Callable[[], FfmpegTool], *, max_pixels: int) -> None:
        self._ffmpeg, self._max_pixels = ffmpeg, max_pixels

    def tool(self) -> str:
        """Name and version of FFmpeg."""
        return f"FFmpeg {self._ffmpeg().version}"

    def filters(self) -> str:
        """The filters and coding options."""
        return filters()

    def shown(self, file: Path) -> Size:
        """Return the size at which the pictures of a segment are shown: upright, square pixels."""
        with durable.seam(file), file.open("rb") as opened:
            layout = walk(opened)
            opened.seek(0)
            told = display(opened.read(layout.init_bytes))
        media = layout.media
        size = Size(*shown_size(media.width, media.height, told.pixel, self._max_pixels))
        return Size(size.height, size.width) if told.orientation.transposed else size

    def canvas(self, shown: Size, caption: Caption) -> Size:
        """Return the size of a film whose largest picture has this size."""
        return canvas_of(shown, caption)

    def film(self, part: FilmPart, canvas: Size, out: Path, told: Callable[[int], None]) -> int:
        """Code a part to a file; return the number of pictures."""
        shown = self.shown(part.files[0])
        box = box_of(shown, layout_of(canvas, part.caption).picture)
        begin = part.pictures[0].ticks
        length = Elapsed((part.end_ticks - begin) * 1_000_000 // part.timescale)
        argv = film_argv(
            *(self._path(), (begin, part.end_ticks), box, canvas, str(out.absolute())),
            max_pixels=self._max_pixels,
        )
        with _room(film_script(part, canvas, shown)) as room, _Feed(part.files) as feed:

            def unwanted() -> bool:
                told(feed.count)
                return False

            try:
                said = self._run(argv, room, length, feed=feed, unwanted=unwanted)
            except Unavailable as exc:
                feed.check()
                if isinstance(exc, process.TimedOut):
                    raise
                raise DataLoss(f"{part.files[0].name} and what follows: {exc}") from exc
        count = _count(said)
        if count and part.covers:
            require_covered(out, part, canvas, shown)
        return count

    def card(self, part: CardPart, canvas: Size, out: Path) -> int:
        """Code a card to a file; return the number of pictures."""
        argv = card_argv(self._path(), part.length, canvas, str(out.absolute()))
        with _room(card_script(part, canvas)) as room:
            return _count(self._run(argv, room, part.length))

    def join(self, parts: Sequence[tuple[Path, Elapsed]], out: Path) -> None:
        """Join files of `film` and `card`, each with its length, into one film."""
        whole = Elapsed(sum(length.us for _, length in parts))
        with _room("") as room:
            lines = ["ffconcat version 1.0\n"]
            for number, (path, length) in enumerate(parts):
                (room / f"part-{number}.mp4").symlink_to(path.absolute())
                lines.append(f"file part-{number}.mp4\nduration {length.us}us\n")
            (room / LIST).write_text("".join(lines), "ascii")
            self._run(join_argv(self._path(), str(out.absolute())), room, whole)

    def _path(self) -> str:
        return str(self._ffmpeg().path)

    def _run(
        self,
        argv: Sequence[str],
        room: Path,
        length: Elapsed,
        *,
        feed: _Feed | None = None,
        unwanted: Callable[[], bool] | None = None,
    ) -> str:
        within = _AT_LEAST + Elapsed(length.us * _TIMES_LONGER)
        try:
            return process.run(
                [*_NICE, *argv],
                timeout=within,
                cwd=room,
                feed=feed.end if feed else None,
                unwanted=unwanted,
            ).text
        except Unavailable as exc:
            if _FULL in str(exc):
                raise NoSpace("the disk is full: a film for viewing cannot be written") from exc
            if _NO_ASS in str(exc):
                raise Misconfigured(
                    f"{self.tool()} has no filter `ass`, which writes the times",
                    hint="install an FFmpeg with libass",
                ) from exc
            raise


class _Feed:
    """A pipe through which the fragments of files go as one film.

    Attributes:
        count: Bytes given so far.
        end: The end to read from.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self.count = 0
        self._wrong: Exception | None = None

    def __enter__(self) -> Self:
        read, write = os.pipe()
        self.end = os.fdopen(read, "rb")
        self._thread = threading.Thread(target=self._give, args=(write,), name="view-feed")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end.close()  # so that the other end is told where FFmpeg has ended before
        self._thread.join()

    def check(self) -> None:
        """Raise what kept the files from being read."""
        if self._wrong is not None:
            raise self._wrong

    def _give(self, write: int) -> None:
        try:
            for piece in _fragments(self._files):
                left = memoryview(piece)
                while left:
                    left = left[os.write(write, left) :]
                self.count += len(piece)
        except BrokenPipeError:
            return  # FFmpeg has ended, and tells why
        except (OSError, FootageError) as exc:
            self._wrong = exc  # raised by `check`, in the other thread
        finally:
            os.close(write)


def _fragments(files: Sequence[Path]) -> Iterator[bytes]:
    """Yield the index of the first file, then all whole fragments of all, as they are."""
    index = b""
    for path in files:
        with durable.seam(path), path.open("rb") as file:
            layout = walk(file)
            file.seek(0)
            own = file.read(layout.init_bytes)
            if not index:
                index = own
                yield index
            elif own != index:
                raise DataLoss(f"{path.name} has another index than the file before")
            for fragment in layout.fragments:
                file.seek(fragment.offset)
                left = fragment.length
                while left and (piece := file.read(min(left, _CHUNK))):
                    left -= len(piece)
                    yield piece


@contextmanager
def _room(script: str) -> Iterator[Path]:
    """Give a folder with the script and the fonts, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="footage-view-") as name:
        room = Path(name)
        with durable.seam(room):
            (room / SCRIPT).write_text(script, "utf-8")
            (room / FONTS).symlink_to(FONT_FILES)
        yield room


def _count(said: str) -> int:
    found = _FRAMES.findall(said)
    return int(found[-1]) if found else 0
