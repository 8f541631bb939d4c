"""The catalogue in memory: for tests, trials and short-lived tools. Lost when the process ends."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING

from footage.day import DaySegment, DayTimes, day_of, days_of, summarise
from footage.errors import NotFound
from footage.played import Played
from footage.ports import EVERYWHERE, Scope
from footage.unscheduled import NOT_TELLING, by_recorder
from infra.catalogues import catalog_scope as rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from footage.day import DaySummary
    from footage.ids import CameraId, SegmentKey
    from footage.instant import Instant, Interval
    from footage.keyframe import Keyframe
    from footage.segment import Segment
    from footage.span import Gap

    _CameraDay = tuple[CameraId, Instant]


class MemoryCatalogue:
    """A `Catalogue` of dictionaries under a single lock; every read is a snapshot.

    Summaries of days are derived from the segments when asked for, and kept until the day changes.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._segments: dict[SegmentKey, Segment] = {}
        self._days: dict[_CameraDay, dict[SegmentKey, Segment]] = {}
        self._summaries: dict[_CameraDay, DaySummary] = {}
        self._gaps: dict[tuple[Instant, CameraId, str], Gap] = {}
        self._keyframes: dict[SegmentKey, dict[int, Keyframe]] = {}
        self._marks: dict[SegmentKey, set[str]] = {}

    def add_segments(self, segments: Iterable[Segment]) -> None:
        """Record stored segments; a segment whose key is known keeps its index marks."""
        with self._lock:
            for segment in segments:
                self._forget(segment.key)
                self._segments[segment.key] = segment
                self._days.setdefault(_camera_day(segment), {})[segment.key] = segment
                self._summaries.pop(_camera_day(segment), None)

    def segment(self, key: SegmentKey) -> Segment:
        """The segment of a key; raises NotFound."""
        with self._lock:
            try:
                return self._segments[key]
            except KeyError as exc:
                raise NotFound(f"no segment {key!r} in the catalogue") from exc

    def segments(
        self, scope: Scope = EVERYWHERE, interval: Interval | None = None
    ) -> Iterator[Segment]:
        """Segments in scope that overlap `interval`, by start and key."""
        with self._lock:
            found = [
                segment
                for segment in self._segments.values()
                if rules.overlaps(segment.interval, interval) and rules.in_scope(segment, scope)
            ]
        return iter(sorted(found, key=rules.segment_order))

    def played(self, camera: CameraId, interval: Interval) -> Iterator[Played]:
        """Yield what a player needs of the camera's segments that overlap `interval`, by start."""
        return map(Played.of, self.segments(Scope(cameras=frozenset([camera])), interval))

    def segments_of(self, keys: Collection[SegmentKey]) -> list[Segment]:
        """The segments of these keys that are recorded now."""
        with self._lock:
            return [self._segments[key] for key in sorted(set(keys)) if key in self._segments]

    def existing(self, keys: Collection[SegmentKey]) -> frozenset[SegmentKey]:
        """The keys of which a segment is recorded now."""
        with self._lock:
            return frozenset(key for key in keys if key in self._segments)

    def days(
        self, cameras: Collection[CameraId] | None, interval: Interval
    ) -> Iterator[DaySummary]:
        """Summaries of the days whose segments can overlap `interval`, by camera and day."""
        wanted, whole = None if cameras is None else frozenset(cameras), days_of(interval)
        with self._lock:
            found = [
                (camera, day)
                for camera, day in self._days
                if day in whole and (wanted is None or camera in wanted)
            ]
            return iter([self._summary(camera, day) for camera, day in sorted(found)])

    def day_times(
        self, cameras: Collection[CameraId] | None, interval: Interval
    ) -> Iterator[DayTimes]:
        """Times in the summaries of `days`, in the same order."""
        return map(DayTimes.of, self.days(cameras, interval))

    def recorded_since(self, cameras: Collection[CameraId]) -> Mapping[CameraId, Instant]:
        """The begin of each camera's recording."""
        since: dict[CameraId, Instant] = {}
        with self._lock:
            for camera in cameras:
                told = [s.interval.start for s in self._segments.values() if _told_of(camera, s)]
                told += [g.interval.start for g in self._gaps.values() if _tells(camera, g)]
                if told:
                    since[camera] = min(told)
        return since

    def day_segments(self, camera: CameraId, day: Instant) -> list[DaySegment]:
        """The facts of the camera's segments that start on `day`, by start, with marks."""
        with self._lock:
            mine = self._days.get((camera, day_of(day)), {}).values()
            return [
                DaySegment.of(segment, self._marks.get(segment.key, ()))
                for segment in sorted(mine, key=rules.segment_order)
            ]

    def resummarise(self, camera: CameraId, day: Instant) -> bool:
        """Derive a day's summary anew; return whether the summary kept was wrong."""
        with self._lock:
            kept = self._summaries.pop((camera, day_of(day)), None)
            return kept is not None and kept != self._summary(camera, day_of(day))

    def last_segment(self, camera: CameraId) -> Segment | None:
        """The camera's segment with the latest end."""
        with self._lock:
            own = [segment for segment in self._segments.values() if segment.camera == camera]
        return max(own, key=lambda s: (s.interval.end, s.interval.start, s.key), default=None)

    def remove_segments(self, keys: Collection[SegmentKey]) -> None:
        """Remove segments with the keyframes and index marks of each."""
        with self._lock:
            for key in keys:
                self._forget(key)
                self._keyframes.pop(key, None)
                self._marks.pop(key, None)

    def add_gaps(self, gaps: Iterable[Gap]) -> None:
        """Record or replace gaps."""
        with self._lock:
            self._gaps.update({rules.gap_order(gap): gap for gap in gaps})

    def gaps(self, scope: Scope = EVERYWHERE, interval: Interval | None = None) -> Iterator[Gap]:
        """Gaps of the scope's cameras that overlap `interval`."""
        cameras = rules.gap_cameras(scope)
        with self._lock:
            found = [
                gap
                for gap in self._gaps.values()
                if rules.overlaps(gap.interval, interval) and (not cameras or gap.camera in cameras)
            ]
        return iter(sorted(found, key=rules.gap_order))

    def add_keyframes(self, keyframes: Iterable[Keyframe]) -> None:
        """Record all keyframes of some segments; keyframes recorded of them before are gone."""
        told: dict[SegmentKey, dict[int, Keyframe]] = {}
        for keyframe in keyframes:
            told.setdefault(keyframe.segment, {})[keyframe.offset] = keyframe
        with self._lock:
            self._keyframes.update(told)

    def keyframes(self, cameras: Collection[CameraId], interval: Interval) -> Iterator[Keyframe]:
        """Keyframes of the cameras in `interval`, by instant, segment and offset."""
        wanted = frozenset(cameras)
        with self._lock:
            found = [
                keyframe
                for of_segment in self._keyframes.values()
                for keyframe in of_segment.values()
                if keyframe.camera in wanted and keyframe.instant in interval
            ]
        return iter(sorted(found, key=rules.keyframe_order))

    def keyframes_of(self, camera: CameraId, parts: Sequence[Interval]) -> list[Keyframe]:
        """Keyframes of a camera in any of the parts, by instant, segment and offset."""
        return [keyframe for part in parts for keyframe in self.keyframes([camera], part)]

    def keyframe(self, segment: SegmentKey, offset: int) -> Keyframe:
        """The keyframe of a segment and offset; raises NotFound."""
        with self._lock:
            try:
                return self._keyframes[segment][offset]
            except KeyError as exc:
                raise NotFound(f"no keyframe at byte {offset} of {segment!r}") from exc

    def remove_keyframes(self, segments: Collection[SegmentKey]) -> None:
        """Remove the keyframes of the segments."""
        with self._lock:
            for key in segments:
                self._keyframes.pop(key, None)

    def mark_indexed(self, keys: Collection[SegmentKey], encoder: str) -> None:
        """Mark segments as indexed by the encoder; segments unknown here are skipped."""
        with self._lock:
            for key in self._segments.keys() & set(keys):
                self._marks.setdefault(key, set()).add(encoder)
                self._changed(key)

    def unmark_indexed(self, keys: Collection[SegmentKey], encoder: str | None = None) -> None:
        """Remove the encoder's index marks of the segments, or every encoder's marks."""
        with self._lock:
            for key in self._marks.keys() & set(keys):
                self._marks[key] = self._marks[key] - {encoder} if encoder else set()
                self._changed(key)

    def check_writes(self, now: Instant) -> None:
        """Do nothing: memory takes every row."""

    def drop_empty_days(self, *, before: Instant) -> list[str]:  # noqa: ARG002 - see the port
        """Do nothing: this catalogue keeps no separate index for each day."""
        return []

    def unindexed(
        self, encoder: str, *, limit: int, cameras: Collection[CameraId] | None = None
    ) -> list[Segment]:
        """The oldest segments without the encoder's index mark, of these cameras or of all."""
        with self._lock:
            left = [
                segment
                for segment in self._segments.values()
                if encoder not in self._marks.get(segment.key, ())
                and (cameras is None or segment.camera in cameras)
            ]
        return sorted(left, key=rules.segment_order)[:limit]

    def backlog(self, encoder: str) -> Mapping[CameraId, tuple[int, Instant]]:
        """Segments this encoder has not looked at: number and oldest start, by camera."""
        waiting: dict[CameraId, tuple[int, Instant]] = {}
        with self._lock:
            for key, segment in self._segments.items():
                if encoder not in self._marks.get(key, ()):
                    start = segment.interval.start
                    count, oldest = waiting.get(segment.camera, (0, start))
                    waiting[segment.camera] = (count + 1, min(oldest, start))
        return waiting

    def _summary(self, camera: CameraId, day: Instant) -> DaySummary:
        known = self._summaries.get((camera, day))
        if known is None:
            known = summarise(camera, day, self.day_segments(camera, day))
            self._summaries[camera, day] = known
        return known

    def _changed(self, key: SegmentKey) -> None:
        """Let the summary of the segment's day be derived anew."""
        self._summaries.pop(_camera_day(self._segments[key]), None)

    def _forget(self, key: SegmentKey) -> None:
        segment = self._segments.pop(key, None)
        if segment:
            own = _camera_day(segment)
            self._summaries.pop(own, None)
            self._days[own].pop(key)
            if not self._days[own]:
                del self._days[own]


def _told_of(camera: CameraId, segment: Segment) -> bool:
    return segment.camera == camera and by_recorder(segment.run)


def _tells(camera: CameraId, gap: Gap) -> bool:
    return gap.camera == camera and gap.reason not in NOT_TELLING


def _camera_day(segment: Segment) -> _CameraDay:
    return segment.camera, day_of(segment.interval.start)
