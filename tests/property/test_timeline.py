"""Spans and gaps tile any window (invariant 5)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from footage.ids import CameraId
from footage.instant import Elapsed, Instant, Interval, total, union
from footage.span import JOIN_TOLERANCE, Gap, GapReason, timeline
from tests.common.builders import a_segment

if TYPE_CHECKING:
    from footage.segment import Segment

CAMERA = CameraId("camera-1")
ORIGIN = Instant.parse("2026-11-22T15:00:00Z")

offsets = st.integers(0, 300).map(lambda s: ORIGIN + Elapsed.seconds(s))
lengths = st.integers(1, 90).map(Elapsed.seconds)
intervals = st.builds(lambda start, length: Interval(start, start + length), offsets, lengths)
segments = st.lists(
    st.builds(
        lambda i, run: a_segment(start=i.start, seconds=i.length.in_seconds, run=run),
        intervals,
        st.sampled_from(["a", "b"]),
    ),
    max_size=6,
)
gaps = st.lists(
    st.builds(lambda i, reason: Gap(CAMERA, i, reason), intervals, st.sampled_from(GapReason)),
    max_size=6,
)


@given(intervals, segments, gaps)
def test_spans_and_gaps_tile_the_window(
    window: Interval, stored: list[Segment], known: list[Gap]
) -> None:
    line = timeline(CAMERA, window, stored, known)
    parts = sorted([span.interval for span in line.spans] + [gap.interval for gap in line.gaps])
    assert parts[0].start == window.start
    assert parts[-1].end == window.end
    assert all(a.end == b.start for a, b in itertools.pairwise(parts))


@given(intervals, segments, gaps)
def test_what_is_stored_is_never_called_a_gap(
    window: Interval, stored: list[Segment], known: list[Gap]
) -> None:
    line = timeline(CAMERA, window, stored, known)
    recorded = [part for s in stored if (part := s.interval.clip(window))]
    assert not any(gap.interval.overlaps(part) for gap in line.gaps for part in recorded)
    spans = total(span.interval for span in line.spans)
    assert total(union(recorded, bridge=JOIN_TOLERANCE)) >= spans >= total(recorded)


@given(intervals, segments, gaps)
def test_the_order_of_the_input_does_not_matter(
    window: Interval, stored: list[Segment], known: list[Gap]
) -> None:
    forward = timeline(CAMERA, window, stored, known)
    backward = timeline(CAMERA, window, stored[::-1], known[::-1])
    assert total(g.interval for g in backward.gaps) == total(g.interval for g in forward.gaps)


@given(intervals, gaps)
def test_only_what_nothing_explains_is_unknown(window: Interval, known: list[Gap]) -> None:
    line = timeline(CAMERA, window, [], known)
    named = [g.interval for g in known if g.reason is not GapReason.UNKNOWN]
    unexplained = [g.interval for g in line.gaps if g.reason is GapReason.UNKNOWN]
    if not any(g.reason is GapReason.UNKNOWN for g in known):
        assert unexplained == window.less(named)


@given(intervals, segments, gaps)
def test_neighbouring_gaps_of_one_cause_are_one(
    window: Interval, stored: list[Segment], known: list[Gap]
) -> None:
    line = timeline(CAMERA, window, stored, known)
    for one, other in itertools.pairwise(line.gaps):
        touching = one.interval.end == other.interval.start
        assert not touching or (one.reason, one.detail) != (other.reason, other.detail)


@given(intervals, gaps)
def test_of_overlapping_gaps_the_earlier_starting_one_explains(
    window: Interval, known: list[Gap]
) -> None:
    order = list(GapReason)
    ranked = sorted(known, key=lambda g: (g.interval.start, order.index(g.reason)))
    for told in timeline(CAMERA, window, [], known).gaps:
        for instant in (told.interval.start, told.interval.end - Elapsed(1)):
            reasons = [gap.reason for gap in ranked if instant in gap.interval]
            assert told.reason is (reasons[0] if reasons else GapReason.UNKNOWN)
