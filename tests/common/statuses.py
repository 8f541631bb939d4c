"""A recorder status with a small story, for tests of the status views."""

from __future__ import annotations

from footage.clock import SimulatedClock
from footage.ids import CameraId
from footage.instant import Elapsed
from footage.segment import ClockReading, TimeSource
from recorder.capture.state_machine import Phase
from recorder.events import ClockStepped, GapRecorded, PhaseChanged, SegmentSpooled, SegmentStored
from recorder.status.status import RecorderStatus
from recorder.timing.timekeeper import Step
from tests.common.builders import START, a_gap, a_segment, during

WELL, DEAD = CameraId("camera-1"), CameraId("camera-2")


def s(seconds: float) -> Elapsed:
    """Return `seconds` seconds as `Elapsed`."""
    return Elapsed.seconds(seconds)


def a_status(cameras: int = 0) -> tuple[RecorderStatus, SimulatedClock]:
    """Make a status: a recorded camera, a camera lost 90 s ago, and `cameras` more.

    Of the first camera, one segment is stored and one waits, with a clock 4.2 s off; of the second,
    65 s are lost for sure.
    """
    clock = SimulatedClock(START)
    status = RecorderStatus(clock)
    reading = ClockReading(TimeSource.RTCP, offset=s(4.2), uncertainty=s(0.1))
    for n in range(3, cameras + 3):
        status.apply(PhaseChanged(CameraId(f"camera-{n}"), Phase.CONNECTING))
        status.apply(PhaseChanged(CameraId(f"camera-{n}"), Phase.RECORDING))
    for camera in (WELL, DEAD):
        status.apply(PhaseChanged(camera, Phase.CONNECTING, "the recorder was not running"))
        status.apply(PhaseChanged(camera, Phase.RECORDING))
    clock.sleep(s(60))
    stored = a_segment(WELL, seconds=60, size_bytes=1000, clock=reading)
    status.apply(SegmentSpooled(stored))
    clock.sleep(s(0.2))
    status.apply(SegmentStored(stored))
    waiting = a_segment(WELL, START + s(60), seconds=60, size_bytes=500, clock=reading, sequence=1)
    status.apply(SegmentSpooled(waiting))
    status.apply(PhaseChanged(DEAD, Phase.BACKOFF, "connection refused"))
    clock.sleep(s(90))
    status.apply(GapRecorded(a_gap(DEAD, during(60, 125)), final=False))
    status.apply(ClockStepped(Step(s(2), followed=True)))
    return status, clock
