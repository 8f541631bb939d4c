"""The contract of `footage.ports.Catalogue` for segments, run against every adapter."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.errors import NotFound
from footage.ids import CameraId, DistrictId, SiteId
from footage.instant import Elapsed, Instant, Interval
from footage.place import Circle, Point
from footage.played import Played
from footage.ports import Scope
from footage.segment import ClockReading, TimeSource
from tests.common.builders import (
    BUS_STAND,
    START,
    a_keyframe,
    a_media,
    a_segment,
    at,
    during,
    segments_in_a_row,
)
from tests.common.marks import marked

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.ports import Catalogue

    Opener = Callable[[], Catalogue]

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")
ENCODER, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
MIDNIGHT = Instant.parse("2026-11-23T00:00:00Z")
DAY = Elapsed.parse("1d")
GONE = a_segment("camera-9").key


def test_an_empty_catalogue_answers_with_nothing(catalogue: Catalogue) -> None:
    assert list(catalogue.segments()) == []
    assert list(catalogue.segments(Scope(cameras=frozenset({ONE})), during(0, 60))) == []
    assert list(catalogue.gaps()) == []
    assert list(catalogue.keyframes([ONE], during(0, 60))) == []
    assert catalogue.last_segment(ONE) is None
    assert marked(catalogue, ENCODER, [ONE], during(0, 60)) == frozenset()
    assert catalogue.unindexed(ENCODER, limit=10) == []
    with pytest.raises(NotFound):
        catalogue.segment(GONE)
    with pytest.raises(NotFound):
        catalogue.keyframe(GONE, 800)


def test_nothing_written_is_no_error(catalogue: Catalogue) -> None:
    catalogue.add_segments([])
    catalogue.add_gaps([])
    catalogue.add_keyframes([])
    catalogue.remove_segments([])
    catalogue.remove_keyframes([])
    catalogue.mark_indexed([], ENCODER)
    assert list(catalogue.segments()) == []


def test_absent_segments_are_removed_and_marked_without_error(catalogue: Catalogue) -> None:
    catalogue.remove_segments([GONE])
    catalogue.remove_keyframes([GONE])
    catalogue.mark_indexed([GONE], ENCODER)
    catalogue.add_segments([a_segment("camera-9")])
    assert [s.key for s in catalogue.unindexed(ENCODER, limit=10)] == [GONE]


class TestSegments:
    def test_what_a_player_needs_is_what_the_whole_segments_tell(
        self, catalogue: Catalogue
    ) -> None:
        row = segments_in_a_row(5)
        stated = replace(row[3], clock=ClockReading(TimeSource.STATED), media=a_media(codec="hvc1"))
        catalogue.add_segments([*row[:3], stated, row[4], a_segment("camera-2")])
        window = during(61, 299)
        found = list(catalogue.segments(Scope(cameras=frozenset({ONE})), window))
        assert [one.key for one in found] == [one.key for one in row[1:]]
        assert list(catalogue.played(ONE, window)) == [Played.of(one) for one in found]
        assert list(catalogue.played(CameraId("camera-9"), window)) == []

    def test_come_back_whole(self, catalogue: Catalogue) -> None:
        segment = a_segment(
            start=START + Elapsed(1), seconds=60.000003, damage="two keyframes in one"
        )
        catalogue.add_segments([segment])
        assert catalogue.segment(segment.key) == segment
        assert list(catalogue.segments()) == [segment]

    def test_are_seen_by_another_client_at_once(self, opener: Opener) -> None:
        writer, reader = opener(), opener()
        segment = a_segment()
        writer.add_segments([segment])
        assert list(reader.segments()) == [segment]
        assert reader.segment(segment.key) == segment

    def test_added_twice_are_there_once(self, catalogue: Catalogue) -> None:
        segments = segments_in_a_row(3)
        catalogue.add_segments(segments)
        catalogue.add_segments([*segments, segments[0]])
        assert list(catalogue.segments()) == segments

    def test_added_again_take_the_newer_record_and_keep_marks(self, catalogue: Catalogue) -> None:
        segment = a_segment()
        catalogue.add_segments([segment])
        catalogue.mark_indexed([segment.key], ENCODER)
        renamed = replace(segment, district=DistrictId("district-2"))
        catalogue.add_segments([renamed])
        assert catalogue.segment(segment.key) == renamed
        assert catalogue.unindexed(ENCODER, limit=10) == []

    def test_come_by_start_then_key(self, catalogue: Catalogue) -> None:
        expected = [
            a_segment("camera-2", at(0)),
            a_segment("camera-1", at(60)),
            a_segment("camera-2", at(60)),
            a_segment("camera-1", at(120)),
        ]
        catalogue.add_segments([expected[2], expected[3], expected[0], expected[1]])
        assert list(catalogue.segments()) == expected
        both = Scope(cameras=frozenset({ONE, TWO}))
        assert list(catalogue.segments(both)) == expected

    @pytest.mark.parametrize(
        ("start_s", "end_s", "found"),
        [
            (0, 60, [0]),
            (59.999999, 60, [0]),
            (60, 60.000001, [1]),
            (-10, 0, []),
            (-10, 0.000001, [0]),
            (180, 200, []),
            (59, 121, [0, 1, 2]),
        ],
    )
    def test_overlap_by_the_microsecond(
        self, catalogue: Catalogue, start_s: float, end_s: float, found: list[int]
    ) -> None:
        segments = segments_in_a_row(3)
        catalogue.add_segments(segments)
        got = list(catalogue.segments(interval=during(start_s, end_s)))
        assert got == [segments[n] for n in found]

    def test_that_began_the_day_before_are_found(self, catalogue: Catalogue) -> None:
        across = a_segment(start=MIDNIGHT - Elapsed.seconds(3_600), seconds=7_200)
        whole_day = a_segment("camera-2", MIDNIGHT - DAY, seconds=86_400)
        catalogue.add_segments([across, whole_day])
        first_second = Interval(MIDNIGHT, MIDNIGHT + Elapsed.seconds(1))
        assert list(catalogue.segments(interval=first_second)) == [across]
        last_second = Interval(MIDNIGHT - Elapsed.seconds(1), MIDNIGHT)
        assert list(catalogue.segments(interval=last_second)) == [whole_day, across]

    def test_a_long_one_among_short_ones_is_found_by_its_end(self, catalogue: Catalogue) -> None:
        long = a_segment(start=at(0), seconds=5_000, number=1)
        catalogue.add_segments([long, *segments_in_a_row(20, start=at(10))])
        assert list(catalogue.segments(interval=during(4_999, 5_001))) == [long]

    def test_over_many_days_come_in_order(self, catalogue: Catalogue) -> None:
        segments = [a_segment(start=START + DAY * n) for n in range(0, 50, 7)]
        catalogue.add_segments(reversed(segments))
        assert list(catalogue.segments()) == segments
        window = Interval(START - DAY, START + DAY * 60)
        assert list(catalogue.segments(interval=window)) == segments

    @pytest.mark.slow
    def test_more_than_a_page_come_whole_and_in_order(self, catalogue: Catalogue) -> None:
        one = segments_in_a_row(1_300, seconds=1)
        two = segments_in_a_row(1_300, "camera-2", seconds=1)
        catalogue.add_segments([*one, *two])
        assert list(catalogue.segments(Scope(cameras=frozenset({ONE})))) == one
        expected = sorted([*one, *two], key=lambda s: (s.interval.start, s.key))
        assert list(catalogue.segments()) == expected
        assert list(catalogue.segments(Scope(cameras=frozenset({ONE, TWO})))) == expected

    def test_of_a_scope(self, catalogue: Catalogue) -> None:
        far = Point(BUS_STAND.lat + 1, BUS_STAND.lon)
        here = a_segment("camera-1")
        there = a_segment("camera-2", site="site-2", place=far)
        beyond = a_segment("camera-3", site="site-3", district="district-2", place=far)
        catalogue.add_segments([here, there, beyond])

        def keys(scope: Scope) -> list[str]:
            return [segment.camera for segment in catalogue.segments(scope)]

        sites = frozenset({SiteId("site-2"), SiteId("site-3")})
        first = frozenset({DistrictId("district-1")})
        assert keys(Scope(cameras=frozenset({ONE, CameraId("camera-3")}))) == [
            "camera-1",
            "camera-3",
        ]
        assert keys(Scope(sites=sites)) == ["camera-2", "camera-3"]
        assert keys(Scope(sites=sites, districts=first)) == ["camera-2"]
        assert keys(Scope(circle=Circle(far, 1_000))) == ["camera-2", "camera-3"]
        assert keys(Scope(circle=Circle(far, 1_000), districts=first)) == ["camera-2"]
        assert keys(Scope(cameras=frozenset({ONE}), sites=sites)) == []

    def test_in_a_circle_to_the_metre(self, catalogue: Catalogue) -> None:
        centre = Point(31.8, 70.9)
        near = Point(31.8 + 0.008, 70.9)
        edge_m = centre.metres_to(near)
        catalogue.add_segments([a_segment(place=near)])
        assert list(catalogue.segments(Scope(circle=Circle(centre, edge_m - 0.5)))) == []
        assert len(list(catalogue.segments(Scope(circle=Circle(centre, edge_m + 0.5))))) == 1

    @pytest.mark.parametrize(
        ("centre", "place"),
        [
            (Point(0, 179.999), Point(0, -179.999)),
            (Point(0, -179.999), Point(0, 179.999)),
            (Point(89.999, 0), Point(89.999, 180)),
            (Point(-89.999, 10), Point(-89.999, -170)),
        ],
    )
    def test_in_a_circle_over_the_edge_of_the_map(
        self, catalogue: Catalogue, centre: Point, place: Point
    ) -> None:
        catalogue.add_segments([a_segment(place=place)])
        assert len(list(catalogue.segments(Scope(circle=Circle(centre, 300))))) == 1
        assert list(catalogue.segments(Scope(circle=Circle(centre, 200)))) == []

    def test_the_last_is_the_one_that_ends_last(self, catalogue: Catalogue) -> None:
        long = a_segment(start=at(0), seconds=500)
        catalogue.add_segments([long, a_segment(start=at(100)), a_segment("camera-2", at(900))])
        assert catalogue.last_segment(ONE) == long
        later = a_segment(start=START + DAY * 3)
        catalogue.add_segments([later])
        assert catalogue.last_segment(ONE) == later

    def test_removed_are_forgotten_with_keyframes_and_marks(self, opener: Opener) -> None:
        catalogue, reader = opener(), opener()
        keep, drop = segments_in_a_row(2)
        catalogue.add_segments([keep, drop])
        catalogue.add_keyframes([a_keyframe(keep), a_keyframe(drop)])
        catalogue.mark_indexed([keep.key, drop.key], ENCODER)
        catalogue.remove_segments([drop.key, GONE])
        assert list(reader.segments()) == [keep]
        assert list(reader.keyframes([ONE], during(0, 600))) == [a_keyframe(keep)]
        with pytest.raises(NotFound):
            reader.segment(drop.key)
        catalogue.add_segments([drop])
        assert catalogue.unindexed(ENCODER, limit=10) == [drop]

    def test_checking_writes_leaves_nothing_that_any_read_gives(self, catalogue: Catalogue) -> None:
        segment = a_segment()
        catalogue.add_segments([segment])
        catalogue.add_keyframes([a_keyframe(segment)])
        for _ in range(2):
            catalogue.check_writes(START)
        assert list(catalogue.segments()) == [segment]
        assert list(catalogue.keyframes([ONE], during(0, 600))) == [a_keyframe(segment)]
        assert list(catalogue.gaps()) == []
        assert catalogue.unindexed(ENCODER, limit=10) == [segment]

    def test_dropping_empty_days_changes_no_answer(self, catalogue: Catalogue) -> None:
        gone, kept = a_segment(), a_segment(start=START + DAY)
        catalogue.add_segments([gone, kept])
        catalogue.remove_segments([gone.key])
        catalogue.drop_empty_days(before=START + DAY * 2)
        assert list(catalogue.segments()) == [kept]
        catalogue.add_segments([gone])
        assert list(catalogue.segments()) == [gone, kept]

    def test_removed_and_added_while_reading_do_not_break_the_reading(
        self, catalogue: Catalogue
    ) -> None:
        segments = segments_in_a_row(5)
        catalogue.add_segments(segments)
        reading = catalogue.segments()
        assert next(reading) == segments[0]
        catalogue.remove_segments([segments[2].key])
        assert {segments[1], segments[3], segments[4]} <= set(reading)

    def test_written_by_several_threads_are_all_there(self, catalogue: Catalogue) -> None:
        rows = [segments_in_a_row(20, f"camera-{n}") for n in range(4)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(catalogue.add_segments, rows))
        assert len(list(catalogue.segments())) == 80
