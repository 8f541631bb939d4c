"""Coverage of an answer: time asked, recorded, indexed, searched; why the rest not (invariant 6).

Each camera's asked time is cut into parts that neither overlap nor leave anything out, so the sums
hold to the microsecond: asked = searched + missing.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from footage.instant import DAY, ZERO, Elapsed, Instant, Interval, union
from footage.span import Span, tile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from footage.day import DaySummary
    from footage.encoder import EncoderIdentity
    from footage.ids import CameraId
    from footage.span import Gap

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")


class NotSearched(StrEnum):
    """Reason for which recorded or future time was not searched.

    The reasons of gaps (`footage.span.GapReason`) explain time without a recording.
    """

    FUTURE = "future"
    NOT_INDEXED = "not_indexed"
    KEYFRAMES_UNREADABLE = "keyframes_unreadable"
    SHARD_UNREADABLE = "shard_unreadable"
    INDEX_MISSING = "index_missing"


_DETAILS: Final = {
    NotSearched.FUTURE: "not yet recorded",
    NotSearched.NOT_INDEXED: "not indexed yet",
    NotSearched.KEYFRAMES_UNREADABLE: "keyframes cannot be decoded",
    NotSearched.SHARD_UNREADABLE: "index damaged: shard unreadable",
    NotSearched.INDEX_MISSING: "index missing: it holds no vectors of this camera and day",
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
class Looked:
    """Recorded time at which an encoder looked, by camera, as index marks tell at some moment.

    Attributes:
        seen: Time of segments the encoder has looked at.
        unreadable: Time of segments of which the encoder could not read every keyframe.
    """

    seen: Mapping[CameraId, Sequence[Interval]] = field(default_factory=dict)
    unreadable: Mapping[CameraId, Sequence[Interval]] = field(default_factory=dict)

    @classmethod
    def told(cls, days: Iterable[DaySummary], encoder: EncoderIdentity) -> Looked:
        """Take from `days` the time at which `encoder` looked."""
        seen: dict[CameraId, list[Interval]] = {}
        unreadable: dict[CameraId, list[Interval]] = {}
        for day in days:
            seen.setdefault(day.camera, []).extend(day.looked.get(encoder.digest, ()))
            if parts := day.looked.get(encoder.unreadable_mark):
                unreadable.setdefault(day.camera, []).extend(parts)
        return cls(seen, unreadable)


@dataclass(frozen=True, slots=True)
class Facts:
    """Answers of the catalogue and the vector index about the asked interval.

    Attributes:
        days: Summaries of the days, read after the scan of the vectors.
        before: Looked-at time, read before the scan.
        after: Looked-at time by `days`. Only time that counts in both was there during the scan: of
            other time the segment was indexed, purged or unmarked meanwhile.
        shards: Names of the vector shards that could not be read; each holds one UTC day.
        lost: By camera, UTC days whose vectors must be in the index, and are not; in order.
    """

    days: Sequence[DaySummary]
    gaps: Sequence[Gap]
    before: Looked
    after: Looked
    shards: Sequence[str]
    lost: Mapping[CameraId, Sequence[Interval]] = field(default_factory=dict)


def coverage(
    cameras: Iterable[CameraId], interval: Interval, facts: Facts, now: Instant
) -> Coverage:
    """Return the coverage of a question about `cameras` in `interval`, asked at `now`.

    Time between segments that counts as recorded counts as looked at when the time on both sides
    does.
    """
    recorded = _recorded(facts.days, interval)
    gaps: dict[CameraId, list[Gap]] = {}
    for gap in facts.gaps:
        gaps.setdefault(gap.camera, []).append(gap)
    unreadable_parts = unreadable_days(facts.shards, interval)
    asked_us = recorded_us = indexed_us = searched_us = 0
    missing: list[Missing] = []
    for camera in sorted(cameras):
        mine = recorded.get(camera, [])
        edge = max([now, *(span.interval.end for span in mine)], key=lambda end: end.us)
        past, future = _split(interval, edge)
        holes = [_missing(camera, part, NotSearched.FUTURE) for part in future]
        stored: list[Interval] = []
        for window in past:
            tiled = tile(camera, window, mine, gaps.get(camera, ()))
            stored += [span.interval for span in tiled.spans]
            holes += [Missing(camera, g.interval, g.reason.value, g.detail) for g in tiled.gaps]
        bridges = _bridges(stored, mine)
        left, not_indexed = _taken(stored, _seen(camera, facts, bridges))
        undecodable, readable = _taken(left, _unreadable(camera, facts, bridges))
        in_bad_shards, opened = _taken(readable, unreadable_parts)
        lost, seen = _taken(opened, facts.lost.get(camera, ()))
        holes += [_missing(camera, part, NotSearched.NOT_INDEXED) for part in not_indexed]
        holes += [_missing(camera, part, NotSearched.KEYFRAMES_UNREADABLE) for part in undecodable]
        holes += [_missing(camera, part, NotSearched.SHARD_UNREADABLE) for part in in_bad_shards]
        holes += [_missing(camera, part, NotSearched.INDEX_MISSING) for part in lost]
        missing += sorted(holes, key=lambda hole: hole.interval.start.us)
        asked_us += interval.length.us
        recorded_us += _length_us(stored)
        indexed_us += _length_us(left)
        searched_us += _length_us(seen)
    return Coverage(
        Elapsed(asked_us),
        Elapsed(recorded_us),
        Elapsed(indexed_us),
        Elapsed(searched_us),
        tuple(missing),
    )


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
        parts.append(Interval(start, start + DAY).clip(interval))
    return union(part for part in parts if part)


def _recorded(days: Iterable[DaySummary], interval: Interval) -> Mapping[CameraId, list[Span]]:
    found: dict[CameraId, list[Span]] = {}
    for day in days:
        found.setdefault(day.camera, []).extend(
            Span(day.camera, span.interval, span.segments, span.run)
            for span in day.spans
            if span.interval.overlaps(interval)
        )
    return found


def _split(interval: Interval, edge: Instant) -> tuple[list[Interval], list[Interval]]:
    """Return the part of `interval` before `edge`, and the part from `edge` on."""
    if edge >= interval.end:
        return [interval], []
    if edge <= interval.start:
        return [], [interval]
    return [Interval(interval.start, edge)], [Interval(edge, interval.end)]


def _bridges(stored: Sequence[Interval], mine: Sequence[Span]) -> list[Interval]:
    """Return stored time that lies between the stretches of a camera, not in any: midnight."""
    if len(stored) >= len(mine):
        return []
    return _taken(stored, union(span.interval for span in mine))[1]


def _seen(camera: CameraId, facts: Facts, bridges: Sequence[Interval]) -> list[Interval]:
    """Return the looked-at time of the camera, before and after the scan alike."""
    before, after = facts.before.seen.get(camera, ()), facts.after.seen.get(camera, ())
    alike = union(before)
    if before != after:
        alike = _taken(alike, union(after))[0]
    return _bridged(alike, bridges)


def _unreadable(camera: CameraId, facts: Facts, bridges: Sequence[Interval]) -> list[Interval]:
    """Return the time of segments with unreadable keyframes, before or after the scan."""
    before = facts.before.unreadable.get(camera, ())
    after = facts.after.unreadable.get(camera, ())
    return _bridged(union([*before, *after]), bridges)


def _bridged(parts: list[Interval], bridges: Sequence[Interval]) -> list[Interval]:
    """Add to `parts`, which are in order and apart, the bridges that two of the parts touch."""
    if not (parts and bridges):
        return parts
    starts, ends = {part.start for part in parts}, {part.end for part in parts}
    return union([*parts, *(b for b in bridges if b.start in ends and b.end in starts)])


def _taken(
    parts: Sequence[Interval], holes: Sequence[Interval]
) -> tuple[list[Interval], list[Interval]]:
    """Cut `parts` into intervals inside `holes` and intervals outside; return both.

    The holes are in order and apart. Both results are in the order of `parts`.
    """
    if not holes:
        return [], list(parts)
    inside: list[Interval] = []
    outside: list[Interval] = []
    starts, ends = [hole.start.us for hole in holes], [hole.end.us for hole in holes]
    for part in parts:
        # Only the holes that touch the part: a day of a camera may have a thousand holes.
        near = slice(bisect_right(ends, part.start.us), bisect_left(starts, part.end.us))
        at = part.start
        for hole in holes[near]:
            cut = hole.clip(part)
            if cut is None:
                continue
            inside.append(cut)
            if at.us < cut.start.us:
                outside.append(Interval(at, cut.start))
            at = cut.end
        if at is part.start:
            outside.append(part)
        elif at.us < part.end.us:
            outside.append(Interval(at, part.end))
    return inside, outside


def _missing(camera: CameraId, interval: Interval, reason: NotSearched) -> Missing:
    return Missing(camera, interval, reason.value, _DETAILS[reason])


def _length_us(parts: Iterable[Interval]) -> int:
    return sum(part.end.us - part.start.us for part in parts)
