"""One camera's open gap: opened by a loss, growing while it lasts, closed by the next frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from footage.instant import Elapsed, Interval
from footage.span import Gap, GapReason

if TYPE_CHECKING:
    from footage.ids import CameraId
    from footage.instant import Instant

_HAIR = Elapsed(1)


@dataclass(frozen=True, slots=True)
class Written:
    """A gap as it is to be written now; a `final` one will not change any more."""

    gap: Gap
    final: bool


class GapKeeper:
    """Decides which gap rows to write; writes nothing itself.

    Args:
        camera: Whose gaps.
        until: End of what is accounted for: recorded media or a closed gap; None for a camera
            that has never been recorded, whose schedule begins with its first start.
    """

    def __init__(self, camera: CameraId, until: Instant | None) -> None:
        self._camera = camera
        self._until = until
        self._open: Gap | None = None
        self._cause = ""
        self._found: Instant | None = None

    def lost(self, now: Instant, reason: GapReason, detail: str) -> list[Written]:
        """Nothing since the end of the last media; or the open gap has another reason now."""
        self._found = None  # it came back, but nothing of it could be kept: the gap goes on
        if self._open is None:
            start = now if self._until is None else self._until
            end = max(now, start + _HAIR)  # a last frame may end after the present moment
            self._open, self._cause = (
                Gap(self._camera, Interval(start, end), reason, detail),
                detail,
            )
            return [Written(self._open, final=False)]
        if self._open.reason is reason:
            lately = f"{self._cause}; lately: {detail}" if detail != self._cause else detail
            self._open = replace(self._open, detail=lately)
            return self.grow(now)
        former = self.settle(now)
        return [*former, *self.lost(now + _HAIR, reason, detail)]

    def grow(self, now: Instant) -> list[Written]:
        """It still lasts."""
        if self._open is None or self._found is not None or now <= self._open.interval.end:
            return []
        self._open = replace(self._open, interval=Interval(self._open.interval.start, now))
        return [Written(self._open, final=False)]

    def found(self, now: Instant) -> list[Written]:
        """Media arrives again; the exact end is known when its first segment has been placed."""
        rows = self.grow(now)
        self._found = now if self._open else None
        return rows

    def recorded(self, interval: Interval) -> list[Written]:
        """A segment was placed; the first one after a gap tells where the gap ended."""
        rows = self.settle(interval.start)
        self._until = max(self._until or interval.end, interval.end)
        return rows

    def settle(self, end: Instant) -> list[Written]:
        """Close the open gap at `end`."""
        if self._open is None:
            return []
        start = self._open.interval.start
        closed = replace(self._open, interval=Interval(start, max(end, start + _HAIR)))
        self._open, self._found, self._until = None, None, closed.interval.end
        return [Written(closed, final=True)]
