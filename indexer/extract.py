"""Extraction of coded pictures from stored segments, and of the pictures to embed from those."""

from __future__ import annotations

import io
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

from footage import mp4
from footage.errors import DataLoss
from footage.keyframe import WHOLE
from footage.looking import LOOK_EVERY, between
from footage.nal import configuration, recovery_pictures
from indexer.thumb import resized

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from mmap import mmap

    from footage.instant import Elapsed, Instant
    from footage.keyframe import Box
    from footage.picture import Picture
    from footage.ports import DecodedKeyframe, ObjectStore
    from footage.segment import Segment

OVERSIZE: Final = 3
"""Least size of a reduced picture, each way, in sizes of the encoder's input: the encoder's own
scaling then decides what is seen, and the vector hardly differs from that of the full picture."""

LONGEST_RECOVERY: Final = 600
"""Most pictures decoded until one is whole: 20 s at 30 a second; cameras take 1 to 10 s. A hostile
stream may claim 65 535."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A coded picture: a keyframe, a run of fragments that makes one whole, or one between.

    Attributes:
        offset: Byte offset in the segment.
        length: Number of bytes.
        instant: Instant of the picture: of a run, of the last picture.
        data: The bytes: a sample, or whole fragments; empty for a picture between keyframes.
        since: As `Keyframe.since`: where the fragment with the keyframe before begins.
        run: The bytes from `since` to the end of a picture between keyframes.
    """

    offset: int
    length: int
    instant: Instant
    data: bytes = field(repr=False)
    since: int | None = None
    run: memoryview = field(default=memoryview(b""), repr=False)


@dataclass(frozen=True, slots=True)
class Reel:
    """Init and pictures to look at of a segment in the order of time.

    Without the other bytes, unless pictures between keyframes are among those.
    """

    segment: Segment
    init: bytes = field(repr=False)
    shots: tuple[Shot, ...]


def read_reel(store: ObjectStore, segment: Segment, every: Elapsed = LOOK_EVERY) -> Reel:
    """Fetch a segment from the store and return init and pictures to look at.

    Args:
        store: The store.
        segment: The segment.
        every: Most time between two pictures; between keyframes further apart others are chosen.

    Raises:
        NotFound: The object was deleted meanwhile.
        DataLoss: The bytes of the object are no fragmented MP4.
        Unavailable: The store cannot be reached now.
    """
    data = store.get(segment.key)
    layout = mp4.walk(io.BytesIO(data))
    first = layout.start_pts_ticks
    shots = []
    for offset, length, pts_ticks in coded_pictures(data, layout):
        # Media time becomes wall time through the segment's anchor alone (invariant 8).
        instant = mp4.wall_time(segment, layout, pts_ticks - first)
        shots.append(Shot(offset, length, instant, data[offset : offset + length]))
    alone = {shot.offset for shot in shots}  # but for runs, which begin at no sample
    for begin, sample in _between(layout, alone, every):
        instant = mp4.wall_time(segment, layout, sample.pts_ticks - first)
        run = memoryview(data)[begin : sample.offset + sample.length]  # many share the bytes
        shots.append(Shot(sample.offset, sample.length, instant, b"", begin, run))
    ordered = tuple(sorted(shots, key=lambda shot: (shot.instant, shot.offset)))
    return Reel(segment, data[: layout.init_bytes], ordered)


def _between(
    layout: mp4.Layout, alone: Collection[int], every: Elapsed
) -> Iterator[tuple[int, mp4.Sample]]:
    """Yield pictures between keyframes further apart, with the offset of the run to decode.

    Chosen are pictures shown after all that are decoded before, so that such a picture is the last
    of its run. None is chosen after a picture that only a run makes whole (intra refresh), whose
    offset is not in `alone`.
    """
    step = every.us * layout.media.timescale // 1_000_000
    ends = list(accumulate(fragment.samples for fragment in layout.fragments))
    keys = [at for at, sample in enumerate(layout.samples) if sample.keyframe]
    stop = max(sample.pts_ticks + sample.duration_ticks for sample in layout.samples)
    for at, following in pairwise([*keys, len(layout.samples)]):
        if layout.samples[at].offset not in alone:
            continue
        start = layout.samples[at].pts_ticks
        end = stop if following == len(layout.samples) else layout.samples[following].pts_ticks
        shown, latest = dict[int, mp4.Sample](), start
        for sample in layout.samples[at + 1 : following]:
            if latest < sample.pts_ticks < end:
                shown[sample.pts_ticks] = sample
                latest = sample.pts_ticks
        since = layout.fragments[bisect_right(ends, at)].offset
        for pts in between(list(shown), start, end, step):
            yield since, shown[pts]


def coded_pictures(data: bytes | mmap, layout: mp4.Layout) -> Iterator[tuple[int, int, int]]:
    """Yield offset, length and media time of each keyframe, or of the recovery run behind one."""
    try:
        coding = configuration(data[: layout.init_bytes])
    except DataLoss:  # the decoder says so
        coding = None
    ends = list(accumulate(fragment.samples for fragment in layout.fragments))
    keys = [at for at, sample in enumerate(layout.samples) if sample.keyframe]
    looked = 0  # index of the first sample behind the last run: no picture is decoded twice
    for at, following in pairwise([*keys, len(layout.samples)]):
        key = layout.samples[at]
        coded = data[key.offset : key.offset + key.length]
        after = recovery_pictures(coding.codec, coded, coding.length_bytes) if coding else 0
        if not 0 < after <= LONGEST_RECOVERY:
            yield key.offset, key.length, key.pts_ticks
        elif at >= looked:
            # Pictures that no other refers to do not count, so the whole picture may come later.
            last = max(at + after, min(at + 2 * after, following - 1))
            last = bisect_right(ends, min(last, len(layout.samples) - 1))
            begin, end = layout.fragments[bisect_right(ends, at)], layout.fragments[last]
            shown = max(sample.pts_ticks for sample in layout.samples[at : ends[last]])
            yield begin.offset, end.offset + end.length - begin.offset, shown
            looked = ends[last]


def looks(
    keyframe: DecodedKeyframe, regions: Sequence[Box], input_size: tuple[int, int]
) -> Iterator[tuple[Box, Picture]]:
    """Yield the pictures of a keyframe to embed: the whole frame, then each region."""
    for box in (WHOLE, *regions):
        yield box, look(keyframe, box, input_size)


def look(keyframe: DecodedKeyframe, box: Box, input_size: tuple[int, int]) -> Picture:
    """Return the picture to embed of a keyframe: the whole frame, or the region in `box`.

    A region is cut from the full resolution. A picture that is much larger than the input of the
    encoder is reduced first, to no less than `OVERSIZE` times the input each way.
    """
    size = (keyframe.width, keyframe.height)
    if box != WHOLE:
        return _reduced(keyframe.crop(*edges(box, *size)), input_size)
    whole = reduced_size(*size, input_size)
    return keyframe.picture() if whole == size else keyframe.scaled(*whole)


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
