"""Availability: how much of each of many equal parts of a window a camera recorded."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footage.instant import Interval


def seconds_by_bucket(window: Interval, buckets: int, intervals: Iterable[Interval]) -> list[float]:
    """Return how many seconds of each bucket some intervals cover.

    Costs as many steps as there are buckets and intervals together.

    Args:
        window: The time that the buckets tile.
        buckets: How many buckets; their edges are rounded down to microseconds.
        intervals: Intervals that do not overlap each other; parts outside the window do not count.
    """
    edges = [window.start.us + window.length.us * n // buckets for n in range(buckets + 1)]
    covered = [0] * buckets
    for interval in intervals:
        inside = interval.clip(window)
        if inside is None:
            continue
        at, number = inside.start.us, bisect_right(edges, inside.start.us) - 1
        while at < inside.end.us:
            until = min(inside.end.us, edges[number + 1])
            covered[number] += until - at
            at, number = until, number + 1
    return [us / 1_000_000 for us in covered]
