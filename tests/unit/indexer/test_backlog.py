from __future__ import annotations

from footage.ids import CameraId
from footage.instant import ZERO, Elapsed
from indexer.backlog import backlog
from tests.common.builders import at

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")


def test_a_camera_lags_since_its_oldest_segment_not_looked_at() -> None:
    found = backlog({TWO: (1, at(120)), ONE: (3, at(0))}, at(300))
    assert found.waiting == 4
    assert found.lags == {ONE: Elapsed.seconds(300), TWO: Elapsed.seconds(180)}
    assert found.lag == Elapsed.seconds(300)
    assert found.worst_first() == [ONE, TWO]
    assert (found.segments_of(ONE), found.lag_of(TWO)) == (3, Elapsed.seconds(180))


def test_nothing_waits() -> None:
    found = backlog({}, at(300))
    assert (found.waiting, found.lag, found.worst_first()) == (0, ZERO, [])
    assert (found.segments_of(ONE), found.lag_of(ONE)) == (0, ZERO)


def test_a_clock_that_is_behind_the_footage_makes_no_negative_lag() -> None:
    assert backlog({ONE: (1, at(60))}, at(0)).lag == ZERO
