"""Questions about places: each camera is asked for the time in which it stood in the place.

Most cameras never moved: these cameras share the whole interval, and cost one scan and one
coverage, as if places had no times. Each further group of cameras with the same windows costs a
scan of its own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial, reduce
from operator import attrgetter
from typing import TYPE_CHECKING

from footage.ports import VectorAnswer
from search.coverage import Coverage, coverage

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.day import DayTimes
    from footage.ids import CameraId
    from footage.instant import Instant, Interval
    from footage.span import Gap
    from footage.stays import Windows
    from search.coverage import Facts

    Scan = Callable[[Interval, frozenset[CameraId] | None], VectorAnswer]


@dataclass(frozen=True, slots=True)
class Asked:
    """The cameras asked, each for its windows within the interval of the question.

    Attributes:
        limited: Grants of whoever asks left out cameras, or times of cameras.
    """

    interval: Interval
    windows: Windows
    limited: bool = False

    @property
    def whole(self) -> frozenset[CameraId]:
        """The cameras that are asked for the whole interval."""
        return frozenset(c for c, parts in self.windows.items() if parts == (self.interval,))

    @property
    def partly(self) -> list[tuple[CameraId, Interval]]:
        """The windows of the other cameras, by camera and time."""
        return [
            (camera, part)
            for camera in sorted(self.windows.keys() - self.whole)
            for part in self.windows[camera]
        ]


def scanned(
    asked: Asked, cameras: frozenset[CameraId] | None, rows: int, scan: Scan
) -> VectorAnswer:
    """Scan the vectors of each group of cameras in the group's windows.

    Filters act inside each scan: no row outside of a camera's windows takes a place in the answer.

    Args:
        asked: The cameras and windows.
        cameras: Cameras to limit a scan of the whole interval to; None for no limit.
        rows: Number of best rows wanted.
        scan: Scans the vectors of an interval and cameras.
    """
    partly: dict[Interval, set[CameraId]] = defaultdict(set)
    for camera, part in asked.partly:
        partly[part].add(camera)
    if not partly:
        return scan(asked.interval, cameras)
    groups = [(asked.interval, asked.whole)] if asked.whole else []
    groups += [(part, frozenset(partly[part])) for part in sorted(partly)]
    return reduce(partial(_both, rows), (scan(part, group) for part, group in groups))


def coverage_of(asked: Asked, facts: Facts, now: Instant) -> Coverage:
    """Return the coverage of the cameras in their windows, asked at `now`."""
    found = coverage(asked.whole, asked.interval, facts, now)
    partly = asked.partly
    if not partly:
        return found
    days: dict[CameraId, list[DayTimes]] = defaultdict(list)
    gaps: dict[CameraId, list[Gap]] = defaultdict(list)
    moved = {camera for camera, _ in partly}
    for day in facts.days:
        if day[0] in moved:
            days[day[0]].append(day)
    for gap in facts.gaps:
        if gap.camera in moved:
            gaps[gap.camera].append(gap)
    for camera, part in partly:
        own = replace(facts, days=days[camera], gaps=gaps[camera])
        found = _sum(found, coverage([camera], part, own, now))
    missing = sorted(found.missing, key=attrgetter("camera", "interval.start"))
    return replace(found, missing=tuple(missing))


def _both(rows: int, one: VectorAnswer, two: VectorAnswer) -> VectorAnswer:
    hits = sorted((*one.hits, *two.hits), key=attrgetter("score"), reverse=True)
    recall = None if None in (one.recall, two.recall) else min(one.recall or 0, two.recall or 0)
    return VectorAnswer(
        hits=tuple(hits[:rows]),
        scanned=one.scanned + two.scanned,
        exhaustive=one.exhaustive and two.exhaustive,
        unreadable=tuple(dict.fromkeys((*one.unreadable, *two.unreadable))),
        recall=recall,
        parts=(*one.parts, *two.parts),
    )


def _sum(one: Coverage, two: Coverage) -> Coverage:
    return Coverage(
        one.asked + two.asked,
        one.recorded + two.recorded,
        one.indexed + two.indexed,
        one.searched + two.searched,
        (*one.missing, *two.missing),
    )
