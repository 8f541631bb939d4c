"""What was done, and when it may have cost frames."""

from __future__ import annotations

from footage.instant import Elapsed, Interval
from footage.span import GapReason
from tests.chaos.recording.causes import (
    BEFORE,
    CONNECT,
    GROWS,
    HANG,
    LONGEST_WAIT,
    RESTART,
    SHARING,
    Done,
    of_camera,
    of_recorder,
    of_returns,
    unwritten,
)
from tests.chaos.recording.node import Life
from tests.chaos.recording.plan import Fault, Kind
from tests.common.builders import at

NONE: frozenset[int] = frozenset()


def test_a_recorder_is_down_from_its_end_to_the_first_ffmpeg_of_the_next() -> None:
    lives = [
        Life(at(0), NONE, ready=at(2), ended=at(10)),
        Life(at(12), NONE, ended=at(13)),  # ended before it recorded
        Life(at(14), NONE, ready=at(17), ended=at(20)),
        Life(at(21), NONE, ready=at(23)),
    ]
    intervals = [cause.interval for cause in of_recorder("node-1", lives, at(100))]
    assert intervals == [
        Interval(at(10) - BEFORE, at(17) + RESTART),
        Interval(at(20) - BEFORE, at(23) + RESTART),
    ]
    assert [cause.interval for cause in of_returns("node-1", lives)] == [
        Interval(at(ready) - BEFORE, at(ready) + SHARING + RESTART) for ready in (2, 17, 23)
    ]


def test_a_recorder_that_never_came_back_is_down_to_the_end() -> None:
    lives = [Life(at(0), NONE, ready=at(2), ended=at(10)), Life(at(12), NONE)]
    (cause,) = of_recorder("node-1", lives, at(100))
    assert cause.interval == Interval(at(10) - BEFORE, at(100) + RESTART)
    assert cause.reasons == {GapReason.RECORDER_DOWN}


def test_only_faults_of_the_camera_count_for_the_camera() -> None:
    def done(kind: Kind, target: str) -> Done:
        return Done(Fault(Elapsed(0), kind, target), at(10), at(15))

    everything = [
        done(Kind.CUT, "camera-1"),
        done(Kind.CUT, "node-1/store"),
        done(Kind.FFMPEG_KILL, "camera-2"),
        done(Kind.STORE_KILL, "store"),
    ]
    (cause,) = of_camera("camera-1", everything)
    assert cause.what == "cut"
    # Attempts since second 10, so the wait that runs at its end is at most 6 s and a fifth.
    assert cause.interval == Interval(at(10) - BEFORE, at(15 + 7.2) + CONNECT)


def test_waits_grow_while_faults_follow_closely_and_are_short_again_after_health() -> None:
    def done(kind: Kind, began: float, ended: float) -> Done:
        return Done(Fault(Elapsed(0), kind, "camera-1"), at(began), at(ended))

    first = done(Kind.CUT, 0, 2)
    soon = done(Kind.CAMERA_STALL, 40, 60)
    much_later = done(Kind.FFMPEG_KILL, 200, 200)
    ends = [cause.interval.end for cause in of_camera("camera-1", [much_later, soon, first])]
    assert ends == [
        at(2 + 3.6) + CONNECT,
        at(60) + LONGEST_WAIT + CONNECT + HANG,
        at(200 + 1.2) + CONNECT,
    ]


def test_a_loss_not_yet_written_when_its_recorder_went_down_counts_as_its_absence() -> None:
    lives = [Life(at(0), NONE, ready=at(1), ended=at(100)), Life(at(101), NONE, ready=at(103))]
    downs = of_recorder("node-1", lives, at(200))
    lost = [Done(Fault(Elapsed(0), Kind.CUT, "camera-1"), at(95), at(97))]
    long_before = [Done(Fault(Elapsed(0), Kind.CUT, "camera-1"), at(30), at(32))]
    (cause,) = unwritten(of_camera("camera-1", lost), downs)
    assert cause.interval == Interval(at(95) - BEFORE, at(100))
    assert cause.reasons == {GapReason.RECORDER_DOWN}
    assert cause.interval.start > at(100) - BEFORE - GROWS
    assert unwritten(of_camera("camera-1", long_before), downs) == []
