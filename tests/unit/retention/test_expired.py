"""Gaps of expired footage: few, never over what is stored, never leaving time unexplained."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from footage.instant import Elapsed, Instant, Interval
from footage.span import JOIN_TOLERANCE, Gap, GapReason, timeline
from infra.catalogues.memory_catalog import MemoryCatalogue
from retention.expired import expired_gaps
from tests.common.builders import a_gap, a_segment, at, during, segments_in_a_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from footage.segment import Segment

RULE = "policy 'streets' (default): keep 30d"


def expire(catalogue: MemoryCatalogue, segments: Sequence[Segment], rule: str = RULE) -> None:
    """Let all of `segments` go as a batch."""
    keys = [segment.key for segment in segments]
    catalogue.add_gaps(expired_gaps(catalogue, segments, keys, rule))
    catalogue.remove_segments(keys)


def expired(catalogue: MemoryCatalogue) -> list[Interval]:
    return [gap.interval for gap in catalogue.gaps() if gap.reason is GapReason.EXPIRED]


def a_catalogue(segments: Iterable[Segment]) -> MemoryCatalogue:
    made = MemoryCatalogue()
    made.add_segments(segments)
    return made


def test_batch_after_batch_is_one_gap_for_a_day() -> None:
    first_day = Instant.parse("2026-11-23T00:00:00Z")
    segments = segments_in_a_row(100, start=first_day - Elapsed.seconds(50 * 60))
    catalogue = a_catalogue(segments)
    for first in range(0, 100, 10):
        expire(catalogue, segments[first : first + 10])
    assert expired(catalogue) == [
        Interval(segments[0].interval.start, first_day),
        Interval(first_day, segments[-1].interval.end),
    ]


def test_the_moment_between_two_segments_is_explained_and_longer_time_is_not() -> None:
    near = [a_segment(start=at(60.04 * number)) for number in range(4)]
    far = a_segment(start=at(400))
    catalogue = a_catalogue([*near, far])
    expire(catalogue, near[:2])
    expire(catalogue, near[2:])
    expire(catalogue, [far])
    assert expired(catalogue) == [
        Interval(near[0].interval.start, near[3].interval.end),
        far.interval,
    ]


def test_the_moment_is_explained_also_in_another_order_and_on_another_day() -> None:
    midnight = Instant.parse("2026-11-23T00:00:00Z")
    one, two, three = (
        a_segment(start=midnight + Elapsed.seconds(60.04 * number)) for number in (-1, 0, 1)
    )
    catalogue = a_catalogue([one, two, three])
    for segment in (one, three, two):
        expire(catalogue, [segment])
    window = Interval(one.interval.start, three.interval.end)
    found = timeline(one.camera, window, [], catalogue.gaps())
    assert {gap.reason for gap in found.gaps} == {GapReason.EXPIRED}


def test_a_gap_that_begins_before_midnight_is_the_same_after_a_crash() -> None:
    before_midnight = Instant.parse("2026-11-22T23:59:59.500Z")
    one = a_segment(start=before_midnight - Elapsed.seconds(60))
    two = a_segment(start=before_midnight + Elapsed.seconds(1))
    catalogue = a_catalogue([one, two])
    expire(catalogue, [one])
    gaps = expired_gaps(catalogue, [two], [two.key], RULE)
    catalogue.add_gaps(gaps)
    assert [gap.interval for gap in gaps] == [Interval(before_midnight, two.interval.end)]
    assert expired_gaps(catalogue, [two], [two.key], RULE) == gaps


def test_a_moment_with_another_reason_or_footage_keeps_it() -> None:
    one, two = a_segment(), a_segment(start=at(60.5))
    down = a_gap("camera-1", during(60, 60.5), GapReason.RECORDER_DOWN)
    catalogue = a_catalogue([one, two])
    catalogue.add_gaps([down])
    expire(catalogue, [one])
    expire(catalogue, [two])
    assert expired(catalogue) == [one.interval, two.interval]

    short = a_segment(start=at(60), seconds=0.5, number=1)
    catalogue = a_catalogue([one, short, two])
    expire(catalogue, [one])
    expire(catalogue, [two])
    assert expired(catalogue) == [one.interval, two.interval]


def test_gaps_of_different_rules_are_apart() -> None:
    one, two = segments_in_a_row(2)
    catalogue = a_catalogue([one, two])
    expire(catalogue, [one])
    expire(catalogue, [two], "policy 'gates' (class): keep 30d")
    assert [(gap.interval, gap.detail) for gap in catalogue.gaps()] == [
        (one.interval, RULE),
        (two.interval, "policy 'gates' (class): keep 30d"),
    ]


def test_a_longer_gap_of_another_rule_is_never_replaced_by_a_shorter_of_the_same_start() -> None:
    long, short = segments_in_a_row(3), a_segment(seconds=30, run="run-2", number=1)
    catalogue = a_catalogue([*long, short])
    expire(catalogue, long)
    expire(catalogue, [short], "policy 'other' (camera): keep 30d")
    assert expired(catalogue) == [during(0, 180)]


lengths = st.sampled_from([0.4, 30, 59.97, 60])
breaks = st.sampled_from([0, 0, 0.04, 1, 1.2, 100])
rows = st.lists(st.tuples(lengths, breaks, st.sampled_from(["run-1", "run-2"])), max_size=8)


@given(rows, st.data())
def test_no_time_loses_its_reason_and_nothing_stored_is_called_expired(
    row: list[tuple[float, float, str]], data: st.DataObject
) -> None:
    segments, start = [], Instant.parse("2026-11-22T23:57:00Z")
    for number, (length, pause, run) in enumerate(row):
        segment = a_segment(start=start, seconds=length, run=run, number=number)
        segments.append(segment)
        start = segment.interval.end + Elapsed.seconds(pause)
    catalogue = a_catalogue(segments)
    left = list(segments)
    while left:
        first = data.draw(st.integers(0, len(left) - 1), label="first")
        batch = left[first : first + data.draw(st.integers(1, 3), label="size")]
        gone = data.draw(st.sets(st.sampled_from([s.key for s in batch]), min_size=1), label="gone")
        gaps = expired_gaps(catalogue, batch, gone, RULE)
        catalogue.add_gaps(gaps)
        assert expired_gaps(catalogue, batch, gone, RULE) == gaps, "as after a crash"
        catalogue.remove_segments(gone)
        left = [segment for segment in left if segment.key not in gone]
        check(catalogue, segments)
    gaps = list(catalogue.gaps())
    assert len(gaps) <= len(segments)


def check(catalogue: MemoryCatalogue, segments: Sequence[Segment]) -> None:
    stored = list(catalogue.segments())
    gaps = [replace(gap, detail="") for gap in catalogue.gaps()]
    for segment in segments:
        found = timeline(segment.camera, segment.interval, stored, gaps)
        assert {gap.reason for gap in found.gaps} <= {GapReason.EXPIRED}
        if segment in stored:
            assert not any(gap.interval.overlaps(segment.interval) for gap in gaps)
    whole = Interval(segments[0].interval.start, segments[-1].interval.end)
    for gap in timeline(segments[0].camera, whole, stored, gaps).gaps:
        if gap.reason is GapReason.UNKNOWN:
            assert is_a_break(gap, segments, stored)


def is_a_break(gap: Gap, segments: Sequence[Segment], stored: Sequence[Segment]) -> bool:
    """Whether nothing was recorded in all of the gap, and the gap is none between gone segments."""
    if any(gap.interval.overlaps(segment.interval) for segment in segments):
        return False
    beside = any(
        gap.interval.start == segment.interval.end or gap.interval.end == segment.interval.start
        for segment in stored
    )
    return beside or gap.interval.length > JOIN_TOLERANCE
