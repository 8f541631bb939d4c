"""Media time below zero, which MP4 cannot express: FFmpeg writes a time 2^64 ticks later.

FFmpeg loses the time of an RTSP run's first picture. Where pictures are reordered, FFmpeg then puts
the first picture as long before zero as pictures are held back (measured, 5.1 and 9.0, when the
first picture is a keyframe that is kept): players would wait for ever.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, Final

from footage.durable import sync_file
from footage.mp4_boxes import HEADER_BYTES, children, header

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footage.mp4 import Layout

_VERSION_AND_FLAGS: Final = 4
_TIME_BYTES: Final = 8


def clamp_negative_dts(path: Path, layout: Layout) -> None:
    """Let fragments that begin below zero begin at zero, durably; before the digest is taken.

    Such a fragment overlaps the next fragment by the time moved, some hundredths of a second. The
    file keeps its modification time. Harmless twice.
    """
    written = path.stat()
    with path.open("r+b") as file:
        for at in [at for at in _decode_times(file, layout) if _is_negative(file, at)]:
            file.seek(at)
            file.write(bytes(_TIME_BYTES))
    os.utime(path, ns=(written.st_atime_ns, written.st_mtime_ns))
    sync_file(path)


def _decode_times(file: BinaryIO, layout: Layout) -> Iterator[int]:
    """Offsets in the file of the 64-bit `baseMediaDecodeTime` of each track of each fragment."""
    for fragment in layout.fragments:
        start, end = fragment.offset, fragment.offset + fragment.length
        while start < end:
            file.seek(start)
            kind, size, length = header(file.read(HEADER_BYTES))
            if kind == b"moof":
                file.seek(start + length)
                moof = memoryview(file.read(size - length))
                yield from (start + length + at for at in _in_moof(moof))
            start += size or end - start


def _in_moof(moof: memoryview) -> Iterator[int]:
    for traf in children(moof, 0, len(moof)):
        if traf.kind == b"traf":
            for box in children(moof, traf.start, traf.end):
                if box.kind == b"tfdt" and moof[box.start] == 1:
                    yield box.start + _VERSION_AND_FLAGS


def _is_negative(file: BinaryIO, at: int) -> bool:
    file.seek(at)
    return int.from_bytes(file.read(_TIME_BYTES), "big", signed=True) < 0
