"""The contract of `footage.ports.Catalogue` for gaps, keyframes and index marks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.errors import BadInput, NotFound
from footage.ids import CameraId, DistrictId, SegmentKey, SiteId
from footage.instant import Elapsed, Instant, Interval
from footage.keyframe import Box, Gate
from footage.place import Circle
from footage.ports import Scope
from footage.span import GapReason
from tests.common.builders import (
    BUS_STAND,
    START,
    a_gap,
    a_keyframe,
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


class TestGaps:
    def test_come_back_whole_and_in_order(self, opener: Opener) -> None:
        catalogue = opener()
        first = a_gap("camera-2", during(0, 60), GapReason.WRITE_FAILED, "store: no space")
        second = a_gap("camera-1", during(0.000001, 5))
        third = a_gap("camera-1", during(0.000001, 5), GapReason.UNKNOWN)
        catalogue.add_gaps([third, second, first])
        assert list(opener().gaps()) == [first, second, third]

    def test_added_again_are_replaced(self, catalogue: Catalogue) -> None:
        catalogue.add_gaps([a_gap(interval=during(0, 10), detail="still open")])
        closed = a_gap(interval=during(0, 90), detail="camera came back")
        catalogue.add_gaps([closed])
        assert list(catalogue.gaps()) == [closed]

    def test_of_other_reason_or_camera_stand_beside(self, catalogue: Catalogue) -> None:
        catalogue.add_gaps([a_gap(), a_gap("camera-2"), a_gap(reason=GapReason.EXPIRED)])
        assert len(list(catalogue.gaps())) == 3

    def test_overlap_by_the_microsecond(self, catalogue: Catalogue) -> None:
        gap = a_gap(interval=during(10, 20))
        catalogue.add_gaps([gap])
        assert list(catalogue.gaps(interval=during(0, 10))) == []
        assert list(catalogue.gaps(interval=during(20, 30))) == []
        assert list(catalogue.gaps(interval=during(19.999999, 30))) == [gap]
        assert list(catalogue.gaps(interval=during(0, 10.000001))) == [gap]

    def test_that_last_for_a_year_are_found(self, catalogue: Catalogue) -> None:
        gap = a_gap(interval=Interval(START - DAY * 400, START), reason=GapReason.NOT_SCHEDULED)
        catalogue.add_gaps([gap])
        assert list(catalogue.gaps(interval=during(-1, 0))) == [gap]

    def test_of_some_cameras(self, catalogue: Catalogue) -> None:
        gaps = [a_gap("camera-1"), a_gap("camera-2"), a_gap("camera-3")]
        catalogue.add_gaps(gaps)
        scope = Scope(cameras=frozenset({ONE, CameraId("camera-3")}))
        assert list(catalogue.gaps(scope)) == [gaps[0], gaps[2]]
        assert list(catalogue.gaps(scope, during(0, 5))) == [gaps[0], gaps[2]]

    @pytest.mark.parametrize(
        "scope",
        [
            Scope(sites=frozenset({SiteId("site-1")})),
            Scope(districts=frozenset({DistrictId("district-1")})),
            Scope(circle=Circle(BUS_STAND, 100)),
            Scope(cameras=frozenset({ONE}), sites=frozenset({SiteId("site-1")})),
        ],
    )
    def test_are_refused_by_place_before_the_first_is_asked_for(
        self, catalogue: Catalogue, scope: Scope
    ) -> None:
        with pytest.raises(BadInput):
            catalogue.gaps(scope)


class TestKeyframes:
    def test_between_others_come_back_with_where_decoding_begins(self, opener: Opener) -> None:
        catalogue, alone = opener(), a_keyframe(number=3)
        looked = [alone, replace(a_keyframe(number=4), since=alone.offset - 300)]
        catalogue.add_keyframes(looked)
        assert list(opener().keyframes([ONE], during(0, 60))) == looked
        assert opener().keyframe(alone.segment, looked[1].offset) == looked[1]
        assert looked[1].coded == (alone.offset - 300, 200_300)
        assert alone.coded == (alone.offset, 100_000)

    def test_come_back_whole(self, opener: Opener) -> None:
        catalogue = opener()
        keyframe = a_keyframe(
            number=7,
            gate=Gate.HEARTBEAT,
            change=1 / 3,
            regions=(Box(0.1, 0.2, 0.3, 0.4), Box(0, 0, 1, 1)),
        )
        catalogue.add_keyframes([keyframe])
        assert opener().keyframe(keyframe.segment, keyframe.offset) == keyframe
        assert list(opener().keyframes([ONE], during(0, 60))) == [keyframe]

    def test_need_no_segment(self, catalogue: Catalogue) -> None:
        catalogue.add_keyframes([a_keyframe()])
        catalogue.remove_segments([a_keyframe().segment])
        assert list(catalogue.keyframes([ONE], during(0, 60))) == []

    def test_added_again_are_replaced(self, catalogue: Catalogue) -> None:
        catalogue.add_keyframes([a_keyframe(), a_keyframe(gate=Gate.UNREADABLE)])
        assert list(catalogue.keyframes([ONE], during(0, 60))) == [a_keyframe(gate=Gate.UNREADABLE)]

    def test_of_cameras_and_interval_in_order(self, catalogue: Catalogue) -> None:
        one, two = a_segment("camera-1"), a_segment("camera-2")
        frames = [a_keyframe(segment, n) for n in range(4) for segment in (one, two)]
        catalogue.add_keyframes([*reversed(frames), a_keyframe(a_segment("camera-3"))])
        assert list(catalogue.keyframes([ONE, TWO], during(2, 6))) == frames[2:6]
        assert list(catalogue.keyframes([TWO], during(0, 2.000001))) == [frames[1], frames[3]]
        assert list(catalogue.keyframes([], during(0, 60))) == []

    def test_after_midnight_of_a_segment_of_the_day_before(self, catalogue: Catalogue) -> None:
        across = a_segment(start=MIDNIGHT - Elapsed.seconds(2), seconds=10)
        frames = [a_keyframe(across, n) for n in range(3)]
        catalogue.add_keyframes(frames)
        window = Interval(MIDNIGHT, MIDNIGHT + Elapsed.seconds(60))
        assert list(catalogue.keyframes([ONE], window)) == frames[1:]

    def test_removed_by_segment(self, catalogue: Catalogue) -> None:
        keep, drop = segments_in_a_row(2)
        catalogue.add_segments([keep, drop])
        catalogue.add_keyframes([a_keyframe(s, n) for s in (keep, drop) for n in range(3)])
        catalogue.remove_keyframes([drop.key, GONE])
        kept = list(catalogue.keyframes([ONE], during(0, 600)))
        assert kept == [a_keyframe(keep, n) for n in range(3)]
        with pytest.raises(NotFound):
            catalogue.keyframe(drop.key, a_keyframe(drop).offset)
        assert catalogue.segment(drop.key) == drop


class TestMarks:
    def test_belong_to_one_encoder(self, opener: Opener) -> None:
        catalogue, reader = opener(), opener()
        segments = segments_in_a_row(3)
        catalogue.add_segments(segments)
        catalogue.mark_indexed([segments[1].key], ENCODER)
        catalogue.mark_indexed([segments[1].key, segments[0].key], OTHER)
        catalogue.mark_indexed([segments[1].key], ENCODER)
        window = during(0, 180)
        assert marked(reader, ENCODER, [ONE], window) == {segments[1].key}
        assert marked(reader, OTHER, [ONE], window) == {segments[0].key, segments[1].key}
        assert reader.unindexed(ENCODER, limit=9) == [segments[0], segments[2]]
        assert reader.unindexed(OTHER, limit=9) == [segments[2]]

    def test_unindexed_are_the_oldest_whenever_they_came(self, catalogue: Catalogue) -> None:
        late = segments_in_a_row(3, start=at(1_000))
        early = segments_in_a_row(3, "camera-2")
        catalogue.add_segments(late)
        assert catalogue.unindexed(ENCODER, limit=2) == late[:2]
        catalogue.add_segments(early)
        assert catalogue.unindexed(ENCODER, limit=4) == [*early, late[0]]
        catalogue.mark_indexed([early[0].key, late[0].key], ENCODER)
        assert catalogue.unindexed(ENCODER, limit=9) == [early[1], early[2], late[1], late[2]]
        catalogue.remove_segments([early[1].key])
        assert catalogue.unindexed(ENCODER, limit=9) == [early[2], late[1], late[2]]

    def test_unindexed_of_some_cameras(self, catalogue: Catalogue) -> None:
        one = segments_in_a_row(3, start=at(1_000))
        two = segments_in_a_row(3, "camera-2")
        three = segments_in_a_row(2, "camera-3", start=at(60))
        catalogue.add_segments([*one, *two, *three])
        catalogue.mark_indexed([two[0].key], ENCODER)
        first, second, third = one[0].camera, two[0].camera, three[0].camera
        some = frozenset({first, third})
        assert catalogue.unindexed(ENCODER, limit=9, cameras=some) == [*three, *one]
        assert catalogue.unindexed(ENCODER, limit=3, cameras=some) == [*three, one[0]]
        assert catalogue.unindexed(ENCODER, limit=1, cameras=[first, second]) == [two[1]]
        assert catalogue.unindexed(ENCODER, limit=9, cameras=[second, third]) == sorted(
            [*two[1:], *three], key=lambda each: (each.interval.start, each.key)
        )
        assert catalogue.unindexed(ENCODER, limit=9, cameras=frozenset()) == []

    def test_by_several_threads_are_all_kept(self, catalogue: Catalogue) -> None:
        segments = segments_in_a_row(5)
        keys = [segment.key for segment in segments]
        catalogue.add_segments(segments)
        encoders = [f"sha256:{n:064x}" for n in range(4)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda encoder: catalogue.mark_indexed(keys, encoder), encoders))
        for encoder in encoders:
            assert marked(catalogue, encoder, [ONE], during(0, 600)) == frozenset(keys)

    def test_are_taken_back_of_one_encoder(self, opener: Opener) -> None:
        catalogue, reader = opener(), opener()
        segments = segments_in_a_row(3)
        keys = [segment.key for segment in segments]
        catalogue.add_segments(segments)
        catalogue.add_keyframes([a_keyframe(segments[0])])
        for encoder in (ENCODER, OTHER):
            catalogue.mark_indexed(keys, encoder)
            assert reader.unindexed(encoder, limit=9) == []
        catalogue.unmark_indexed([keys[0], keys[2], GONE], ENCODER)
        assert reader.unindexed(ENCODER, limit=9) == [segments[0], segments[2]]
        assert marked(reader, ENCODER, [ONE], during(0, 180)) == {keys[1]}
        assert reader.unindexed(OTHER, limit=9) == []
        assert list(reader.keyframes([ONE], during(0, 180))) == [a_keyframe(segments[0])]
        catalogue.mark_indexed([keys[0]], ENCODER)
        assert reader.unindexed(ENCODER, limit=9) == [segments[2]]

    def test_are_taken_back_of_all_encoders(self, catalogue: Catalogue) -> None:
        segments = segments_in_a_row(2)
        keys = [segment.key for segment in segments]
        catalogue.add_segments(segments)
        for encoder in (ENCODER, OTHER):
            catalogue.mark_indexed(keys, encoder)
            assert catalogue.unindexed(encoder, limit=9) == []
        for _ in range(2):
            catalogue.unmark_indexed([keys[1], GONE])
        for encoder in (ENCODER, OTHER):
            assert catalogue.unindexed(encoder, limit=9) == [segments[1]]
            assert marked(catalogue, encoder, [ONE], during(0, 120)) == {keys[0]}
        catalogue.unmark_indexed([])
        catalogue.unmark_indexed([GONE], ENCODER)
        assert catalogue.unindexed(ENCODER, limit=9) == [segments[1]]

    def test_keys_are_of_the_segments_given(self, catalogue: Catalogue) -> None:
        segment = a_segment(number=3)
        catalogue.add_segments([segment])
        catalogue.mark_indexed({SegmentKey(str(segment.key))}, ENCODER)
        assert marked(catalogue, ENCODER, {ONE}, during(0, 1)) == {segment.key}
