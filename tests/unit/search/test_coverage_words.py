from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from footage.ids import CameraId
from footage.instant import ZERO, Elapsed, Instant, Interval
from footage.span import GapReason
from search.coverage import Coverage, Missing, NotSearched
from search.coverage_words import _WHY, coverage_words, days_text

KARACHI = ZoneInfo("Asia/Karachi")
ASKED = Interval(Instant.parse("2026-11-27T06:00:00Z"), Instant.parse("2026-11-27T07:00:00Z"))
NAMES = {CameraId(f"camera-{n}"): f"Gate {n}" for n in range(1, 8)}
WINDOWS = dict.fromkeys(NAMES, (ASKED,))


def lacks(camera: int, start_s: float, end_s: float, reason: str, detail: str = "") -> Missing:
    start = ASKED.start
    part = Interval(start + Elapsed.seconds(start_s), start + Elapsed.seconds(end_s))
    return Missing(CameraId(f"camera-{camera}"), part, reason, detail)


def test_cameras_days_footage_and_reasons_are_told_in_words() -> None:
    missing = (
        *(lacks(n, 30, 3600, GapReason.CAMERA_LOST) for n in range(1, 6)),
        lacks(6, 79, 3600, GapReason.CAMERA_LOST),
        lacks(6, 0, 79, NotSearched.KEYFRAMES_UNREADABLE),
        lacks(7, 0, 3600, GapReason.EXPIRED, "policy 'streets': keep 30d"),
    )
    covered = Coverage(
        ASKED.length * 7,
        Elapsed.seconds(235),
        Elapsed.seconds(235),
        Elapsed.seconds(156),
        missing,
    )
    assert coverage_words(covered, NAMES, WINDOWS, KARACHI) == [
        (
            "looked at 5 of 7 cameras, 27 Nov 2026; footage exists for 3 min 55 s; "
            "looked at 2 min 36 s"
        ),
        "not looked at: Gate 6 (camera-6) 1 min 19 s: keyframes cannot be decoded",
        (
            "without footage (all cameras together): 5 h 56 min: camera lost; "
            "1 h: expired (policy 'streets': keep 30d)"
        ),
        "without any footage: Gate 7 (camera-7) 1 h",
    ]


def test_a_camera_that_was_looked_at_all_over_says_so() -> None:
    one = dict(list(NAMES.items())[:1])
    covered = Coverage(ASKED.length, ASKED.length, ASKED.length, ASKED.length)
    assert coverage_words(covered, one, dict.fromkeys(one, (ASKED,)), KARACHI) == [
        "looked at 1 of 1 camera, 27 Nov 2026; footage exists for 1 h, all of it looked at"
    ]


def test_less_than_a_second_of_a_camera_is_not_told() -> None:
    """Words leave out what is shorter than the time at which segments join; JSON has all."""
    missing = (
        lacks(1, 0, 0.05, GapReason.UNKNOWN),
        lacks(1, 3599.5, 3600, NotSearched.NOT_INDEXED),
        *(lacks(2, second, second + 0.4, GapReason.NO_PICTURES) for second in (1, 3, 5)),
    )
    looked = ASKED.length * 2 - Elapsed.seconds(1.75)
    some = dict(list(NAMES.items())[:2])
    covered = Coverage(ASKED.length * 2, looked + Elapsed.seconds(0.5), looked, looked, missing)
    assert coverage_words(covered, some, dict.fromkeys(some, (ASKED,)), KARACHI)[1:] == [
        "without footage (all cameras together): 1.2 s: no pictures in the recording"
    ]


def test_less_than_a_second_is_told_where_no_more_was_asked() -> None:
    one = dict(list(NAMES.items())[:1])
    part = lacks(1, 0, 0.5, GapReason.UNKNOWN)
    covered = Coverage(part.interval.length, missing=(part,))
    assert coverage_words(covered, one, dict.fromkeys(one, (part.interval,)), KARACHI)[1:] == [
        "without footage: 0.5 s: nothing was recorded, the cause is not known"
    ]


def test_no_footage_is_not_called_looked_at() -> None:
    covered = Coverage(
        ASKED.length * 7,
        missing=tuple(lacks(n, 0, 3600, GapReason.UNKNOWN) for n in range(1, 8)),
    )
    assert coverage_words(covered, NAMES, WINDOWS, KARACHI) == [
        "looked at 0 of 7 cameras, 27 Nov 2026; no footage exists of this time and place",
        "without footage (all cameras together): 7 h: nothing was recorded, the cause is not known",
    ]


def test_many_cameras_of_a_reason_are_counted() -> None:
    missing = tuple(lacks(n, 0, 60 * n, NotSearched.NOT_INDEXED) for n in range(1, 8))
    covered = Coverage(ASKED.length * 7, ASKED.length * 7, ZERO, ZERO, missing)
    assert coverage_words(covered, NAMES, WINDOWS, KARACHI)[1] == (
        "not looked at: Gate 7 (camera-7) 7 min, Gate 6 (camera-6) 6 min, "
        "Gate 5 (camera-5) 5 min, Gate 4 (camera-4) 4 min, Gate 3 (camera-3) 3 min, "
        "2 cameras more 3 min: not indexed yet"
    )


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2026-11-26T19:00:00Z", "2026-11-27T19:00:00Z", "27 Nov 2026"),
        ("2026-11-26T18:59:59Z", "2026-11-27T19:00:00Z", "26 to 27 Nov 2026"),
        ("2026-10-30T10:00:00Z", "2026-11-02T10:00:00Z", "30 Oct to 2 Nov 2026"),
        ("2025-12-31T10:00:00Z", "2026-01-01T10:00:00Z", "31 Dec 2025 to 1 Jan 2026"),
    ],
)
def test_days_are_those_of_the_zone(start: str, end: str, text: str) -> None:
    interval = Interval(Instant.parse(start), Instant.parse(end))
    assert days_text(interval, KARACHI) == text


def test_every_reason_has_words() -> None:
    assert _WHY.keys() == {*NotSearched, *GapReason}
