"""Time before a camera's recording began, which nobody was to record: not scheduled. Pure.

Rule. A camera's recording begins with the first segment or gap that a recorder told of. Before, and
always where no recorder ever told of the camera (its footage was imported from outside), time with
neither segment nor gap was never scheduled. From the begin on such time is `unknown`: a recorder
had the camera, and nobody says what became of the time.

- Imported segments, and holes inside such recordings (`no_pictures`), do not begin a recording.
- A gap of any other reason does. So does `expired`: after retention deleted a camera's first days
  the gaps still mark them (invariant 11); where imported footage expired, time after stays unknown,
  which is the weaker statement.
- A recorder enters a gap when a camera is started, so that footage which still waits in a spool
  counts as begun.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from footage.instant import Instant, Interval
from footage.span import Gap, GapReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from footage.day import DayTimes
    from footage.ids import CameraId, RunId

BEFORE: Final = "before the camera was first recorded"
NEVER: Final = "no recorder has recorded this camera"
NOT_TELLING: Final = frozenset({GapReason.NO_PICTURES})
"""Reasons of gaps that an import enters too, so that such a gap begins no recording."""
_IMPORTED: Final = "import-"


def by_recorder(run: RunId) -> bool:
    """Whether a recorder made this run; else the run was imported."""
    return not run.startswith(_IMPORTED)


def first_recorded(days: Iterable[DayTimes]) -> Instant | None:
    """Return the first start of a recorder's span in `days`, which are in order; else None.

    No day after the first with such a span is read.
    """
    for day in days:
        if starts := [start for start, _, run in day.spans if by_recorder(run)]:
            return Instant(min(starts))
    return None


def unscheduled(gaps: Iterable[Gap], since: Mapping[CameraId, Instant]) -> Iterator[Gap]:
    """Yield the gaps with `unknown` time before a camera's recording as `not_scheduled`.

    Args:
        gaps: Gaps as `footage.span.explain` returns them.
        since: Begin of each camera's recording, as the catalogue's `recorded_since` tells, read
            after segments and gaps.
    """
    for gap in gaps:
        begin = since.get(gap.camera)
        if gap.reason is not GapReason.UNKNOWN:
            yield gap
        elif begin is None:
            yield replace(gap, reason=GapReason.NOT_SCHEDULED, detail=NEVER)
        elif begin.us <= gap.interval.start.us:
            yield gap
        elif begin.us >= gap.interval.end.us:
            yield replace(gap, reason=GapReason.NOT_SCHEDULED, detail=BEFORE)
        else:
            early = Interval(gap.interval.start, begin)
            yield replace(gap, interval=early, reason=GapReason.NOT_SCHEDULED, detail=BEFORE)
            yield replace(gap, interval=Interval(begin, gap.interval.end))
