"""Coverage of an answer: time asked, recorded, indexed, searched; why the rest not (invariant 6).

Each camera's asked time is cut into parts that neither overlap nor leave anything out, so the sums
hold to the microsecond: asked = searched + missing. Time is cut as numbers (`stretches`); only what
is missing, which people read, becomes objects.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from footage.instant import DAY, ZERO, Elapsed, Instant, Interval, union
from footage.looking import LOOK_EVERY, farthest, looked_every, near
from footage.span import Gap, GapReason, explain
from footage.unscheduled import by_recorder, unscheduled
from search import stretches

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from footage.day import DayTimes
    from footage.encoder import EncoderIdentity
    from footage.ids import CameraId
    from footage.stays import Windows
    from search.stretches import Recorded, Stretch

_CAMERAS_KEPT: Final = 4_000
"""Cameras whose coverage is kept for the next question: four questions about a whole city."""
_MOST_KEPT: Final = 200
"""Most stretches and gaps of a camera whose coverage is kept, which bounds memory: some 100 MB if
every camera has so many; a day of a camera has one or two."""
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
    NOT_LOOKED_AT = "not_looked_at"


_DETAILS: Final = {
    NotSearched.FUTURE: "not yet recorded",
    NotSearched.NOT_INDEXED: "not indexed yet",
    NotSearched.KEYFRAMES_UNREADABLE: "keyframes cannot be decoded",
    NotSearched.SHARD_UNREADABLE: "index damaged: shard unreadable",
    NotSearched.NOT_LOOKED_AT: "no picture close by was looked at",
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

    @property
    def unexplained(self) -> bool:
        """Whether there is time that nobody explains."""
        return any(part.reason == GapReason.UNKNOWN.value for part in self.missing)

    def scheduled(
        self,
        days: Iterable[DayTimes],
        since: Callable[[Collection[CameraId]], Mapping[CameraId, Instant]],
    ) -> Coverage:
        """Return the coverage with time before a camera's recording as not scheduled.

        Args:
            days: Times of days; of a camera that a recorder recorded before all its unexplained
                time nothing more is asked.
            since: Tells the begin of cameras' recordings, as the catalogue's `recorded_since`.
        """
        first = _first_unexplained(self.missing)
        early = {
            camera
            for camera, _, spans, _ in days
            if camera in first
            and any(start <= first[camera] and by_recorder(run) for start, _, run in spans)
        }
        late = first.keys() - early
        begins = since(late) if late else {}
        told: list[Missing] = []
        for part in self.missing:
            if part.reason != GapReason.UNKNOWN.value or part.camera in early:
                told.append(part)
                continue
            gap = Gap(part.camera, part.interval, GapReason.UNKNOWN, part.detail)
            told += [
                Missing(each.camera, each.interval, each.reason.value, each.detail)
                for each in unscheduled([gap], begins)
            ]
        return replace(self, missing=tuple(told))


@dataclass(frozen=True, slots=True)
class Looked:
    """Recorded time at which an encoder looked, by camera, as index marks tell at some moment.

    Attributes:
        seen: Time of segments the encoder has looked at.
        unreadable: Time of segments of which the encoder could not read every keyframe.
        apart: Time of segments with time far from any looked-at picture.
        within: As the pictures were chosen, most time between two; more in `apart`.
    """

    seen: Mapping[CameraId, Sequence[Stretch]] = field(default_factory=dict)
    unreadable: Mapping[CameraId, Sequence[Stretch]] = field(default_factory=dict)
    apart: Mapping[CameraId, Sequence[Stretch]] = field(default_factory=dict)
    within: Elapsed = LOOK_EVERY

    @classmethod
    def told(cls, days: Iterable[DayTimes], encoder: EncoderIdentity) -> Looked:
        """Take from `days` the time at which `encoder` looked."""
        seen: dict[CameraId, tuple[Stretch, ...]] = {}
        unreadable: dict[CameraId, tuple[Stretch, ...]] = {}
        apart: dict[CameraId, tuple[Stretch, ...]] = {}
        marks: set[str] = set()
        digest, mark, apart_mark = encoder.digest, encoder.unreadable_mark, encoder.apart_mark
        for camera, _, _, looked in days:
            if parts := looked.get(digest):
                seen[camera] = (*seen[camera], *parts) if camera in seen else parts
                if len(looked) == 1:
                    continue  # as most: no other mark, and `digest` is entered below
            if parts := looked.get(mark):
                unreadable[camera] = (*unreadable.get(camera, ()), *parts)
            if parts := looked.get(apart_mark):
                apart[camera] = (*apart.get(camera, ()), *parts)
            marks |= looked.keys()
        if seen:
            marks.add(digest)
        return cls(seen, unreadable, apart, looked_every(marks, digest))


@dataclass(frozen=True, slots=True)
class Facts:
    """Answers of the catalogue and the vector index about the asked interval.

    Attributes:
        days: Times of the days, read after the scan of the vectors.
        before: Looked-at time, read before the scan.
        after: Looked-at time by `days`. Only time that counts in both was there during the scan: of
            other time the segment was indexed, purged or unmarked meanwhile.
        shards: Names of the vector shards that could not be read; each holds one UTC day.
        lost: By camera, UTC days whose vectors must be in the index, and are not; in order.
        far: By camera, looked-at time that lies far from any looked-at picture; in order.
    """

    days: Sequence[DayTimes]
    gaps: Sequence[Gap]
    before: Looked
    after: Looked
    shards: Sequence[str]
    lost: Mapping[CameraId, Sequence[Interval]] = field(default_factory=dict)
    far: Mapping[CameraId, Sequence[Stretch]] = field(default_factory=dict)

    @property
    def within(self) -> Elapsed:
        """Most time from what is called searched to a picture that was looked at."""
        return farthest(max(self.before.within, self.after.within))


def coverage(windows: Windows, facts: Facts, now: Instant) -> Coverage:
    """Return the coverage of a question, asked at `now`.

    Time between segments that counts as recorded counts as looked at when the time on both sides
    does.

    Args:
        windows: The time asked about, by camera: in order and apart, never empty.
        facts: What catalogue and vector index told of all that time.
        now: The present instant.
    """
    if not windows:
        return Coverage()
    whole = Interval(
        min(parts[0].start for parts in windows.values()),
        max(parts[-1].end for parts in windows.values()),
    )
    recorded = _recorded(facts.days, (whole.start.us, whole.end.us))
    gaps: dict[CameraId, list[Gap]] = {}
    for gap in facts.gaps:
        gaps.setdefault(gap.camera, []).append(gap)
    closed = tuple(stretches.of(unreadable_days(facts.shards, whole)))
    parts_of: dict[tuple[Interval, ...], tuple[Stretch, ...]] = {}  # most cameras share theirs
    asked_us = recorded_us = indexed_us = searched_us = 0
    missing: list[Missing] = []
    before, after = facts.before, facts.after
    for camera in sorted(windows):
        asked = windows[camera]
        parts = parts_of.setdefault(asked, tuple(stretches.of(asked)))
        mine = tuple(recorded.get(camera, ()))
        end = parts[-1][1]
        last = max([parts[0][0], *(min(stop, end) for _, stop, _ in mine)])
        edge = min(max(now.us, last), end)
        # What is cut and kept ends where nothing is recorded any more, unless the time is over:
        # what comes behind changes with each microsecond of `now`, and takes no cutting.
        settled = end if edge == end else last
        told_gaps = gaps.get(camera, ())
        told = _Told(
            camera,
            parts if settled == end else stretches.before(parts, settled),
            mine,
            tuple(gap for gap in told_gaps if gap.interval.start.us < settled),
            (tuple(before.seen.get(camera, ())), tuple(after.seen.get(camera, ()))),
            (*before.unreadable.get(camera, ()), *after.unreadable.get(camera, ())),
            closed,
            tuple(stretches.of(facts.lost.get(camera, ()))),
            tuple(facts.far.get(camera, ())),
        )
        found = _of_camera(told) if told.parts > _MOST_KEPT else _kept_of_camera(told)
        if settled < end:
            found = found.followed_by(_behind(camera, parts, (settled, edge), told_gaps))
        asked_us += stretches.length(parts)
        recorded_us += found.recorded
        indexed_us += found.indexed
        searched_us += found.searched
        missing += found.missing
    return Coverage(
        Elapsed(asked_us),
        Elapsed(recorded_us),
        Elapsed(indexed_us),
        Elapsed(searched_us),
        tuple(missing),
    )


class _Told(NamedTuple):
    """All that a camera's coverage is made of: times in microseconds since the epoch.

    Attributes:
        windows: The time asked about, as far as it is over, in order and apart; none where nothing
            of it is recorded.
        recorded: Recorded stretches from the first window to the last.
        gaps: Gaps of the camera.
        seen: Looked-at time, before and after the scan.
        unreadable: Time of segments with unreadable keyframes, before or after the scan.
        closed: Time whose vectors lie in shards that cannot be read.
        lost: Time whose vectors must be in the index, and are not.
        far: Looked-at time that lies far from any looked-at picture.
    """

    camera: CameraId
    windows: tuple[Stretch, ...]
    recorded: tuple[Recorded, ...]
    gaps: tuple[Gap, ...]
    seen: tuple[tuple[Stretch, ...], tuple[Stretch, ...]]
    unreadable: tuple[Stretch, ...]
    closed: tuple[Stretch, ...]
    lost: tuple[Stretch, ...]
    far: tuple[Stretch, ...]

    @property
    def parts(self) -> int:
        """Number of stretches and gaps; time after the scan is mostly that of before."""
        listed = (
            self.windows,
            self.recorded,
            self.gaps,
            self.seen[0],
            self.unreadable,
            self.closed,
            self.lost,
            self.far,
        )
        return sum(map(len, listed))


class _OfCamera(NamedTuple):
    """Coverage of a camera: microseconds, and what is missing, by time."""

    recorded: int
    indexed: int
    searched: int
    missing: tuple[Missing, ...]

    def followed_by(self, missing: Sequence[Missing]) -> _OfCamera:
        """Return the coverage with what is missing behind."""
        return self._replace(missing=(*self.missing, *missing))


def _of_camera(told: _Told) -> _OfCamera:
    camera, gaps = told.camera, told.gaps
    stored: list[Stretch] = []
    unstored: list[Stretch] = []
    for part, touching in stretches.by_window(told.windows, told.recorded):
        spans = stretches.stored(part, touching)
        unstored += stretches.holes(part, spans)
        stored += spans
    holes = _gaps(camera, unstored, gaps)
    one = len(told.windows) <= 1
    bridges = [] if one and len(stored) >= len(told.recorded) else _bridges(stored, told.recorded)
    left, not_indexed = stretches.taken(stored, _seen(told.seen, bridges))
    unreadable = _bridged(stretches.union(told.unreadable), bridges)
    undecodable, readable = stretches.taken(left, unreadable)
    in_bad_shards, opened = stretches.taken(readable, told.closed)
    lost, held = stretches.taken(opened, told.lost)
    far, seen = stretches.taken(held, told.far)
    holes += [_missing(camera, part, NotSearched.NOT_LOOKED_AT) for part in far]
    holes += [_missing(camera, part, NotSearched.NOT_INDEXED) for part in not_indexed]
    holes += [_missing(camera, part, NotSearched.KEYFRAMES_UNREADABLE) for part in undecodable]
    holes += [_missing(camera, part, NotSearched.SHARD_UNREADABLE) for part in in_bad_shards]
    holes += [_missing(camera, part, NotSearched.INDEX_MISSING) for part in lost]
    holes.sort(key=_begin)
    return _OfCamera(
        stretches.length(stored), stretches.length(left), stretches.length(seen), tuple(holes)
    )


_kept_of_camera = lru_cache(_CAMERAS_KEPT)(_of_camera)
"""What is kept cannot be stale: the same times have the same coverage."""


def far_from_pictures(
    looked: Looked, pictures: Callable[[CameraId, Interval], Iterable[Instant]], asked: Interval
) -> dict[CameraId, list[Stretch]]:
    """Return, by camera, the time that no looked-at picture lies close to.

    Args:
        looked: Only time of `looked.apart` is gone into: other segments have pictures all over.
        pictures: Reads the instants of a camera's pictures that were looked at.
        asked: The interval asked about.
    """
    found: dict[CameraId, list[Stretch]] = {}
    for camera, parts in looked.apart.items():
        for part in stretches.union(parts):
            whole = stretches.interval(part)
            if whole.overlaps(asked):
                close = near(pictures(camera, whole), whole, looked.within)
                far = stretches.of(whole.less(close))
                found.setdefault(camera, []).extend(far)
    return found


def recorded_time(
    days: Iterable[DayTimes], windows: Mapping[CameraId, Sequence[Interval]]
) -> dict[CameraId, list[Stretch]]:
    """Return the recorded time in the windows of each camera, in order, apart, as `coverage` does.

    Args:
        days: Times of the days.
        windows: Time asked about, by camera: in order and apart.
    """
    spans: dict[CameraId, list[Recorded]] = {}
    for camera, _, found, _ in days:
        if camera in windows:
            spans.setdefault(camera, []).extend(found)
    return {
        camera: [
            part
            for window, touching in stretches.by_window(stretches.of(windows[camera]), mine)
            for part in stretches.union(stretches.stored(window, touching))
        ]
        for camera, mine in spans.items()
    }


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


def _first_unexplained(missing: Iterable[Missing]) -> dict[CameraId, int]:
    """Return the start of each camera's first time that nobody explains."""
    found: dict[CameraId, int] = {}
    for part in missing:
        if part.reason == GapReason.UNKNOWN.value:
            start = part.interval.start.us
            found[part.camera] = min(start, found.get(part.camera, start))
    return found


def _recorded(days: Iterable[DayTimes], window: Stretch) -> Mapping[CameraId, list[Recorded]]:
    since, until = window
    found: dict[CameraId, list[Recorded]] = {}
    for camera, _, spans, _ in days:
        found.setdefault(camera, []).extend(
            [span for span in spans if span[0] < until and since < span[1]]
        )
    return found


def _behind(
    camera: CameraId, parts: Sequence[Stretch], since: tuple[int, int], known: Sequence[Gap]
) -> list[Missing]:
    """Return what is missing behind all that is recorded, in order.

    Args:
        camera: The camera.
        parts: The time asked about, in order and apart.
        since: End of what is recorded, and end of the time that is over.
        known: Gaps of the camera.
    """
    recorded, edge = since
    near = [gap for gap in known if recorded < gap.interval.end.us]
    found = _gaps(camera, stretches.before(stretches.after(parts, recorded), edge), near)
    found += [_missing(camera, part, NotSearched.FUTURE) for part in stretches.after(parts, edge)]
    return found


def _gaps(camera: CameraId, holes: Sequence[Stretch], known: Sequence[Gap] | None) -> list[Missing]:
    """Return time without a recording, with the reasons that known gaps give."""
    parts = map(stretches.interval, holes)
    if not known:
        unknown = GapReason.UNKNOWN.value
        return [Missing(camera, part, unknown) for part in parts]
    told = explain(camera, list(parts), known)
    return [Missing(camera, gap.interval, gap.reason.value, gap.detail) for gap in told]


def _bridges(stored: Sequence[Stretch], mine: Sequence[Recorded]) -> list[Stretch]:
    """Return stored time that lies between the stretches of a camera, not in any: midnight."""
    recorded = stretches.union((start, end) for start, end, _ in mine)
    return stretches.taken(stored, recorded)[1]


def _seen(
    looked: tuple[Sequence[Stretch], Sequence[Stretch]], bridges: Sequence[Stretch]
) -> list[Stretch]:
    """Return the time looked at both before and after the scan."""
    before, after = looked
    alike = stretches.union(before)
    if before != after:
        alike = stretches.taken(alike, stretches.union(after))[0]
    return _bridged(alike, bridges)


def _bridged(parts: list[Stretch], bridges: Sequence[Stretch]) -> list[Stretch]:
    """Add to `parts`, which are in order and apart, the bridges that two of the parts touch."""
    if not (parts and bridges):
        return parts
    starts, ends = {start for start, _ in parts}, {end for _, end in parts}
    return stretches.union([*parts, *(b for b in bridges if b[0] in ends and b[1] in starts)])


def _missing(camera: CameraId, part: Stretch, reason: NotSearched) -> Missing:
    return Missing(camera, stretches.interval(part), reason.value, _DETAILS[reason])


def _begin(hole: Missing) -> int:
    return hole.interval.start.us
