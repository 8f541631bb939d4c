"""Districts, sites and cameras, as the register knows them."""

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
    """A place with one or more cameras: a crossing, a bus stand, a gate."""

    id: SiteId
    name: str
    district: DistrictId
    place: Point


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera.

    Attributes:
        source: RTSP URL or file path FFmpeg can read, or "" when nothing is recorded from it. May
            hold a password, so it never shows in `repr`.
        retention_class: The named rule set of its recordings (see `retention/policy.py`).
    """

    id: CameraId
    name: str
    site: SiteId
    district: DistrictId
    place: Point
    source: str = field(default="", repr=False)
    retention_class: str = "standard"
