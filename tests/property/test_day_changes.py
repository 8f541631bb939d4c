"""A day's summary changed from near segments equals the summary of all segments."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from footage.day import DaySegment, checksum_sum, day_of, summarise
from footage.ids import CameraId, RunId
from footage.instant import Elapsed, Interval
from infra.catalogues.day_changes import (
    apart,
    around,
    looked_again,
    marked_last,
    neighbourhood,
    without_segments,
)
from tests.common.builders import START, a_segment, segments_in_a_row

CAMERA: Final = CameraId("camera-1")
MARKS: Final = ("sha256:a", "sha256:b", "unreadable:a")
PAUSES: Final = st.sampled_from([0, 0, 0, 1, 400_000, 1_000_000, 1_000_001, 5_000_000])
LENGTHS: Final = st.sampled_from([300_000, 1_000_000, 60_000_000])


@st.composite
def days(draw: st.DrawFn) -> list[DaySegment]:
    """Segments of two runs that are apart within each run."""
    found = []
    for run in ("run-1", "run-2")[: draw(st.integers(1, 2))]:
        at = START + Elapsed(draw(st.integers(0, 3)) * 500_000)
        for n in range(draw(st.integers(1, 6))):
            at += Elapsed(draw(PAUSES))
            end = at + Elapsed(draw(LENGTHS))
            marks = draw(st.frozensets(st.sampled_from(MARKS)))
            facts = DaySegment.of(a_segment(start=at, number=n), marks)
            found.append(replace(facts, interval=Interval(at, end), run=RunId(run)))
            at = end
    return found


def near(segments: list[DaySegment], windows: list[Interval]) -> list[DaySegment]:
    """The segments that a search for the windows finds: those that overlap or touch."""
    places = [neighbourhood(window) for window in windows]
    return [
        segment
        for segment in segments
        if any(
            segment.interval.start <= place.end and place.start <= segment.interval.end
            for place in places
        )
    ]


@given(days(), st.data())
def test_marks_set_and_taken_back(segments: list[DaySegment], data: st.DataObject) -> None:
    before = summarise(CAMERA, day_of(START), segments)
    changed = data.draw(st.sets(st.integers(0, len(segments) - 1), min_size=1))
    after = [
        replace(segment, marks=data.draw(st.frozensets(st.sampled_from(MARKS))))
        if n in changed
        else segment
        for n, segment in enumerate(segments)
    ]
    windows = around(segments[n].interval for n in changed)
    assert looked_again(before, near(after, windows), windows) == summarise(
        CAMERA, day_of(START), after
    )


@given(days(), st.data())
def test_marks_set_where_an_encoder_works_through_a_day(
    segments: list[DaySegment], data: st.DataObject
) -> None:
    before = summarise(CAMERA, day_of(START), segments)
    changed = data.draw(st.sets(st.integers(0, len(segments) - 1), min_size=1))
    after = [
        replace(segment, marks=segment.marks | {MARKS[0]}) if n in changed else segment
        for n, segment in enumerate(segments)
    ]
    marked = marked_last(before, [segments[n].interval for n in changed], MARKS[0])
    if marked is not None:
        assert marked == summarise(CAMERA, day_of(START), after)


def test_the_next_segments_of_a_run_are_marked_without_a_look_at_any_segment() -> None:
    segments = [DaySegment.of(segment) for segment in segments_in_a_row(10)]
    summary = summarise(CAMERA, day_of(START), segments)
    for n in range(0, 10, 2):
        pair = [segment.interval for segment in segments[n : n + 2]]
        marked = marked_last(summary, pair, MARKS[0])
        assert marked is not None
        summary = marked
    all_marked = [replace(segment, marks=frozenset(MARKS[:1])) for segment in segments]
    assert summary == summarise(CAMERA, day_of(START), all_marked)
    assert marked_last(summary, [segments[0].interval], MARKS[0]) is None


@given(days(), st.data())
def test_segments_removed_equal_the_sum_of_the_rest_or_are_refused(
    segments: list[DaySegment], data: st.DataObject
) -> None:
    before = summarise(CAMERA, day_of(START), segments)
    going = data.draw(st.sets(st.integers(0, len(segments) - 1), min_size=1))
    gone = [segments[n] for n in sorted(going)]
    left = [segment for n, segment in enumerate(segments) if n not in going]
    windows = around(segment.interval for segment in gone)
    shorter = without_segments(before, near(segments, windows), gone)
    if shorter is not None:
        assert looked_again(shorter, near(left, windows), windows) == summarise(
            CAMERA, day_of(START), left
        )


def test_the_oldest_and_the_newest_of_a_span_leave_without_a_look_at_the_rest() -> None:
    segments = [DaySegment.of(segment, MARKS[:1]) for segment in segments_in_a_row(100)]
    before = summarise(CAMERA, day_of(START), segments)
    gone = [*segments[:3], segments[-1]]
    windows = around(segment.interval for segment in gone)
    read = near(segments, windows)
    assert len(read) == 6
    shorter = without_segments(before, read, gone)
    assert shorter is not None
    left = segments[3:-1]
    assert looked_again(shorter, near(left, windows), windows) == summarise(
        CAMERA, day_of(START), left
    )


def test_a_whole_day_leaves_at_once_unless_the_summary_counted_others() -> None:
    segments = [DaySegment.of(segment) for segment in segments_in_a_row(5)]
    before = summarise(CAMERA, day_of(START), segments)
    shorter = without_segments(before, segments, segments)
    assert shorter == summarise(CAMERA, day_of(START), [])
    other = replace(segments[0], checksum=checksum_sum([segments[0].checksum, 1]))
    assert without_segments(before, segments, [other, *segments[1:]]) is None
    assert without_segments(before, segments, segments[2:3]) is None


def test_segments_of_a_run_that_overlap_are_not_apart() -> None:
    one, two = (DaySegment.of(segment) for segment in segments_in_a_row(2))
    assert apart([one, two])
    late = replace(one, interval=Interval(one.interval.start, one.interval.end + Elapsed(1)))
    assert not apart([late, two])
    assert apart([late, replace(two, run=RunId("run-2"))])
