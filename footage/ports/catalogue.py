"""The catalogue: a searchable view of segments, gaps and keyframes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from footage.scope import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from footage.ids import CameraId, SegmentKey
    from footage.instant import Instant, Interval
    from footage.keyframe import Keyframe
    from footage.scope import Scope
    from footage.segment import Segment
    from footage.span import Gap


class Catalogue(Protocol):
    """The searchable record of segments, gaps and keyframes: a view, rebuildable from the objects.

    - Every write is idempotent by id: segment key, (camera, start, reason) of a gap, (segment,
      offset) of a keyframe.
    - What a write returned from is seen by every later read of any client (read your writes).
    - Reads yield in the order of (start or instant, key). Intervals match when they overlap.
    - A gap added again with the same camera, start and reason replaces the former (an open gap
      grows and closes).
    - `mark_indexed` records that a segment was looked at by an encoder; `unindexed` lists those
      that were not; `unmark_indexed` takes the record back.
    - A segment is recorded with its place, so a scope of sites, districts or a circle works for
      segments; gaps know only their camera, so a scope with anything else raises BadInput there.
    - Unavailable: it cannot be reached. DataLoss: it is there but unreadable.
    """

    def add_segments(self, segments: Iterable[Segment]) -> None:
        """Record stored segments."""
        ...

    def segment(self, key: SegmentKey) -> Segment:
        """One segment; raises NotFound."""
        ...

    def segments(
        self, scope: Scope = EVERYWHERE, interval: Interval | None = None
    ) -> Iterator[Segment]:
        """Segments in scope that overlap `interval`."""
        ...

    def last_segment(self, camera: CameraId) -> Segment | None:
        """The camera's segment with the latest end."""
        ...

    def remove_segments(self, keys: Collection[SegmentKey]) -> None:
        """Forget segments, their keyframes and index marks; absent keys are no error."""
        ...

    def add_gaps(self, gaps: Iterable[Gap]) -> None:
        """Record or replace gaps."""
        ...

    def gaps(self, scope: Scope = EVERYWHERE, interval: Interval | None = None) -> Iterator[Gap]:
        """Gaps that overlap `interval`; a scope may name cameras only."""
        ...

    def add_keyframes(self, keyframes: Iterable[Keyframe]) -> None:
        """Record keyframes, gated ones too."""
        ...

    def keyframes(self, cameras: Collection[CameraId], interval: Interval) -> Iterator[Keyframe]:
        """Keyframes of the cameras in `interval`."""
        ...

    def keyframe(self, segment: SegmentKey, offset: int) -> Keyframe:
        """One keyframe; raises NotFound."""
        ...

    def remove_keyframes(self, segments: Collection[SegmentKey]) -> None:
        """Forget the keyframes of these segments."""
        ...

    def mark_indexed(self, keys: Collection[SegmentKey], encoder: str) -> None:
        """Record that these segments are indexed by the encoder of this digest."""
        ...

    def unmark_indexed(self, keys: Collection[SegmentKey], encoder: str | None = None) -> None:
        """Let these segments count as not looked at by this encoder (None: by any).

        Their keyframes stay; unknown keys are no error.
        """
        ...

    def drop_empty_days(self, *, before: Instant) -> list[str]:
        """Free what is kept for UTC days before that of `before` that hold nothing any more.

        No read gives another answer for it. Who writes into such a day meanwhile may get
        Unavailable and may try again. Returns the names of what was freed: none where nothing is
        kept by day.
        """
        ...

    def indexed(
        self, encoder: str, cameras: Collection[CameraId], interval: Interval
    ) -> frozenset[SegmentKey]:
        """Which segments of the cameras overlapping `interval` are indexed by this encoder."""
        ...

    def unindexed(self, encoder: str, *, limit: int) -> list[Segment]:
        """The oldest segments this encoder has not looked at."""
        ...
