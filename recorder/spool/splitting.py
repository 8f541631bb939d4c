"""Splitting of a segment file at holes, before its digest is taken (invariant 1).

A fragment is copied as it is. Only a fragment at a hole is written anew, with the same bytes of
each sample: FFmpeg says there that the last picture before the hole lasts to the next picture, or,
where pictures are reordered, that the first pictures behind the hole are decoded before the hole.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO, Final

from footage.errors import DataLoss
from footage.holes import SEVERAL, cuts, usual_ticks
from footage.mp4 import MAX_INDEX_BYTES, elapsed
from footage.mp4_boxes import HEADER_BYTES, header, samples, tracks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from footage.holes import Hole
    from footage.instant import Elapsed
    from footage.mp4 import Fragment, Layout
    from footage.mp4_boxes import Sample, Track

_SYNC: Final = 0x0200_0000
_NOT_SYNC: Final = 0x0101_0000
_HELD_BACK: Final = 32
"""Most pictures that an encoder holds back for reordering; H.264 and H.265 allow 16."""
_MOOF_BYTES: Final = 24
_TRAF_BYTES: Final = 64
_ROW_BYTES: Final = 16
_FEW: Final = 3
"""Samples too few to say what is usual: the usual of the whole file counts."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a segment file without a hole inside.

    Attributes:
        first: Index of the part's first sample, in decode order.
        last: Index behind the part's last sample.
        before: The hole before the part, if any.
        after: The hole behind the part, if any.
        samples: Samples of the part with the times that the part's file tells.
    """

    first: int
    last: int
    before: Hole | None
    after: Hole | None
    samples: tuple[Sample, ...]


def parts(layout: Layout, usual: int | None = None) -> list[Part]:
    """Divide a segment file at its holes.

    Args:
        layout: The file's boxes.
        usual: Usual ticks of a picture in the whole recording; counts where the file holds too few
            samples to tell.
    """
    every, scale = layout.samples, layout.media.timescale
    stated = usual if len(every) < _FEW else None
    found = cuts(every, scale, stated)
    bounds = [0, *found, len(every)]
    holes = [None, *found.values(), None]
    made = []
    for (first, last), (before, after) in zip(pairwise(bounds), pairwise(holes), strict=True):
        own = every[first:last]
        alike = stated or usual_ticks(_whole(own, after))
        made.append(Part(first, last, before, after, _retimed(own, alike, scale)))
    return made


def is_whole(layout: Layout, divided: Sequence[Part]) -> bool:
    """Whether a file can stay as it is: no hole inside, and all times true."""
    return len(divided) == 1 and divided[0].samples == layout.samples


def write_part(source: Path, layout: Layout, part: Part, target: Path) -> None:
    """Write a part of a segment file as a file of its own, for a later `walk`."""
    with source.open("rb") as file, target.open("wb") as out:
        out.write(file.read(layout.init_bytes))
        for piece in _fragments(file, layout, part):
            out.write(piece)


def append(source: Path, layout: Layout, target: Path, last: Fragment) -> bool:
    """Append a file's fragments to another file of the same init, behind its fragment `last`.

    Returns:
        Whether the inits are the same; else nothing is written.
    """
    with source.open("rb") as file, target.open("r+b") as out:
        if file.read(layout.init_bytes) != out.read(layout.init_bytes):
            return False
        end = last.offset + last.length
        out.truncate(end)
        out.seek(end)
        for fragment in layout.fragments:
            file.seek(fragment.offset)
            out.write(file.read(fragment.length))
    return True


def sound_start(file: BinaryIO, layout: Layout) -> Elapsed | None:
    """Media time of the first sound in a segment file; None without sound."""
    heard = [track for track in tracks(_moov(file, layout)) if track.handler == "soun"]
    for fragment in layout.fragments if heard else ():
        file.seek(fragment.offset)
        start, moof = _moof(file.read(fragment.length))
        found = samples(moof, fragment.offset + start, heard[0])
        if found:
            return elapsed(found[0].pts_ticks, heard[0].timescale)
    return None


def _whole(own: Sequence[Sample], after: Hole | None) -> Sequence[Sample]:
    """The samples shown before the hole."""
    return [one for one in own if after is None or one.pts_ticks < after.end_ticks]


def _retimed(own: tuple[Sample, ...], usual: int, scale: int) -> tuple[Sample, ...]:
    """The samples of a part with decode times and durations that do not reach over a hole."""
    found, most = list(own), max(scale, SEVERAL * usual)
    if found[-1].duration_ticks > most and len(found) > 1:
        found[-1] = found[-1]._replace(duration_ticks=usual)
    jump = next((i for i in range(min(len(own) - 1, _HELD_BACK)) if _jumps(own, i, most)), None)
    if jump is not None:
        at = own[jump + 1].dts_ticks
        for i in range(jump, -1, -1):
            at -= usual
            found[i] = found[i]._replace(dts_ticks=at, duration_ticks=usual)
    return tuple(found)


def _jumps(own: Sequence[Sample], i: int, most: int) -> bool:
    """Whether decoding waits behind this sample although no picture is missing there."""
    return own[i].duration_ticks > most and own[0].pts_ticks >= own[i + 1].dts_ticks - most


def _fragments(file: BinaryIO, layout: Layout, part: Part) -> Iterator[bytes]:
    known, at = tracks(_moov(file, layout)), 0
    video = next(track for track in known if track.handler == "vide")
    for fragment in layout.fragments:
        first, last = at, at + fragment.samples
        at = last
        if first == last:  # sound alone belongs to the pictures before
            mine = part.first < first <= part.last or (first == 0 == part.first)
        else:
            mine = first < part.last and last > part.first
        if not mine:
            continue
        file.seek(fragment.offset)
        data = file.read(fragment.length)
        kept = range(max(first, part.first), min(last, part.last))
        told = part.samples[kept.start - part.first : kept.stop - part.first]
        # The first fragment behind a hole may date the sound wrong.
        behind = part.before is not None and kept.start == part.first
        if behind or len(kept) < last - first or told != layout.samples[kept.start : kept.stop]:
            shared = (
                part.before if first < part.first else None,
                part.after if last > part.last else None,
            )
            data = _rebuilt(data, fragment, known, {video.id: told}, shared)
        yield data


def _rebuilt(
    data: bytes,
    fragment: Fragment,
    known: Sequence[Track],
    told: Mapping[int, Sequence[Sample]],
    shared: tuple[Hole | None, Hole | None],
) -> bytes:
    """A fragment with the given samples of the pictures, and with the sound of the same time.

    Args:
        data: The fragment's bytes.
        fragment: The fragment's place in the file.
        known: All tracks of the file.
        told: The samples to write, by the id of the picture's track.
        shared: The holes before and behind these samples that lie inside the fragment.
    """
    start, moof = _moof(data)
    video = next(track for track in known if track.id in told)
    chosen: list[tuple[Track, Sequence[Sample]]] = []
    for track in known:
        if track.id in told:
            chosen.append((track, told[track.id]))
            continue
        heard = _in_place(samples(moof, fragment.offset + start, track), track.timescale)
        chosen.append((track, [one for one in heard if _beside(one, track, shared, video)]))
    chosen = [(track, some) for track, some in chosen if some]
    size = _MOOF_BYTES + sum(_TRAF_BYTES + _ROW_BYTES * len(some) for _, some in chosen)
    trafs, mdat, at = [], [], size + 8
    for track, some in chosen:
        trafs.append(_traf(track, some, at))
        for one in some:
            begin = one.offset - fragment.offset
            if not 0 <= begin <= begin + one.length <= len(data):
                raise DataLoss("a sample outside of its fragment")
            mdat.append(data[begin : begin + one.length])
            at += one.length
    head = _box(b"moof", _box(b"mfhd", struct.pack(">II", 0, 1)), *trafs)
    if len(head) != size:
        raise AssertionError(f"moof of {len(head)} bytes instead of {size}")
    return data[:start] + head + _box(b"mdat", *mdat)


def _in_place(heard: list[Sample], scale: int) -> list[Sample]:
    """Sound with the true time of the first sample.

    FFmpeg lets a fragment's first sound follow the last sound of the fragment before, also where a
    hole lies between, and gives the whole hole to that sample.
    """
    if len(heard) < _FEW:
        return heard
    usual = heard[1].duration_ticks
    if heard[0].duration_ticks <= max(scale, SEVERAL * usual):
        return heard
    at = heard[1].dts_ticks - usual
    return [heard[0]._replace(dts_ticks=at, pts_ticks=at, duration_ticks=usual), *heard[1:]]


def _beside(
    one: Sample, track: Track, shared: tuple[Hole | None, Hole | None], video: Track
) -> bool:
    """Whether sound belongs to a part: sound inside a hole belongs to the part before the hole."""
    at, (before, after) = one.dts_ticks * video.timescale, shared
    return (before is None or at >= before.end_ticks * track.timescale) and (
        after is None or at < after.end_ticks * track.timescale
    )


def _traf(track: Track, some: Sequence[Sample], data_offset: int) -> bytes:
    tfhd = _box(b"tfhd", struct.pack(">II", 0x02_0000, track.id))
    dts = some[0].dts_ticks & (1 << 64) - 1
    tfdt = _box(b"tfdt", struct.pack(">IQ", 1 << 24, dts))
    rows = b"".join(
        struct.pack(
            ">IIIi",
            one.duration_ticks,
            one.length,
            _SYNC if one.keyframe else _NOT_SYNC,
            one.pts_ticks - one.dts_ticks,
        )
        for one in some
    )
    trun = _box(b"trun", struct.pack(">III", 0x0100_0F01, len(some), data_offset), rows)
    return _box(b"traf", tfhd, tfdt, trun)


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _moof(data: bytes) -> tuple[int, memoryview]:
    """Offset of a fragment's `moof`, and the content; a `prft` may stand before."""
    at = 0
    while at < len(data):
        found = header(data, at)
        if found.kind == b"moof":
            return at, memoryview(data)[at + found.length : at + found.size]
        at += found.size or len(data)
    raise DataLoss("a fragment without moof")


def _moov(file: BinaryIO, layout: Layout) -> memoryview:
    at = 0
    while at < layout.init_bytes:
        file.seek(at)
        found = header(file.read(HEADER_BYTES))
        if found.kind == b"moov" and found.size - found.length <= MAX_INDEX_BYTES:
            file.seek(at + found.length)
            return memoryview(file.read(found.size - found.length))
        at += found.size or layout.init_bytes
    raise DataLoss("no moov")
