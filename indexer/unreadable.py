"""Recorded time that cannot be searched since its pictures cannot be decoded. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.instant import ZERO, Elapsed, union

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footage.day import DaySummary
    from footage.ids import CameraId
    from footage.instant import Interval


def unreadable_time(
    days: Iterable[DaySummary], mark: str, window: Interval
) -> list[tuple[CameraId, Elapsed]]:
    """Time within `window` of segments that bear the unreadable mark, by camera, the most first."""
    found: dict[CameraId, list[Interval]] = {}
    for day in days:
        parts = [part for one in day.looked.get(mark, ()) if (part := one.clip(window))]
        if parts:
            found.setdefault(day.camera, []).extend(parts)
    sums = [
        (camera, sum((one.length for one in union(parts)), start=ZERO))
        for camera, parts in found.items()
    ]
    return sorted(sums, key=lambda one: (-one[1].us, one[0]))
