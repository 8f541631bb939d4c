"""A system clock whose wall time is set once, while the recorder runs."""

from __future__ import annotations

from footage.clock import SystemClock
from footage.instant import ZERO, Elapsed, Instant


class SteppingClock(SystemClock):
    """The system's clocks; wall time jumps by `by` once `after` has passed, monotonic does not."""

    def __init__(self, after: Elapsed, by: Elapsed) -> None:
        self._at = super().monotonic() + after
        self._by = by

    def now(self) -> Instant:
        """Return the machine's wall time, with the jump once `after` has passed."""
        return super().now() + (self._by if super().monotonic() >= self._at else ZERO)
