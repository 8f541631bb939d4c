"""Recordings from outside: any file FFmpeg reads becomes segments of a camera, its pictures copied.

The same way into the store as recorded segments (`recorder.ingest`), with a wall time that somebody
stated. Done again with the same file and start it changes nothing; interrupted, it goes on.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.digest import Digest
from footage.errors import BadInput, Conflict, DataLoss, Unavailable
from footage.ids import RunId
from footage.instant import Elapsed
from footage.mp4 import elapsed, walk
from footage.ports import Scope
from footage.segment import TimeSource
from recorder.capture import DEFAULT_LENGTH, check_length, import_argv
from recorder.header import Header
from recorder.ingest import Ingest
from recorder.progress import AUDIO_REFUSED, last_words
from recorder.run import Run
from recorder.spool import CameraSpool, Spooled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footage.camera import Camera
    from footage.instant import Instant
    from footage.ports import Catalogue, ObjectStore
    from footage.segment import Segment
    from recorder.ports import Holds, Launcher

GUESSED_RATE: Final = "25"
"""Pictures a second of an elementary stream, which does not say: PAL's rate."""

_FOLDER: Final = ".import"  # no camera's name: the recorder passes it by
_START_CODES: Final = (b"\0\0\1", b"\0\0\0\1")
_PROGRAM_STREAM: Final = (b"\0\0\1\xba", b"\0\0\1\xb3")
_TIMEOUT: Final = Elapsed.parse("6h")
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file.

    Attributes:
        segments: All segments of it, in order, whether stored now or before.
        stored: How many were stored now; 0 where all had been there.
        notes: What was left out or assumed.
    """

    segments: tuple[Segment, ...]
    stored: int
    notes: tuple[str, ...]


class Importer:
    """Takes in recordings from outside."""

    def __init__(
        self,
        *,
        spool_root: Path,
        store: ObjectStore,
        catalogue: Catalogue,
        holds: Holds,
        launcher: Launcher,
    ) -> None:
        self._root = spool_root / _FOLDER
        self._catalogue = catalogue
        self._launcher = launcher
        self._ingest = Ingest(store, catalogue, holds)

    def ingest(
        self,
        path: Path,
        camera: Camera,
        start: Instant,
        *,
        length: Elapsed = DEFAULT_LENGTH,
        frame_rate: str = "",
    ) -> Imported:
        """Store the video of `path` as recording of `camera` from `start` on.

        Args:
            path: Any container, or an H.264 or H.265 elementary stream.
            camera: Whose recording it is.
            start: Wall time of its first picture, as stated.
            length: Of a segment; cut at the first keyframe after it.
            frame_rate: Of an elementary stream whose headers do not say it, e.g. "25" or
                "30000/1001"; "" takes 25 and notes it.

        Raises:
            BadInput: There is no video in it, or FFmpeg cannot read it.
            Conflict: Something else is recorded at that time.
            Unavailable: The store or the catalogue cannot be reached; the same call goes on later.
        """
        check_length(length)
        bare = _check(path)
        notes = []
        if bare and not frame_rate:
            frame_rate = GUESSED_RATE
            notes.append(
                f"an elementary stream has no times: {GUESSED_RATE} pictures/s taken "
                "where its headers do not say"
            )
        digest = Digest.of_file(path)
        # Deterministic: the same call again finds its own segments (invariant 2).
        run = RunId(f"import-{digest.hex[:16]}-{start.us}-{length.us // 1_000_000}")
        with self._folder(camera) as spool:
            audio = self._cut(path, spool, run, length, frame_rate if bare else "")
            if not audio:
                notes.append("sound left out: MP4 cannot hold its codec")
            closed = _close(spool, camera, run, start, path)
            segments, stored = self._store(closed, camera)
        return Imported(tuple(segments), stored, tuple(notes))

    def _cut(
        self, path: Path, spool: CameraSpool, run: RunId, length: Elapsed, frame_rate: str
    ) -> bool:
        """Copy into segments; returns whether the sound could be kept."""
        pattern = spool.folder / f"{run}-%06d.mp4"
        for audio in (True, False):
            for left in spool.folder.glob("*.mp4"):
                left.unlink()
            argv = import_argv(
                self._launcher.ffmpeg,
                path.absolute(),
                pattern.absolute(),
                length=length,
                audio=audio,
                frame_rate=frame_rate,
            )
            try:
                self._launcher.run(argv, timeout=_TIMEOUT)
            except Unavailable as exc:
                if audio and any(sign in str(exc) for sign in AUDIO_REFUSED):
                    continue
                words = last_words(str(exc).splitlines()[1:]) or "it says nothing"
                raise BadInput(f"{path.name}: no video FFmpeg can read: {words}") from exc
            return audio
        raise BadInput(f"{path.name}: FFmpeg cannot read it")

    def _store(self, closed: list[Spooled], camera: Camera) -> tuple[list[Segment], int]:
        there = self._there(closed, camera)
        segments, stored = [], 0
        for spooled in closed:
            segment = there.get(spooled.segment.interval.start.us)
            if segment is None:
                segment = self._ingest.put(spooled)  # invariant 2
                self._ingest.enter(segment)
                stored += 1
            segments.append(segment)
        return segments, stored

    def _there(self, closed: list[Spooled], camera: Camera) -> dict[int, Segment]:
        """Which of these are stored already; raises Conflict when others lie there."""
        scope = Scope(cameras=frozenset({camera.id}))
        there = {}
        others: dict[str, Segment] = {}
        for spooled in closed:
            for found in self._catalogue.segments(scope, spooled.segment.interval):
                if found.run == spooled.segment.run:
                    there[found.interval.start.us] = found
                else:
                    others[found.key] = found
        if others:
            named = ", ".join(list(others)[:_NAMED])
            more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
            raise Conflict(
                f"{camera.id} has other footage at that time: {named}{more}",
                mend="check --start, or give the file a camera of its own",
            )
        return there

    @contextmanager
    def _folder(self, camera: Camera) -> Iterator[CameraSpool]:
        """A folder of our own; what an interrupted import left there goes."""
        spool = CameraSpool(self._root, camera.id)
        try:
            for left in spool.folder.iterdir():
                if left.name != "lock":
                    left.unlink()
            yield spool
        finally:
            shutil.rmtree(spool.folder, ignore_errors=True)
            spool.close()


def _check(path: Path) -> bool:
    """Refuse what cannot be a recording; returns whether it is an elementary stream."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as exc:
        raise BadInput(f"cannot read {path}: {exc.strerror}") from exc
    if not head:
        raise BadInput(f"{path.name} is empty")
    return head.startswith(_START_CODES) and not head.startswith(_PROGRAM_STREAM)


def _close(
    spool: CameraSpool, camera: Camera, run: RunId, start: Instant, path: Path
) -> list[Spooled]:
    files = sorted(spool.folder.glob(f"{run}-*.mp4"))
    first = next((file for file in files if file.stat().st_size), None)
    if first is None:
        raise BadInput(f"{path.name}: no video in it")
    try:
        with first.open("rb") as opened:
            layout = walk(opened)
    except DataLoss as exc:
        raise BadInput(f"{path.name}: no video in it: {exc}") from exc
    zero = start - elapsed(layout.first_dts_ticks, layout.media.timescale)
    header = Header(
        run=run,
        camera=camera.id,
        site=camera.site,
        district=camera.district,
        place=camera.place,
        retention_class=camera.retention_class,
        started=zero,
        source=TimeSource.STATED,
    )
    writing = Run.begin(spool, header)
    closed = [writing.close(file.name) for file in files]
    return [one for one in closed if one is not None]
