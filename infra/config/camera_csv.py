"""Cameras from a CSV file: a row per camera, with the camera's site and district.

Columns: `district, district_name, site, site_name, zone, camera, camera_name, lat, lon, source,
source_secret_file, retention_class`; the names, zone, source, secret file and class may be empty or
absent. The zone is the time
zone of the site by its IANA name, where it is not the zone of the settings. Every wrong row is
reported with a line number; nothing is imported unless all are right.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.camera import Camera, District, Site
from footage.errors import BadInput
from footage.ids import camera_id, district_id, site_id
from footage.local_time import time_zone
from footage.place import Point
from infra.config.camera_secret import secret_name
from recorder.capture.source_list import with_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from footage.ids import HoldId
    from footage.instant import Instant
    from footage.ports import ReadCamera, Register

REQUIRED: Final = ("district", "site", "camera", "lat", "lon")
OPTIONAL: Final = (
    "district_name",
    "site_name",
    "zone",
    "camera_name",
    "source",
    "source_secret_file",
    "retention_class",
)


@dataclass(frozen=True, slots=True)
class Cameras:
    """Districts, sites and cameras read from a file, each listed once."""

    districts: tuple[District, ...]
    sites: tuple[Site, ...]
    cameras: tuple[Camera, ...]

    def save(
        self,
        register: Register,
        *,
        since: Instant | None = None,
        correct: bool = False,
        as_read: Iterable[ReadCamera] = (),
    ) -> frozenset[HoldId]:
        """Add or replace all districts, sites and cameras in the register.

        Args:
            register: The register.
            since: From when on the cameras stand there, as for `Register.add_cameras`.
            correct: The places written down last were wrong, as for `Register.add_cameras`.
            as_read: Cameras that must be as they were read, as for `Register.add_cameras`.

        Returns:
            The holds that cameras joined, as `Register.add_cameras`.
        """
        register.add_districts(self.districts)
        register.add_sites(self.sites)
        return register.add_cameras(self.cameras, since=since, correct=correct, as_read=as_read)


def read(path: Path) -> Cameras:
    """Read districts, sites and cameras from a CSV file.

    Raises:
        BadInput: The file cannot be read, lacks columns or has wrong rows; the message lists the
            first ten wrong rows.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            _check_columns(path, reader.fieldnames or ())
            return parse(enumerate(reader, start=2), name=str(path))
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise BadInput(f"{path} cannot be read: {exc}") from exc


def parse(rows: Iterable[tuple[int, Mapping[str, str]]], *, name: str) -> Cameras:
    """Read districts, sites and cameras from rows with line numbers; raises BadInput as `read`."""
    districts: dict[str, District] = {}
    sites: dict[str, Site] = {}
    cameras: dict[str, Camera] = {}
    wrong: list[str] = []
    for line, row in rows:
        try:
            district, site, camera = _row(row)
        except (BadInput, ValueError) as exc:
            wrong.append(f"line {line}: {exc}")
            continue
        if camera.id in cameras:
            wrong.append(f"line {line}: camera {camera.id} stands twice")
        first = sites.setdefault(site.id, site)
        if first.district != district.id:
            wrong.append(f"line {line}: site {site.id} lies in two districts")
        if first.zone != site.zone:
            wrong.append(f"line {line}: site {site.id} has two time zones")
        districts.setdefault(district.id, district)
        cameras[camera.id] = camera
    if wrong:
        more = f"; and {len(wrong) - 10} more" if len(wrong) > 10 else ""  # noqa: PLR2004 - see `read`
        raise BadInput(f"{name}: {'; '.join(wrong[:10])}{more}", hint="nothing was imported")
    return Cameras(tuple(districts.values()), tuple(sites.values()), tuple(cameras.values()))


def _check_columns(path: Path, columns: Iterable[str]) -> None:
    have = set(columns)
    if missing := [name for name in REQUIRED if name not in have]:
        raise BadInput(
            f"{path}: no column {', '.join(missing)}", hint=f"columns: {', '.join(REQUIRED)}"
        )
    if unknown := sorted(have - {*REQUIRED, *OPTIONAL}):
        raise BadInput(f"{path}: unknown column {', '.join(unknown)}")


def _row(row: Mapping[str, str]) -> tuple[District, Site, Camera]:
    cell = {key: (row.get(key) or "").strip() for key in (*REQUIRED, *OPTIONAL)}
    place = Point(float(cell["lat"]), float(cell["lon"]))
    district, site = district_id(cell["district"]), site_id(cell["site"])
    camera = camera_id(cell["camera"])
    zone = time_zone(cell["zone"]).key if cell["zone"] else ""
    return (
        District(district, cell["district_name"] or district),
        Site(site, cell["site_name"] or site, district, place, zone),
        Camera(
            camera,
            cell["camera_name"] or camera,
            site,
            district,
            place,
            cell["source"],
            cell["retention_class"] or "standard",
            _secret_file(cell["source"], cell["source_secret_file"]),
        ),
    )


def _secret_file(source: str, name: str) -> str:
    """The name of a secret file; raises BadInput where `source` cannot take credentials from it."""
    if secret_name(name):
        with_secret(source, "user:password")
    return name
