"""Tracks of a file, by FFmpeg's own list of them, and the account of tracks that are not kept.

An import keeps one track of pictures and the first track of sound. Whatever else a file holds is
named, since the file itself may be thrown away afterwards: a second lens, subtitles with positions,
a microphone more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput, Unavailable
from footage.instant import Elapsed
from recorder.capture.command_line import probe_argv
from recorder.capture.own_bytes import EXTERNAL, REFUSED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from recorder.imports.opened import OpenedFile
    from recorder.ports import Launcher

_TIMEOUT: Final = Elapsed.parse("5m")
_STREAM: Final = re.compile(
    # "  Stream #0:1[0x2](und): Video: h264 (High) (avc1 / 0x31637661), yuv420p, 320x180, ..."
    r"^ {2,4}Stream #0:(?P<number>\d+)(?:\[0x[0-9a-f]+\])?(?:\([^)]*\))?: "
    r"(?P<kind>\w+): (?P<codec>\S+?)(?:,| |$)(?P<rest>.*)$"
)
_SIZE: Final = re.compile(r"(?:^|, | )(\d{1,7})x(\d{1,7})(?: \[|,|$)")
_TAG: Final = re.compile(r"\((\w{4}) / 0x[0-9A-Fa-f]+\)")
_FORMAT: Final = re.compile(r"^Input #0, (?P<names>\S+), from ")
_LENGTH: Final = re.compile(r"^ +Duration: (\d+):(\d\d):(\d\d)\.(\d\d)", re.MULTILINE)
_LIST: Final = re.compile(r"\[(\w[\w,]*) @ [^\]]*\] " + REFUSED)
_END_OF_INPUT: Final = "Output #0, "
_MOST_NAMED: Final = 12
"""Most tracks named in a note; the number of all is told besides."""


class Kind(StrEnum):
    """Kind of a track, in the words of a report."""

    PICTURES = "pictures"
    SOUND = "sound"
    SUBTITLES = "subtitles"
    COVER = "cover picture"
    DATA = "data"


_KINDS: Final = {"Video": Kind.PICTURES, "Audio": Kind.SOUND, "Subtitle": Kind.SUBTITLES}


@dataclass(frozen=True, slots=True)
class Track:
    """A track of a file.

    Attributes:
        number: Place among all tracks of the file, from 0 on.
        codec: FFmpeg's name of the codec, or the four-character code of a codec FFmpeg lacks.
        width: Pixels across; 0 where there are no pictures, or the file does not tell.
        height: Pixels down.
    """

    number: int
    kind: Kind
    codec: str
    width: int = 0
    height: int = 0

    def __str__(self) -> str:
        size = f", {self.width}x{self.height}" if self.width else ""
        return f"{self.kind} ({self.codec}{size})"


@dataclass(frozen=True, slots=True)
class Contents:
    """Tracks and length of a file.

    Attributes:
        format: FFmpeg's names of the container.
        duration: Length by the container; None where the container does not tell.
        external: Whether samples of a track lie in another file, which is never opened.
    """

    format: str
    tracks: tuple[Track, ...]
    duration: Elapsed | None = None
    external: bool = False

    @property
    def pictures(self) -> tuple[Track, ...]:
        """The tracks of pictures, in order; `--track` counts them from 1."""
        return tuple(track for track in self.tracks if track.kind is Kind.PICTURES)

    @property
    def sounds(self) -> tuple[Track, ...]:
        """The tracks of sound, in order."""
        return tuple(track for track in self.tracks if track.kind is Kind.SOUND)


def contents(launcher: Launcher, source: OpenedFile, max_pixels: int = 0) -> Contents:
    """List the tracks of a file; a larger picture is not decoded, and its size perhaps not told.

    Raises:
        BadInput: The file is a list of other files, or FFmpeg cannot read it, or has no pictures.
    """
    argv = probe_argv(launcher.ffmpeg, max_pixels)
    try:
        said = launcher.messages(argv, timeout=_TIMEOUT, feed=source.file)
    except Unavailable as exc:
        said = str(exc)
    if REFUSED in said:
        named = _LIST.search(said)
        what = f" ({named[1]})" if named else ""
        raise BadInput(
            f"{source.name}: not a recording: its format{what} names other files, or is no video",
            hint="import the recordings themselves; only a file's own pictures are taken",
        )
    found = read_contents(said)
    if found is None or not found.pictures:
        raise BadInput(f"{source.name}: no video FFmpeg can read: {source.words(said)}")
    return found


def read_contents(said: str) -> Contents | None:
    """Read FFmpeg's description of its input; None where FFmpeg could not open the file."""
    lines = said.splitlines()
    opened = next((found for line in lines if (found := _FORMAT.match(line))), None)
    if opened is None:
        return None
    tracks: list[Track] = []
    for line in lines:
        if line.startswith(_END_OF_INPUT):
            break
        if found := _STREAM.match(line):
            tracks.append(_track(found))
    return Contents(opened["names"], tuple(tracks), _duration(said), EXTERNAL in said)


def account(
    found: Contents, track: int, taken: Collection[int] = (), *, original: bool = False
) -> list[str]:
    """Notes that name every track of a file that an import of its track `track` does not keep.

    Args:
        found: The file's tracks.
        track: The track of pictures that is kept, counted from 1.
        taken: Tracks of pictures that other imports of the file keep.
        original: Whether the file itself is stored.
    """
    kept = {found.pictures[track - 1].number, *(one.number for one in found.sounds[:1])}
    notes: list[str] = []
    for number, one in enumerate(found.pictures, start=1):
        if one.number not in kept and number not in taken:
            notes.append(
                f"not kept: track {number} of pictures ({one.codec}, {one.width}x{one.height}): "
                f"import the file again with --track {number} and a camera of its own"
            )
    others = [one for one in found.tracks if one.number not in kept and one not in found.pictures]
    if others:
        more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
        named = ", ".join(map(str, others[:_MOST_NAMED]))
        where = (
            "the original alone holds them"
            if original
            else "the file alone holds them: --keep-original stores it"
        )
        notes.append(f"not kept: {named}{more}: {where}")
    if found.external:
        notes.append("not kept: a track whose samples lie in another file, which was not opened")
    return notes


def chosen(name: str, found: Contents, track: int) -> Track:
    """The track of pictures number `track`, counted from 1; raises BadInput where there is none."""
    if not 1 <= track <= len(found.pictures):
        many = _counted(found.pictures)
        raise BadInput(f"{name}: no track {track} of pictures: it has {many}", hint="see --track")
    return found.pictures[track - 1]


def _counted(tracks: Iterable[Track]) -> str:
    named = [f"{at}: {one.codec}, {one.width}x{one.height}" for at, one in enumerate(tracks, 1)]
    return f"{len(named)} ({'; '.join(named[:_MOST_NAMED])})"


def _track(found: re.Match[str]) -> Track:
    kind = _KINDS.get(found["kind"], Kind.DATA)
    if kind is Kind.PICTURES and "(attached pic)" in found["rest"]:
        kind = Kind.COVER
    codec, tag = found["codec"], _TAG.search(found["rest"])
    if codec in {"none", "unknown", "bin_data"} and tag:
        codec = tag[1]
    size = _SIZE.search(found["rest"]) if kind is Kind.PICTURES else None
    width, height = (int(size[1]), int(size[2])) if size else (0, 0)
    return Track(int(found["number"]), kind, codec, width, height)


def _duration(said: str) -> Elapsed | None:
    found = _LENGTH.search(said)
    if found is None:
        return None
    hours, minutes, seconds, hundredths = map(int, found.groups())
    return Elapsed(((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + hundredths * 10_000)
