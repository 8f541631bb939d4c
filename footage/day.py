"""Day summaries: what a camera recorded on a UTC day, and what encoders looked at.

Coverage, timelines, plans and status read summaries instead of segments, so that a question costs
cameras and days, not segments (invariant 12). A summary is derived from the segments that start on
its day and can be compared with them at any time.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from footage.instant import DAY, Instant, Interval, union
from footage.span import JOIN_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from footage.ids import CameraId, DistrictId, RunId, SiteId
    from footage.segment import Segment

_CHECKSUM_BYTES: Final = 16
_MODULUS: Final = 1 << (8 * _CHECKSUM_BYTES)


@dataclass(frozen=True, slots=True)
class DaySegment:
    """The facts of a segment that its day's summary adds up.

    Attributes:
        marks: Digests of the encoders that looked at the segment, and their `unreadable_mark`s.
    """

    interval: Interval
    run: RunId
    site: SiteId
    district: DistrictId
    retention_class: str
    size_bytes: int
    checksum: int
    marks: frozenset[str] = frozenset()

    @classmethod
    def of(cls, segment: Segment, marks: Iterable[str] = ()) -> DaySegment:
        """Return the facts of `segment`, which bears these index marks."""
        return cls(
            segment.interval,
            segment.run,
            segment.site,
            segment.district,
            segment.retention_class,
            segment.size_bytes,
            checksum(segment),
            frozenset(marks),
        )


@dataclass(frozen=True, slots=True)
class DaySpan:
    """An unbroken stretch of segments of one day, of the same run, place and retention class.

    Attributes:
        interval: Start of the first segment to the latest end; the end may lie on the next day.
        checksum: Sum of the segments' checksums: equal for equal segments, whatever their order.
    """

    interval: Interval
    run: RunId
    site: SiteId
    district: DistrictId
    retention_class: str
    segments: int
    size_bytes: int
    checksum: int


@dataclass(frozen=True, slots=True)
class DaySummary:
    """The segments of a camera that start on a UTC day, summed up.

    Attributes:
        day: Midnight at which the day begins.
        spans: By start; spans of different runs may overlap.
        looked: By index mark, the time of segments that bear the mark, merged.
    """

    camera: CameraId
    day: Instant
    spans: tuple[DaySpan, ...]
    looked: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)


class DayTimes(NamedTuple):
    """The times in a day's summary as plain numbers, of microseconds since the epoch.

    Coverage of a city's day reads a thousand summaries for each question: numbers cost a tenth of
    what objects cost.

    Attributes:
        day: Midnight at which the day begins.
        spans: Start, end and run of each span, in the order of the summary.
        looked: By index mark, start and end of each interval of segments that bear the mark.
    """

    camera: CameraId
    day: int
    spans: tuple[tuple[int, int, RunId], ...]
    looked: Mapping[str, tuple[tuple[int, int], ...]]

    @classmethod
    def of(cls, summary: DaySummary) -> DayTimes:
        """Return the times in `summary`."""
        return cls(
            summary.camera,
            summary.day.us,
            tuple((s.interval.start.us, s.interval.end.us, s.run) for s in summary.spans),
            {
                mark: tuple((interval.start.us, interval.end.us) for interval in intervals)
                for mark, intervals in summary.looked.items()
            },
        )


def day_of(instant: Instant) -> Instant:
    """Return the midnight at which the UTC day of `instant` begins."""
    return instant.floor(DAY)


def days_of(window: Interval) -> Interval:
    """Return the whole days whose segments can overlap `window`; a segment lasts at most a day."""
    last = day_of(Instant(window.end.us - 1))
    return Interval(day_of(window.start) - DAY, last + DAY)


def checksum(segment: Segment) -> int:
    """Return a number of 128 bits that differs for another key, interval or digest.

    Sums of such numbers, modulo 2**128, tell whether two sets of segments are the same. The sum
    finds changes; unlike a hash the sum gives no protection against a forger.
    """
    facts = f"{segment.key}|{segment.interval}|{segment.digest}|{segment.size_bytes}"
    return int.from_bytes(hashlib.sha256(facts.encode()).digest()[:_CHECKSUM_BYTES])


def checksum_sum(checksums: Iterable[int]) -> int:
    """Return the sum of checksums, modulo 2**128."""
    return sum(checksums) % _MODULUS


def spans_of(segments: Iterable[DaySegment]) -> tuple[DaySpan, ...]:
    """Return the spans that `segments` form, ordered by interval, run, place and class."""
    spans: list[DaySpan] = []
    for group in _groups(segments):
        joined: list[DaySpan] = []
        for each in group:
            if joined and _joins(joined[-1], each):
                joined[-1] = _extended(joined[-1], each)
            else:
                joined.append(_span(each))
        spans += joined
    return tuple(sorted(spans, key=_order))


def summarise(camera: CameraId, day: Instant, segments: Iterable[DaySegment]) -> DaySummary:
    """Sum up the segments of `camera` that start on `day`.

    Time between two neighbours of a span counts as looked at when both bear the mark, and no other
    segment without the mark holds the time.
    """
    known = list(segments)
    marks = sorted({mark for segment in known for mark in segment.marks})
    groups = _groups(known)
    looked = {mark: tuple(union(_looked(groups, mark))) for mark in marks}
    return DaySummary(camera, day, spans_of(known), looked)


def with_segment(summary: DaySummary, segment: DaySegment) -> DaySummary | None:
    """Add a segment without marks that comes after all segments of its run, place and class.

    No time of the segment may count as looked at.

    Returns:
        The same as `summarise` of all segments; None where only `summarise` can tell.
    """
    mine = [span for span in summary.spans if _kind(span) == _kind(segment)]
    last = max(mine, key=_order, default=None)
    if segment.marks or (last and segment.interval.start < last.interval.end):
        return None
    looked = chain.from_iterable(summary.looked.values())
    if any(segment.interval.overlaps(part) for part in looked):
        return None  # time between two segments looked at may be this segment's
    if last and _joins(last, segment):
        spans = [_extended(span, segment) if span is last else span for span in summary.spans]
    else:
        spans = [*summary.spans, _span(segment)]
    return replace(summary, spans=tuple(sorted(spans, key=_order)))


def with_mark(summary: DaySummary, segment: DaySegment, mark: str) -> DaySummary | None:
    """Add an index mark to a segment of the summary that did not bear the mark so far.

    Works for a segment that continues the last looked interval of the mark, or comes clearly after
    that interval, as when an encoder works through a day.

    Returns:
        The same as `summarise` of all segments; None where only `summarise` can tell.
    """
    start, looked = segment.interval.start, summary.looked.get(mark, ())
    last = looked[-1] if looked else None
    if last is None or start > last.end + JOIN_TOLERANCE:
        # No marked neighbour lies near: all time looked at ended before.
        after = (*looked, segment.interval)
    elif last.start + JOIN_TOLERANCE <= start <= last.end:
        # Time that may count between two neighbours lies in the last interval already.
        end = max(last.end, segment.interval.end)
        after = (*looked[:-1], Interval(last.start, end))
    else:
        return None
    return replace(summary, looked={**summary.looked, mark: after})


def without_first(
    summary: DaySummary, segment: DaySegment, following: DaySegment | None
) -> DaySummary | None:
    """Take away the first segment of a span, as when the oldest segments expire.

    Args:
        summary: The day with the segment.
        segment: The segment to take away, with all its marks.
        following: The next segment of the day of the same run, place and class.

    Returns:
        The same as `summarise` of the segments left; None where only `summarise` can tell.
    """
    spans = [s for s in summary.spans if _kind(s) == _kind(segment)]
    span = next((s for s in spans if s.interval.start == segment.interval.start), None)
    if span is None:
        return None
    rest = _rest(span, segment, following)
    until = rest.interval.start if rest else segment.interval.end
    if (rest is None and (span.segments > 1 or span.interval != segment.interval)) or any(
        _touch(other, segment.interval.start, until) for other in _others(summary, span)
    ):
        return None
    looked = dict(summary.looked)
    for mark in segment.marks:
        goes_on = rest is not None and following is not None and mark in following.marks
        left = _without(looked.get(mark, ()), segment.interval, until if goes_on else None)
        if left is None:
            return None
        looked[mark] = left
    left_spans = [*_others(summary, span), *([rest] if rest else [])]
    return replace(
        summary,
        spans=tuple(sorted(left_spans, key=_order)),
        looked={mark: intervals for mark, intervals in looked.items() if intervals},
    )


def _rest(span: DaySpan, segment: DaySegment, following: DaySegment | None) -> DaySpan | None:
    """Return `span` from `following` on; None where `following` is not plainly the span's next."""
    if span.segments == 1 or following is None or following.interval.start < segment.interval.end:
        return None
    if not span.interval.covers(following.interval):
        return None
    return replace(
        span,
        interval=Interval(following.interval.start, span.interval.end),
        segments=span.segments - 1,
        size_bytes=span.size_bytes - segment.size_bytes,
        checksum=checksum_sum((span.checksum, -segment.checksum)),
    )


def _others(summary: DaySummary, span: DaySpan) -> list[DaySpan]:
    return [other for other in summary.spans if other is not span]


def _touch(span: DaySpan, start: Instant, until: Instant) -> bool:
    return span.interval.start <= until and start <= span.interval.end


def _without(
    looked: Sequence[Interval], gone: Interval, until: Instant | None
) -> tuple[Interval, ...] | None:
    """Take `gone` away from looked intervals; up to `until` where the next segment is looked at."""
    left: list[Interval] = []
    found = False
    for interval in looked:
        if interval.start != gone.start:
            left.append(interval)
        elif until is None and interval == gone:
            found = True
        elif until is not None and until < interval.end:
            found = True
            left.append(Interval(until, interval.end))
    return tuple(left) if found else None


def _groups(segments: Iterable[DaySegment]) -> list[list[DaySegment]]:
    """Return the segments of each run, place and class, by interval."""
    groups: dict[tuple[str, ...], list[DaySegment]] = defaultdict(list)
    for segment in segments:
        groups[_kind(segment)].append(segment)
    return [sorted(group, key=lambda s: (s.interval, s.checksum)) for group in groups.values()]


def _looked(groups: Sequence[Sequence[DaySegment]], mark: str) -> list[Interval]:
    unmarked = union(s.interval for group in groups for s in group if mark not in s.marks)
    parts: list[Interval] = []
    for group in groups:
        before_marked = False
        for segment in group:
            marked = mark in segment.marks
            if marked and before_marked and _near(parts[-1], segment.interval):
                _go_on(parts, segment.interval, unmarked)
            elif marked:
                parts.append(segment.interval)
            before_marked = marked
    return parts


def _go_on(parts: list[Interval], interval: Interval, unmarked: Sequence[Interval]) -> None:
    """Let the last of `parts` go on with `interval`, over the time between.

    Time between that another segment holds, which does not bear the mark, is left out: a second run
    may have recorded what nobody looked at (invariant 11).
    """
    last = parts[-1]
    if last.end < interval.start:
        between = Interval(last.end, interval.start)
        first = bisect_right(unmarked, between.start, key=lambda part: part.end)
        if first < len(unmarked) and unmarked[first].start < between.end:
            parts += [*between.less(unmarked[first:]), interval]
            return
    parts[-1] = Interval(last.start, max(last.end, interval.end))


def _kind(facts: DaySegment | DaySpan) -> tuple[str, ...]:
    return (facts.run, facts.site, facts.district, facts.retention_class)


def _order(span: DaySpan) -> tuple[Interval, tuple[str, ...]]:
    return (span.interval, _kind(span))


def _near(before: Interval, after: Interval) -> bool:
    return after.start <= before.end + JOIN_TOLERANCE


def _joins(span: DaySpan, segment: DaySegment) -> bool:
    return _kind(span) == _kind(segment) and _near(span.interval, segment.interval)


def _span(segment: DaySegment) -> DaySpan:
    return DaySpan(
        segment.interval,
        *(segment.run, segment.site, segment.district, segment.retention_class),
        segments=1,
        size_bytes=segment.size_bytes,
        checksum=segment.checksum,
    )


def _extended(span: DaySpan, segment: DaySegment) -> DaySpan:
    return replace(
        span,
        interval=Interval(span.interval.start, max(span.interval.end, segment.interval.end)),
        segments=span.segments + 1,
        size_bytes=span.size_bytes + segment.size_bytes,
        checksum=checksum_sum((span.checksum, segment.checksum)),
    )
