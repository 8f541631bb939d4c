"""The edit list of a track of pictures in an MP4 or MOV: which parts a player shows, and when.

A plain list begins somewhere and shows the track to its end. Of any other list FFmpeg would leave
pictures out, double them, or join parts that lie apart: such a file is taken by the track's own
times instead. Nothing is decoded, and no length that is read is trusted.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from footage.errors import DataLoss
from footage.instant import ZERO, Elapsed
from recorder.imports.container import HEAD_BYTES, Box, is_mp4, top_box, within

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST: Final = 1_000
"""Most edits that are read; a longer list is not plain in any case."""
_TAIL: Final = Elapsed.parse("1s")
"""A list that ends so little before the track does is plain: writers round, and leave out the last
pictures of a lossless cut."""
_USUAL_RATE: Final = 1 << 16
_WIDE: Final = 1


@dataclass(frozen=True, slots=True)
class Edits:
    """Edit list of a track of pictures.

    Attributes:
        parts: Number of parts of the track that are shown, one after another.
        begin: Time of the track at which the first part begins.
        first: Time of the track at which the first picture in the file is shown.
        hidden_tail: Time at the end of the track that the list's only part leaves out.
        other_speed: Whether a part is shown at another speed, or stands still.
    """

    parts: int = 0
    begin: Elapsed = ZERO
    first: Elapsed = ZERO
    hidden_tail: Elapsed = ZERO
    other_speed: bool = False

    @property
    def plain(self) -> bool:
        """Whether the list only says where the track begins."""
        return self.parts <= 1 and not self.other_speed and self.hidden_tail <= _TAIL

    @property
    def hidden(self) -> Elapsed:
        """Time from the first picture in the file to the picture that a player shows first."""
        return max(self.begin - self.first, ZERO)

    @property
    def note(self) -> str:
        """Effect of a list that is not plain, for a report; "" for a plain list."""
        if self.plain:
            return ""
        does = f"shows {self.parts} parts of it one after another"
        if self.parts <= 1:
            does = f"hides {self.hidden_tail} at its end"
        if self.other_speed:
            does = "changes its speed"
        return f"an edit list {does}: all its pictures are stored, at the track's own times"


def edits(file: BinaryIO, track: int) -> Edits:
    """Read the edit list of track number `track` of pictures, from 1 on; plain if there is none."""
    file.seek(0)
    if not is_mp4(file.read(HEAD_BYTES)):
        return Edits()
    try:
        moov = top_box(file, b"moov")
        if moov is None:
            return Edits()
        found = [trak for trak in within(file, moov, b"trak") if _shows(file, trak)]
        if not 1 <= track <= len(found):
            return Edits()
        scale = _scale(file, moov, (b"mvhd",))[0]
        return _read(file, found[track - 1], scale)
    except (DataLoss, struct.error):
        return Edits()  # FFmpeg says what is wrong with the file, or takes it


def _shows(file: BinaryIO, trak: Box) -> bool:
    kind = _content(file, trak, (b"mdia", b"hdlr"), 12)
    return kind[8:12] == b"vide"


def _read(file: BinaryIO, trak: Box, movie_scale: int) -> Edits:
    listed = _content(file, trak, (b"edts", b"elst"), 8 + _MOST * 20)
    scale, length = _scale(file, trak, (b"mdia", b"mdhd"))
    if not (listed and scale and movie_scale):
        return Edits()
    shown = [one for one in _entries(listed) if one[1] >= 0]
    if not shown:
        return Edits()
    span, begin, _ = shown[0]
    end = _elapsed(begin, scale) + _elapsed(span, movie_scale)
    known = span and length
    return Edits(
        parts=len(shown),
        begin=_elapsed(begin, scale),
        first=_elapsed(_first_offset(file, trak), scale),
        hidden_tail=max(_elapsed(length, scale) - end, ZERO) if known else ZERO,
        other_speed=any(rate != _USUAL_RATE for _, _, rate in shown),
    )


def _entries(listed: bytes) -> Iterator[tuple[int, int, int]]:
    """Length in the movie's ticks, begin in the track's ticks, and speed of each edit."""
    form = struct.Struct(">QqI" if listed[0] == _WIDE else ">IiI")
    (count,) = struct.unpack_from(">I", listed, 4)
    for number in range(min(count, (len(listed) - 8) // form.size)):
        yield form.unpack_from(listed, 8 + number * form.size)


def _first_offset(file: BinaryIO, trak: Box) -> int:
    """Ticks by which the track's first picture is shown after it is decoded."""
    listed = _content(file, trak, (b"mdia", b"minf", b"stbl", b"ctts"), 16)
    return int(struct.unpack_from(">i", listed, 12)[0]) if listed else 0


def _scale(file: BinaryIO, box: Box, path: tuple[bytes, ...]) -> tuple[int, int]:
    """Ticks a second, and length in ticks, of `mvhd` or `mdhd`; length 0 where not known."""
    data = _content(file, box, path, 32)
    if not data:
        return 0, 0
    wide = data[0] == _WIDE
    scale, length = struct.unpack_from(">IQ" if wide else ">II", data, 20 if wide else 12)
    return scale, 0 if length == (1 << (64 if wide else 32)) - 1 else length


def _content(file: BinaryIO, box: Box, path: tuple[bytes, ...], most: int) -> bytes:
    """The first bytes of the content of the box that `path` leads to; nothing where none is."""
    for kind in path:
        found = next(within(file, box, kind), None)
        if found is None:
            return b""
        box = found
    start, end = box
    file.seek(start)
    return file.read(min(most, max(end - start, 0)))


def _elapsed(ticks: int, scale: int) -> Elapsed:
    return Elapsed(ticks * 1_000_000 // scale)
