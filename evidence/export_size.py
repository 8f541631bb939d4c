"""Number and size of the segments that an export would deliver, read from day summaries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from footage.day import DaySummary
    from footage.ids import CameraId
    from footage.instant import Interval
    from footage.ports import Catalogue
    from footage.stays import Windows

ASSUMED_RATE: Final = 20_000_000
"""Bytes of an export written in a second, where nobody has seen any: a slow disk's."""


@dataclass(frozen=True, slots=True)
class ExportSize:
    """Segments that overlap an interval, and their bytes together."""

    segments: int = 0
    bytes: int = 0

    def __add__(self, other: ExportSize) -> ExportSize:
        return ExportSize(self.segments + other.segments, self.bytes + other.bytes)


def export_size(
    catalogue: Catalogue, cameras: Collection[CameraId], interval: Interval
) -> ExportSize:
    """Return the size of an export.

    Reads a summary for each camera and day, and the segments of the days at the interval's ends
    alone (invariant 12).
    """
    sizes = (_of_day(catalogue, day, interval) for day in catalogue.days(cameras, interval))
    return sum(sizes, ExportSize())


def size_of(catalogue: Catalogue, asked: Windows) -> ExportSize:
    """Return the size of an export; cameras that are asked for alike are asked about at once.

    Args:
        catalogue: Knows what is stored.
        asked: The time asked for of each camera.
    """
    alike: dict[tuple[Interval, ...], list[CameraId]] = defaultdict(list)
    for camera, parts in asked.items():
        alike[parts].append(camera)
    sizes = (export_size(catalogue, cameras, p) for parts, cameras in alike.items() for p in parts)
    return sum(sizes, ExportSize())


def _of_day(catalogue: Catalogue, day: DaySummary, interval: Interval) -> ExportSize:
    met = [span for span in day.spans if span.interval.overlaps(interval)]
    if all(interval.covers(span.interval) for span in met):
        return ExportSize(sum(s.segments for s in met), sum(s.size_bytes for s in met))
    found = [
        segment
        for segment in catalogue.day_segments(day.camera, day.day)
        if segment.interval.overlaps(interval)
    ]
    return ExportSize(len(found), sum(segment.size_bytes for segment in found))
