"""Day summaries changed step by step are those derived from all segments of the day."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footage.day import (
    DaySegment,
    DaySummary,
    day_of,
    summarise,
    with_mark,
    with_segment,
    without_first,
)
from footage.ids import CameraId, DistrictId, RunId
from footage.instant import DAY, Elapsed, Instant, Interval
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from tests.common.builders import a_segment

if TYPE_CHECKING:
    from footage.segment import Segment

CAMERA = CameraId("camera-1")
MIDNIGHT = Instant.parse("2026-11-23T00:00:00Z")
ENCODERS = ("sha256:" + "a" * 64, "sha256:" + "b" * 64)
RUNS = ("run-1", "run-2")
STEP = Elapsed(500_000)
"""Half of the time that joins segments: neighbours touch, nearly touch, overlap or lie apart."""


def segment_at(start: int, length: int, run: str, district: str = "district-1") -> Segment:
    return replace(
        a_segment(start=MIDNIGHT + STEP * start, seconds=length / 2, number=length),
        run=RunId(run),
        district=DistrictId(district),
    )


SEGMENTS = st.builds(
    segment_at,
    st.integers(-8, 24),
    st.integers(1, 8),
    st.sampled_from(RUNS),
    st.sampled_from(["district-1", "district-1", "district-2"]),
)
IN_A_ROW = st.builds(
    lambda start, length, count: [
        segment_at(start + n * length, length, "run-1") for n in range(count)
    ],
    st.integers(0, 4),
    st.integers(2, 6),
    st.integers(1, 6),
)
DAYS = st.one_of(
    IN_A_ROW, st.lists(SEGMENTS, max_size=7), st.tuples(IN_A_ROW, st.lists(SEGMENTS, max_size=2))
).map(lambda found: [*found[0], *found[1]] if isinstance(found, tuple) else found)


def facts(segment: Segment, marked: frozenset[str] = frozenset()) -> DaySegment:
    return DaySegment.of(segment, marked)


def summed(known: dict[str, DaySegment]) -> DaySummary:
    return summarise(CAMERA, MIDNIGHT, known.values())


@given(DAYS, st.data())
def test_each_step_that_is_made_without_all_segments_is_right(
    segments: list[Segment], data: st.DataObject
) -> None:
    """Add, mark and remove in any order; where a step returns a summary, the summary is right."""
    known: dict[str, DaySegment] = {}
    for segment in segments:
        if segment.key in known or day_of(segment.interval.start) != MIDNIGHT:
            continue
        added = with_segment(summed(known), facts(segment))
        known[segment.key] = facts(segment)
        assert added in (None, summed(known))
        known[segment.key] = facts(segment, data.draw(st.frozensets(st.sampled_from(ENCODERS))))
    for key in data.draw(st.permutations(sorted(known)) | st.just(sorted(known))):
        for mark in data.draw(st.sets(st.sampled_from(ENCODERS))) - known[key].marks:
            marked = with_mark(summed(known), known[key], mark)
            known[key] = replace(known[key], marks=known[key].marks | {mark})
            assert marked in (None, summed(known))
    for key in data.draw(st.permutations(sorted(known)) | st.just(sorted(known))):
        before, gone = summed(known), known.pop(key)
        following = min(
            (
                other
                for other in known.values()
                if (other.run, other.district) == (gone.run, gone.district)
                and other.interval.start >= gone.interval.start
            ),
            key=lambda other: other.interval.start,
            default=None,
        )
        assert without_first(before, gone, following) in (None, summed(known))


def test_the_ordinary_course_of_a_day_needs_no_other_segments() -> None:
    """Segments come, are looked at and expire, each in its turn; two runs, a gap between them."""
    runs = [(0, "run-1"), (100, "run-2")]
    row = [segment_at(start + n * 6, 6, run) for start, run in runs for n in range(5)]
    known: dict[str, DaySegment] = {}
    for segment in row:
        added = with_segment(summed(known), facts(segment))
        known[segment.key] = facts(segment)
        assert added == summed(known)
    for segment in row:
        marked = with_mark(summed(known), known[segment.key], ENCODERS[0])
        known[segment.key] = facts(segment, frozenset({ENCODERS[0]}))
        assert marked == summed(known)
    for n, segment in enumerate(row):
        before, gone = summed(known), known.pop(segment.key)
        following = next((known[s.key] for s in row[n + 1 :] if s.run == segment.run), None)
        assert without_first(before, gone, following) == summed(known)
    assert known == {}


@given(st.integers(0, 12), st.integers(1, 8), st.integers(1, 2))
def test_a_segment_added_where_time_between_two_others_was_looked_at(
    start: int, length: int, hole: int
) -> None:
    row = [segment_at(at, 4, "run-1") for at in (0, 4 + hole)]
    other = segment_at(start, length, "run-2")
    known: dict[str, DaySegment] = {one.key: facts(one, frozenset(ENCODERS[:1])) for one in row}
    added = with_segment(summed(known), facts(other))
    clear = start >= 8 + hole
    known[other.key] = facts(other)
    assert added == (summed(known) if clear else None)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.lists(SEGMENTS, max_size=3)),
        st.tuples(st.just("add"), IN_A_ROW),
        st.tuples(
            st.sampled_from(["mark", "unmark", "unmark all", "remove", "move"]),
            st.lists(st.integers(0, 30), min_size=1, max_size=4),
        ),
    ),
    max_size=12,
)


def assert_summaries_are_derived(catalogue: SqliteCatalogue, twin: MemoryCatalogue) -> None:
    """Compare summaries with the segments' facts, and both with another adapter's."""
    window = Interval(MIDNIGHT - DAY, MIDNIGHT + DAY)
    days = list(catalogue.days([CAMERA], window))
    assert days == list(twin.days([CAMERA], window)) == list(catalogue.days(None, window))
    for day in (MIDNIGHT - DAY, MIDNIGHT):
        rows = catalogue.day_segments(CAMERA, day)
        assert rows == twin.day_segments(CAMERA, day)
        derived = summarise(CAMERA, day, rows)
        assert [one for one in days if one.day == day] == ([derived] if rows else [])
        assert catalogue.resummarise(CAMERA, day) is False


@pytest.mark.slow
@settings(max_examples=60)
@given(STEPS, st.integers(0, 1))
def test_after_any_steps_summaries_are_derived_from_segments(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, list[object]]], which: int
) -> None:
    twin = MemoryCatalogue()
    known: dict[str, Segment] = {}
    path = tmp_path_factory.mktemp("days") / "catalogue.db"
    with closing(SqliteCatalogue(path)) as catalogue:
        for act, what in steps:
            numbers = [one for one in what if isinstance(one, int)]
            chosen = [s for n, s in enumerate(known.values()) if n in numbers]
            keys = [segment.key for segment in chosen]
            moved = [replace(s, size_bytes=1, district=DistrictId("district-3")) for s in chosen]
            for one in (catalogue, twin):
                if act == "add":
                    one.add_segments(what)  # type: ignore[arg-type]  # segments, as drawn
                elif act == "move":
                    one.add_segments(moved)
                elif act == "mark":
                    one.mark_indexed(keys, ENCODERS[which])
                elif act == "remove":
                    one.remove_segments(keys)
                else:
                    one.unmark_indexed(keys, ENCODERS[which] if act == "unmark" else None)
            known = {segment.key: segment for segment in twin.segments()}
            assert list(catalogue.segments()) == list(known.values())
            assert_summaries_are_derived(catalogue, twin)
