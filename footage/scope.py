"""Scope of a question: the cameras, sites, districts or circle asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput
from footage.ids import camera_id, district_id, site_id
from footage.place import Circle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from footage.ids import CameraId, DistrictId, SiteId
    from footage.place import Point


@dataclass(frozen=True, slots=True)
class Scope:
    """The cameras, sites, districts and circle to look at.

    An absent part does not restrict; the parts given are joined by AND, members of a part by OR.
    """

    cameras: frozenset[CameraId] = frozenset()
    sites: frozenset[SiteId] = frozenset()
    districts: frozenset[DistrictId] = frozenset()
    circle: Circle | None = None

    @classmethod
    def parse(
        cls,
        cameras: Iterable[str] | None = None,
        sites: Iterable[str] | None = None,
        districts: Iterable[str] | None = None,
        near: str | None = None,
    ) -> Scope:
        """Read a scope from texts people typed, `near` as "LAT,LON,METRES".

        Raises:
            BadInput: An id or the circle is malformed.
        """
        return cls(
            cameras=frozenset(camera_id(camera) for camera in cameras or ()),
            sites=frozenset(site_id(site) for site in sites or ()),
            districts=frozenset(district_id(district) for district in districts or ()),
            circle=Circle.parse(near) if near else None,
        )

    @property
    def by_place(self) -> bool:
        """Whether the scope names sites, districts or a circle, besides cameras or not."""
        return bool(self.sites or self.districts or self.circle)

    def places(self) -> dict[str, object]:
        """Return sites, districts and circle as plain values; empty without any of the three."""
        if not self.by_place:
            return {}
        circle = self.circle
        near = [circle.centre.lat, circle.centre.lon, circle.radius_m] if circle else None
        named = {"sites": sorted(self.sites), "districts": sorted(self.districts)}
        return {**named, "near": near}

    @classmethod
    def of_places(cls, told: Mapping[str, object]) -> Scope:
        """Read what `places` returned, among other members or alone; numbers may be texts.

        Raises:
            BadInput: A member is of another type, or out of range.
        """
        sites, districts, near = (told.get(name) or [] for name in ("sites", "districts", "near"))
        if not (isinstance(sites, list) and isinstance(districts, list) and isinstance(near, list)):
            raise BadInput("sites, districts or circle of a scope are no lists")
        circle = ",".join(map(str, near))
        return cls.parse(sites=map(str, sites), districts=map(str, districts), near=circle)

    def admits(self, *, camera: CameraId, site: SiteId, district: DistrictId, place: Point) -> bool:
        """Whether every part of the scope admits this camera, site, district and place."""
        return (
            (not self.cameras or camera in self.cameras)
            and (not self.sites or site in self.sites)
            and (not self.districts or district in self.districts)
            and (self.circle is None or place in self.circle)
        )


EVERYWHERE: Final = Scope()
"""No restriction."""
