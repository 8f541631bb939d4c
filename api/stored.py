"""Stored footage of cameras in an interval, looked up before a hold or an export is asked for.

Sizes and gaps come from day summaries, holds and outlook from register and policies: the cost grows
with cameras and days, never with segments (invariant 12). Of each camera's clock a single stored
segment is read, and the answer says which (invariant 11).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from api.job_kinds import EXPORT
from api.recorded import all_told
from evidence.export_size import ASSUMED_RATE, ExportSize, export_size
from footage.camera_timeline import camera_timeline
from footage.errors import BadInput
from footage.instant import DAY
from footage.job import JobState
from footage.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from api.deps import Services
    from footage.ids import CameraId
    from footage.instant import Interval
    from footage.job import Job
    from footage.segment import Segment
    from footage.span import Timeline
    from retention.outlook import Prospect

MOST_CAMERA_DAYS: Final = 10_000
"""Most days of an interval, summed over its cameras: a summary is read for each."""


@dataclass(frozen=True, slots=True)
class StoredCamera:
    """Stored footage of a camera in an interval.

    Attributes:
        line: Spans and gaps that tile the interval.
        prospect: What is held, and when the rest goes.
        first: First stored segment of the interval; None where nothing is stored.
    """

    camera: CameraId
    size: ExportSize
    line: Timeline
    prospect: Prospect
    first: Segment | None


@dataclass(frozen=True, slots=True)
class Pace:
    """Speed at which exports are made.

    Attributes:
        rate: Bytes in a second.
        exports: Number of exports from which the rate was taken; 0: it is assumed.
    """

    rate: float
    exports: int


def stored(
    services: Services, cameras: Sequence[CameraId], interval: Interval
) -> list[StoredCamera]:
    """Return what is stored of each camera, by id.

    Raises:
        BadInput: Cameras and days are more than `MOST_CAMERA_DAYS`.
        NotFound: A camera is unknown.
        DataLoss: The store holds footage of a gap that the catalogue does not list.
        Unavailable: Register or catalogue cannot be reached.
    """
    days = (interval.length.us // DAY.us + 1) * len(cameras)
    if days > MOST_CAMERA_DAYS:
        raise BadInput(f"{days} days of cameras", hint=f"at most {MOST_CAMERA_DAYS} at once")
    known = [services.register.camera(camera).id for camera in sorted(set(cameras))]
    (prospects,) = services.outlook().of([(known, interval)], services.clock.now())
    return [
        _of(services, camera, interval, prospect)
        for camera, prospect in zip(known, prospects, strict=True)
    ]


def _of(
    services: Services, camera: CameraId, interval: Interval, prospect: Prospect
) -> StoredCamera:
    catalogue = services.catalogue
    line = all_told(services, camera_timeline(catalogue, camera, interval))
    scope = Scope(cameras=frozenset([camera]))
    first = next(islice(catalogue.segments(scope, interval), 1), None) if line.spans else None
    return StoredCamera(camera, export_size(catalogue, [camera], interval), line, prospect, first)


def pace(jobs: Iterable[Job]) -> Pace:
    """Return how fast exports are made, as those of some jobs tell that are done."""
    took, written, count = 0.0, 0, 0
    for job in jobs:
        size = job.result.get("bytes")
        if job.kind != EXPORT or job.state is not JobState.DONE or not isinstance(size, int):
            continue
        if job.started and job.ended:
            took += (job.ended - job.started).in_seconds
            written, count = written + size, count + 1
    return Pace(written / took, count) if took and written else Pace(ASSUMED_RATE, 0)
