from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from footage.ids import CameraId
from footage.instant import ZERO, Instant, Interval, total
from footage.span import Gap, GapReason
from search.coverage import Coverage, Facts, coverage
from tests.common.builders import a_segment, at
from tests.common.tiers import examples

if TYPE_CHECKING:
    from footage.segment import Segment

CAMERAS = ("camera-1", "camera-2")
seconds = st.integers(0, 600)


@st.composite
def segments(draw: st.DrawFn) -> list[Segment]:
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(CAMERAS),
                seconds,
                st.integers(1, 120),
                st.sampled_from(("run-1", "run-2")),
            ),
            max_size=8,
        )
    )
    return [
        a_segment(camera, at(start), seconds=length, number=number, run=run)
        for number, (camera, start, length, run) in enumerate(drawn)
    ]


@st.composite
def gaps(draw: st.DrawFn) -> list[Gap]:
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(CAMERAS),
                seconds,
                st.integers(1, 200),
                st.sampled_from(list(GapReason)),
            ),
            max_size=5,
        )
    )
    return [
        Gap(CameraId(camera), Interval(at(start), at(start + length)), reason)
        for camera, start, length, reason in drawn
    ]


@st.composite
def answers(draw: st.DrawFn) -> tuple[Interval, Facts, Instant, Coverage]:
    stored = draw(segments())
    keys = [segment.key for segment in stored]
    some = st.sets(st.sampled_from(keys)) if keys else st.just(set())
    facts = Facts(
        segments=stored,
        gaps=draw(gaps()),
        indexed=draw(some),
        unreadable=draw(some),
        shards=draw(st.sampled_from(((), ("abc/2026-11-22",), ("abc/2026-11-21",), ("shard",)))),
    )
    start = draw(seconds)
    interval = Interval(at(start), at(start + draw(st.integers(1, 600))))
    now = at(draw(st.integers(-100, 1300)))
    cameras = [CameraId(camera) for camera in CAMERAS]
    return interval, facts, now, coverage(cameras, interval, facts, now)


@given(answers())
@examples(300)
def test_coverage_adds_up_to_the_microsecond(
    drawn: tuple[Interval, Facts, Instant, Coverage],
) -> None:
    interval, _, _, found = drawn
    assert found.asked == interval.length * len(CAMERAS)
    missed = sum((missing.interval.length for missing in found.missing), ZERO)
    assert found.searched + missed == found.asked
    assert found.asked >= found.recorded >= found.indexed >= found.searched >= ZERO
    unstored = {*(reason.value for reason in GapReason), "future"}
    holes = [m.interval.length for m in found.missing if m.reason in unstored]
    assert found.recorded + sum(holes, ZERO) == found.asked
    waiting = [m.interval.length for m in found.missing if m.reason == "not_indexed"]
    assert found.indexed + sum(waiting, ZERO) == found.recorded


@given(answers())
@examples(200)
def test_missing_parts_of_a_camera_never_overlap_and_lie_inside_what_was_asked(
    drawn: tuple[Interval, Facts, Instant, Coverage],
) -> None:
    interval, _, _, found = drawn
    for camera in CAMERAS:
        mine = [m.interval for m in found.missing if m.camera == camera]
        assert all(interval.covers(part) for part in mine)
        assert total(mine) == sum((part.length for part in mine), ZERO)


@given(answers())
@examples(200)
def test_nothing_counts_as_searched_that_only_unlooked_segments_hold(
    drawn: tuple[Interval, Facts, Instant, Coverage],
) -> None:
    interval, facts, _, found = drawn
    looked = [s for s in facts.segments if s.key in facts.indexed]
    hair = total(
        part
        for camera in CAMERAS
        for part in interval.less(s.interval for s in facts.segments if s.camera == camera)
        if part.length.us <= 200_000
    )
    most = ZERO
    for camera in CAMERAS:
        clipped = [s.interval.clip(interval) for s in looked if s.camera == camera]
        most += total(part for part in clipped if part)
    assert found.searched <= most + hair
