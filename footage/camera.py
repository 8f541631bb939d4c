"""Districts, sites and cameras, as recorded in the register."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from footage.ids import CameraId, DistrictId, SiteId
    from footage.place import Point


@dataclass(frozen=True, slots=True)
class District:
    """An administrative district of the city."""

    id: DistrictId
    name: str


@dataclass(frozen=True, slots=True)
class Site:
    """A place with at least a single camera: a crossing, a bus stand, a gate.

    Attributes:
        zone: IANA name of the time zone in which people at the site tell times; "" for the zone of
            the settings.
    """

    id: SiteId
    name: str
    district: DistrictId
    place: Point
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera of the register: name, site, place, source and retention class.

    Attributes:
        source: RTSP URL or file path FFmpeg can read, or "" when the camera is not recorded. May
            hold a password, so `repr` never shows the source.
        source_secret_file: Name of the file with the source's credentials, in each recorder's own
            folder of secrets; "" where the source needs none or holds its own.
        retention_class: The named rule set of the camera's recordings (see `retention/policy.py`).
    """

    id: CameraId
    name: str
    site: SiteId
    district: DistrictId
    place: Point
    source: str = field(default="", repr=False)
    retention_class: str = "standard"
    source_secret_file: str = ""
