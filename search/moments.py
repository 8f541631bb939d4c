"""Merging of hits into moments, the results that a person sees. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed, Interval
from search.query import Sort

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footage.ids import CameraId
    from footage.instant import Instant
    from footage.keyframe import Box
    from footage.ports import VectorHit

NEIGHBOURS: Final = Elapsed.parse("6s")
"""Longest time between hits of a moment: three keyframes, of which two may miss the mover."""
LONGEST: Final = Elapsed.parse("30s")
"""Longest moment, from first to last hit: a busy road would chain a whole hour into one moment."""
STANDS_FOR: Final = Elapsed.parse("2s")
"""Time that a keyframe stands for: until the next keyframe."""
_NEARLY: Final = 0.03
"""Share of the best score by which a better picture may score less."""
_EDGE: Final = 0.005


@dataclass(frozen=True, slots=True)
class Moment:
    """Neighbouring hits of the same camera, merged.

    Attributes:
        interval: From the first hit to the end of the time that the last hit stands for.
        best: The hit with the highest score, or a hit that scores nearly as high and shows the
            whole mover.
        hits: Number of hits merged.
    """

    camera: CameraId
    interval: Interval
    best: VectorHit
    hits: int = 1

    @property
    def score(self) -> float:
        """Score of the best hit."""
        return self.best.score

    def takes(self, instant: Instant) -> bool:
        """Return whether a hit at `instant` belongs to the moment."""
        last = self.interval.end - STANDS_FOR
        first, last = min(self.interval.start, instant), max(last, instant)
        near = self.interval.start - NEIGHBOURS <= instant <= self.interval.end + NEIGHBOURS
        return near and last - first <= LONGEST

    def with_hit(self, hit: VectorHit) -> Moment:
        """Return the moment with `hit` added, whose score must not be above the earlier hits."""
        instant = hit.row.instant
        start = min(self.interval.start, instant)
        end = max(self.interval.end, instant + STANDS_FOR)
        best = hit if _better_seen(self.best, hit) else self.best
        return Moment(self.camera, Interval(start, end), best, self.hits + 1)


def merge(hits: Iterable[VectorHit]) -> list[Moment]:
    """Merge hits into moments, best moment first; every hit is in exactly one moment.

    Hits are taken best first, so a moment grows around its best hit, and a weaker neighbour joins
    the moment rather than the other way round.
    """
    found: list[Moment] = []
    # A hit joins only a moment whose first hit is at most LONGEST away: look at three slots.
    slots: dict[tuple[CameraId, int], list[int]] = {}
    for hit in sorted(hits, key=_best_first):
        camera, start = hit.row.camera, hit.row.instant
        slot = start.us // LONGEST.us
        near = sorted(n for s in (slot - 1, slot, slot + 1) for n in slots.get((camera, s), ()))
        place = next((n for n in near if found[n].takes(start)), None)
        if place is None:
            slots.setdefault((camera, slot), []).append(len(found))
            found.append(Moment(camera, Interval(start, start + STANDS_FOR), hit))
        else:
            found[place] = found[place].with_hit(hit)
    return ordered(found, Sort.SCORE)


def _better_seen(best: VectorHit, other: VectorHit) -> bool:
    """Return whether `other`, of a lower score, shows a whole mover where `best` may be cut off."""
    near = other.score >= best.score - abs(best.score) * _NEARLY
    return near and _cut(best.row.box) and not _cut(other.row.box)


def _cut(box: Box) -> bool:
    """Return whether the picture's edge may cut off a part of the mover in `box`."""
    right, bottom = box.x + box.w, box.y + box.h
    return min(box.x, box.y) <= _EDGE or max(right, bottom) >= 1 - _EDGE


def ordered(moments: Iterable[Moment], sort: Sort) -> list[Moment]:
    """Return `moments` in the order of `sort`."""
    if sort is Sort.TIME:
        return sorted(moments, key=lambda m: (m.interval, m.camera))
    return sorted(moments, key=lambda m: _best_first(m.best))


def _best_first(hit: VectorHit) -> tuple[float, Instant, CameraId, int, float, float]:
    row = hit.row
    return -hit.score, row.instant, row.camera, row.offset, row.box.x, row.box.y
