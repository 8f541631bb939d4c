"""Coding of a segment's pictures and sound, and whether browsers play that coding.

Bytes of an init in, values out. The codec string is that of RFC 6381, by which a page asks its own
browser; `Plays` is what browsers are known to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from footage.errors import DataLoss
from footage.mp4_boxes import children, tracks
from footage.nal import Codec, Configuration, configuration, unit_at, without_emulation


class Plays(StrEnum):
    """Whether browsers play a stream."""

    YES = "yes"
    SOME = "some"
    """Where the machine decodes the codec: the page is to ask its browser."""
    NO = "no"


@dataclass(frozen=True, slots=True)
class StreamKind:
    """Coding of a stream.

    Attributes:
        codecs: Codec string of pictures and sound, e.g. "avc1.64001F,mp4a.40.2".
        plays: Whether browsers play the stream.
        why: What keeps browsers from playing the stream well; "" for nothing.
    """

    codecs: str
    plays: Plays
    why: str = ""


_H264_PLAYED: Final = frozenset({66, 77, 100})
"""Baseline, Main, High."""
_H264_CHROMA: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128})
"""Profiles whose SPS says how colours are coded (H.264, 7.3.2.1.1)."""
_SOME_PLAYED: Final = frozenset({"hvc1", "hev1", "vp08", "vp09", "av01"})
_SOUND_PLAYED: Final = frozenset({"mp4a", "Opus", "fLaC"})
_MOST_ZEROS: Final = 32
_ESDS_AT: Final = 4
_ES, _DECODER, _SPECIFIC = 3, 4, 5
_AAC: Final = 0x40


def stream_kind(init: bytes) -> StreamKind:
    """Read how a segment is coded from `ftyp` + `moov`.

    Raises:
        DataLoss: The boxes do not add up, or there are no pictures.
    """
    try:
        return _stream_kind(init)
    except IndexError as exc:
        raise DataLoss("a parameter set or descriptor cut short") from exc


def _stream_kind(init: bytes) -> StreamKind:
    data = memoryview(init)
    known = [
        track
        for box in children(data, 0, len(data))
        if box.kind == b"moov"
        for track in tracks(data[box.start : box.end])
    ]
    entry = next((one.codec for one in known if one.handler == "vide"), None)
    if entry is None:
        raise DataLoss(f"no pictures in an init of {len(init)} bytes")
    seen = _pictures(entry, configuration(init))
    heard = next((one.codec for one in known if one.handler == "soun"), "")
    if not heard:
        return seen
    codecs = f"{seen.codecs},{_aac(init) if heard == 'mp4a' else heard}"
    if heard not in _SOUND_PLAYED:
        return StreamKind(codecs, Plays.NO, f"no browser plays sound coded as {heard} in MP4")
    return StreamKind(codecs, seen.plays, seen.why)


def _pictures(entry: str, known: Configuration | None) -> StreamKind:
    sets = [] if known is None else [s for s in known.sets if _is_sps(known.codec, s)]
    if known is None or not sets:
        plays = Plays.SOME if entry in _SOME_PLAYED else Plays.NO
        why = "not every browser" if plays is Plays.SOME else "no browser"
        return StreamKind(entry, plays, f"{why} plays {entry}")
    sps = without_emulation(sets[0])
    if known.codec is Codec.H265:
        why = "H.265 plays only where the machine decodes it"
        return StreamKind(_h265(entry, sps[3:15]), Plays.SOME, why)
    return _h264(entry, sps)


def _is_sps(codec: Codec, unit: bytes) -> bool:
    kind = unit_at(codec, unit[:3], 0, len(unit)).kind
    return kind == (7 if codec is Codec.H264 else 33)


def _h264(entry: str, sps: bytes) -> StreamKind:
    codecs = f"{entry}.{sps[1:4].hex().upper()}"
    profile = sps[1]
    if profile not in _H264_PLAYED:
        return StreamKind(
            codecs, Plays.NO, f"profile {profile} of H.264: more than 8 bits, or more colour"
        )
    if not _whole_pictures(sps):
        return StreamKind(codecs, Plays.YES, "may be interlaced: browsers show both fields at once")
    return StreamKind(codecs, Plays.YES)


def _h265(entry: str, level: bytes) -> str:
    """Write the codec string of H.265 (ISO/IEC 14496-15, E.3) from profile, tier and level."""
    space = ("", "A", "B", "C")[level[0] >> 6]
    tier = "H" if level[0] & 0x20 else "L"
    fits = int(f"{int.from_bytes(level[1:5], 'big'):032b}"[::-1], 2)
    limits = [f"{byte:X}" for byte in level[5:11].rstrip(b"\0")]
    main = f"{space}{level[0] & 0x1F}.{fits:X}.{tier}{level[11]}"
    return ".".join([entry, main, *limits])


class _Bits:
    """Reads bits and numbers of a parameter set, in order; raises IndexError at the end."""

    def __init__(self, data: bytes) -> None:
        self._bits, self._at = f"{int.from_bytes(data, 'big'):0{8 * len(data)}b}", 0

    def bit(self) -> bool:
        self._at += 1
        return self._bits[self._at - 1] == "1"

    def number(self) -> int:
        zeros = 0
        while not self.bit():
            zeros += 1
            if zeros > _MOST_ZEROS:
                raise IndexError("no number")
        value = 1
        for _ in range(zeros):
            value = 2 * value + self.bit()
        return value - 1

    def signed(self) -> int:
        value = self.number()
        return (value + 1) // 2 if value % 2 else -(value // 2)


def _whole_pictures(sps: bytes) -> bool:
    """Whether an H.264 stream holds whole pictures alone (frame_mbs_only_flag), never fields."""
    bits = _Bits(sps[4:])
    bits.number()  # seq_parameter_set_id
    if sps[1] in _H264_CHROMA:
        chroma = bits.number()
        if chroma == 3:  # noqa: PLR2004 - 4:4:4
            bits.bit()
        bits.number()
        bits.number()  # bit depths
        bits.bit()
        if bits.bit():
            for number in range(12 if chroma == 3 else 8):  # noqa: PLR2004 - as above
                if bits.bit():
                    _skip_scaling(bits, 16 if number < 6 else 64)  # noqa: PLR2004 - 4x4, then 8x8
    bits.number()  # log2_max_frame_num
    order = bits.number()
    if order == 0:
        bits.number()
    elif order == 1:
        bits.bit()
        bits.signed()
        bits.signed()
        for _ in range(min(bits.number(), 255)):
            bits.signed()
    bits.number()  # max_num_ref_frames
    bits.bit()
    bits.number()
    bits.number()  # width and height
    return bits.bit()


def _skip_scaling(bits: _Bits, count: int) -> None:
    last = following = 8
    for _ in range(count):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _aac(init: bytes) -> str:
    """Write the codec string of a track `mp4a` from the object types in `esds`."""
    found = init.find(b"esds")
    at, end = found + 4 + _ESDS_AT, found - 4 + int.from_bytes(init[found - 4 : found], "big")
    kind = 0
    while found >= 0 and at < min(end, len(init)) - 1:
        tag, at = init[at], at + 1
        while init[at] & 0x80 and at < len(init) - 1:
            at += 1
        at += 1
        if tag == _ES:
            at += 3
        elif tag == _DECODER:
            kind, at = init[at], at + 13
        elif tag == _SPECIFIC and kind == _AAC:
            return f"mp4a.40.{init[at] >> 3}"
        else:
            break
    return f"mp4a.{kind:02x}" if kind else "mp4a"
