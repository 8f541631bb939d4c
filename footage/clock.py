"""The clock is a parameter: this is the only module that reads the machine's time or waits."""

from __future__ import annotations

import asyncio
import time
from typing import Final, Protocol

from footage.instant import Elapsed, Instant

_BOOTTIME: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux alone tells them apart; nothing but Linux runs several recorders."""


class Clock(Protocol):
    """Tells the time and waits.

    `now` is wall time and may step when the machine's clock is set; `monotonic` never runs
    backwards and has no relation to wall time; `boottime` is like it, but runs on while the machine
    is suspended; `sleep` blocks the thread, `pause` yields to the event loop.
    """

    def now(self) -> Instant:
        """Wall time."""
        ...

    def monotonic(self) -> Elapsed:
        """Time since some fixed point of this process or machine."""
        ...

    def boottime(self) -> Elapsed:
        """The same, the time in which the machine was suspended included."""
        ...

    def sleep(self, elapsed: Elapsed) -> None:
        """Block this thread for `elapsed`."""
        ...

    async def pause(self, elapsed: Elapsed) -> None:
        """Let other tasks run for `elapsed`."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> Instant:
        """Wall time of the machine."""
        return Instant(time.time_ns() // 1_000)

    def monotonic(self) -> Elapsed:
        """The machine's monotonic clock."""
        return Elapsed(time.monotonic_ns() // 1_000)

    def boottime(self) -> Elapsed:
        """The machine's CLOCK_BOOTTIME; all processes of a machine share it."""
        return Elapsed(time.clock_gettime_ns(_BOOTTIME) // 1_000)

    def sleep(self, elapsed: Elapsed) -> None:
        """Block this thread."""
        time.sleep(max(elapsed.us, 0) / 1_000_000)

    async def pause(self, elapsed: Elapsed) -> None:
        """Wait without blocking the event loop."""
        await asyncio.sleep(max(elapsed.us, 0) / 1_000_000)


class SimulatedClock:
    """A clock that stands still until someone sleeps: tests and forecasts never wait."""

    def __init__(self, now: Instant) -> None:
        self._now = now
        self._monotonic = Elapsed(0)
        self._suspended = Elapsed(0)

    def now(self) -> Instant:
        """The simulated wall time."""
        return self._now

    def monotonic(self) -> Elapsed:
        """The time slept so far; a step of the wall clock does not show here."""
        return self._monotonic

    def boottime(self) -> Elapsed:
        """The time slept or suspended so far."""
        return self._monotonic + self._suspended

    def sleep(self, elapsed: Elapsed) -> None:
        """Advance both clocks at once."""
        self._now += elapsed
        self._monotonic += elapsed

    async def pause(self, elapsed: Elapsed) -> None:
        """Advance both clocks and let other tasks run once."""
        self.sleep(elapsed)
        await asyncio.sleep(0)

    def step(self, elapsed: Elapsed) -> None:
        """Set the wall clock forward or back, as an administrator or NTP does."""
        self._now += elapsed

    def suspend(self, elapsed: Elapsed) -> None:
        """Stop the whole machine for so long, as a hypervisor or a closed lid does."""
        self._now += elapsed
        self._suspended += elapsed
