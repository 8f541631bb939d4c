"""One camera's open gap: opened by a loss, growing while it lasts, closed by the next frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from footage.instant import Elapsed, Interval, union
from footage.span import JOIN_TOLERANCE, Gap, GapReason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footage.ids import CameraId
    from footage.instant import Instant

_HAIR = Elapsed(1)
_STEPPED = (GapReason.CLOCK_STEPPED, "the recorder's clock was set forward; nothing is missing")
_UNTOLD = (GapReason.RECORDER_DOWN, "the recorder ended before it could tell why")
_LEFT_OUT = (GapReason.CAMERA_LOST, "the camera left pictures out")


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

    def recorded(self, interval: Interval, *, stepped: bool = False) -> list[Written]:
        """A segment was placed; the first one after a gap tells where the gap ended.

        Time between it and the one before is a gap as well (invariant 5): the clock was set
        forward, or the camera itself left media out.
        """
        rows = self.settle(interval.start)
        until = self._until
        if not rows and until is not None and interval.start - until > JOIN_TOLERANCE:
            hole = Interval(until, interval.start)
            reason, detail = _STEPPED if stepped else _LEFT_OUT
            rows = [Written(Gap(self._camera, hole, reason, detail), final=True)]
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


def of_our_own(until: Instant, salt: str) -> Instant:
    """Where our first gap starts: up to a millisecond inside what was recorded before.

    The catalogue knows a row by camera, start and reason. Two recorders that take a camera one
    after the other see the same end of its recordings; what the first one left unwritten and
    writes when it is back must not replace the row of the second, which goes further.
    """
    return until - Elapsed(1 + int(salt, 16) % 999)


def reconciled(camera: CameraId, gaps: Iterable[Gap], recorded: Iterable[Interval]) -> list[Gap]:
    """What a crash left of gap rows, made to tile with what was recovered (invariant 5).

    A row is as long as it was when it was last written. What was recorded after its start tells
    where it ended: it may have grown too far, or not far enough. Where two recordings follow each
    other without a row between them, nobody lived to write it.

    Args:
        camera: Whose.
        gaps: Rows as the spool has them.
        recorded: Every segment that the runs left in the spool know of, stored ones too.
    """
    recorded = list(recorded)
    told, covered = sorted(gaps, key=lambda gap: gap.interval.start), union(recorded)
    starts = sorted([one.start for one in covered] + [gap.interval.start for gap in told])
    mended = []
    exact = {(one.start, one.end) for one in recorded}
    for gap in told:
        start = gap.interval.start
        if gap.reason is GapReason.SPOOL_OVERFLOW or (start, gap.interval.end) in exact:
            mended.append(gap)  # of a segment that was given up: it neither grew nor will
            continue
        end = next((later for later in starts if later > start), gap.interval.end)
        mended.append(replace(gap, interval=Interval(start, end)))
    whole = union([*covered, *(gap.interval for gap in mended)], bridge=JOIN_TOLERANCE)
    holes = [Interval(one.end, other.start) for one, other in pairwise(whole)]
    return [*mended, *(Gap(camera, hole, *_UNTOLD) for hole in holes)]
