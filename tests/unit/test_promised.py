"""Vectors that must be there, by what index marks promise."""

from __future__ import annotations

from footage.day import DaySummary, DayTimes
from footage.encoder import EncoderIdentity
from footage.ids import CameraId
from footage.instant import DAY, Elapsed, Instant, Interval
from footage.promised import SURE_AFTER, lost_days

MIDNIGHT = Instant.parse("2026-11-22T00:00:00Z")
TODAY = Interval(MIDNIGHT, MIDNIGHT + DAY)
ONE = CameraId("camera-1")
ENCODER = EncoderIdentity("compass", "sha256:" + "a" * 64, 4)
SECOND = Elapsed.seconds(1)


def minutes(first: float, last: float) -> Interval:
    return Interval(MIDNIGHT + Elapsed.seconds(60 * first), MIDNIGHT + Elapsed.seconds(60 * last))


def a_day(**looked: Interval) -> DaySummary:
    marks = {"seen": "", "unreadable": "+unreadable", "vectors": "+vectors"}
    return DaySummary(
        ONE, MIDNIGHT, (), {ENCODER.digest + marks[name]: (i,) for name, i in looked.items()}
    )


def is_lost(day: DaySummary, *held: CameraId, interval: Interval = TODAY) -> bool:
    return bool(lost_days([DayTimes.of(day)], ENCODER, {MIDNIGHT: held} if held else {}, interval))


def test_a_mark_of_vectors_promises_them() -> None:
    day = a_day(seen=minutes(0, 1), vectors=minutes(0, 1))
    assert is_lost(day)
    assert is_lost(day, CameraId("camera-2"))
    assert not is_lost(day, ONE)


def test_a_short_look_alone_promises_nothing() -> None:
    assert not is_lost(a_day(seen=minutes(0, 9.9)))


def test_ten_minutes_of_looking_promise_vectors_as_a_still_scene_is_embedded_too() -> None:
    assert is_lost(a_day(seen=minutes(5, 15)))


def test_undecodable_time_and_time_past_midnight_promise_nothing() -> None:
    assert not is_lost(a_day(seen=minutes(0, 15), unreadable=minutes(6, 12)))
    assert not is_lost(a_day(seen=minutes(1_431, 1_445)))


def test_days_of_which_the_index_was_not_asked_are_passed_over() -> None:
    day = a_day(seen=minutes(0, 60), vectors=minutes(0, 60))
    assert not is_lost(day, interval=Interval(MIDNIGHT + DAY, MIDNIGHT + DAY + SURE_AFTER))


def test_another_encoder_promises_nothing() -> None:
    day = DaySummary(ONE, MIDNIGHT, (), {"sha256:" + "b" * 64: (minutes(0, 60),)})
    assert not is_lost(day)
