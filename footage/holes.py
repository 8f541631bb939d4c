"""The one rule for holes: time inside a recording of which no picture exists. Pure.

A picture is shown until the next picture comes. A picture that would be shown longer than a second,
and longer than several times the usual, was not: the camera or the recorder paused, and the time
up to the next picture is a hole. Times of showing decide, not times of decoding: where pictures are
reordered, decoding times jump a few pictures after the hole. Pictures that are decoded behind the
first sample and shown before the first sample belong to the time before a segment: none counts.

`evidence.verify` stands alone and repeats this rule; a test holds the two equal.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate, pairwise
from statistics import median_low
from typing import TYPE_CHECKING, Final, NamedTuple

from footage.instant import Elapsed, Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.mp4 import Layout
    from footage.mp4_boxes import Sample

SHORTEST_HOLE: Final = Elapsed.parse("1s")
"""A camera that shows a still scene may send a picture a second: less is never a hole."""
SEVERAL: Final = 4
"""A camera of a picture every two seconds is slow, not silent, until four pictures are missing."""


_DEPTH: Final = 8
"""Most times a piece is looked at again, so that the cost of a hostile file is bounded."""


class Hole(NamedTuple):
    """A hole in media time.

    Attributes:
        start_ticks: End of the picture before, which counts as shown for the usual duration.
        end_ticks: Time of the next picture; without a next picture, end of the last sample.
    """

    start_ticks: int
    end_ticks: int


def usual_ticks(samples: Sequence[Sample]) -> int:
    """Median time for which a picture is shown until the next, the last sample's own included."""
    return median_low(_shown(samples))


def is_hole(shown: Elapsed, usual: Elapsed) -> bool:
    """Whether a picture shown for `shown` until the next hides a hole."""
    return shown > max(SHORTEST_HOLE, usual * SEVERAL)


def holes(samples: Sequence[Sample], timescale: int, usual: int | None = None) -> tuple[Hole, ...]:
    """Find the holes among the samples of a segment, by time.

    Args:
        samples: Samples in decode order; at least one.
        timescale: Ticks a second.
        usual: Usual ticks of a picture where known from more than these samples; None to take
            `usual_ticks(samples)`.
    """
    shown = _shown(samples)
    usual = median_low(shown) if usual is None else usual
    most = max(SHORTEST_HOLE.us * timescale // 1_000_000, SEVERAL * usual)
    return tuple(
        Hole(start + usual, start + ticks)
        for start, ticks in zip(_times(samples), shown, strict=True)
        if ticks > most
    )


def hole_intervals(layout: Layout, interval: Interval) -> list[Interval]:
    """Wall time of the holes inside a stored segment, by time.

    Args:
        layout: The segment's boxes.
        interval: The segment's interval, which begins with the first sample's picture.
    """
    first = layout.start_pts_ticks
    scale = layout.media.timescale
    found = []
    for hole in holes(layout.samples, scale):
        start, end = (Elapsed((at - first) * 1_000_000 // scale) for at in hole)
        whole = Interval(interval.start + start, interval.start + end)
        part = whole.clip(interval)
        if part is not None:
            found.append(part)
    return found


def cuts(samples: Sequence[Sample], timescale: int, usual: int | None = None) -> dict[int, Hole]:
    """Find where to cut samples so that no hole remains inside a piece.

    A piece may have a shorter usual duration than the whole, so the pieces are looked at again. Few
    reordered pictures may be shown before a hole although decoded after the first picture behind
    the hole. Where that picture is a keyframe a piece begins there nevertheless; any other stays
    with the piece before, whose last pictures cannot be decoded without.

    Returns:
        The hole before the piece that begins with the sample of this index, by index.
    """
    found: dict[int, Hole] = {}
    waiting = [(list(range(len(samples))), _DEPTH)]
    while waiting:
        indices, depth = waiting.pop()
        inner = _cuts([samples[i] for i in indices], timescale, usual)
        bounds = [0, *inner, len(indices)]
        for (first, last), hole in zip(pairwise(bounds), [*inner.values(), None], strict=True):
            if hole is not None:
                found[indices[last]] = hole
            own = indices[first:last]
            piece = [i for i in own if not hole or samples[i].pts_ticks < hole.end_ticks]
            if inner and depth:
                waiting.append((piece, depth - 1))
    return dict(sorted(found.items()))


def _cuts(samples: Sequence[Sample], timescale: int, usual: int | None) -> dict[int, Hole]:
    order = sorted(range(len(samples)), key=lambda i: samples[i].pts_ticks)
    times = [samples[i].pts_ticks for i in order]
    latest = list(accumulate(order, max))
    earliest = list(accumulate(reversed(order), min))[::-1]
    found: dict[int, Hole] = {}
    for hole in holes(samples, timescale, usual):
        shown_before = bisect_left(times, hole.end_ticks)
        if shown_before == len(times):
            continue  # the hole at the end
        first = earliest[shown_before]
        at = first if samples[first].keyframe else latest[shown_before - 1] + 1
        if 0 < at < len(samples) and at not in found:
            found[at] = hole
    return dict(sorted(found.items()))


def _times(samples: Sequence[Sample]) -> list[int]:
    """Times of showing, in order, from the first sample's on."""
    first = samples[0].pts_ticks
    return sorted(sample.pts_ticks for sample in samples if sample.pts_ticks >= first)


def _shown(samples: Sequence[Sample]) -> list[int]:
    """Ticks until the next picture, by time of showing; the last sample's own duration ends."""
    starts = _times(samples)
    return [*(later - former for former, later in pairwise(starts)), samples[-1].duration_ticks]
