"""Header of a run: the first line of the run's journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from footage.errors import DataLoss, FootageError
from footage.ids import RunId, camera_id, district_id, site_id
from footage.instant import Instant
from footage.place import Point
from footage.segment import TimeSource
from recorder.timing.anchor import CONNECTING

if TYPE_CHECKING:
    from footage.camera import Camera
    from footage.ids import CameraId, DistrictId, SiteId


@dataclass(frozen=True, slots=True)
class RunHeader:
    """Camera, place and start of a run: enough to store segments without the register.

    Attributes:
        not_before: End of the camera's earlier recordings; no segment of the run starts earlier.
        source: Source of wall time; STATED for recordings from outside.
        progress_ends: Whether FFmpeg's progress gives the end of a frame (see `Launcher`).
        networked: Whether FFmpeg has to connect first.
    """

    run: RunId
    camera: CameraId
    site: SiteId
    district: DistrictId
    place: Point
    retention_class: str
    started: Instant
    not_before: Instant | None = None
    source: TimeSource = TimeSource.ARRIVAL
    progress_ends: bool = True
    networked: bool = False

    @classmethod
    def of(
        cls,
        camera: Camera,
        run: RunId,
        started: Instant,
        until: Instant | None,
        *,
        progress_ends: bool = True,
        networked: bool = False,
    ) -> RunHeader:
        """Make the header of a new run of `camera`; `until` becomes `not_before`."""
        return cls(
            run,
            camera.id,
            camera.site,
            camera.district,
            camera.place,
            camera.retention_class,
            started,
            until,
            progress_ends=progress_ends,
            networked=networked,
        )

    @property
    def begun(self) -> Instant:
        """Estimated wall time of media time zero, where no arrival was seen."""
        connects = self.networked and self.source is TimeSource.ARRIVAL
        return self.started + CONNECTING if connects else self.started


def run_id(started: Instant, salt: str) -> RunId:
    """A run's name: sorts by start; `salt` (hexadecimal) keeps runs of the same second apart."""
    return RunId(f"{started.to_datetime():%Y%m%dT%H%M%SZ}-{salt}")


def to_record(header: RunHeader) -> dict[str, object]:
    """The header as a line of the journal."""
    return {
        "t": "run",
        "run": header.run,
        "camera": header.camera,
        "site": header.site,
        "district": header.district,
        "lat": header.place.lat,
        "lon": header.place.lon,
        "class": header.retention_class,
        "started_us": header.started.us,
        "not_before_us": header.not_before.us if header.not_before else None,
        "source": header.source.value,
        "progress_ends": header.progress_ends,
        "networked": header.networked,
    }


def from_record(record: dict[str, Any]) -> RunHeader:
    """Read a header written by `to_record`; raises DataLoss when a field is missing or wrong."""
    try:
        before = record["not_before_us"]
        return RunHeader(
            run=RunId(record["run"]),
            camera=camera_id(record["camera"]),
            site=site_id(record["site"]),
            district=district_id(record["district"]),
            place=Point(record["lat"], record["lon"]),
            retention_class=record["class"],
            started=Instant(record["started_us"]),
            not_before=None if before is None else Instant(before),
            source=TimeSource(record["source"]),
            progress_ends=bool(record["progress_ends"]),
            networked=bool(record["networked"]),
        )
    except (KeyError, ValueError, FootageError) as exc:
        raise DataLoss(f"unreadable run: {exc}") from exc
