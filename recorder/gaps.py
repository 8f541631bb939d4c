"""A camera's open gap: opened by a loss, growing with time, closed by the next frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from footage.instant import Elapsed, Interval, union
from footage.span import JOIN_TOLERANCE, Gap, GapReason
from footage.unscheduled import by_recorder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footage.ids import CameraId
    from footage.instant import Instant
    from footage.ports import Catalogue

_MICROSECOND = Elapsed(1)
_STEPPED = (GapReason.CLOCK_STEPPED, "the recorder's clock was set forward; nothing is missing")
_UNKNOWN = (GapReason.RECORDER_DOWN, "the recorder ended before it could tell why")
_LEFT_OUT = (GapReason.NO_PICTURES, "no picture of this time came while the connection went on")


@dataclass(frozen=True, slots=True)
class Written:
    """A gap row to write now; a row with `final` set will not change any more."""

    gap: Gap
    final: bool


class GapKeeper:
    """Decides which gap rows to write; writes nothing.

    Args:
        camera: The camera of the gaps.
        until: End of the accounted time: of recorded media or a closed gap; None for a camera
            that has never been recorded, whose schedule begins with its first start.
    """

    def __init__(self, camera: CameraId, until: Instant | None) -> None:
        self._camera = camera
        self._until = until
        self._open: Gap | None = None
        self._cause = ""
        self._found: Instant | None = None

    def lost(self, now: Instant, reason: GapReason, detail: str) -> list[Written]:
        """Open a gap at the end of the last media, or give the open gap a new reason or detail.

        An open gap of another reason is closed, and a new gap follows.
        """
        self._found = None  # media came, but none could be kept: the gap goes on
        if self._open is None:
            start = now if self._until is None else self._until
            end = max(now, start + _MICROSECOND)  # a last frame may end after the present moment
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
        return [*former, *self.lost(now + _MICROSECOND, reason, detail)]

    def grow(self, now: Instant) -> list[Written]:
        """Extend the open gap to `now`, unless media has arrived since."""
        if self._open is None or self._found is not None or now <= self._open.interval.end:
            return []
        self._open = replace(self._open, interval=Interval(self._open.interval.start, now))
        return [Written(self._open, final=False)]

    def found(self, now: Instant) -> list[Written]:
        """Note that media arrives again; the first placed segment tells the gap's exact end."""
        rows = self.grow(now)
        self._found = now if self._open else None
        return rows

    def recorded(self, interval: Interval, *, stepped: bool = False) -> list[Written]:
        """Note a placed segment; the first segment after a gap tells where the gap ended.

        Time between two segments is a gap as well (invariant 5): the clock was set forward
        (`stepped`), or the camera left media out.
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
        """Close the open gap, if any, at `end`."""
        if self._open is None:
            return []
        start = self._open.interval.start
        closed = replace(self._open, interval=Interval(start, max(end, start + _MICROSECOND)))
        self._open, self._found, self._until = None, None, closed.interval.end
        return [Written(closed, final=True)]


def last_recorded(catalogue: Catalogue, camera: CameraId) -> Instant | None:
    """Return the end of a camera's last segment, from which a starting recorder accounts for time.

    None where no recorder told of the camera so far: the schedule begins with the first start, and
    no recorder was down after footage that was imported.
    """
    last = catalogue.last_segment(camera)
    if last is None:
        return None
    if not by_recorder(last.run) and camera not in catalogue.recorded_since([camera]):
        return None
    return last.interval.end


def of_our_own(until: Instant, salt: str) -> Instant:
    """Start of a recorder's first gap: up to a millisecond before `until`, the end of recordings.

    The catalogue knows a row by camera, start and reason. Two recorders that take a camera one
    after the other see the same end of recordings; a row that the first recorder writes late, when
    back, must not replace the row of the second recorder, which goes further.
    """
    return until - Elapsed(1 + int(salt, 16) % 999)


def reconciled(camera: CameraId, gaps: Iterable[Gap], recorded: Iterable[Interval]) -> list[Gap]:
    """Gap rows left by a crash, corrected to tile with the recovered segments (invariant 5).

    A row is as long as when last written, perhaps too long or too short: the first recording or
    gap after the row's start tells the end. Where two recordings follow each other without a row
    between, the crash came before the row was written, and a new row is returned.

    Args:
        camera: The camera of the gaps.
        gaps: Rows kept in the spool.
        recorded: Intervals of all segments known to the runs left in the spool, stored or not.
    """
    recorded = list(recorded)
    told, covered = sorted(gaps, key=lambda gap: gap.interval.start), union(recorded)
    starts = sorted([one.start for one in covered] + [gap.interval.start for gap in told])
    mended = []
    exact = {(one.start, one.end) for one in recorded}
    for gap in told:
        start = gap.interval.start
        if gap.reason is GapReason.SPOOL_OVERFLOW or (start, gap.interval.end) in exact:
            mended.append(gap)  # of a segment that was evicted or set aside: such a gap never grows
            continue
        end = next((later for later in starts if later > start), gap.interval.end)
        mended.append(replace(gap, interval=Interval(start, end)))
    whole = union([*covered, *(gap.interval for gap in mended)], bridge=JOIN_TOLERANCE)
    holes = [Interval(one.end, other.start) for one, other in pairwise(whole)]
    return [*mended, *(Gap(camera, hole, *_UNKNOWN) for hole in holes)]
