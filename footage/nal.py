"""NAL units of H.264 and H.265 inside MP4 samples (ISO/IEC 14496-15), and SEI messages.

Bytes in, values out; no picture is decoded. A sample is a row of units, each behind a length field;
the sample entry's `avcC` or `hvcC` gives the size of the length field and holds the parameter sets
the writer knew. No length is trusted: what does not add up is `DataLoss`, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from footage.errors import DataLoss
from footage.mp4_boxes import Box, children

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_UNITS: Final = 10_000
"""Most units of a sample: 8K pictures of one slice a macroblock row have 270; more is an attack."""
RECOVERY_POINT: Final = 6
"""Payload type of the SEI message "recovery point"."""
_VISUAL_ENTRY: Final = 78
"""Bytes of fields in a VisualSampleEntry before the boxes."""
_PATH: Final = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")


class Codec(StrEnum):
    """Coding of the pictures: H.264 or H.265."""

    H264 = "h264"
    H265 = "h265"

    @property
    def header_bytes(self) -> int:
        """Length of a NAL unit's header in bytes."""
        return 1 if self is Codec.H264 else 2


_ENTRIES: Final = {
    b"avc1": (Codec.H264, b"avcC"),
    b"avc3": (Codec.H264, b"avcC"),
    b"hvc1": (Codec.H265, b"hvcC"),
    b"hev1": (Codec.H265, b"hvcC"),
}
_SLICES: Final = {Codec.H264: frozenset({1, 5}), Codec.H265: frozenset(range(32))}
"""H.264 has data partitions too (2 to 4), which no camera sends and FFmpeg does not decode."""
_RANDOM_ACCESS: Final = {Codec.H264: frozenset({5}), Codec.H265: frozenset(range(16, 24))}
_SEQUENCE: Final = {Codec.H264: frozenset({7}), Codec.H265: frozenset({32, 33})}
_PICTURE: Final = {Codec.H264: frozenset({8}), Codec.H265: frozenset({34})}
_SEI: Final = {Codec.H264: frozenset({6}), Codec.H265: frozenset({39, 40})}


class Unit(NamedTuple):
    """A NAL unit: type, and place in the sample, the length field not counted.

    Attributes:
        kind: `nal_unit_type`.
        first: For slices, whether a picture begins with the slice.
    """

    codec: Codec
    kind: int
    offset: int
    length: int
    first: bool

    @property
    def is_slice(self) -> bool:
        """Whether the unit is a part of a picture."""
        return self.kind in _SLICES[self.codec]

    @property
    def is_random_access(self) -> bool:
        """Whether the unit is part of a picture decodable alone (IDR; H.265: any IRAP)."""
        return self.kind in _RANDOM_ACCESS[self.codec]

    @property
    def is_sequence_set(self) -> bool:
        """Whether the unit says how pictures are coded: SPS, in H.265 VPS too."""
        return self.kind in _SEQUENCE[self.codec]

    @property
    def is_parameter_set(self) -> bool:
        """Whether the unit is an SPS, PPS or VPS."""
        return self.is_sequence_set or self.kind in _PICTURE[self.codec]

    @property
    def is_sei(self) -> bool:
        """Whether the unit is supplemental information (SEI), which may hold camera signatures."""
        return self.kind in _SEI[self.codec]


@dataclass(frozen=True, slots=True)
class Configuration:
    """Content of a sample entry's `avcC` or `hvcC`.

    Attributes:
        length_bytes: Size of the length field before each unit: 1, 2 or 4.
        sets: The parameter sets, without length fields.
    """

    codec: Codec
    length_bytes: int
    sets: tuple[bytes, ...]

    def sequence_sets(self) -> frozenset[bytes]:
        """Return the parameter sets that say how pictures are coded: SPS, in H.265 VPS too."""
        found = (
            unit for unit in self.sets if unit_at(self.codec, unit, 0, len(unit)).is_sequence_set
        )
        return frozenset(found)


class Payload(NamedTuple):
    """A message of an SEI unit, emulation prevention bytes removed."""

    kind: int
    data: bytes


def configuration(init: bytes | memoryview) -> Configuration | None:
    """Read the first video track's configuration from `ftyp` + `moov`.

    Returns:
        The configuration, or None when the track is neither H.264 nor H.265.

    Raises:
        DataLoss: The boxes do not add up.
    """
    data = memoryview(init)
    try:
        for stsd in _descend(data, 0, len(data), _PATH):
            for entry in children(data, stsd.start + 8, stsd.end):
                if (known := _ENTRIES.get(entry.kind)) is not None:
                    return _of_entry(data, entry, *known)
    except IndexError as exc:
        raise DataLoss("decoder configuration cut short") from exc
    return None


def units(codec: Codec, sample: bytes | memoryview, length_bytes: int = 4) -> list[Unit]:
    """Return the units of a whole sample, in order.

    Raises:
        DataLoss: The units do not fill the sample exactly, or are too many.
    """
    found: list[Unit] = []
    at = 0
    while at < len(sample):
        length = int.from_bytes(sample[at : at + length_bytes], "big")
        at += length_bytes
        if at + length > len(sample):
            raise DataLoss(f"a unit of {length} bytes sticks out of its sample")
        found.append(unit_at(codec, sample[at : at + 3], at, length))
        if len(found) > MAX_UNITS:
            raise DataLoss(f"a sample of more than {MAX_UNITS} units")
        at += length
    return found


def unit_at(codec: Codec, head: bytes | memoryview, offset: int, length: int) -> Unit:
    """Read a unit from `head`, the first three bytes (all bytes of a shorter unit).

    Raises:
        DataLoss: The unit is shorter than a unit header.
    """
    size = codec.header_bytes
    if length < size or len(head) < size:
        raise DataLoss("a unit shorter than its header")
    kind = head[0] & 0x1F if codec is Codec.H264 else head[0] >> 1 & 0x3F
    # Behind the header stands first_mb_in_slice, whose 0 is coded as a single 1, or
    # first_slice_segment_in_pic_flag.
    starts = min(length, len(head)) > size and bool(head[size] & 0x80)
    return Unit(codec, kind, offset, length, starts and kind in _SLICES[codec])


def sei_payloads(codec: Codec, unit: bytes | memoryview) -> list[Payload]:
    """Return the messages of an SEI unit.

    Raises:
        DataLoss: A message claims more than the unit holds.
    """
    data = without_emulation(bytes(unit[codec.header_bytes :]))
    found: list[Payload] = []
    at = 0
    end = len(data) - (data[-1:] == b"\x80")  # the bit that ends the unit
    while at < end:
        kind, at = _counted(data, at)
        size, at = _counted(data, at)
        if at + size > end:
            raise DataLoss(f"an SEI message of {size} bytes sticks out of its unit")
        found.append(Payload(kind, data[at : at + size]))
        at += size
    return found


def recovery_pictures(codec: Codec, sample: bytes | memoryview, length_bytes: int = 4) -> int:
    """Number of pictures after this H.264 picture until one is whole; 0: this one is.

    Cameras with intra refresh send no picture that can be decoded alone: a column of each picture
    is renewed, and a message names the picture that is the first whole one. A sample that is not
    made of NAL units, or without such a message, gives 0.
    """
    if codec is not Codec.H264:
        return 0
    try:
        found = units(codec, sample, length_bytes)
        if any(unit.is_random_access for unit in found):
            return 0
        for unit in found:
            if unit.is_sei:
                for one in sei_payloads(codec, sample[unit.offset : unit.offset + unit.length]):
                    if one.kind == RECOVERY_POINT:
                        return _exp_golomb(one.data)
    except DataLoss:
        return 0  # whoever decodes the sample says what is wrong with it
    return 0


def without_emulation(data: bytes) -> bytes:
    """Remove emulation prevention, the 3 in each 0 0 3; return the bytes that were coded."""
    if b"\x00\x00\x03" not in data:
        return data
    kept, at = bytearray(), 0
    while (mark := data.find(b"\x00\x00\x03", at)) >= 0:
        kept += data[at : mark + 2]
        at = mark + 3
    return bytes(kept + data[at:])


def _exp_golomb(data: bytes) -> int:
    """Read the first number of a bit string: n zeros, a one, n bits (H.264, 9.1).

    Raises:
        DataLoss: No such number of at most 32 bits.
    """
    bits = f"{int.from_bytes(data[:9], 'big'):0{8 * len(data[:9])}b}"
    zeros = bits.find("1")
    if not 0 <= zeros <= len(bits) // 2:
        raise DataLoss("a recovery point without a number")
    return int(bits[zeros : 2 * zeros + 1], 2) - 1


def _counted(data: bytes, at: int) -> tuple[int, int]:
    """Read a number coded as a row of 255 and a rest; return the number and the next offset."""
    value = 0
    while at < len(data):
        value, at = value + data[at], at + 1
        if data[at - 1] != 0xFF:  # noqa: PLR2004 - "more follows"
            return value, at
    raise DataLoss("an SEI message cut short")


def _descend(data: memoryview, start: int, end: int, path: tuple[bytes, ...]) -> Iterator[Box]:
    for box in children(data, start, end):
        if box.kind == path[0]:
            if len(path) == 1:
                yield box
            else:
                yield from _descend(data, box.start, box.end, path[1:])


def _of_entry(data: memoryview, entry: Box, codec: Codec, kind: bytes) -> Configuration:
    for box in children(data, entry.start + _VISUAL_ENTRY, entry.end):
        if box.kind == kind:
            record = bytes(data[box.start : box.end])
            return _avcc(record) if codec is Codec.H264 else _hvcc(record)
    raise DataLoss(f"{codec} track without {kind.decode()}")


def _avcc(record: bytes) -> Configuration:
    sets: list[bytes] = []
    at = 5
    for mask in (0x1F, 0xFF):  # sequence sets, then picture sets
        count, at = record[at] & mask, at + 1
        for _ in range(count):
            unit, at = _sized(record, at)
            sets.append(unit)
    return Configuration(Codec.H264, (record[4] & 3) + 1, tuple(sets))


def _hvcc(record: bytes) -> Configuration:
    sets: list[bytes] = []
    arrays, at = record[22], 23
    for _ in range(arrays):
        kind = record[at] & 0x3F
        count, at = int.from_bytes(_exactly(record, at + 1, 2), "big"), at + 3
        for _ in range(count):
            unit, at = _sized(record, at)
            if kind in _SEQUENCE[Codec.H265] | _PICTURE[Codec.H265]:
                sets.append(unit)
    return Configuration(Codec.H265, (record[21] & 3) + 1, tuple(sets))


def _sized(record: bytes, at: int) -> tuple[bytes, int]:
    """Read a unit behind a 16-bit length; return the unit and the next offset."""
    length = int.from_bytes(_exactly(record, at, 2), "big")
    if length < 2:  # noqa: PLR2004 - a header and something behind it
        raise DataLoss("a parameter set of no content")
    return _exactly(record, at + 2, length), at + 2 + length


def _exactly(record: bytes, at: int, length: int) -> bytes:
    if at + length > len(record):
        raise DataLoss("decoder configuration cut short")
    return record[at : at + length]
