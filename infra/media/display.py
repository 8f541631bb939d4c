"""Display of a segment's pictures by a player: rotation, and shape of a pixel.

Telephones lie on their side and say so in a matrix of the track; recorders that halve a picture's
width say so in the shape of a pixel. Both stand in the init, beside the pictures: the stored bytes
stay as they are, and whoever looks at a picture applies both.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.errors import DataLoss
from footage.mp4_boxes import children

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from footage.mp4_boxes import Box

_MATRIX_AT: Final = {0: 40, 1: 52}
"""Offset of the matrix in a `tkhd` by the box's version (ISO/IEC 14496-12, 8.3.2)."""
_HANDLER: Final = slice(8, 12)
SAMPLE_ENTRY_BYTES: Final = 78
"""Fixed part of a visual sample entry, before its boxes (ISO/IEC 14496-12, 12.1.3)."""
_STSD_BYTES: Final = 8
"""Version, flags and number of entries, before the first entry."""
_MOST_STRETCH: Final = 8.0
"""Most that a pixel is longer one way than the other; the oddest mode of a recorder is 40:11."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """A turn by quarters, with or without a mirror: transposed first, then flipped.

    Attributes:
        transposed: Whether rows become columns.
        across: Whether left and right change places afterwards.
        down: Whether top and bottom change places afterwards.
    """

    transposed: bool = False
    across: bool = False
    down: bool = False

    @classmethod
    def of_matrix(cls, a: int, b: int, c: int, d: int) -> Orientation:
        """The quarter nearest to a track's matrix: (x, y) comes to (a x + c y, b x + d y)."""
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(transposed=True, across=c < 0, down=b < 0)
        return cls(across=a < 0, down=d < 0)

    @classmethod
    def of_degrees(cls, degrees: float) -> Orientation:
        """The quarter nearest to a rotation against the clock."""
        return _QUARTERS[round(degrees / 90) % 4]

    def apply(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Turn pixels [rows, columns, channels]; no pixel is copied."""
        if self.transposed:
            pixels = pixels.swapaxes(0, 1)
        return pixels[:: -1 if self.down else 1, :: -1 if self.across else 1]


UPRIGHT: Final = Orientation()
_QUARTERS: Final = (
    UPRIGHT,
    Orientation(transposed=True, down=True),
    Orientation(across=True, down=True),
    Orientation(transposed=True, across=True),
)


@dataclass(frozen=True, slots=True)
class Display:
    """Orientation and shape of a pixel, as the init of a segment tells.

    Attributes:
        orientation: The turn a player makes.
        pixel: Width of a pixel by its height; None where the init does not tell.
    """

    orientation: Orientation = UPRIGHT
    pixel: float | None = None


def shown_size(width: int, height: int, pixel: float | None, most: int) -> tuple[int, int]:
    """The size at which square pixels show a picture: the shorter way is stretched.

    Args:
        width: Coded pixels across, before any turn.
        height: Coded pixels down.
        pixel: Width of a pixel by its height.
        most: Most pixels of the result; where stretching gives more, the longer way is shrunk.
    """
    if not pixel or not 1 / _MOST_STRETCH <= pixel <= _MOST_STRETCH:
        return width, height
    wide, high = (width * pixel, height) if pixel > 1 else (width, height / pixel)
    if wide * high > most:
        wide, high = (width, height / pixel) if pixel > 1 else (width * pixel, height)
    return max(round(wide), 1), max(round(high), 1)


def display(init: bytes) -> Display:
    """Read orientation and pixel shape of the first video track of a segment's init.

    Raises:
        DataLoss: The boxes do not add up.
    """
    data = memoryview(init)
    for trak in _inside(data, 0, len(data), b"moov", b"trak"):
        mdia = next(_inside(data, trak.start, trak.end, b"mdia"), None)
        hdlr = mdia and next(_inside(data, mdia.start, mdia.end, b"hdlr"), None)
        if hdlr and bytes(data[hdlr.start : hdlr.end][_HANDLER]) == b"vide":
            return Display(_orientation(data, trak), _pixel(data, trak))
    return Display()


def sample_entries(data: memoryview, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Yield the sample entries of all tracks of an init, or of the `trak` content given."""
    path = (b"mdia", b"minf", b"stbl", b"stsd")
    whole = (b"moov", b"trak", *path) if end is None else path
    for stsd in _inside(data, start, len(data) if end is None else end, *whole):
        yield from children(data, stsd.start + _STSD_BYTES, stsd.end)


def _orientation(data: memoryview, trak: Box) -> Orientation:
    tkhd = next(_inside(data, trak.start, trak.end, b"tkhd"), None)
    if tkhd is None or tkhd.end <= tkhd.start:
        return UPRIGHT
    at = tkhd.start + _MATRIX_AT.get(data[tkhd.start], _MATRIX_AT[0])
    if at + 20 > tkhd.end:
        raise DataLoss("tkhd cut short")
    a, b, _, c, d = struct.unpack_from(">5i", data, at)
    return Orientation.of_matrix(a, b, c, d)


def _pixel(data: memoryview, trak: Box) -> float | None:
    for entry in sample_entries(data, trak.start, trak.end):
        for pasp in children(data, entry.start + SAMPLE_ENTRY_BYTES, entry.end):
            if pasp.kind == b"pasp" and pasp.end - pasp.start >= 8:  # noqa: PLR2004 - two numbers
                across, down = struct.unpack_from(">II", data, pasp.start)
                return across / down if across and down else None
    return None


def _inside(data: memoryview, start: int, end: int, *path: bytes) -> Iterator[Box]:
    for box in children(data, start, end):
        if box.kind == path[0]:
            if len(path) == 1:
                yield box
            else:
                yield from _inside(data, box.start, box.end, *path[1:])
