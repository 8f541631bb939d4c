"""Clocks, passed as parameters: no other module reads the machine's time or waits."""

from __future__ import annotations

import asyncio
import time
from typing import Final, Protocol

from footage.instant import Elapsed, Instant

_BOOTTIME: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Only Linux has CLOCK_BOOTTIME; several recorders run on Linux only."""


class Clock(Protocol):
    """Tells the time and waits.

    `now` is wall time and may step when the machine's clock is set; `monotonic` never runs
    backwards and has no relation to wall time; `boottime` is like `monotonic`, but runs on while
    the machine is suspended; `sleep` blocks the thread, `pause` yields to the event loop.
    """

    def now(self) -> Instant:
        """Return the wall time now."""
        ...

    def monotonic(self) -> Elapsed:
        """Return the time since some fixed point of this process or machine."""
        ...

    def boottime(self) -> Elapsed:
        """Return the monotonic time, the time in which the machine was suspended included."""
        ...

    def sleep(self, elapsed: Elapsed) -> None:
        """Block the calling thread for `elapsed`."""
        ...

    async def pause(self, elapsed: Elapsed) -> None:
        """Let other tasks run for `elapsed`."""
        ...


class SystemClock:
    """The clock that reads the machine's own clocks and really waits."""

    def now(self) -> Instant:
        """Return the machine's wall time."""
        return Instant(time.time_ns() // 1_000)

    def monotonic(self) -> Elapsed:
        """Return the machine's monotonic time."""
        return Elapsed(time.monotonic_ns() // 1_000)

    def boottime(self) -> Elapsed:
        """Return CLOCK_BOOTTIME, which all processes of a machine share."""
        return Elapsed(time.clock_gettime_ns(_BOOTTIME) // 1_000)

    def sleep(self, elapsed: Elapsed) -> None:
        """Block the calling thread for `elapsed`; a negative time does not wait."""
        time.sleep(max(elapsed.us, 0) / 1_000_000)

    async def pause(self, elapsed: Elapsed) -> None:
        """Wait for `elapsed` without blocking the event loop."""
        await asyncio.sleep(max(elapsed.us, 0) / 1_000_000)


class SimulatedClock:
    """A clock that moves only when somebody sleeps, so tests and forecasts never wait."""

    def __init__(self, now: Instant) -> None:
        self._now = now
        self._monotonic = Elapsed(0)

    def now(self) -> Instant:
        """Return the simulated wall time."""
        return self._now

    def monotonic(self) -> Elapsed:
        """Return the time slept so far; steps of the wall clock do not count."""
        return self._monotonic

    def boottime(self) -> Elapsed:
        """Return the time slept so far: the simulated machine is never suspended."""
        return self._monotonic

    def sleep(self, elapsed: Elapsed) -> None:
        """Advance wall and monotonic clock by `elapsed` at once."""
        self._now += elapsed
        self._monotonic += elapsed

    async def pause(self, elapsed: Elapsed) -> None:
        """Advance wall and monotonic clock by `elapsed` and let other tasks run once."""
        self.sleep(elapsed)
        await asyncio.sleep(0)

    def step(self, elapsed: Elapsed) -> None:
        """Set the wall clock forward or back, as an administrator or NTP does."""
        self._now += elapsed
