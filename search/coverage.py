"""Coverage of an answer: time asked, recorded, indexed, searched; why the rest not (invariant 6).

Each camera's asked time is cut into parts that neither overlap nor leave anything out, so the sums
hold to the microsecond: asked = searched + missing.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from footage.instant import ZERO, Elapsed, Instant, Interval, union
from footage.span import timeline

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from footage.ids import CameraId, SegmentKey
    from footage.segment import Segment
    from footage.span import Gap

Thing = TypeVar("Thing", "Segment", "Gap")

_DAY: Final = Elapsed.parse("1d")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")


class NotSearched(StrEnum):
    """Reason for which recorded or future time was not searched.

    The reasons of gaps (`footage.span.GapReason`) explain time without a recording.
    """

    FUTURE = "future"
    NOT_INDEXED = "not_indexed"
    KEYFRAMES_UNREADABLE = "keyframes_unreadable"
    SHARD_UNREADABLE = "shard_unreadable"


_DETAILS: Final = {
    NotSearched.FUTURE: "not yet recorded",
    NotSearched.NOT_INDEXED: "not indexed yet",
    NotSearched.KEYFRAMES_UNREADABLE: "keyframes cannot be decoded",
    NotSearched.SHARD_UNREADABLE: "shard unreadable",
}


@dataclass(frozen=True, slots=True)
class Missing:
    """Asked time that was not searched.

    Attributes:
        reason: A value of `footage.span.GapReason` or `NotSearched`.
        detail: Text for people, e.g. "policy 'streets': keep 30d".
    """

    camera: CameraId
    interval: Interval
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Time summed over cameras; each of asked, recorded, indexed and searched contains the next."""

    asked: Elapsed = ZERO
    recorded: Elapsed = ZERO
    indexed: Elapsed = ZERO
    searched: Elapsed = ZERO
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Answers of the catalogue and the vector index about the asked interval.

    Attributes:
        indexed: Segments the encoder has looked at.
        unreadable: Segments of which the encoder could not read every keyframe.
        shards: Names of the vector shards that could not be read; each holds one UTC day.
    """

    segments: Sequence[Segment]
    gaps: Sequence[Gap]
    indexed: Collection[SegmentKey]
    unreadable: Collection[SegmentKey]
    shards: Sequence[str]


def coverage(
    cameras: Iterable[CameraId], interval: Interval, facts: Facts, now: Instant
) -> Coverage:
    """Return the coverage of a question about `cameras` in `interval`, asked at `now`."""
    segments = _by_camera(facts.segments)
    gaps = _by_camera(facts.gaps)
    unreadable_parts = unreadable_days(facts.shards, interval)
    asked = recorded = indexed = searched = ZERO
    missing: list[Missing] = []
    for camera in sorted(cameras):
        mine = segments.get(camera, [])
        past, future = _split(interval, max([now, *(s.interval.end for s in mine)]))
        holes = [_missing(camera, part, NotSearched.FUTURE) for part in future]
        stored: list[Interval] = []
        for window in past:
            tiled = timeline(camera, window, mine, gaps.get(camera, []))
            stored += [span.interval for span in tiled.spans]
            holes += [Missing(camera, g.interval, g.reason.value, g.detail) for g in tiled.gaps]
        not_indexed_parts, left = _taken(stored, _unindexed(mine, facts.indexed))
        undecodable, readable = _taken(left, _of(mine, facts.unreadable))
        in_bad_shards, seen = _taken(readable, unreadable_parts)
        holes += [_missing(camera, part, NotSearched.NOT_INDEXED) for part in not_indexed_parts]
        holes += [_missing(camera, part, NotSearched.KEYFRAMES_UNREADABLE) for part in undecodable]
        holes += [_missing(camera, part, NotSearched.SHARD_UNREADABLE) for part in in_bad_shards]
        missing += sorted(holes, key=lambda hole: hole.interval)
        asked += interval.length
        recorded += _length(stored)
        indexed += _length(left)
        searched += _length(seen)
    return Coverage(asked, recorded, indexed, searched, tuple(missing))


def unreadable_days(shards: Iterable[str], interval: Interval) -> list[Interval]:
    """Return the parts of `interval` that unreadable shards held.

    A shard whose name has no day held all of `interval`.
    """
    parts: list[Interval | None] = []
    for shard in shards:
        named = _DATE.search(shard)
        if named is None:
            return [interval]
        start = Instant.parse(f"{named[0]}T00:00:00Z")
        parts.append(Interval(start, start + _DAY).clip(interval))
    return union(part for part in parts if part)


def _by_camera(things: Iterable[Thing]) -> Mapping[CameraId, list[Thing]]:
    found: dict[CameraId, list[Thing]] = {}
    for thing in things:
        found.setdefault(thing.camera, []).append(thing)
    return found


def _split(interval: Interval, edge: Instant) -> tuple[list[Interval], list[Interval]]:
    """Return the part of `interval` before `edge`, and the part from `edge` on."""
    if edge >= interval.end:
        return [interval], []
    if edge <= interval.start:
        return [], [interval]
    return [Interval(interval.start, edge)], [Interval(edge, interval.end)]


def _unindexed(segments: Iterable[Segment], indexed: Collection[SegmentKey]) -> list[Interval]:
    """Return stored time that no indexed segment covers."""
    seen = [s.interval for s in segments if s.key in indexed]
    return _taken([s.interval for s in segments if s.key not in indexed], seen)[1]


def _of(segments: Iterable[Segment], keys: Collection[SegmentKey]) -> list[Interval]:
    return [segment.interval for segment in segments if segment.key in keys]


def _taken(
    parts: Iterable[Interval], holes: Sequence[Interval]
) -> tuple[list[Interval], list[Interval]]:
    """Cut `parts` into intervals inside `holes` and intervals outside; return both."""
    inside: list[Interval] = []
    outside: list[Interval] = []
    merged = union(holes)
    starts, ends = [hole.start for hole in merged], [hole.end for hole in merged]
    for part in parts:
        # Only the holes that touch the part: a day of a camera may have a thousand holes.
        near = merged[bisect_right(ends, part.start) : bisect_left(starts, part.end)]
        inside += [cut for hole in near if (cut := hole.clip(part))]
        outside += part.less(near)
    return inside, outside


def _missing(camera: CameraId, interval: Interval, reason: NotSearched) -> Missing:
    return Missing(camera, interval, reason.value, _DETAILS[reason])


def _length(parts: Iterable[Interval]) -> Elapsed:
    return sum((part.length for part in parts), ZERO)
