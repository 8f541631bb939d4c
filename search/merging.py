"""Merging of hits into moments. Pure.

The moments of a camera are disjoint and lie inside recorded time. Instants at which a picture was
found are taken in the order of time. Pictures of a mover that lie near to each other are a moment
of at most `LONGEST`. A view that matches alike as a whole, say with a parked van, is one moment
however long the view lasts, also where movers pass meanwhile, which are moments of their own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed, Instant, Interval
from footage.keyframe import WHOLE
from search.looks import Looks
from search.moments import Moment, best_first, ordered
from search.query import Sort

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from footage.ids import CameraId
    from footage.keyframe import Box
    from footage.ports import VectorHit
    from search.stretches import Stretch

    _Found = tuple[Sequence["_Look"], Sequence[tuple[int, int]], bool]

LONGEST: Final = Elapsed.parse("30s")
"""Longest moment of a mover, between the first picture and the last, without the time in which
nothing changed: a busy road would chain a whole hour into one moment."""
_NEAR: Final = 3
"""Pictures from one hit to the next: two of them may miss the mover."""
_ALIKE: Final = 0.1
"""Share by which scores of the whole picture may differ while the view counts as the same."""
_SAME_BOX: Final = 0.6
"""Overlap over union of two boxes that are the same place in the picture."""
_NEARLY: Final = 0.03
"""Share of the best score by which a better picture may score less."""
_EDGE: Final = 0.005
_UNKNOWN: Final = Looks()
_LATEST: Final = 1 << 63
"""Later than any end of a stretch, in microseconds since the epoch."""


@dataclass(slots=True)
class _Look:
    """An instant of a camera at which pictures were found.

    Attributes:
        at: Microseconds since the epoch.
        stretch: Number of the recorded stretch.
        hits: Hits that count as found, best first; none where only the view is like the others.
        view: Score of the whole picture; None where it is not among the hits.
        group: Number of the lasting view; -1 for none.
    """

    at: int
    stretch: int
    hits: list[VectorHit] = field(default_factory=list)
    view: float | None = None
    group: int = -1

    @property
    def box(self) -> Box:
        """Box of the best hit."""
        return self.hits[0].row.box


def merge(
    hits: Iterable[VectorHit],
    recorded: Mapping[CameraId, Sequence[Stretch]],
    looks: Mapping[CameraId, Looks] | None = None,
    *,
    least: float = -1.0,
) -> list[Moment]:
    """Merge hits into moments, best moment first.

    Every hit of at least `least` in recorded time is in exactly one moment.

    Args:
        hits: Hits of any cameras and scores; weaker hits than `least` only tell that a view is
            unchanged.
        recorded: By camera, the recorded time asked about: in order and apart.
        looks: By camera, how the camera was looked at; where absent no view counts as unchanged
            between two hits further apart than `_NEAR` pictures.
        least: Least score of a hit that counts as found.
    """
    every = list(hits)
    # Most cameras have weak hits alone, and no moment.
    shown = {hit.row.camera for hit in every if hit.score >= least}
    best = sorted((hit for hit in every if hit.row.camera in shown), key=best_first)
    found = [
        merger.moment(kept, runs, still=still)
        for merger, taken in _by_camera(best, recorded, looks, least)
        for kept, runs, still in merger.found(taken)
    ]
    return ordered(found, Sort.SCORE)


def count(
    hits: Iterable[VectorHit],
    recorded: Mapping[CameraId, Sequence[Stretch]],
    looks: Mapping[CameraId, Looks] | None = None,
) -> int:
    """Return the number of moments that `merge` makes of hits, whatever their scores.

    Most of some thousand hits lie alone: those of a camera are merged only where two are near.
    """
    total = 0
    for merger, taken in _by_camera(hits, recorded, looks, -1.0):
        alone = merger.alone(taken)
        if alone is None:
            taken.sort(key=best_first)
            alone = sum(1 for _ in merger.found(taken))
        total += alone
    return total


def _by_camera(
    hits: Iterable[VectorHit],
    recorded: Mapping[CameraId, Sequence[Stretch]],
    looks: Mapping[CameraId, Looks] | None,
    least: float,
) -> Iterator[tuple[_Merger, list[VectorHit]]]:
    """Yield a merger for each camera, and the camera's hits in the order given."""
    mine: dict[CameraId, list[VectorHit]] = defaultdict(list)
    for hit in hits:
        mine[hit.row.camera].append(hit)
    for camera, taken in mine.items():
        of_camera = (looks or {}).get(camera, _UNKNOWN)
        yield _Merger(camera, recorded.get(camera, ()), of_camera, least), taken


@dataclass(slots=True)
class _Merger:
    """Merges the hits of a camera."""

    camera: CameraId
    recorded: Sequence[Stretch]
    looks: Looks
    least: float

    def found(self, hits: Sequence[VectorHit]) -> Iterator[_Found]:
        """Yield what becomes a moment each: looks, the runs of them, and whether they are still."""
        every = self._looks(hits)
        if len(every) == 1:
            if every[0].hits:
                yield every, [(0, 0)], False
            return
        still = self._group(every)
        kept = [look for look in every if look.hits or look.group in still]
        for look in kept:
            if look.group not in still or (look.hits and look.box != WHOLE):
                look.group = -1
        movers = self._movers(kept)
        for first, last in movers:
            yield kept, [(first, last)], self._stood_long(kept, first, last)
        if still:  # else each look is in a moment of a mover
            yield from self._views(kept, movers)

    def alone(self, hits: Sequence[VectorHit]) -> int | None:
        """Return the number of moments where no two hits can share one; None where two may.

        Without known looks a moment, and a lasting view too, reaches no further than from a hit to
        the next near hit.
        """
        if self.looks.read:
            return None
        near, recorded = _NEAR * self.looks.every.us, self.recorded
        found = 0
        last = -near - 1
        for at in sorted({hit.row.instant.us for hit in hits}):
            place = bisect_right(recorded, (at, _LATEST)) - 1
            if place < 0 or at >= recorded[place][1]:
                continue
            if at - last <= near and found:
                return None
            last = at
            found += 1
        return found

    def _views(self, kept: Sequence[_Look], movers: Sequence[tuple[int, int]]) -> Iterator[_Found]:
        views: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for first, last in self._between(kept, movers):
            views[kept[first].group].append((first, last))
        for runs in views.values():
            if any(look.hits for first, last in runs for look in kept[first : last + 1]):
                yield kept, runs, True

    def _movers(self, kept: Sequence[_Look]) -> list[tuple[int, int]]:
        """Return first and last look of each mover's moment, in order."""
        movers: list[tuple[int, int]] = []
        for first, last in self._clusters(kept):
            movers += _cut(kept, first, last, [self._stood(kept, n) for n in range(first, last)])
        movers.sort()
        return movers

    def _stood_long(self, kept: Sequence[_Look], first: int, last: int) -> bool:
        """Return whether nothing changed for longer than `LONGEST` between two looks."""
        return sum(self._stood(kept, n) for n in range(first, last)) > LONGEST.us

    def _looks(self, hits: Sequence[VectorHit]) -> list[_Look]:
        """Return the instants of the hits in recorded time, in order."""
        found: dict[int, _Look] = {}
        for hit in hits:
            at = hit.row.instant.us
            place = bisect_right(self.recorded, (at, _LATEST)) - 1
            if place < 0 or at >= self.recorded[place][1]:
                continue
            look = found.get(at)
            if look is None:
                found[at] = look = _Look(at, place)
            if hit.score >= self.least:
                look.hits.append(hit)
            if hit.row.box == WHOLE and look.view is None:
                look.view = hit.score
        return [found[at] for at in sorted(found)]

    def _group(self, every: Sequence[_Look]) -> set[int]:
        """Number the lasting views; return those that last longer than `LONGEST`.

        Only the view as found tells which views are alike: movers score by their own boxes.
        """
        if not every or every[-1].at - every[0].at <= LONGEST.us:
            return set()
        found = sorted(
            look.view for look in every if look.view is not None and look.view >= self.least
        )
        if not found:
            return set()
        usual = found[len(found) // 2]
        views = [
            look
            for look in every
            if look.view is not None and abs(look.view - usual) <= _ALIKE * abs(usual)
        ]
        spans: dict[int, tuple[int, int]] = {}
        whole: set[int] = set()
        group = 0
        for number, look in enumerate(views):
            before = views[max(number - 1, 0)]
            if not (self._near(before, look) or self.looks.unseen_between(before.at, look.at)):
                group += 1
            look.group = group
            spans[group] = (spans.get(group, (look.at, 0))[0], look.at)
            if look.hits and look.box == WHOLE:
                whole.add(group)
        return {g for g in whole if spans[g][1] - spans[g][0] > LONGEST.us}

    def _near(self, before: _Look, after: _Look) -> bool:
        near = after.at - before.at <= _NEAR * self.looks.every.us
        return near and before.stretch == after.stretch

    def _stood(self, kept: Sequence[_Look], number: int) -> int:
        """Return the time from look `number` to the next if nothing changed meanwhile, else 0."""
        before, after = kept[number], kept[number + 1]
        unchanged = (
            before.stretch == after.stretch
            and self.looks.unchanged(before.at, after.at)
            and bool(before.hits and after.hits)
            and _same_place(before.box, after.box)
        )
        return after.at - before.at if unchanged else 0

    def _clusters(self, kept: Sequence[_Look]) -> Iterator[tuple[int, int]]:
        """Yield first and last look of each run of movers; views between near movers belong."""
        run: tuple[int, int] | None = None
        for number, look in enumerate(kept):
            if look.group >= 0:
                continue
            if run and (
                self._near(kept[run[1]], look)
                or (run[1] == number - 1 and self._stood(kept, run[1]))
            ):
                run = (run[0], number)
                continue
            if run:
                yield run
            run = (number, number)
        if run:
            yield run

    def _between(
        self, kept: Sequence[_Look], movers: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[int, int]]:
        """Yield first and last look of each unbroken part of a view, apart from the movers."""
        edges = [-1, *(n for run in movers for n in run), len(kept)]
        for end, start in zip(edges[::2], edges[1::2], strict=True):
            first = end + 1
            for number in range(first, start):
                after = number + 1
                if (
                    after == start
                    or kept[after].group != kept[number].group
                    or kept[after].stretch != kept[number].stretch
                ):
                    yield first, number
                    first = after

    def moment(
        self, kept: Sequence[_Look], runs: Sequence[tuple[int, int]], *, still: bool
    ) -> Moment:
        """Return the moment of the looks in `runs`."""
        hits = [hit for first, last in runs for look in kept[first : last + 1] for hit in look.hits]
        if len(hits) > 1:
            hits.sort(key=best_first)
        best = hits[0]
        for hit in hits[1:]:
            best = hit if _better_seen(best, hit) else best
        parts = [self._interval(kept, first, last) for first, last in runs]
        interval = next(part for part in parts if best.row.instant in part)
        also = tuple(part for part in parts if part != interval)
        return Moment(self.camera, interval, best, len(hits), also, still)

    def _interval(self, kept: Sequence[_Look], first: int, last: int) -> Interval:
        """Return the time of looks: the last stands until the next picture is due, or is found."""
        end = min(kept[last].at + self.looks.every.us, self.recorded[kept[last].stretch][1])
        if last + 1 < len(kept):
            end = min(end, kept[last + 1].at)
        return Interval(Instant(kept[first].at), Instant(end))


def _cut(
    kept: Sequence[_Look], first: int, last: int, stood: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Cut a run of movers into runs of at most `LONGEST`, each around the best that is left."""
    if first == last:
        if kept[first].hits:
            yield first, last
        return
    taken: set[int] = set()
    found = (number for number in range(first, last + 1) if kept[number].hits)
    for best in sorted(found, key=lambda number: best_first(kept[number].hits[0])):
        if best in taken:
            continue
        start = end = best
        moved = 0
        while True:
            before = after = None
            if start > first and start - 1 not in taken:
                before = _moved(kept, start - 1, stood, first)
            if end < last and end + 1 not in taken:
                after = _moved(kept, end, stood, first)
            step = min((gap for gap in (before, after) if gap is not None), default=None)
            if step is None or moved + step > LONGEST.us:
                break
            moved += step
            if step == before:
                start -= 1
            else:
                end += 1
        taken.update(range(start, end + 1))
        yield start, end


def _moved(kept: Sequence[_Look], number: int, stood: Sequence[int], first: int) -> int:
    """Return the time from look `number` to the next in which something may have moved."""
    return kept[number + 1].at - kept[number].at - stood[number - first]


def _same_place(one: Box, other: Box) -> bool:
    """Return whether two boxes are about the same rectangle."""
    width = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    height = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    shared = max(width, 0.0) * max(height, 0.0)
    return shared >= _SAME_BOX * (one.w * one.h + other.w * other.h - shared)


def _better_seen(best: VectorHit, other: VectorHit) -> bool:
    """Return whether `other`, of a lower score, shows a whole mover where `best` may be cut off."""
    near = other.score >= best.score - abs(best.score) * _NEARLY
    return near and _cut_off(best.row.box) and not _cut_off(other.row.box)


def _cut_off(box: Box) -> bool:
    """Return whether the picture's edge may cut off a part of the mover in `box`."""
    right, bottom = box.x + box.w, box.y + box.h
    return min(box.x, box.y) <= _EDGE or max(right, bottom) >= 1 - _EDGE
