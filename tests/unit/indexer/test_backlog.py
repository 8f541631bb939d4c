from __future__ import annotations

from footage.ids import CameraId
from footage.instant import ZERO, Elapsed
from indexer.backlog import backlog
from tests.common.builders import a_segment, at, segments_in_a_row

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")


def test_a_camera_lags_since_its_oldest_segment_not_looked_at() -> None:
    waiting = [*reversed(segments_in_a_row(3, ONE)), a_segment(TWO, at(120))]
    found = backlog(waiting, at(300))
    assert (found.waiting, found.whole) == (4, True)
    assert found.lags == {ONE: Elapsed.seconds(300), TWO: Elapsed.seconds(180)}
    assert found.lag == Elapsed.seconds(300)


def test_nothing_waits() -> None:
    found = backlog([], at(300))
    assert (found.waiting, found.lag, found.lag_of(ONE)) == (0, ZERO, ZERO)


def test_of_cameras_beyond_what_was_asked_for_nothing_is_known() -> None:
    found = backlog(segments_in_a_row(2, ONE), at(300), asked=2)
    assert not found.whole
    assert (found.lag_of(ONE), found.lag_of(TWO)) == (Elapsed.seconds(300), None)


def test_a_clock_that_is_behind_the_footage_makes_no_negative_lag() -> None:
    assert backlog([a_segment(ONE, at(60))], at(0)).lag == ZERO
