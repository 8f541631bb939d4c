"""H.264 and H.265 made by hand: NAL units, samples, and segments of samples."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from tests.common.mp4_builder import NOT_SYNC, SYNC, box, init, words

SPS = bytes.fromhex("6742c00ada0c3e84000003000400000300523c489a80")
OTHER_SPS = bytes.fromhex("6742c00cda06076840000003004000000523c50aa8")
PPS = bytes.fromhex("68ce04f2")
IDR, IDR_REST = b"\x65\x88\x84" + bytes(200), b"\x65\x40\x84" + bytes(200)
SLICE, SLICE_REST = b"\x41\x9a" + bytes(50), b"\x41\x40" + bytes(50)
AUD = b"\x09\x10"
RECOVERY = b"\x06\x06\x01\xc4\x80"

VPS5 = bytes.fromhex("40010c01ffff016000000300900000030000030078959809")
SPS5 = bytes.fromhex("420101016000000300900000030000030078a0")
OTHER_SPS5 = bytes.fromhex("420101016000000300900000030000030099a0")
PPS5 = bytes.fromhex("4401c172b46240")
CRA5, IDR5, SLICE5 = b"\x2a\x01\x80" + bytes(99), b"\x26\x01\xaf" + bytes(99), b"\x02\x01\xd0"
REST5 = b"\x2a\x01\x40" + bytes(99)


def sample(*units: bytes, length_bytes: int = 4) -> bytes:
    """Make a sample of units, each behind a length field."""
    return b"".join(len(unit).to_bytes(length_bytes, "big") + unit for unit in units)


def avcc(*sets: bytes, length_bytes: int = 4) -> bytes:
    """Make an `avcC` box; `sets` are parameter sets, SPS and PPS."""
    sps = [one for one in sets if one[0] & 0x1F == 7]
    pps = [one for one in sets if one[0] & 0x1F == 8]
    body = b"\x01\x42\xc0\x0a" + bytes([0xFC | length_bytes - 1, 0xE0 | len(sps)])
    body += b"".join(struct.pack(">H", len(one)) + one for one in sps) + bytes([len(pps)])
    return box(b"avcC", body + b"".join(struct.pack(">H", len(one)) + one for one in pps))


def hvcc(*sets: bytes, length_bytes: int = 4) -> bytes:
    """Make an `hvcC` box, with an array for each parameter set."""
    head = b"\x01" + bytes(20) + bytes([0xFC | length_bytes - 1, len(sets)])
    arrays = (bytes([one[0] >> 1 & 0x3F]) + struct.pack(">HH", 1, len(one)) + one for one in sets)
    return box(b"hvcC", head + b"".join(arrays))


def coded_init(codec: bytes, *boxes: bytes) -> bytes:
    """Make `ftyp` + `moov` of a video track whose sample entry holds `boxes`."""
    tkhd = box(b"tkhd", words(0), bytes(8), words(1), bytes(60))
    mdhd = box(b"mdhd", words(0), bytes(8), words(1_000, 0), bytes(4))
    hdlr = box(b"hdlr", bytes(8), b"vide", bytes(13))
    fields = bytes(24) + struct.pack(">HH", 640, 360) + bytes(50)
    stbl = box(b"stbl", box(b"stsd", words(0, 1), box(codec, fields, *boxes)))
    return init(box(b"trak", tkhd, box(b"mdia", mdhd, hdlr, box(b"minf", stbl))))


@dataclass(frozen=True, slots=True)
class Access:
    """A sample of a segment: units, and whether the sample is marked as keyframe."""

    units: tuple[bytes, ...]
    key: bool = True


def segment(start: bytes, *samples: Access, step: int = 40, length_bytes: int = 4) -> bytes:
    """Make a segment of `start` and a fragment of these samples, `step` ticks each."""
    datas = [sample(*one.units, length_bytes=length_bytes) for one in samples]

    def moof(data_offset: int) -> bytes:
        rows = [
            words(step, len(data), SYNC if one.key else NOT_SYNC, 0)
            for one, data in zip(samples, datas, strict=True)
        ]
        trun = box(b"trun", words(0x0100_0F01, len(rows), data_offset), *rows)
        tfdt = box(b"tfdt", words(1 << 24), struct.pack(">Q", 0))
        traf = box(b"traf", box(b"tfhd", words(0x20000, 1)), tfdt, trun)
        return box(b"moof", box(b"mfhd", words(0, 1)), traf)

    return start + moof(len(moof(0)) + 8) + box(b"mdat", *datas)
