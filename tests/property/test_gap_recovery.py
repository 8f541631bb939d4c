"""Gap rows left by a crash, with the gaps recovered, account for all the time."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from footage.ids import CameraId
from footage.instant import Interval, union
from footage.span import JOIN_TOLERANCE, Gap, GapReason
from recorder.gaps import reconciled
from tests.common.builders import at

ONE = CameraId("camera-1")
REASONS = st.sampled_from([GapReason.CAMERA_LOST, GapReason.RECORDER_DOWN, GapReason.WRITE_FAILED])


@st.composite
def left_behind(draw: st.DrawFn) -> tuple[list[Gap], list[Interval]]:
    """Gaps and recorded intervals after a crash: gap rows of any length, or missing."""
    gaps, recorded, now = list[Gap](), list[Interval](), 0.0
    for _ in range(draw(st.integers(0, 8))):
        then = now + draw(st.integers(1, 30))
        if draw(st.booleans()):
            recorded.append(Interval(at(now), at(then)))
        elif draw(st.integers(0, 3)):
            told = Interval(at(now), at(now + draw(st.integers(1, 60))))
            gaps.append(Gap(ONE, told, draw(REASONS), "gone"))
        now = then
    return draw(st.permutations(gaps)), draw(st.permutations(recorded))


@given(left_behind())
def test_gaps_and_recordings_tile_the_time_between_them(
    left: tuple[list[Gap], list[Interval]],
) -> None:
    gaps, recorded = left
    mended = reconciled(ONE, gaps, recorded)
    whole = union([*recorded, *(gap.interval for gap in mended)], bridge=JOIN_TOLERANCE)
    assert len(whole) <= 1
    for gap in mended:
        assert not any(gap.interval.overlaps(one) for one in recorded)
    ordered = sorted((gap.interval for gap in mended), key=lambda one: one.start)
    assert all(one.end <= other.start for one, other in pairwise(ordered))


@given(left_behind())
def test_every_row_keeps_its_start_and_its_reason(left: tuple[list[Gap], list[Interval]]) -> None:
    gaps, recorded = left
    mended = {gap.interval.start: gap.reason for gap in reconciled(ONE, gaps, recorded)}
    assert all(mended[gap.interval.start] is gap.reason for gap in gaps)


@given(left_behind())
def test_doing_it_again_changes_nothing(left: tuple[list[Gap], list[Interval]]) -> None:
    gaps, recorded = left
    once = reconciled(ONE, gaps, recorded)
    assert sorted(reconciled(ONE, once, recorded), key=str) == sorted(once, key=str)
