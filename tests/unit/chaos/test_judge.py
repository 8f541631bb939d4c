"""The judge of a campaign finds what is wrong, and only that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from footage.ids import CameraId
from footage.instant import Elapsed, Interval
from footage.span import Gap, GapReason
from recorder.timing.placement import LATE
from tests.chaos.recording.judge import Case, Cause, Frame, Seen, Stored, begun, dating, judge
from tests.common.builders import a_segment, at, during

if TYPE_CHECKING:
    from collections.abc import Collection

ONE = CameraId("camera-1")
RATE = 10


def frame(number: int) -> Frame:
    return Frame(number, at(number / RATE))


def stored(first: int, count: int, *, run: str = "run-1", sequence: int = 0) -> Stored:
    start = at(first / RATE)
    segment = a_segment("camera-1", start, seconds=count / RATE, run=run, sequence=sequence)
    frames = tuple(Seen(frame(n), frame(n).captured) for n in range(first, first + count))
    return Stored(segment, frames)


def a_case() -> Case:
    """30 s: recorded, 10 s lost with the camera, recorded again in two segments."""
    return Case(
        camera=ONE,
        window=during(0, 30),
        truth=[frame(n) for n in range(300)],
        stored=[
            stored(0, 100),
            stored(200, 50, run="run-2"),
            stored(250, 50, run="run-2", sequence=1),
        ],
        gaps=[Gap(ONE, during(10, 20), GapReason.CAMERA_LOST)],
        causes=[Cause("camera_death", during(9, 21), frozenset({GapReason.CAMERA_LOST}))],
    )


def without(one: Stored, number: int) -> Stored:
    return replace(one, frames=tuple(s for s in one.frames if s.frame != frame(number)))


def moved(one: Stored, by: Elapsed) -> Stored:
    return replace(one, frames=tuple(Seen(s.frame, s.said + by) for s in one.frames))


def test_a_right_recording_is_good() -> None:
    verdict = judge(a_case())
    assert verdict.good, verdict.findings
    assert (verdict.expected, verdict.lost_allowed) == (300, 100)


def test_a_dropped_frame_is_found() -> None:
    case = a_case()
    verdict = judge(replace(case, stored=[without(case.stored[0], 50), *case.stored[1:]]))
    assert verdict.lost_outside == 1
    assert "frames 50 to 50" in verdict.findings[0]
    assert "in no gap" in verdict.findings[0]
    assert not verdict.good


def test_a_dropped_segment_is_found() -> None:
    case = a_case()
    verdict = judge(replace(case, stored=case.stored[:2]))
    assert verdict.lost_outside == 50
    assert verdict.holes == 1
    assert len(verdict.findings) == 2


def test_a_gap_with_the_wrong_reason_is_found() -> None:
    case = a_case()
    gap = Gap(ONE, during(10, 20), GapReason.RECORDER_DOWN)
    verdict = judge(replace(case, gaps=[gap]))
    assert verdict.lost_outside == 100
    assert "wrong reason: recorder_down, though it was camera_death" in verdict.findings[0]


def test_a_gap_without_any_fault_is_found() -> None:
    assert judge(replace(a_case(), causes=[])).lost_outside == 100


def test_a_gap_longer_than_its_fault_is_found() -> None:
    case = a_case()
    cause = replace(case.causes[0], interval=during(9, 15))
    assert judge(replace(case, causes=[cause])).lost_outside == 50


def test_a_missing_gap_is_found() -> None:
    verdict = judge(replace(a_case(), gaps=[]))
    assert verdict.lost_outside == 100
    assert verdict.holes == 1


def test_a_doubled_frame_is_found() -> None:
    case = a_case()
    again = stored(90, 10, run="run-3")
    verdict = judge(replace(case, stored=[*case.stored, again]))
    assert verdict.doubled == 10
    assert "frame 90 is stored 2 times" in verdict.findings[0]


def test_two_nodes_may_overlap_while_a_lease_changes_hands() -> None:
    case = a_case()
    again = stored(90, 10, run="run-3")
    cause = Cause("recorder_pause", during(8, 21), frozenset({GapReason.CAMERA_LOST}), shared=True)
    verdict = judge(replace(case, stored=[*case.stored, again], causes=[cause]))
    assert (verdict.doubled, verdict.shared) == (0, 10)
    same_run = replace(again, segment=replace(again.segment, run=case.stored[0].segment.run))
    assert judge(replace(case, stored=[*case.stored, same_run], causes=[cause])).doubled == 10


def test_a_misdated_segment_is_found() -> None:
    case = a_case()
    slightly = moved(case.stored[0], Elapsed.parse("200ms"))
    assert judge(replace(case, stored=[slightly, *case.stored[1:]])).good
    verdict = judge(
        replace(case, stored=[moved(case.stored[0], Elapsed(200_001)), *case.stored[1:]])
    )
    assert verdict.misdated == 100
    assert "misdated, by 200ms1us" in verdict.findings[0]


def test_a_last_frame_whose_segment_says_that_it_came_late_is_told() -> None:
    """It alone, and only where it says so."""
    case = a_case()
    first = case.stored[0]
    last = first.frames[-1]
    early = (*first.frames[:-1], Seen(last.frame, last.said - Elapsed.parse("10s")))
    silent = replace(first, frames=early)
    assert judge(replace(case, stored=[silent, *case.stored[1:]])).misdated == 1
    said = replace(first.segment, damage=LATE)
    verdict = judge(replace(case, stored=[replace(silent, segment=said), *case.stored[1:]]))
    assert (verdict.misdated, verdict.told) == (0, 1)
    all_late = replace(moved(first, Elapsed.parse("1s")), segment=said)
    assert judge(replace(case, stored=[all_late, *case.stored[1:]])).misdated == 99


def test_frames_out_of_order_are_found() -> None:
    case = a_case()
    first = case.stored[0]
    swapped = (*first.frames[:10], first.frames[11], first.frames[10], *first.frames[12:])
    verdict = judge(replace(case, stored=[replace(first, frames=swapped), *case.stored[1:]]))
    assert verdict.misdated == 1
    assert "frame 10" in verdict.findings[0]


def test_a_frame_that_never_existed_is_found() -> None:
    case = a_case()
    verdict = judge(replace(case, truth=[one for one in case.truth if one.counter != 5]))
    assert verdict.misdated == 1
    assert "never existed" in verdict.findings[0]


def test_a_damaged_picture_is_a_lost_frame() -> None:
    case = a_case()
    first = case.stored[0]
    damaged = (Seen(None, first.frames[0].said), *first.frames[1:])
    verdict = judge(replace(case, stored=[replace(first, frames=damaged), *case.stored[1:]]))
    assert (verdict.lost_outside, verdict.unreadable) == (1, 1)


def test_frames_outside_the_window_are_not_expected() -> None:
    case = replace(a_case(), window=Interval(at(0), at(5)))
    assert judge(case).expected == 50


def test_verdicts_add_up() -> None:
    one = judge(a_case())
    both = one + judge(replace(a_case(), gaps=[]))
    assert (both.expected, both.lost_allowed, both.lost_outside) == (600, 100, 100)
    assert not both.good


def test_dating_tells_median_and_extremes() -> None:
    case = a_case()
    late = moved(case.stored[0], Elapsed.parse("50ms"))
    told = dating([replace(case, stored=[late, *case.stored[1:]])])
    assert told == (
        "frames late by 50ms (median), off by 50ms (p99), 50ms (most); "
        "starts late by 0s (median), off by 50ms (p99), 50ms (most)"
    )
    assert dating([replace(case, stored=[])]) == "frames none; starts none"


def test_a_silence_told_as_recorded_is_found() -> None:
    case = a_case()
    silent = [frame for frame in case.truth if not 40 < frame.counter < 80]
    kept = replace(
        case.stored[0],
        frames=tuple(seen for seen in case.stored[0].frames if seen.frame in silent),
    )
    verdict = judge(replace(case, truth=silent, stored=[kept, *case.stored[1:]]))
    assert verdict.holes == 1
    assert "told as recorded though silent" in verdict.findings[0]


def test_a_camera_of_a_wrong_rate_may_be_off_by_what_its_segments_state() -> None:
    case = replace(a_case(), estimated=True)
    clock = replace(case.stored[0].segment.clock, uncertainty=Elapsed.parse("1s"))
    unsure = replace(case.stored[0], segment=replace(case.stored[0].segment, clock=clock))
    off = moved(unsure, Elapsed.parse("900ms"))
    assert judge(replace(case, stored=[off, *case.stored[1:]])).misdated == 0
    farther = moved(unsure, Elapsed.parse("1100ms"))
    assert judge(replace(case, stored=[farther, *case.stored[1:]])).misdated == 100


def test_damaged_pictures_before_the_first_sweep_are_named_by_their_place() -> None:
    one, two = stored(10, 5), stored(15, 5, sequence=1)
    unread = damaged(one, range(5))
    truth = {number: frame(number) for number in range(30)}
    assert begun([unread, two], truth, 5) == [one, two]


def test_damaged_pictures_behind_a_whole_one_of_the_first_sweep_are_named_too() -> None:
    one, truth = stored(10, 10), {number: frame(number) for number in range(30)}
    assert begun([damaged(one, [0, 2, 3])], truth, 5) == [one]
    late = damaged(one, [0, 6])
    assert begun([late], truth, 5) == [damaged(one, [6])]


def test_a_run_shorter_than_a_sweep_is_named_by_the_time_it_states() -> None:
    one, truth = stored(10, 4), {number: frame(number) for number in range(30)}
    assert begun([damaged(one, range(4))], truth, 5) == [one]
    far = damaged(moved(one, Elapsed.parse("300s")), range(4))
    assert begun([far], truth, 5) == [far]


def test_a_run_shorter_than_a_sweep_does_not_reach_over_a_pause_of_the_camera() -> None:
    """The run says its times 60 ms late, nearer to the frame behind; the camera paused behind."""
    one = stored(10, 4)
    paused = {
        number: replace(frame(number), captured=frame(number).captured + Elapsed.parse("400ms"))
        for number in range(14, 30)
    }
    truth = {**{number: frame(number) for number in range(14)}, **paused}
    late = moved(one, Elapsed.parse("60ms"))
    assert begun([damaged(late, range(4))], truth, 5) == [late]


def damaged(one: Stored, places: Collection[int]) -> Stored:
    frames = [Seen(None, each.said) if at in places else each for at, each in enumerate(one.frames)]
    return replace(one, frames=tuple(frames))
