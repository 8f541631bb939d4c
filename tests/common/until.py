"""Waiting for a condition, instead of a length of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.clock import SystemClock
from footage.instant import Elapsed

if TYPE_CHECKING:
    from collections.abc import Callable


def until(happened: Callable[[], bool], within: str = "30s") -> None:
    """Wait until `happened`, which must be within a time; fail otherwise."""
    clock = SystemClock()
    deadline = clock.monotonic() + Elapsed.parse(within)
    while not happened():
        assert clock.monotonic() < deadline, "it did not happen"
        clock.sleep(Elapsed.parse("10ms"))
