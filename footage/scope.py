"""Which cameras a question is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from footage.ids import CameraId, DistrictId, SiteId
    from footage.place import Circle, Point


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look.

    An absent part does not restrict; the parts given are joined by AND, members of one by OR.
    """

    cameras: frozenset[CameraId] = frozenset()
    sites: frozenset[SiteId] = frozenset()
    districts: frozenset[DistrictId] = frozenset()
    circle: Circle | None = None

    def admits(self, *, camera: CameraId, site: SiteId, district: DistrictId, place: Point) -> bool:
        """Whether every part given admits what stands, or was recorded, there."""
        return (
            (not self.cameras or camera in self.cameras)
            and (not self.sites or site in self.sites)
            and (not self.districts or district in self.districts)
            and (self.circle is None or place in self.circle)
        )


EVERYWHERE: Final = Scope()
"""No restriction."""
