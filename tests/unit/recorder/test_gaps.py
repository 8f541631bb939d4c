"""Which gap rows are written."""

from __future__ import annotations

from footage.ids import CameraId
from footage.instant import Elapsed
from footage.span import GapReason
from recorder.gaps import GapKeeper
from tests.common.builders import at, during

ONE = CameraId("camera-1")
LOST, DOWN = GapReason.CAMERA_LOST, GapReason.RECORDER_DOWN


def keeper() -> GapKeeper:
    return GapKeeper(ONE, at(0))


def test_a_gap_opens_at_the_end_of_the_last_media_and_closes_at_the_next() -> None:
    gaps = keeper()
    (opened,) = gaps.lost(at(5), LOST, "gone")
    assert (opened.gap.interval, opened.final) == (during(0, 5), False)
    (grown,) = gaps.grow(at(15))
    assert grown.gap.interval == during(0, 15)
    (found,) = gaps.found(at(20))
    assert (found.gap.interval, found.final) == (during(0, 20), False)
    assert gaps.grow(at(30)) == []
    (closed,) = gaps.recorded(during(19, 40))
    assert (closed.gap.interval, closed.final) == (during(0, 19), True)
    assert gaps.recorded(during(40, 60)) == []
    (again,) = gaps.lost(at(61), LOST, "gone again")
    assert again.gap.interval == during(60, 61)


def test_another_reason_closes_the_one_and_opens_the_next() -> None:
    gaps = keeper()
    gaps.lost(at(1), DOWN, "off")
    closed, opened = gaps.lost(at(5), LOST, "refused")
    assert (closed.gap.reason, closed.gap.interval, closed.final) == (DOWN, during(0, 5), True)
    assert (opened.gap.reason, opened.gap.interval.start) == (LOST, at(5))


def test_the_same_reason_keeps_its_start_and_its_first_cause() -> None:
    gaps = keeper()
    gaps.lost(at(1), LOST, "refused")
    (row,) = gaps.lost(at(2), LOST, "no route")
    assert row.gap.interval == during(0, 2)
    assert row.gap.detail == "refused; lately: no route"


def test_what_came_back_and_left_nothing_does_not_close_the_gap() -> None:
    gaps = keeper()
    gaps.lost(at(1), LOST, "refused")
    gaps.found(at(5))
    (row,) = gaps.lost(at(7), LOST, "refused")
    assert row.gap.interval == during(0, 7)
    assert not row.final


def test_media_that_ends_after_now_makes_no_backward_gap() -> None:
    gaps = keeper()
    gaps.recorded(during(0, 10))
    (row,) = gaps.lost(at(9.9), LOST, "gone")
    assert row.gap.interval.start == at(10)
    assert row.gap.interval.length == Elapsed(1)


def test_a_camera_never_recorded_is_scheduled_from_its_first_start() -> None:
    gaps = GapKeeper(ONE, None)
    (row,) = gaps.lost(at(0), DOWN, "off")
    assert row.gap.interval.start == at(0)
