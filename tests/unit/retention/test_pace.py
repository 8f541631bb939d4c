"""The size of batches follows how long batches take."""

from __future__ import annotations

import pytest

from footage.clock import SimulatedClock
from footage.instant import Elapsed
from retention.pace import AIM, MOST, Pace, next_size
from tests.common.builders import START


@pytest.mark.parametrize(
    ("size", "segments", "took", "then"),
    [
        (50, 50, "10ms", 100),
        (50, 50, "500ms", 50),
        (50, 50, "1s", 25),
        (50, 50, "250ms", 100),
        (50, 50, "400ms", 62),
        (800, 800, "100ms", MOST),
        (MOST, MOST, "100ms", MOST),
        (1, 1, "1m", 1),
        (1_000, 10, "20ms", 1_000),  # the rest of a day says little
        (1_000, 10, "5s", 1),
    ],
)
def test_the_next_batch(size: int, segments: int, took: str, then: int) -> None:
    assert next_size(size, segments, Elapsed.parse(took)) == then


def test_a_store_five_times_slower_costs_one_stay_above_two_seconds_at_most() -> None:
    clock = SimulatedClock(START)
    pace = Pace(clock)
    each, stays = Elapsed.parse("2ms"), []
    for number in range(40):
        if number == 20:
            each = Elapsed.parse("10ms")
        with pace.stay(pace.size):
            stays.append(each * pace.size)
            clock.sleep(stays[-1])
    assert stays[19] <= AIM
    assert [stay for stay in stays if stay > Elapsed.parse("2s")] == [stays[20]]
    assert stays[-1] <= AIM


def test_a_size_that_is_given_stays() -> None:
    clock = SimulatedClock(START)
    pace = Pace(clock, fixed=3)
    with pace.stay(3):
        clock.sleep(Elapsed.parse("1m"))
    assert pace.size == 3
