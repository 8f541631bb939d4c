"""Which camera comes first, and what is said of it."""

from __future__ import annotations

import itertools

import pytest

from footage.ids import CameraId
from footage.instant import Elapsed
from recorder.capture.state_machine import Phase
from recorder.status.camera_status import CameraStatus
from recorder.status.severity import Severity, assess, in_words, worst_first


def s(seconds: float) -> Elapsed:
    return Elapsed.seconds(seconds)


def camera(name: str, phase: Phase | None = Phase.RECORDING, **facts: object) -> CameraStatus:
    return CameraStatus(CameraId(name), phase, **facts)  # type: ignore[arg-type]


WORST_FIRST = [
    (camera("never", None), Severity.UNRECORDED, "nobody records it"),
    (
        camera("nobody", None, lag=s(720)),
        Severity.UNRECORDED,
        "nobody records it; newest footage is 12 min old",
    ),
    (
        camera("long", Phase.BACKOFF, tried=True, lost_for=s(180), why="connection refused"),
        Severity.LOST,
        "lost for 3 min: connection refused",
    ),
    (camera("dead", Phase.CONNECTING, lost_for=s(25)), Severity.LOST, "lost for 25 s"),
    (
        camera("again", Phase.CONNECTING, tried=True, lost_for=s(2)),
        Severity.LOST,
        "lost for 2 s",
    ),
    (
        camera("evicted", evicted=3, evicted_ago=s(60)),
        Severity.EVICTED,
        "3 segments evicted, spool full, last 1 min ago",
    ),
    (camera("bad", damage="SPS inside"), Severity.DAMAGED, "damaged by the camera: SPS inside"),
    (
        camera("alarm", alarms=2, alarm_said="misdated", alarm_ago=s(90)),
        Severity.ALARMED,
        "alarm 1 min ago: misdated",
    ),
    (
        camera("late", spooled=2, waits=s(720)),
        Severity.WAITS,
        "footage waits 12 min for the store",
    ),
    (
        camera("flaps", lately=7, why="reset"),
        Severity.FLAPS,
        "restarted 7 times in 10 min: reset",
    ),
    (camera("fast", clock_offset=s(4.2)), Severity.CLOCK, "clock +4.2 s off"),
    (camera("slow", clock_offset=s(-1.5)), Severity.CLOCK, "clock -1.5 s off"),
    (camera("new", Phase.CONNECTING, lost_for=s(3)), Severity.STARTING, "connecting for 3 s"),
    (camera("ended", Phase.STOPPED), Severity.STOPPED, "stopped"),
    (camera("a-well", clock_offset=s(0.2), waits=s(10)), Severity.NONE, "recording"),
    (camera("b-well", alarms=1, alarm_said="old", alarm_ago=s(4000)), Severity.NONE, "recording"),
]


@pytest.mark.parametrize(("one", "severity", "words"), WORST_FIRST, ids=lambda x: str(x)[:20])
def test_each_severity_in_words(one: CameraStatus, severity: Severity, words: str) -> None:
    assessments = assess(one)
    assert (assessments.severity, assessments.words) == (severity, words)


def test_the_worst_come_first() -> None:
    expected = [one.camera for one, _, _ in WORST_FIRST]
    backwards = [one for one, _, _ in reversed(WORST_FIRST)]
    assert [assessments.status.camera for assessments in worst_first(backwards)] == expected


def test_a_graver_severity_hides_a_lesser_one() -> None:
    one = camera("x", Phase.BACKOFF, tried=True, lost_for=s(5), damage="d", waits=s(999))
    assert assess(one).severity is Severity.LOST


def test_what_is_lost_or_alarmed_is_grave_and_nothing_else() -> None:
    grave = [severity for severity in Severity if severity.grave]
    assert grave == list(itertools.takewhile(lambda c: c is not Severity.WAITS, Severity))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3900, "1 h 5 min"),
        (90_061, "1 d 1 h"),
        (-5, "0 s"),
    ],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert in_words(s(seconds)) == words
