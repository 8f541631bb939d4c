"""Time that a camera was not recorded for one reason: the union of its gaps, each counted once.

A gap is reported again and again while the gap grows, and once more when the gap is final; a
crashed channel or a recovery may report a gap twice. Only the union of all reported gaps is right,
so the union is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footage.instant import ZERO, Elapsed, Interval, total, union

if TYPE_CHECKING:
    from footage.instant import Instant

KEPT: Final = 32
"""Most final intervals kept apart. A camera that flaps for a month has thousands; the oldest are
added up, and only a gap reported again after 32 others of the camera would count twice."""


class Downtime:
    """Time not recorded of a single camera for a single reason.

    Attributes:
        length: Time not recorded, as known now. May shrink by some seconds when a gap turns out
            to have ended earlier than last reported.
        counted: Largest `length` so far, which never shrinks: for counters.
    """

    def __init__(self) -> None:
        self._settled: list[Interval] = []
        self._open: dict[Instant, Interval] = {}
        self._folded = ZERO
        self.length: Elapsed = ZERO
        self.counted: Elapsed = ZERO

    def apply(self, interval: Interval, *, final: bool) -> None:
        """Take in a gap that has grown to `interval`, or, when `final`, is exactly `interval`."""
        if final:
            self._open.pop(interval.start, None)
            self._settled = union([*self._settled, interval])
            while len(self._settled) > KEPT:
                self._folded += self._settled.pop(0).length
        else:
            self._open[interval.start] = interval
        self.length = self._folded + total([*self._settled, *self._open.values()])
        self.counted = max(self.counted, self.length)
