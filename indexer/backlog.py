"""How far each camera is indexed. Pure: derived from the catalogue, never kept beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from footage.ids import CameraId, SegmentKey
    from footage.instant import Elapsed, Instant
    from footage.segment import Segment


@dataclass(frozen=True, slots=True)
class Backlog:
    """What an encoder has still to look at of one camera.

    Attributes:
        watermark: Everything stored before it is indexed; None when nothing is.
        waiting: Stored segments not looked at.
        lag: From the start of the oldest of them until now; zero when none waits.
    """

    camera: CameraId
    watermark: Instant | None
    waiting: int
    lag: Elapsed


def backlogs(
    segments: Iterable[Segment], indexed: Collection[SegmentKey], now: Instant
) -> list[Backlog]:
    """One for each camera of `segments`, by id."""
    by_camera: dict[CameraId, list[Segment]] = {}
    for segment in segments:
        by_camera.setdefault(segment.camera, []).append(segment)
    return [_backlog(camera, by_camera[camera], indexed, now) for camera in sorted(by_camera)]


def _backlog(
    camera: CameraId, segments: list[Segment], indexed: Collection[SegmentKey], now: Instant
) -> Backlog:
    waiting = [segment for segment in segments if segment.key not in indexed]
    oldest = min((segment.interval.start for segment in waiting), default=now)
    done = [
        segment.interval.end
        for segment in segments
        if segment.key in indexed and segment.interval.start < oldest
    ]
    watermark = min(max(done), oldest) if done and waiting else max(done, default=None)
    return Backlog(camera, watermark, len(waiting), max(now, oldest) - oldest)
