"""Index marks of a catalogue, segment by segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.day import checksum, day_of
from footage.scope import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Collection

    from footage.ids import CameraId, SegmentKey
    from footage.instant import Interval
    from footage.ports import Catalogue


def marked(
    catalogue: Catalogue, mark: str, cameras: Collection[CameraId], window: Interval
) -> frozenset[SegmentKey]:
    """Return the keys of the cameras' segments overlapping `window` that bear the mark."""
    return frozenset(
        segment.key
        for segment in catalogue.segments(EVERYWHERE, window)
        if segment.camera in cameras
        for facts in catalogue.day_segments(segment.camera, day_of(segment.interval.start))
        if facts.checksum == checksum(segment) and mark in facts.marks
    )
