"""A machine's clock that somebody sets once, while the recorder runs."""

from __future__ import annotations

from footage.clock import SystemClock
from footage.instant import ZERO, Elapsed, Instant


class SteppingClock(SystemClock):
    """The system's clocks; wall time jumps by `by` once `after` has passed, monotonic does not."""

    def __init__(self, after: Elapsed, by: Elapsed) -> None:
        self._at = super().monotonic() + after
        self._by = by

    def now(self) -> Instant:
        """Wall time of the machine, set or not yet."""
        return super().now() + (self._by if super().monotonic() >= self._at else ZERO)
