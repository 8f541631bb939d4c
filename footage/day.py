"""Day summaries: what a camera recorded on a UTC day, and what encoders looked at.

Coverage, timelines, plans and status read summaries instead of segments, so that a question costs
cameras and days, not segments (invariant 12). A summary is derived from the segments that start on
its day and can be compared with them at any time.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

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

    Time between two neighbours of a span counts as looked at when both bear the mark.
    """
    known = list(segments)
    marks = sorted({mark for segment in known for mark in segment.marks})
    groups = _groups(known)
    looked = {mark: tuple(union(_looked(groups, mark))) for mark in marks}
    return DaySummary(camera, day, spans_of(known), looked)


def with_segment(summary: DaySummary, segment: DaySegment) -> DaySummary | None:
    """Add a segment without marks that comes after all segments of its run, place and class.

    Returns:
        The same as `summarise` of all segments; None where only `summarise` can tell.
    """
    mine = [span for span in summary.spans if _kind(span) == _kind(segment)]
    last = max(mine, key=_order, default=None)
    if segment.marks or (last and segment.interval.start < last.interval.end):
        return None
    if last and _joins(last, segment):
        spans = [_extended(span, segment) if span is last else span for span in summary.spans]
    else:
        spans = [*summary.spans, _span(segment)]
    return replace(summary, spans=tuple(sorted(spans, key=_order)))


def _groups(segments: Iterable[DaySegment]) -> list[list[DaySegment]]:
    """Return the segments of each run, place and class, by interval."""
    groups: dict[tuple[str, ...], list[DaySegment]] = defaultdict(list)
    for segment in segments:
        groups[_kind(segment)].append(segment)
    return [sorted(group, key=lambda s: (s.interval, s.checksum)) for group in groups.values()]


def _looked(groups: Sequence[Sequence[DaySegment]], mark: str) -> list[Interval]:
    parts: list[Interval] = []
    for group in groups:
        before_marked = False
        for segment in group:
            marked = mark in segment.marks
            if marked and before_marked and _near(parts[-1], segment.interval):
                end = max(parts[-1].end, segment.interval.end)
                parts[-1] = Interval(parts[-1].start, end)
            elif marked:
                parts.append(segment.interval)
            before_marked = marked
    return parts


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
