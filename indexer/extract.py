"""Extraction of keyframes from stored segments, and of the pictures to embed from keyframes."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from footage import mp4
from footage.keyframe import WHOLE
from indexer.thumb import resized

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footage.instant import Instant
    from footage.keyframe import Box
    from footage.picture import Picture
    from footage.ports import DecodedKeyframe, ObjectStore
    from footage.segment import Segment

OVERSIZE: Final = 3
"""Least size of a reduced picture, each way, in sizes of the encoder's input: the encoder's own
scaling then decides what is seen, and the vector hardly differs from that of the full picture."""


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
    first = layout.start_pts_ticks
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


def looks(
    keyframe: DecodedKeyframe, regions: Sequence[Box], input_size: tuple[int, int]
) -> Iterator[tuple[Box, Picture]]:
    """Yield the pictures of a keyframe to embed: the whole frame, then each region.

    A region is cut from the full resolution. A picture that is much larger than the input of the
    encoder is reduced first, to no less than `OVERSIZE` times the input each way.
    """
    size = (keyframe.width, keyframe.height)
    whole = reduced_size(*size, input_size)
    yield WHOLE, keyframe.picture() if whole == size else keyframe.scaled(*whole)
    for box in regions:
        yield box, _reduced(keyframe.crop(*edges(box, *size)), input_size)


def reduced_size(width: int, height: int, input_size: tuple[int, int]) -> tuple[int, int]:
    """Return the size a picture is reduced to for an encoder of this input size; never larger."""
    least = max(OVERSIZE * input_size[0] / width, OVERSIZE * input_size[1] / height)
    if least >= 1:
        return width, height
    return round(width * least), round(height * least)


def edges(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of `box` in pixels, at least 1 pixel apart."""
    left, right = _edges(box.x, box.w, width)
    top, bottom = _edges(box.y, box.h, height)
    return left, top, right, bottom


def _reduced(picture: Picture, input_size: tuple[int, int]) -> Picture:
    size = reduced_size(picture.width, picture.height, input_size)
    return picture if size == (picture.width, picture.height) else resized(picture, *size)


def _edges(start: float, length: float, size: int) -> tuple[int, int]:
    low = min(round(start * size), size - 1)
    return low, max(min(round((start + length) * size), size), low + 1)
