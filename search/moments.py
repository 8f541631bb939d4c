"""Moments, the results that a person sees: neighbouring hits of a camera."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from footage.instant import Interval, in_any
from search.query import Sort

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footage.ids import CameraId
    from footage.instant import Instant
    from footage.ports import VectorHit


@dataclass(frozen=True, slots=True)
class Moment:
    """Neighbouring hits of the same camera, merged.

    Attributes:
        interval: From the first hit to the end of the time that the last hit stands for, inside
            recorded time; of a lasting view, the unbroken part with the best hit.
        best: The hit with the highest score, or a hit that scores nearly as high and shows the
            whole mover.
        hits: Number of hits merged.
        also: Further parts of a lasting view, in order; apart from `interval` and other moments.
        still: Whether the view as a whole matched alike at each look, or a mover stood unchanged,
            for longer than the longest moment of a mover.
    """

    camera: CameraId
    interval: Interval
    best: VectorHit
    hits: int = 1
    also: tuple[Interval, ...] = ()
    still: bool = False

    @property
    def score(self) -> float:
        """Score of the best hit."""
        return self.best.score

    @property
    def parts(self) -> tuple[Interval, ...]:
        """All parts, in order."""
        return tuple(sorted((self.interval, *self.also)))

    @property
    def whole(self) -> Interval:
        """From the start of the first part to the end of the last."""
        return Interval(self.parts[0].start, self.parts[-1].end)


def not_in(moments: Iterable[Moment], hits: Iterable[VectorHit]) -> list[VectorHit]:
    """Return the hits that lie in none of the moments."""
    taken: dict[CameraId, list[Interval]] = defaultdict(list)
    for moment in moments:
        taken[moment.camera] += moment.parts
    for parts in taken.values():
        parts.sort()
    left = []
    for hit in hits:
        mine = taken.get(hit.row.camera)
        if not (mine and in_any(mine, hit.row.instant)):
            left.append(hit)
    return left


def ordered(moments: Iterable[Moment], sort: Sort) -> list[Moment]:
    """Return `moments` in the order of `sort`."""
    if sort is Sort.TIME:
        return sorted(moments, key=lambda m: (m.interval, m.camera))
    return sorted(moments, key=lambda m: best_first(m.best))


def best_first(hit: VectorHit) -> tuple[float, Instant, CameraId, int, float, float]:
    """Return the sorting key of a hit by score; equal scores come by time and place."""
    row = hit.row
    return -hit.score, row.instant, row.camera, row.offset, row.box.x, row.box.y
