"""Gaps of reason "expired": one for a camera, rule and unbroken stretch of a UTC day."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from footage.day import day_of
from footage.instant import Elapsed, Interval
from footage.ports import Scope
from footage.span import JOIN_TOLERANCE, Gap, GapReason

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from footage.ids import CameraId, PlanId, SegmentKey
    from footage.instant import Instant
    from footage.ports import Catalogue, Register, Tombstone
    from footage.segment import Segment

_NEAR: Final = JOIN_TOLERANCE + Elapsed(1)


def expired_gaps(
    catalogue: Catalogue, segments: Sequence[Segment], gone: Collection[SegmentKey], rule: str
) -> list[Gap]:
    """Return gaps that explain the time of deleted segments, to be added to the catalogue.

    A gap begins with the same rule's gap of the day that ends where the segments start: added again
    with the same start, the longer gap replaces the shorter (see the catalogue's port). So the
    number of gaps grows neither with segments nor with batches, and a crash before or after adding
    leaves nothing to mend: the same call later returns the same gaps.

    Args:
        catalogue: Gives the gaps known so far.
        segments: Neighbouring segments of a camera, by start.
        gone: Keys of those segments whose objects are deleted; a segment that stays ends a gap.
        rule: The rule that decided, as gaps tell it; gaps of different rules are not joined.
    """
    stretches = _stretches(segments, gone)
    if not stretches:
        return []
    near = Interval(stretches[0].start - _NEAR, max(each.end for each in stretches) + _NEAR)
    beside = _Beside(catalogue, segments[0].camera, near, rule)
    return [gap for each in stretches if (gap := beside.gap(each))]


def restore_expired(register: Register, catalogue: Catalogue) -> int:
    """Add the gaps that explain deleted segments to a catalogue that lost them.

    The register keeps each deletion as a tombstone. Tombstones of a plan, camera, day and rule are
    taken together; the gaps are those that the deletions themselves had entered. Segments and other
    gaps must be in the catalogue before.

    Returns:
        Number of gaps added.
    """
    count = 0
    for (_, _, _, rule), found in groupby(register.deletions(), key=_same_deletion):
        tombstones = list(found)
        segments = {segment.key: segment for t in tombstones for segment in t.segments}
        gone = {key for tombstone in tombstones for key in tombstone.purged}
        row = sorted(segments.values(), key=lambda s: (s.interval, s.key))
        gaps = expired_gaps(catalogue, row, gone, rule)
        catalogue.add_gaps(gaps)
        count += len(gaps)
    return count


def _same_deletion(tombstone: Tombstone) -> tuple[PlanId, CameraId, Instant, str]:
    day = day_of(tombstone.interval.start)
    return tombstone.plan, tombstone.segments[0].camera, day, tombstone.reason


def _stretches(segments: Sequence[Segment], gone: Collection[SegmentKey]) -> list[Interval]:
    """Return the unbroken stretches that the segments in `gone` form, by start."""
    ends: dict[Instant, Instant] = {}
    start: Instant | None = None
    for segment in segments:
        first, last = segment.interval.start, segment.interval.end
        if segment.key not in gone:
            start = None
            continue
        if start is None or first > ends[start] + JOIN_TOLERANCE:
            start = first
        ends[start] = max(ends.get(start, last), last)
    return [Interval(start, end) for start, end in ends.items()]


class _Beside:
    """The gaps and segments of a camera that lie around deleted segments."""

    def __init__(self, catalogue: Catalogue, camera: CameraId, near: Interval, rule: str) -> None:
        self._catalogue, self._camera, self._rule = catalogue, camera, rule
        self._scope = Scope(cameras=frozenset({camera}))
        self._known = list(catalogue.gaps(self._scope, near))
        self._expired = [gap for gap in self._known if gap.reason is GapReason.EXPIRED]
        self._same = [gap.interval for gap in self._expired if gap.detail == rule]

    def gap(self, stretch: Interval) -> Gap | None:
        """Return the gap to add for `stretch`; None where a gap of the same start covers it."""
        start, end = stretch.start, stretch.end
        earlier = [gap for gap in self._same if gap.start <= start]
        before = max(earlier, key=lambda gap: gap.end, default=None)
        if before and (before.end >= start or self._is_nothing(Interval(before.end, start))):
            # A gap that reaches into the stretch may be this stretch's own, added before a crash.
            if before.end > start or day_of(before.start) == day_of(start):
                start, end = before.start, max(before.end, end)
            else:
                start = before.end
        after = min((gap for gap in self._same if gap.start > end), default=None)
        if after and self._is_nothing(Interval(end, after.start)):
            end = after.start
        # A gap of the same start and another rule would be replaced: never by a shorter gap.
        others = [gap.interval for gap in self._expired if gap.detail != self._rule]
        if any(other.start == start and other.end >= end for other in others):
            return None
        return Gap(self._camera, Interval(start, end), GapReason.EXPIRED, self._rule)

    def _is_nothing(self, between: Interval) -> bool:
        """Whether `between` is the moment that neighbouring segments of a span leave between them.

        Such time counted as recorded while the segments were there. Time that another gap explains,
        or in which a segment is stored, is no such moment.
        """
        return (
            between.length <= JOIN_TOLERANCE
            and not any(gap.interval.overlaps(between) for gap in self._known)
            and next(iter(self._catalogue.segments(self._scope, between)), None) is None
        )
