"""Whether a file is video, and the creation time and length in the container, from a few bytes.

The first bytes tell video from other files; an MP4's or MOV's `mvhd` box tells when the file was
made and how long it lasts. Nothing is decoded, and no length that is read is trusted.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from footage.errors import DataLoss
from footage.instant import Elapsed, Instant
from footage.mp4_boxes import HEADER_BYTES, header

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePath

Box = tuple[int, int]
"""Start and end of a box's content in the file."""

HEAD_BYTES: Final = 512
"""Number of first bytes of a file that `is_video` and `is_bare` need."""

_NAMED: Final = (
    ".264 .265 .3gp .asf .avc .avi .dav .flv .h264 .h265 .hevc .m2ts .m4s .m4v .mkv .mov .mp4 "
    ".mpeg .mpg .mts .ps .ts .vob .webm .wmv"
)
EXTENSIONS: Final = frozenset(_NAMED.split())
_START_CODES: Final = (b"\0\0\1", b"\0\0\0\1")
_PROGRAM_STREAM: Final = (b"\0\0\1\xba", b"\0\0\1\xb3")
_MATROSKA: Final = b"\x1a\x45\xdf\xa3"
_DAHUA: Final = b"DHAV"
_MP4_BEGINS: Final = frozenset({b"ftyp", b"moov", b"mdat"})
_TS_PACKET: Final = 188
_SYNC: Final = 0x47
_M2TS_HEAD: Final = 4
_MAX_BOXES: Final = 10_000
_MVHD_BYTES: Final = 32
_EPOCH_1904_S: Final = 2_082_844_800
"""Seconds from 1904-01-01, where MP4 begins to count, to 1970-01-01."""


@dataclass(frozen=True, slots=True)
class Told:
    """Creation time and length in an MP4 or MOV; None where the file does not say."""

    created: Instant | None = None
    length: Elapsed | None = None


def is_video(path: PurePath, head: bytes) -> bool:
    """Whether a file should be video, by the extension or the first bytes."""
    if path.suffix.lower() in EXTENSIONS:
        # A text of translations, or of subtitles, is no transport stream.
        return path.suffix.lower() != ".ts" or not head or not head.isascii() or _is_ts(head)
    return (
        is_mp4(head)
        or head.startswith((_MATROSKA, _DAHUA, *_PROGRAM_STREAM))
        or (head[:4] == b"RIFF" and head[8:11] == b"AVI")
        or _is_ts(head)
        or is_bare(head)
    )


def is_bare(head: bytes) -> bool:
    """Whether the first bytes are of an H.264 or H.265 elementary stream, without times."""
    return head.startswith(_START_CODES) and not head.startswith(_PROGRAM_STREAM)


def counts_33_bits(head: bytes) -> bool:
    """Whether the first bytes are of a transport or program stream, whose clock has 33 bits."""
    return _is_ts(head) or head.startswith(_PROGRAM_STREAM[0]) or _is_ts(head[_M2TS_HEAD:], 192)


def told(file: BinaryIO) -> Told:
    """Read `mvhd` of an MP4 or MOV; an empty `Told` for any other or a damaged file."""
    try:
        found = top_box(file, b"moov")
        found = _inside(file, *found, b"mvhd") if found else None
        return _mvhd(file, *found) if found else Told()
    except DataLoss:
        return Told()


def count_boxes(file: BinaryIO, most: int) -> int:
    """Number of boxes at the top of an MP4 or MOV, counted up to `most` + 1; 0 for other files."""
    file.seek(0)
    if not is_mp4(file.read(HEADER_BYTES)):
        return 0
    at, end = 0, file.seek(0, io.SEEK_END)
    for number in range(most + 1):
        file.seek(at)
        data = file.read(HEADER_BYTES)
        try:
            box = header(data)
        except DataLoss:
            return number
        if not box.size or at + box.size >= end:
            return number + 1
        at += box.size
    return most + 1


def is_mp4(head: bytes) -> bool:
    """Whether the first bytes are of an MP4 or MOV."""
    return head[4:8] in _MP4_BEGINS


def top_box(file: BinaryIO, kind: bytes) -> Box | None:
    """Start and end of the content of the file's first box of a kind; None where there is none.

    Raises:
        DataLoss: A box before is damaged.
    """
    return _inside(file, 0, file.seek(0, io.SEEK_END), kind)


def within(file: BinaryIO, box: Box, kind: bytes) -> Iterator[Box]:
    """Start and end of the content of each box of a kind directly in `box`.

    Raises:
        DataLoss: A box is damaged.
    """
    start, end = box
    for _ in range(_MAX_BOXES):
        if start >= end:
            return
        file.seek(start)
        data = file.read(HEADER_BYTES)
        if len(data) < 8:  # noqa: PLR2004 - the shortest box header
            return
        found = header(data)
        if found.kind == kind:
            yield start + found.length, min(start + found.size, end) if found.size else end
        if not found.size:
            return
        start += found.size


def _inside(file: BinaryIO, start: int, end: int, kind: bytes) -> Box | None:
    """Start and end of the content of the first box of a kind from `start` on, or None."""
    return next(within(file, (start, end), kind), None)


def _mvhd(file: BinaryIO, start: int, end: int) -> Told:
    file.seek(start)
    data = file.read(min(_MVHD_BYTES, end - start))
    wide = len(data) > 0 and data[0] == 1
    size, at = (8, 20) if wide else (4, 12)
    if len(data) < at + 4 + size:
        return Told()
    created_s = int.from_bytes(data[4 : 4 + size], "big") - _EPOCH_1904_S
    scale = int.from_bytes(data[at : at + 4], "big")
    ticks = int.from_bytes(data[at + 4 : at + 4 + size], "big")
    known = scale and ticks and ticks != (1 << 8 * size) - 1
    return Told(
        created=Instant(created_s * 1_000_000) if 0 < created_s < 1 << 32 else None,
        length=Elapsed(ticks * 1_000_000 // scale) if known else None,
    )


def _is_ts(head: bytes, packet: int = _TS_PACKET) -> bool:
    return len(head) > packet and head[0] == _SYNC and head[packet] == _SYNC
