"""Extraction of keyframes from stored segments, and of the pictures to embed from keyframes."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from footage import mp4
from footage.keyframe import WHOLE
from footage.picture import Picture
from indexer.thumb import crop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.instant import Instant
    from footage.keyframe import Box
    from footage.ports import ObjectStore
    from footage.segment import Segment


@dataclass(frozen=True, slots=True)
class Shot:
    """A coded keyframe: offset and length in the segment, instant, and bytes."""

    offset: int
    length: int
    instant: Instant
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reel:
    """Init and keyframes of a segment in the order of time, without the other bytes."""

    segment: Segment
    init: bytes = field(repr=False)
    shots: tuple[Shot, ...]


def read_reel(store: ObjectStore, segment: Segment) -> Reel:
    """Fetch a segment from the store and return init and keyframes.

    Raises:
        NotFound: The object was deleted meanwhile.
        DataLoss: The bytes of the object are no fragmented MP4.
        Unavailable: The store cannot be reached now.
    """
    data = store.get(segment.key)
    layout = mp4.walk(io.BytesIO(data))
    first = min(sample.pts_ticks for sample in layout.samples)
    shots = [
        Shot(
            sample.offset,
            sample.length,
            # Media time becomes wall time through the segment's anchor alone (invariant 8).
            segment.interval.start + mp4.elapsed(sample.pts_ticks - first, layout.media.timescale),
            data[sample.offset : sample.offset + sample.length],
        )
        for sample in mp4.keyframes(layout)
    ]
    ordered = tuple(sorted(shots, key=lambda shot: (shot.instant, shot.offset)))
    return Reel(segment, data[: layout.init_bytes], ordered)


def cut(picture: Picture, box: Box) -> Picture:
    """Return the part of `picture` inside `box`, at full resolution, at least 1 pixel each way."""
    if box == WHOLE:
        return picture
    left, right = _edges(box.x, box.w, picture.width)
    top, bottom = _edges(box.y, box.h, picture.height)
    return Picture(right - left, bottom - top, crop(picture, left, top, right, bottom))


def looks(picture: Picture, regions: Sequence[Box]) -> list[tuple[Box, Picture]]:
    """Return the pictures of a keyframe to embed: the whole frame, then each region."""
    return [(box, cut(picture, box)) for box in (WHOLE, *regions)]


def _edges(start: float, length: float, size: int) -> tuple[int, int]:
    low = min(round(start * size), size - 1)
    return low, max(min(round((start + length) * size), size), low + 1)
