"""Availability: how much of each of many equal parts of a window a camera recorded."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from api.schemas import Id, InstantText, Wire
from footage.span import GapReason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footage.instant import Interval
    from footage.span import Timeline

Seconds = Annotated[list[float], Field(description="By bucket, in order.", examples=[[3.5, 4.0]])]


class AvailabilityOut(Wire):
    """Recorded and unknown seconds of each bucket; the buckets tile the window and are as long.

    What is neither recorded nor unknown is a gap of which the timeline has the reason.
    """

    camera: Id
    start: InstantText
    end: InstantText
    recorded_s: Seconds
    unknown_s: Seconds

    @classmethod
    def of(cls, line: Timeline, buckets: int) -> AvailabilityOut:
        """Make the body from a timeline."""
        window = line.window
        unknown = (gap.interval for gap in line.gaps if gap.reason is GapReason.UNKNOWN)
        return cls(
            camera=line.camera,
            start=str(window.start),
            end=str(window.end),
            recorded_s=seconds_by_bucket(window, buckets, (span.interval for span in line.spans)),
            unknown_s=seconds_by_bucket(window, buckets, unknown),
        )


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
