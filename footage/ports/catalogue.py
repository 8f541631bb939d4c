"""The catalogue: a searchable view of segments, gaps and keyframes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from footage.scope import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from footage.day import DaySegment, DaySummary, DayTimes
    from footage.ids import CameraId, SegmentKey
    from footage.instant import Instant, Interval
    from footage.keyframe import Keyframe
    from footage.played import Played
    from footage.scope import Scope
    from footage.segment import Segment
    from footage.span import Gap


class Catalogue(Protocol):
    """The searchable record of segments, gaps and keyframes: a view, rebuildable from the objects.

    - Every write is idempotent by id: segment key, (camera, start, reason) of a gap, (segment,
      offset) of a keyframe.
    - Once a write returned, every later read of any client sees it (read your writes).
    - Reads yield in the order of (start or instant, key). Intervals match when they overlap.
    - A gap added again with the same camera, start and reason replaces the former (an open gap
      grows and closes).
    - `mark_indexed` records that a segment was looked at by an encoder; `unindexed` lists those
      that were not; `unmark_indexed` takes the record back.
    - `days` sums up segments and index marks. A summary changes in the same transaction as the
      segments, or, where a crash may come between, never says more than the segments do: what is
      recorded or looked at is entered in the summary last, what goes leaves the summary first.
    - The keyframes of a segment are written together: `add_keyframes` replaces all keyframes of
      the segments named.
    - A segment is recorded with a place, so a scope of sites, districts or a circle works for
      segments; a gap knows only a camera, so asking for gaps with any other scope raises BadInput.
    - Unavailable: the catalogue cannot be reached. DataLoss: the catalogue exists but is
      unreadable.
    """

    def add_segments(self, segments: Iterable[Segment]) -> None:
        """Record stored segments."""
        ...

    def segment(self, key: SegmentKey) -> Segment:
        """Return the segment of this key; raises NotFound."""
        ...

    def segments(
        self, scope: Scope = EVERYWHERE, interval: Interval | None = None
    ) -> Iterator[Segment]:
        """Yield segments in scope that overlap `interval` (None: any time)."""
        ...

    def played(self, camera: CameraId, interval: Interval) -> Iterator[Played]:
        """Yield what a player needs of the camera's segments that overlap `interval`, by start.

        The order is that of `segments`, and reading costs a fraction: nothing else is read.
        """
        ...

    def segments_of(self, keys: Collection[SegmentKey]) -> list[Segment]:
        """Return the segments of these keys that the catalogue has now, in any order."""
        ...

    def existing(self, keys: Collection[SegmentKey]) -> frozenset[SegmentKey]:
        """Return the keys of which the catalogue has a segment now."""
        ...

    def days(
        self, cameras: Collection[CameraId] | None, interval: Interval
    ) -> Iterator[DaySummary]:
        """Yield summaries of the days whose segments can overlap `interval`, by camera and day.

        None means all cameras that have segments. A day without segments has no summary.
        """
        ...

    def day_times(
        self, cameras: Collection[CameraId] | None, interval: Interval
    ) -> Iterator[DayTimes]:
        """Yield the times in the summaries that `days` yields, in the same order."""
        ...

    def recorded_since(self, cameras: Collection[CameraId]) -> Mapping[CameraId, Instant]:
        """Return the begin of each camera's recording, as `footage.unscheduled` has the rule.

        That is the start of the first segment or gap that a recorder told of; cameras of which no
        recorder told are absent. Segments count before gaps are read, so that a purge hides none.
        Reads a day and a gap of each camera, and a day more for each first day of imports alone.
        """
        ...

    def day_segments(self, camera: CameraId, day: Instant) -> list[DaySegment]:
        """Return the facts of the camera's segments that start on `day`, by start, with marks."""
        ...

    def resummarise(self, camera: CameraId, day: Instant) -> bool:
        """Derive a day's summary anew from the segments; return whether the summary was wrong."""
        ...

    def last_segment(self, camera: CameraId) -> Segment | None:
        """Return the camera's segment with the latest end, or None."""
        ...

    def remove_segments(self, keys: Collection[SegmentKey]) -> None:
        """Remove segments with keyframes and index marks; absent keys are no error."""
        ...

    def add_gaps(self, gaps: Iterable[Gap]) -> None:
        """Record or replace gaps."""
        ...

    def gaps(self, scope: Scope = EVERYWHERE, interval: Interval | None = None) -> Iterator[Gap]:
        """Yield gaps that overlap `interval` (None: any time); a scope may name cameras only."""
        ...

    def add_keyframes(self, keyframes: Iterable[Keyframe]) -> None:
        """Record all keyframes of some segments, also keyframes that gating did not embed."""
        ...

    def keyframes(self, cameras: Collection[CameraId], interval: Interval) -> Iterator[Keyframe]:
        """Yield keyframes of the cameras in `interval`."""
        ...

    def keyframes_of(self, camera: CameraId, parts: Sequence[Interval]) -> list[Keyframe]:
        """Return keyframes of a camera in any of some parts of its time, by one look-up.

        Parts are in order and apart, a few hundred at most; so is what they hold a page or two,
        which is read at once.
        """
        ...

    def keyframe(self, segment: SegmentKey, offset: int) -> Keyframe:
        """Return the keyframe at this offset of a segment; raises NotFound."""
        ...

    def remove_keyframes(self, segments: Collection[SegmentKey]) -> None:
        """Remove the keyframes of these segments."""
        ...

    def mark_indexed(self, keys: Collection[SegmentKey], encoder: str) -> None:
        """Record that these segments are indexed by the encoder of this digest."""
        ...

    def unmark_indexed(self, keys: Collection[SegmentKey], encoder: str | None = None) -> None:
        """Let these segments count as not looked at by this encoder (None: by any).

        The segments' keyframes stay; unknown keys are no error.
        """
        ...

    def drop_empty_days(self, *, before: Instant) -> list[str]:
        """Free storage of empty UTC days before the day of `before`; return the names freed.

        No read gives another answer afterwards. A client that writes into such a day meanwhile may
        get Unavailable and may try again. The list is empty where nothing is kept by day.
        """
        ...

    def check_writes(self, now: Instant) -> None:
        """Write a scratch row where rows of `now` are written, and remove the row again.

        No read ever gives the row. Reading alone proves nothing: a full store may still answer.

        Raises:
            NoSpace: The store is full, or keeps what is left of its disks to itself.
            Misconfigured: Writing is not allowed.
            Unavailable: The store takes no writes now, or not into all that rows are changed in.
        """
        ...

    def unindexed(
        self, encoder: str, *, limit: int, cameras: Collection[CameraId] | None = None
    ) -> list[Segment]:
        """Return the oldest segments this encoder has not looked at, at most `limit`.

        None means the segments of all cameras; the cost does not grow with what waits of others.

        A segment whose mark is being set or taken back may be among them, also after a crash: such
        a segment is looked at once more rather than never.
        """
        ...

    def backlog(self, encoder: str) -> Mapping[CameraId, tuple[int, Instant]]:
        """Return number and oldest start of the segments this encoder has not looked at, by camera.

        Complete, whatever waits; a camera of which all segments were looked at is absent.
        """
        ...
