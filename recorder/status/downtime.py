"""How long a camera was not recorded, for one reason: the union of its gaps, each counted once.

A gap is told again and again while it grows, and once more when it is final; a crashed channel or
a recovery may tell one twice. Only the union of all that was told is right, so that is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footage.instant import ZERO, Elapsed, Interval, total, union

if TYPE_CHECKING:
    from footage.instant import Instant

KEPT: Final = 32
"""Settled stretches kept apart. A camera that flaps for a month has thousands; the oldest become
a sum, and only a gap that is told again after 32 others of its camera would count twice."""


class Downtime:
    """One camera, one reason.

    Attributes:
        length: The time lost as it is known now. May shrink by some seconds when a gap turns out
            to have ended earlier than it had grown.
        counted: The same, never shrinking: what a counter may show.
    """

    def __init__(self) -> None:
        self._settled: list[Interval] = []
        self._open: dict[Instant, Interval] = {}
        self._folded = ZERO
        self.length: Elapsed = ZERO
        self.counted: Elapsed = ZERO

    def apply(self, interval: Interval, *, final: bool) -> None:
        """A gap opened or grew to `interval`, or is known to have been exactly that."""
        if final:
            self._open.pop(interval.start, None)
            self._settled = union([*self._settled, interval])
            while len(self._settled) > KEPT:
                self._folded += self._settled.pop(0).length
        else:
            self._open[interval.start] = interval
        self.length = self._folded + total([*self._settled, *self._open.values()])
        self.counted = max(self.counted, self.length)
