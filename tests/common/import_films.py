"""Films as operators bring films: in folders, named by time, each with different bytes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from footage.instant import Elapsed, Instant
from tests.common.mp4_builder import box
from tests.common.recording import make_film

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TEN = Instant.parse("2026-11-22T10:00:00Z")
TEN_1904 = TEN.us // 1_000_000 + 2_082_844_800


def telling_film(*, wide: bool = False, created: int = TEN_1904, ticks: int = 90_000) -> bytes:
    """Make an MP4 without pictures whose `mvhd` has a creation time and a length of 90 s."""
    if wide:
        head = struct.pack(">IQQIQ", 1 << 24, created, created, 1000, ticks)
    else:
        head = struct.pack(">IIIII", 0, created, created, 1000, ticks)
    moov = box(b"moov", box(b"udta", b"x" * 9), box(b"mvhd", head))
    return box(b"ftyp", b"isom\0\0\0\0") + box(b"mdat", b"\0" * 99) + moov


def twin(film: Path, path: Path, number: int) -> Path:
    """Write the same pictures in other bytes to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(film.read_bytes() + box(b"free", number.to_bytes(8, "big")))
    return path


def with_edits(film: Path, path: Path, parts: Sequence[tuple[int, int, float]]) -> Path:
    """Write the film with another edit list of its first track: length, begin, speed of each part.

    The index must lie behind the pictures. Lengths and begins are seconds; a begin below 0 is
    a part that shows nothing.
    """
    data = film.read_bytes()
    mdhd, edts = data.index(b"mdhd") + 4, data.index(b"edts") - 4
    (scale,) = struct.unpack_from(">I", data, mdhd + 12)
    listed = [
        struct.pack(">IiI", n * 1000, max(at * scale, -1), int(speed * (1 << 16)))
        for n, at, speed in parts
    ]
    edited = box(b"edts", box(b"elst", struct.pack(">II", 0, len(parts)) + b"".join(listed)))
    (size,) = struct.unpack_from(">I", data, edts)
    out = bytearray(data[:edts] + edited + data[edts + size :])
    for kind in (b"moov", b"trak"):
        at = data.index(kind) - 4
        (old,) = struct.unpack_from(">I", data, at)
        struct.pack_into(">I", out, at, old + len(edited) - size)
    path.write_bytes(out)
    return path


def a_folder(folder: Path, count: int, *, camera: str = "camera-1", seconds: int = 4) -> list[Path]:
    """Make `count` films in a row from TEN on, in UTC: `camera-1_20261122T100000Z.mp4` ..."""
    folder.mkdir(parents=True, exist_ok=True)
    film = make_film(folder / "film.mp4", seconds=seconds)
    starts = [TEN + Elapsed.seconds(seconds) * n for n in range(count)]
    films = [
        twin(film, folder / f"{camera}_{start.to_datetime():%Y%m%dT%H%M%SZ}.mp4", n)
        for n, start in enumerate(starts)
    ]
    film.unlink()
    return films
