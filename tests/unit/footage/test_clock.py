"""The clocks: which of them run when."""

from __future__ import annotations

import time

from footage.clock import SimulatedClock, SystemClock
from footage.instant import Elapsed, Instant

MINUTE = Elapsed.parse("1m")


def test_a_step_of_the_wall_clock_leaves_the_other_clocks_alone() -> None:
    clock = SimulatedClock(Instant(0))
    clock.sleep(MINUTE)
    clock.step(MINUTE)
    assert clock.now() == Instant(0) + MINUTE + MINUTE
    assert clock.boottime() == MINUTE
    assert clock.monotonic() == MINUTE


def test_the_machines_boottime_is_the_one_all_its_processes_share() -> None:
    before = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000
    now = SystemClock().boottime().us
    assert before <= now <= time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000
