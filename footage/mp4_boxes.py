"""MP4 boxes (ISO/IEC 14496-12): headers, nesting, and the few fields that recordings need.

Bytes in, values out. No length is trusted: each is checked against the box or buffer around the
field, and the limits are named with a reason, since segments recovered from outside may be hostile.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import accumulate, repeat
from typing import TYPE_CHECKING, Final, NamedTuple

from footage.errors import DataLoss

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER_BYTES: Final = 16
"""The longest box header: 32-bit size, type, 64-bit size."""
MAX_SAMPLES: Final = 1_000_000
"""Most samples of a segment: 300 s, the longest, at 240 frames/s are 72 000; a `trun` may claim
2^32."""
_MAX_CHILDREN: Final = 10_000
"""Most boxes inside a box; real boxes hold a dozen."""

_NOT_SYNC: Final = 0x10000  # sample_is_non_sync_sample
_SIGN: Final = 0x8000_0000


class Box(NamedTuple):
    """A box inside a buffer: type, start and end of the content."""

    kind: bytes
    start: int
    end: int


class Header(NamedTuple):
    """A box header: `size` counts the header too, 0 means "to the end"."""

    kind: bytes
    size: int
    length: int


class Sample(NamedTuple):
    """An access unit of the video track.

    Attributes:
        offset: Offset of the first byte in the segment.
        length: Length in bytes.
        keyframe: Whether the sample can be decoded alone.
    """

    offset: int
    length: int
    dts_ticks: int
    pts_ticks: int
    duration_ticks: int
    keyframe: bool


@dataclass(frozen=True, slots=True)
class Track:
    """A track of `moov`: `defaults` are (duration, size, flags) of `trex`."""

    id: int
    handler: str
    codec: str
    timescale: int
    width: int
    height: int
    defaults: tuple[int, int, int]


def header(data: bytes | memoryview, at: int = 0) -> Header:
    """Read the box header at offset `at`; raises DataLoss if cut short or impossible."""
    if len(data) - at < 8:  # noqa: PLR2004 - size and type
        raise DataLoss("box header cut short")
    size, kind = struct.unpack_from(">I4s", data, at)
    length = 8
    if size == 1:
        if len(data) - at < HEADER_BYTES:
            raise DataLoss("box header cut short")
        (size,) = struct.unpack_from(">Q", data, at + 8)
        length = HEADER_BYTES
    if size and size < length:
        raise DataLoss(f"box {_name(kind)} claims {size} bytes, less than its header")
    return Header(kind, size, length)


def children(data: memoryview, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes that fill data[start:end]; raises DataLoss when a box sticks out."""
    for _ in range(_MAX_CHILDREN):
        if start >= end:
            return
        kind, size, length = header(data, start)
        stop = start + size if size else end
        if stop > end:
            raise DataLoss(f"box {_name(kind)} sticks out of its container by {stop - end} bytes")
        yield Box(kind, start + length, stop)
        start = stop
    raise DataLoss(f"more than {_MAX_CHILDREN} boxes in one container")


def init_length(film: bytes | memoryview) -> int:
    """Return the length of a film's init, up to the end of `moov`; raises DataLoss without one."""
    data = memoryview(film)
    for box in children(data, 0, len(data)):
        if box.kind == b"moov":
            return box.end
    raise DataLoss(f"no moov in {len(data)} bytes")


def tracks(moov: memoryview) -> list[Track]:
    """Read the tracks of a `moov` (content without header); raises DataLoss for a faulty track."""
    top = list(children(moov, 0, len(moov)))
    defaults = {
        _u32(moov, trex.start + 4): (
            _u32(moov, trex.start + 12),
            _u32(moov, trex.start + 16),
            _u32(moov, trex.start + 20),
        )
        for mvex in top
        if mvex.kind == b"mvex"
        for trex in children(moov, mvex.start, mvex.end)
        if trex.kind == b"trex"
    }
    return [_track(moov, box, defaults) for box in top if box.kind == b"trak"]


def _track(moov: memoryview, trak: Box, defaults: dict[int, tuple[int, int, int]]) -> Track:
    tkhd = _find(moov, trak, b"tkhd")
    number = _u32(moov, tkhd.start + (20 if moov[tkhd.start] else 12))
    mdia = _find(moov, trak, b"mdia")
    mdhd = _find(moov, mdia, b"mdhd")
    timescale = _u32(moov, mdhd.start + (20 if moov[mdhd.start] else 12))
    if not timescale:
        raise DataLoss(f"track {number} has no timescale")
    hdlr = _find(moov, mdia, b"hdlr")
    handler = _name(bytes(moov[hdlr.start + 8 : hdlr.start + 12]))
    stbl = _find(moov, _find(moov, mdia, b"minf"), b"stbl")
    stsd = _find(moov, stbl, b"stsd")
    entry = next(children(moov, stsd.start + 8, stsd.end), None)
    if entry is None:
        raise DataLoss(f"track {number} has no sample entry, so its codec is unknown")
    width, height = 0, 0
    if handler == "vide":
        size = _u32(moov, entry.start + 24)
        width, height = size >> 16, size & 0xFFFF
    fallback = defaults.get(number, (0, 0, 0))
    return Track(number, handler, _name(entry.kind), timescale, width, height, fallback)


def samples(moof: memoryview, at: int, track: Track) -> list[Sample]:
    """Return the samples of `track` that a `moof` (content without header) describes.

    Args:
        moof: Content of the box.
        at: Offset of the `moof` box in the segment, from which data offsets count.
        track: The track to look for; a `moof` without samples of the track gives an empty list.
    """
    found: list[Sample] = []
    base = at
    for traf in children(moof, 0, len(moof)):
        if traf.kind == b"traf":
            mine, base = _traf(moof, traf, at, base, track)
            found += mine
            if len(found) > MAX_SAMPLES:
                raise DataLoss(f"a fragment of more than {MAX_SAMPLES} samples")
    return found


def _traf(
    moof: memoryview, traf: Box, at: int, base: int, track: Track
) -> tuple[list[Sample], int]:
    """Return the samples of a `traf` (none when of another track) and the end of the data."""
    boxes = list(children(moof, traf.start, traf.end))
    tfhd = next((box for box in boxes if box.kind == b"tfhd"), None)
    if tfhd is None:
        raise DataLoss("traf without tfhd")
    flags, number = _u32(moof, tfhd.start), _u32(moof, tfhd.start + 4)
    cursor = tfhd.start + 8
    if flags & 0x1:
        base, cursor = _u64(moof, cursor), cursor + 8
    elif flags & 0x20000:
        base = at
    cursor += 4 if flags & 0x2 else 0
    defaults = list(track.defaults if number == track.id else (0, 0, 0))
    for i, bit in enumerate((0x8, 0x10, 0x20)):
        if flags & bit:
            defaults[i], cursor = _u32(moof, cursor), cursor + 4
    dts = next((_tfdt(moof, box) for box in boxes if box.kind == b"tfdt"), 0)
    found: list[Sample] = []
    data = base
    for trun in boxes:
        if trun.kind == b"trun":
            run = _trun(moof, trun, base, data, dts, defaults)
            if run:
                data = run[-1].offset + run[-1].length
                dts = run[-1].dts_ticks + run[-1].duration_ticks
            found += run
    return (found if number == track.id else []), data


def _tfdt(moof: memoryview, box: Box) -> int:
    """Read the decode time in a `tfdt`; a 64-bit time above 2^63 is a negative time of FFmpeg."""
    if not moof[box.start]:
        return _u32(moof, box.start + 4)
    ticks = _u64(moof, box.start + 4)
    return ticks - (1 << 64) if ticks >> 63 else ticks


def _trun(
    moof: memoryview, trun: Box, base: int, data: int, dts: int, defaults: list[int]
) -> list[Sample]:
    flags, count = _u32(moof, trun.start), _u32(moof, trun.start + 4)
    cursor = trun.start + 8
    if flags & 0x1:
        data, cursor = base + _signed(_u32(moof, cursor)), cursor + 4
    first_flags = None
    if flags & 0x4:
        first_flags, cursor = _u32(moof, cursor), cursor + 4
    fields = [bit for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit]
    if count > MAX_SAMPLES or cursor + 4 * count * len(fields) > trun.end:
        raise DataLoss(f"trun claims {count} samples, more than it holds")
    if not count:
        return []
    table = struct.unpack_from(f">{count * len(fields)}I", moof, cursor)
    column = {bit: table[i :: len(fields)] for i, bit in enumerate(fields)}
    durations = column.get(0x100) or (defaults[0],) * count
    sizes = column.get(0x200) or (defaults[1],) * count
    marks = list(column.get(0x400) or repeat(defaults[2], count))
    if first_flags is not None:
        marks[0] = first_flags
    decode = list(accumulate(durations[:-1], initial=dts))
    shifts = column.get(0x800)
    present = (
        [at + _signed(shift) for at, shift in zip(decode, shifts, strict=True)]
        if shifts
        else decode
    )
    offsets = accumulate(sizes[:-1], initial=data)
    keys = [not mark & _NOT_SYNC for mark in marks]
    return list(map(Sample, offsets, sizes, decode, present, durations, keys))


def _find(data: memoryview, parent: Box, kind: bytes) -> Box:
    for box in children(data, parent.start, parent.end):
        if box.kind == kind:
            return box
    raise DataLoss(f"box {_name(parent.kind)} without {_name(kind)}")


def _u32(data: memoryview, at: int) -> int:
    if at + 4 > len(data):
        raise DataLoss("box cut short")
    return int.from_bytes(data[at : at + 4], "big")


def _u64(data: memoryview, at: int) -> int:
    return (_u32(data, at) << 32) | _u32(data, at + 4)


def _signed(value: int) -> int:
    return value - (1 << 32) if value & _SIGN else value


def _name(kind: bytes) -> str:
    """Write a four-character code as text; bytes that are not printable ASCII become "?"."""
    return "".join(chr(byte) if 0x20 < byte < 0x7F else "?" for byte in kind)  # noqa: PLR2004
