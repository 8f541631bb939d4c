"""Changes of a day summary from the segments near the change, so that a change costs no day. Pure.

Each function gives what `summarise` would give from all segments of the day, provided that no two
segments of the day of the same run, place and class overlap (`apart`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from footage.day import DaySegment, DaySpan, checksum_sum, summarise
from footage.instant import Interval, union
from footage.span import JOIN_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from footage.day import DaySummary


def apart(segments: Iterable[DaySegment]) -> bool:
    """Return whether no two segments of the same run, place and class overlap."""
    groups: dict[tuple[str, ...], list[Interval]] = defaultdict(list)
    for segment in segments:
        groups[_kind(segment)].append(segment.interval)
    return not any(
        before.overlaps(after)
        for intervals in groups.values()
        for before, after in pairwise(sorted(intervals))
    )


def around(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the time in which a summary can change when segments of these intervals do."""
    return union(_wider(interval) for interval in intervals)


def neighbourhood(window: Interval) -> Interval:
    """Return the time whose segments, ends included, decide what `window` of a summary holds."""
    return _wider(window)


def looked_again(
    summary: DaySummary, near: Iterable[DaySegment], windows: Sequence[Interval]
) -> DaySummary:
    """Derive what was looked at inside `windows` anew.

    Args:
        summary: The day, right about what was looked at outside `windows`.
        near: Segments of the day that lie in or touch the `neighbourhood` of the windows.
        windows: Times from `around`.
    """
    found = summarise(summary.camera, summary.day, near).looked
    looked: dict[str, tuple[Interval, ...]] = {}
    for mark in sorted(summary.looked.keys() | found.keys()):
        before, now = summary.looked.get(mark, ()), found.get(mark, ())
        outside = [part for interval in before for part in interval.less(windows)]
        clipped = (interval.clip(window) for interval in now for window in windows)
        inside = [part for part in clipped if part is not None]
        if merged := tuple(union([*outside, *inside])):
            looked[mark] = merged
    return replace(summary, looked=looked)


def marked_last(summary: DaySummary, intervals: Iterable[Interval], mark: str) -> DaySummary | None:
    """Enter a mark of segments that continue what was looked at last, or come clearly after.

    An encoder that works through a day marks segments so. Segments may overlap, and may be entered
    already.

    Returns:
        The summary; None where the segments near can tell only.
    """
    looked = list(summary.looked.get(mark, ()))
    for interval in sorted(intervals):
        last = looked[-1] if looked else None
        if last is None or interval.start > last.end + JOIN_TOLERANCE:
            # No segment with the mark lies near, as all time looked at ended before.
            looked.append(interval)
        elif last.start + JOIN_TOLERANCE <= interval.start <= last.end:
            # Time that counts between two neighbours lies in the last interval already.
            looked[-1] = Interval(last.start, max(last.end, interval.end))
        else:
            return None
    return replace(summary, looked={**summary.looked, mark: tuple(looked)})


def without_segments(
    summary: DaySummary, near: Collection[DaySegment], gone: Collection[DaySegment]
) -> DaySummary | None:
    """Take segments at the beginning or end of spans away; marks are left to `looked_again`.

    Args:
        summary: The day with all segments.
        near: Segments of the day around those that go, these included.
        gone: The segments that go.

    Returns:
        The summary without these segments; None where only `summarise` can tell.
    """
    spans: list[DaySpan] = []
    taken = 0
    for span in summary.spans:
        kind = _kind(span)
        going = [s for s in gone if _kind(s) == kind and span.interval.covers(s.interval)]
        taken += len(going)
        if not going:
            spans.append(span)
        elif len(going) < span.segments:
            order = sorted((s for s in near if _kind(s) == kind), key=_order)
            shorter = _shortened(span, order, sorted(going, key=_order))
            if shorter is None:
                return None
            spans.append(shorter)
        elif checksum_sum(segment.checksum for segment in going) != span.checksum:
            return None
    if taken != len(gone):
        return None
    return replace(summary, spans=tuple(sorted(spans, key=lambda s: (s.interval, _kind(s)))))


def _shortened(
    span: DaySpan, order: Sequence[DaySegment], going: Sequence[DaySegment]
) -> DaySpan | None:
    """Return `span` without segments of its beginning or end; None where others stay between."""
    inside = [segment for segment in order if span.interval.covers(segment.interval)]
    first, last, left = 0, len(inside) - 1, list(going)
    start, end = span.interval.start, span.interval.end
    while left and first < last and left[0] == inside[first] and left[0].interval.start == start:
        first, start = first + 1, inside[first + 1].interval.start
        left.pop(0)
    while left and first < last and left[-1] == inside[last] and left[-1].interval.end == end:
        last, end = last - 1, inside[last - 1].interval.end
        left.pop()
    if left:
        return None
    return replace(
        span,
        interval=Interval(start, end),
        segments=span.segments - len(going),
        size_bytes=span.size_bytes - sum(segment.size_bytes for segment in going),
        checksum=checksum_sum([span.checksum, *(-segment.checksum for segment in going)]),
    )


def _wider(interval: Interval) -> Interval:
    return Interval(interval.start - JOIN_TOLERANCE, interval.end + JOIN_TOLERANCE)


def _kind(facts: DaySegment | DaySpan) -> tuple[str, ...]:
    return (facts.run, facts.site, facts.district, facts.retention_class)


def _order(segment: DaySegment) -> tuple[Interval, int]:
    return (segment.interval, segment.checksum)
