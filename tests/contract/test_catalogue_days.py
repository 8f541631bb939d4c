"""The contract of `footage.ports.Catalogue` for day summaries, known keys and the backlog."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.day import DaySegment, DayTimes, day_of, summarise
from footage.ids import CameraId, DistrictId, RunId
from footage.instant import DAY, Elapsed, Instant, Interval
from tests.common.builders import START, a_keyframe, a_segment, at, during, segments_in_a_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from footage.day import DaySummary
    from footage.ports import Catalogue
    from footage.segment import Segment

    Opener = Callable[[], Catalogue]

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")
ENCODER, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
TODAY = day_of(START)
MIDNIGHT = TODAY + DAY
WEEK = Interval(TODAY - DAY * 3, TODAY + DAY * 4)


def summed(
    segments: Iterable[Segment], *marks: str, camera: CameraId = ONE, day: Instant = TODAY
) -> DaySummary:
    return summarise(camera, day, [DaySegment.of(segment, marks) for segment in segments])


class TestDays:
    def test_of_an_empty_catalogue_are_none(self, catalogue: Catalogue) -> None:
        assert list(catalogue.days(None, WEEK)) == []
        assert list(catalogue.days([ONE], WEEK)) == []
        assert list(catalogue.days([], WEEK)) == []
        assert catalogue.day_segments(ONE, TODAY) == []
        assert catalogue.resummarise(ONE, TODAY) is False

    def test_sum_up_segments_for_any_client(self, opener: Opener) -> None:
        writer, reader = opener(), opener()
        segments = segments_in_a_row(4)
        for segment in segments:
            writer.add_segments([segment])
        (day,) = reader.days([ONE], WEEK)
        assert day == summed(segments)
        (span,) = day.spans
        assert span.interval == during(0, 240)
        assert (span.segments, span.size_bytes) == (4, 4 * 30_000_000)
        assert reader.day_segments(ONE, TODAY) == [DaySegment.of(s) for s in segments]

    def test_come_by_camera_and_day(self, catalogue: Catalogue) -> None:
        rows = [
            a_segment(camera, START + DAY * n) for n in (2, 0, 1) for camera in ("camera-2", ONE)
        ]
        catalogue.add_segments(rows)
        order = [(camera, TODAY + DAY * n) for camera in (ONE, TWO) for n in range(3)]
        assert [(d.camera, d.day) for d in catalogue.days(None, WEEK)] == order
        assert [(d.camera, d.day) for d in catalogue.days([TWO, ONE], WEEK)] == order
        assert [(d.camera, d.day) for d in catalogue.days([TWO], WEEK)] == order[3:]
        assert list(catalogue.days([], WEEK)) == []
        found = [(camera, Instant(day)) for camera, day, *_ in catalogue.day_times(None, WEEK)]
        assert found == order

    def test_before_the_window_count_where_segments_may_reach_into_it(
        self, catalogue: Catalogue
    ) -> None:
        catalogue.add_segments([a_segment(start=START + DAY * n) for n in range(-2, 3)])
        noon = Interval(TODAY + Elapsed.parse("12h"), TODAY + Elapsed.parse("13h"))
        assert [day.day for day in catalogue.days([ONE], noon)] == [TODAY - DAY, TODAY]
        until = Interval(TODAY, MIDNIGHT)
        assert [day.day for day in catalogue.days(None, until)] == [TODAY - DAY, TODAY]

    def test_belong_to_the_day_of_the_start(self, catalogue: Catalogue) -> None:
        across = a_segment(start=MIDNIGHT - Elapsed(1), seconds=60)
        first = a_segment(start=MIDNIGHT + Elapsed.seconds(59.999999), seconds=60)
        catalogue.add_segments([across, first])
        days = list(catalogue.days([ONE], WEEK))
        assert days == [summed([across]), summed([first], day=MIDNIGHT)]
        assert days[0].spans[0].interval.end > MIDNIGHT

    def test_added_again_or_changed_are_summed_once(self, catalogue: Catalogue) -> None:
        segments = segments_in_a_row(3)
        catalogue.add_segments(segments)
        catalogue.add_segments([*segments, segments[0]])
        assert list(catalogue.days([ONE], WEEK)) == [summed(segments)]
        moved = replace(segments[1], district=DistrictId("district-2"), size_bytes=5)
        catalogue.add_segments([moved])
        after = [segments[0], moved, segments[2]]
        assert list(catalogue.days([ONE], WEEK)) == [summed(after)]

    def test_of_segments_that_come_in_any_order(self, catalogue: Catalogue) -> None:
        segments = segments_in_a_row(6)
        other = [replace(a_segment(start=at(90), number=1), run=RunId("run-2"))]
        for segment in (segments[4], segments[1], *other, segments[0], segments[5]):
            catalogue.add_segments([segment])
        there = [segments[0], segments[1], segments[4], segments[5], *other]
        assert list(catalogue.days([ONE], WEEK)) == [summed(there)]

    @pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]])
    def test_follow_marks_and_removals(self, opener: Opener, order: list[int]) -> None:
        catalogue, reader = opener(), opener()
        segments = segments_in_a_row(4)
        known = {segment.key: DaySegment.of(segment) for segment in segments}
        catalogue.add_segments(segments)

        def assert_summed() -> None:
            expected = [summarise(ONE, TODAY, known.values())] if known else []
            assert list(reader.days([ONE], WEEK)) == expected
            times = [DayTimes.of(day) for day in expected]
            assert list(reader.day_times([ONE], WEEK)) == times
            assert list(reader.day_times(None, WEEK)) == times
            rows = reader.day_segments(ONE, TODAY)
            assert rows == sorted(known.values(), key=lambda row: row.interval)

        for n in order:
            key = segments[n].key
            catalogue.mark_indexed([key], ENCODER)
            known[key] = replace(known[key], marks=frozenset({ENCODER}))
            assert_summed()
        keys = [segments[n].key for n in order]
        catalogue.mark_indexed(keys, OTHER)
        known = {key: replace(row, marks=row.marks | {OTHER}) for key, row in known.items()}
        catalogue.unmark_indexed([keys[1]], ENCODER)
        known[keys[1]] = replace(known[keys[1]], marks=frozenset({OTHER}))
        assert_summed()
        catalogue.unmark_indexed([keys[2]])
        known[keys[2]] = replace(known[keys[2]], marks=frozenset())
        assert_summed()
        for key in keys:
            catalogue.remove_segments([key])
            del known[key]
            assert_summed()

    def test_are_right_already_when_derived_anew(self, catalogue: Catalogue) -> None:
        catalogue.add_segments(segments_in_a_row(3))
        assert catalogue.resummarise(ONE, TODAY) is False
        assert catalogue.resummarise(TWO, TODAY) is False
        assert list(catalogue.days(None, WEEK)) == [summed(segments_in_a_row(3))]


def test_existing_are_the_keys_recorded_now(catalogue: Catalogue) -> None:
    segments = segments_in_a_row(3)
    keys = [segment.key for segment in segments]
    catalogue.add_segments(segments)
    catalogue.remove_segments([keys[1]])
    absent = a_segment("camera-9").key
    assert catalogue.existing([*keys, absent]) == {keys[0], keys[2]}
    assert catalogue.existing([]) == frozenset()
    found = catalogue.segments_of([*keys, keys[0], absent])
    assert sorted(segment.key for segment in found) == sorted([keys[0], keys[2]])
    assert found == [catalogue.segment(segment.key) for segment in found]
    assert catalogue.segments_of([]) == []


class TestBacklog:
    def test_counts_by_camera_whatever_waits(self, opener: Opener) -> None:
        catalogue, reader = opener(), opener()
        one, two = segments_in_a_row(3), segments_in_a_row(2, "camera-2", at(600))
        catalogue.add_segments([*two, *one])
        assert reader.backlog(ENCODER) == {ONE: (3, at(0)), TWO: (2, at(600))}
        catalogue.mark_indexed([one[0].key, two[0].key, two[1].key], ENCODER)
        assert reader.backlog(ENCODER) == {ONE: (2, at(60))}
        assert reader.backlog(OTHER) == {ONE: (3, at(0)), TWO: (2, at(600))}
        catalogue.unmark_indexed([two[1].key])
        catalogue.remove_segments([one[1].key])
        assert reader.backlog(ENCODER) == {ONE: (1, at(120)), TWO: (1, at(660))}

    def test_of_segments_added_again_counts_them_once(self, catalogue: Catalogue) -> None:
        segments = segments_in_a_row(2)
        for _ in range(2):
            catalogue.add_segments(segments)
            assert catalogue.backlog(ENCODER) == {ONE: (2, at(0))}
        longer = replace(segments[0], size_bytes=1)
        catalogue.add_segments([longer])
        assert catalogue.backlog(ENCODER) == {ONE: (2, at(0))}

    def test_of_no_segments_is_empty(self, catalogue: Catalogue) -> None:
        assert catalogue.backlog(ENCODER) == {}


def test_keyframes_added_again_replace_all_of_their_segment(catalogue: Catalogue) -> None:
    one, two = segments_in_a_row(2)
    catalogue.add_keyframes([a_keyframe(s, n) for s in (one, two) for n in range(4)])
    catalogue.add_keyframes([a_keyframe(one, 2)])
    kept = [a_keyframe(one, 2), *(a_keyframe(two, n) for n in range(4))]
    assert list(catalogue.keyframes([ONE], during(0, 600))) == kept


def test_keyframes_of_parts_are_those_of_each_part(catalogue: Catalogue) -> None:
    mine, other = segments_in_a_row(40), segments_in_a_row(2, "camera-2")
    catalogue.add_keyframes([a_keyframe(s, n) for s in (*mine, *other) for n in range(4)])
    edge = a_keyframe(mine[3], 1).instant
    just = Interval(edge, edge + Elapsed(1))
    for parts in (
        [],
        [during(0, 6_000)],
        [during(-60, 0)],
        [just, during(300, 301), during(302, 420), during(1_000, 9_000)],
        [Interval(just.end, just.end + Elapsed(1)), during(500, 560)],
    ):
        expected = [one for part in parts for one in catalogue.keyframes([ONE], part)]
        assert catalogue.keyframes_of(ONE, parts) == expected
    assert catalogue.keyframes_of(ONE, [just]) == [a_keyframe(mine[3], 1)]
