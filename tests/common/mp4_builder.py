"""Fragmented MP4 made box by box, so that tests can build files no muxer writes."""

from __future__ import annotations

import struct
from dataclasses import dataclass

NOT_SYNC = 0x0101_0000
SYNC = 0x0200_0000


def box(kind: bytes, *parts: bytes, large: bool = False) -> bytes:
    """Make a box; `large` writes a 64-bit size."""
    body = b"".join(parts)
    if large:
        return struct.pack(">I4sQ", 1, kind, 16 + len(body)) + body
    return struct.pack(">I4s", 8 + len(body), kind) + body


def words(*values: int) -> bytes:
    """Write 32-bit numbers; negative numbers in two's complement."""
    return b"".join((value & 0xFFFF_FFFF).to_bytes(4, "big") for value in values)


def trak(
    number: int,
    handler: bytes = b"vide",
    codec: bytes = b"avc1",
    timescale: int = 1_000,
    *,
    version: int = 0,
) -> bytes:
    """Make a `trak` box of 640x360 pictures."""
    pad = bytes(8) if version else b""
    tkhd = box(b"tkhd", words(version << 24), bytes(8), pad, words(number), bytes(60))
    mdhd = box(b"mdhd", words(version << 24), bytes(8), pad, words(timescale, 0), bytes(4))
    hdlr = box(b"hdlr", bytes(8), handler, bytes(13))
    entry = box(codec, bytes(24), struct.pack(">HH", 640, 360), bytes(50))
    stbl = box(b"stbl", box(b"stsd", words(0, 1), entry))
    return box(b"trak", tkhd, box(b"mdia", mdhd, hdlr, box(b"minf", stbl)))


def init(*traks: bytes, defaults: tuple[int, int, int] = (40, 0, 0)) -> bytes:
    """Make `ftyp` + `moov`; `defaults` are duration, size and flags of track 1."""
    trex = box(b"trex", words(0, 1, 1, *defaults))
    moov = box(b"moov", box(b"mvhd", bytes(100)), *(traks or (trak(1),)), box(b"mvex", trex))
    return box(b"ftyp", b"isom", bytes(4)) + moov


@dataclass(frozen=True, slots=True)
class Frame:
    """A sample to write."""

    size: int = 10
    duration: int = 40
    key: bool = False
    shift: int = 0


def traf(
    frames: list[Frame],
    data_offset: int,
    *,
    dts: int = 0,
    track: int = 1,
    version: int = 1,
    runs: int = 1,
) -> bytes:
    """Make a track fragment with every field of each sample, split over `runs` `trun` boxes."""
    time = struct.pack(">Q", dts) if version else words(dts)
    parts = [box(b"tfhd", words(0x20000, track)), box(b"tfdt", words(version << 24), time)]
    step = -(-len(frames) // runs)
    for at in range(0, len(frames), step):
        some = frames[at : at + step]
        rows = [words(f.duration, f.size, SYNC if f.key else NOT_SYNC, f.shift) for f in some]
        head = (
            words(0x0100_0F01, len(some), data_offset) if not at else words(0x0100_0F00, len(some))
        )
        parts.append(box(b"trun", head, *rows))
    return box(b"traf", *parts)


def fragment(frames: list[Frame], *, dts: int = 0, runs: int = 1, large: bool = False) -> bytes:
    """Make a fragment, `moof` + `mdat`, of a single track."""
    head = 16 if large else 8
    size = len(box(b"moof", box(b"mfhd", words(0, 1)), traf(frames, 0, dts=dts, runs=runs)))
    moof = box(b"moof", box(b"mfhd", words(0, 1)), traf(frames, size + head, dts=dts, runs=runs))
    return moof + box(b"mdat", bytes(sum(f.size for f in frames)), large=large)


def gop(count: int = 5) -> list[Frame]:
    """Make a keyframe of 30 bytes and frames of 10 bytes."""
    return [Frame(size=30, key=True), *(Frame() for _ in range(count - 1))]
