"""What is known of a camera after a story of events, to the microsecond."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from footage.clock import SimulatedClock
from footage.ids import CameraId
from footage.instant import ZERO, Elapsed
from footage.segment import ClockReading, TimeSource
from footage.span import GapReason
from recorder.capture.state_machine import Phase
from recorder.events import (
    Alarm,
    ClockStepped,
    GapRecorded,
    KeyframesFarApart,
    PhaseChanged,
    SegmentDamaged,
    SegmentEvicted,
    SegmentSetAside,
    SegmentSpooled,
    SegmentStored,
    Trouble,
    TroubleBegan,
    TroubleEnded,
    TroubleSource,
    WrongRate,
)
from recorder.status.status import BOUNDS, RecorderStatus
from recorder.timing.timekeeper import Step
from tests.common.builders import START, a_gap, a_segment, at, during

if TYPE_CHECKING:
    from footage.segment import Segment
    from footage.span import Gap
    from recorder.events import Event
    from recorder.status.camera_status import CameraStatus

ONE = CameraId("camera-1")
LOST, DOWN, OVERFLOW = (
    GapReason.CAMERA_LOST,
    GapReason.RECORDER_DOWN,
    GapReason.SPOOL_OVERFLOW,
)


def s(seconds: float) -> Elapsed:
    return Elapsed.seconds(seconds)


class Story:
    """A standing, told one thing after another."""

    def __init__(self) -> None:
        self.clock = SimulatedClock(START)
        self.status = RecorderStatus(self.clock)

    def after(self, seconds: float) -> Story:
        self.clock.sleep(s(seconds))
        return self

    def tell(self, event: Event) -> Story:
        self.status.apply(event)
        return self

    def phase(self, phase: Phase, why: str = "") -> Story:
        return self.tell(PhaseChanged(ONE, phase, why))

    def spooled(self, segment: Segment) -> Story:
        return self.tell(SegmentSpooled(segment))

    def stored(self, segment: Segment) -> Story:
        return self.tell(SegmentStored(segment))

    def evicted(self, segment: Segment) -> Story:
        gap = a_gap(segment.camera, segment.interval, reason=OVERFLOW)
        return self.tell(SegmentEvicted(segment, gap))

    def gap(self, gap: Gap, *, final: bool = False) -> Story:
        return self.tell(GapRecorded(gap, final=final))

    @property
    def one(self) -> CameraStatus:
        (camera,) = self.status.snapshot().cameras
        return camera


def test_a_growing_gap_is_counted_once_and_settled_by_its_final_length() -> None:
    story = Story().gap(a_gap(interval=during(0, 5)))
    assert story.one.lost == {LOST: s(5)}
    story.gap(a_gap(interval=during(0, 15))).gap(a_gap(interval=during(0, 25)))
    assert story.one.lost == {LOST: s(25)}
    story.gap(a_gap(interval=during(0, 23)), final=True)
    assert story.one.lost == {LOST: s(23)}
    assert story.one.counted == {LOST: s(25)}  # a counter that falls would read as a restart
    story.gap(a_gap(interval=during(0, 23)), final=True)
    assert story.one.lost == {LOST: s(23)}
    story.gap(a_gap(interval=during(60, 70)), final=True)
    assert (story.one.lost, story.one.counted) == ({LOST: s(33)}, {LOST: s(33)})


def test_each_reason_has_its_own_sum() -> None:
    story = Story().gap(a_gap(interval=during(0, 4), reason=DOWN), final=True)
    story.gap(a_gap(interval=during(4, 10)))
    assert story.one.lost == {DOWN: s(4), LOST: s(6)}


def test_a_camera_that_flaps_for_long_keeps_its_sum_in_little_memory() -> None:
    story = Story()
    for n in range(1000):
        story.gap(a_gap(interval=during(10 * n, 10 * n + 3)), final=True)
    assert story.one.lost == {LOST: s(3000)}


def test_a_loss_lasts_over_all_attempts_until_a_picture_comes() -> None:
    story = Story().phase(Phase.CONNECTING, "the recorder was not running")
    assert (story.one.tried, story.one.why, story.one.restarts) == (False, "", 0)
    story.after(2).phase(Phase.RECORDING)
    assert story.one.lost_for is None
    story.after(60).phase(Phase.BACKOFF, "connection refused")
    story.after(1).phase(Phase.CONNECTING)
    story.after(4)
    one = story.one
    assert (one.phase, one.phase_for, one.lost_for) == (Phase.CONNECTING, s(4), s(5))
    assert (one.tried, one.why, one.restarts, one.lately) == (True, "connection refused", 1, 1)
    story.phase(Phase.RECORDING).after(601)
    assert (story.one.lost_for, story.one.restarts, story.one.lately) == (None, 1, 0)
    assert story.phase(Phase.STOPPED).one.lost_for is None


def test_what_waits_in_the_spool_is_added_and_taken_away() -> None:
    first = a_segment(seconds=60)
    second = a_segment(start=at(60), seconds=60, size_bytes=7, sequence=1)
    story = Story().after(60).spooled(first)
    story.after(60).spooled(second).spooled(second)
    one = story.one
    assert (one.spooled, one.spooled_bytes, one.waits) == (2, 30_000_007, s(60))
    assert (one.stored, one.lag, one.store_lag) == (0, None, None)
    story.after(3).stored(first)
    one = story.one
    assert (one.spooled, one.spooled_bytes, one.waits) == (1, 7, s(3))
    assert (one.stored, one.stored_bytes) == (1, 30_000_000)
    assert (one.lag, one.store_lag) == (s(63), s(63))
    story.evicted(second)
    one = story.one
    assert (one.spooled, one.spooled_bytes, one.waits) == (0, 0, None)
    assert (one.evicted, one.evicted_ago) == (1, ZERO)


def test_footage_that_is_evicted_waits_no_longer() -> None:
    first, second = a_segment(seconds=60), a_segment(start=at(60), seconds=60, sequence=1)
    story = Story().spooled(first).spooled(second)
    story.gap(a_gap(interval=first.interval, reason=GapReason.WRITE_FAILED), final=True)
    assert (story.one.spooled, story.one.lost) == (1, {GapReason.WRITE_FAILED: s(60)})


def test_what_an_earlier_recorder_left_is_counted_without_a_time_from_its_close() -> None:
    story = Story().after(600).stored(a_segment(seconds=60))
    assert (story.one.stored, story.one.store_lag, story.one.lag) == (1, None, s(540))
    assert sum(story.status.snapshot().node.waits.counts) == 0


def test_a_step_of_the_wall_clock_hides_no_wait() -> None:
    story = Story().spooled(a_segment())
    story.after(5).clock.step(s(-3600))
    story.stored(a_segment())
    assert story.one.store_lag == s(5)


def test_waits_are_counted_in_their_class() -> None:
    story = Story()
    for n, wait in enumerate((0.1, 0.2, 100_000)):
        segment = a_segment(start=at(60 * n), sequence=n)
        story.spooled(segment).after(wait).stored(segment)
    waits = story.status.snapshot().node.waits
    assert waits.counts == (1, 1, *[0] * (len(BOUNDS) - 2), 1)
    assert waits.total == s(100_000.3)


def test_the_last_segment_tells_clock_and_damage() -> None:
    reading = ClockReading(TimeSource.RTCP, offset=s(4.2), uncertainty=s(0.1))
    bad = a_segment(clock=reading, damage="SPS inside a picture")
    story = Story().spooled(bad)
    assert (story.one.clock_offset, story.one.clock_uncertainty) == (s(4.2), s(0.1))
    assert story.one.damage == "SPS inside a picture"
    good = a_segment(start=at(60))
    story.spooled(good).stored(bad)
    assert story.one.damage == ""  # an older one, stored late, is no news


def test_alarms_are_kept_with_their_age_and_without_credentials() -> None:
    story = Story().tell(Alarm(ONE, "rtsp://user:hunter2@host/1 is damaged")).after(30)
    assert (story.one.alarms, story.one.alarm_ago) == (1, s(30))
    assert "hunter2" not in story.one.alarm_said
    story.tell(Alarm(None, "the spool will be full in 10 min")).after(1)
    node = story.status.snapshot().node
    assert (node.alarms, node.alarm_ago) == (1, s(1))
    assert story.one.alarms == 1


def test_footage_that_is_damaged_or_set_aside_is_an_alarm_of_its_camera() -> None:
    segment = a_segment(damage="SPS inside a picture")
    story = Story().tell(SegmentDamaged(segment))
    assert story.one.alarm_said == "its footage is damaged: SPS inside a picture"
    gap = a_gap(interval=segment.interval, detail="kept as run-1-000001.bad")
    story.tell(SegmentSetAside(segment, gap))
    assert (story.one.alarms, story.one.alarm_said) == (2, "kept as run-1-000001.bad")
    assert story.status.snapshot().node.alarms == 0


def test_wrong_rates_and_rare_keyframes_are_alarms_until_the_next_stream() -> None:
    story = Story().phase(Phase.CONNECTING).tell(WrongRate(ONE, 25, 21.0))
    assert story.one.alarm_said.startswith("stamps 25/s, delivers 21/s")
    assert (story.one.stamped_rate, story.one.delivered_rate) == (25, 21)
    story.tell(KeyframesFarApart(ONE, s(90)))
    assert (story.one.alarm_said, story.one.keyframe_every) == ("keyframe every 90 s", s(90))
    story.phase(Phase.CONNECTING)
    assert (story.one.stamped_rate, story.one.keyframe_every, story.one.alarms) == (None, None, 2)


def test_a_trouble_of_the_store_lasts_until_it_is_over() -> None:
    storing, entering = Trouble(TroubleSource.STORING), Trouble(TroubleSource.ENTERING)
    story = Story().tell(TroubleBegan(storing, "not stored: refused")).after(10)
    story.tell(TroubleBegan(storing, "not stored: timed out")).after(5)
    story.tell(TroubleBegan(entering, "not entered: refused")).after(5)
    node = story.status.snapshot().node
    assert (node.trouble, node.trouble_for) == ("not stored: timed out", s(20))
    story.stored(a_segment())  # one that had been uploaded before
    assert story.status.snapshot().node.trouble_for == s(20)
    story.tell(storing.ended())
    node = story.status.snapshot().node
    assert (node.trouble, node.trouble_for) == ("not entered: refused", s(5))
    story.tell(entering.ended())
    node = story.status.snapshot().node
    assert (node.trouble, node.trouble_for) == ("", ZERO)


def test_a_segment_that_is_stored_ends_no_trouble_of_another_task() -> None:
    """Of any camera: it does not say that gaps are recorded again."""
    gaps = Trouble(TroubleSource.GAPS_TASK)
    story = Story().tell(gaps.began("KeyError()")).after(3)
    story.stored(a_segment()).stored(a_segment("camera-2"))
    node = story.status.snapshot().node
    assert (node.trouble, node.trouble_for) == ("recording gaps failed: KeyError()", s(3))
    assert story.tell(gaps.ended()).status.snapshot().node.trouble == ""


def test_a_trouble_ends_whatever_its_texts_are() -> None:
    for text in ("over: not stored", "Over: stored again", "all is well", "x failed", ""):
        for trouble in (Trouble(source) for source in TroubleSource):
            story = Story().tell(TroubleBegan(trouble, "a: b failed")).after(1)
            assert story.status.snapshot().node.trouble_for == s(1)
            story.tell(TroubleEnded(trouble, text))
            assert story.status.snapshot().node.trouble_for == ZERO


def test_one_of_several_workers_that_works_again_ends_not_the_trouble_of_another() -> None:
    first, second = (Trouble(TroubleSource.ENTERING_TASK, worker=n) for n in range(2))
    story = Story().tell(first.began("KeyError()")).tell(second.began("KeyError()"))
    assert story.tell(first.ended()).status.snapshot().node.trouble
    assert not story.tell(second.ended()).status.snapshot().node.trouble


def test_a_trouble_told_once_lasts_until_its_end() -> None:
    register = Trouble(TroubleSource.REGISTER)
    story = Story().tell(TroubleBegan(register, "no cameras yet: refused")).after(7200)
    assert story.status.snapshot().node.trouble_for == s(7200)
    story.tell(TroubleEnded(register, "the register answers again")).after(60)
    assert story.status.snapshot().node.trouble == ""
    story.tell(register.began("refused")).after(1)
    assert story.status.snapshot().node.trouble_for == s(1)


def test_a_trouble_of_one_camera_is_none_of_the_whole_recorder() -> None:
    mine = Trouble(TroubleSource.SPOOL_FOLDER, ONE)
    story = Story().tell(mine.began("rtsp://user:hunter2@host/1"))
    assert story.status.snapshot().node.trouble == ""
    story.tell(Trouble(mine.source).began("rtsp://user:hunter2@host/1")).tell(mine.ended())
    said = story.status.snapshot().node.trouble
    assert said.startswith("cannot record: ")
    assert "hunter2" not in said


def test_a_segment_found_again_after_it_was_stored_does_not_wait() -> None:
    one = a_segment()
    story = Story().spooled(one).stored(one)
    story.spooled(one)
    assert (story.one.spooled, story.one.spooled_bytes) == (0, 0)


def test_a_segment_stored_under_another_key_waits_no_longer() -> None:
    """Something else of the same instant lay in the store."""
    story = Story().spooled(a_segment()).after(3)
    story.stored(a_segment(number=1))
    assert (story.one.spooled, story.one.store_lag) == (0, s(3))


def test_a_clock_that_is_set_several_times_in_a_row_is_one_step() -> None:
    story = Story()
    for _ in range(3):
        story.tell(ClockStepped(Step(s(-2), followed=True))).after(1)
    assert story.status.snapshot().node.clock_steps == 1
    forward = Step(s(2), followed=False)
    story.after(60).tell(ClockStepped(forward)).after(7)
    node = story.status.snapshot().node
    assert (node.clock_steps, node.clock_ago) == (2, s(7))
    assert node.clock_said == str(forward)


def test_snapshots_may_be_taken_while_events_arrive() -> None:
    story, stop, seen = Story(), threading.Event(), [0]

    def look() -> None:
        while not stop.is_set():
            for camera in story.status.snapshot().cameras:
                assert camera.spooled_bytes == 30_000_000 * camera.spooled
                seen[0] += 1

    looking = threading.Thread(target=look)
    looking.start()
    for n in range(2000):
        segment = a_segment(f"camera-{n % 50}", at(60 * n))
        story.spooled(segment)
        if n % 3:
            story.stored(segment)
    stop.set()
    looking.join()
    assert seen[0] > 0
    assert sum(camera.stored for camera in story.status.snapshot().cameras) == 1333
