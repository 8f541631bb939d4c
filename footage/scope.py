"""Which cameras a question is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from footage.ids import CameraId, DistrictId, SiteId
    from footage.place import Circle


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look.

    An absent part does not restrict; the parts given are joined by AND, members of one by OR.
    """

    cameras: frozenset[CameraId] = frozenset()
    sites: frozenset[SiteId] = frozenset()
    districts: frozenset[DistrictId] = frozenset()
    circle: Circle | None = None


EVERYWHERE: Final = Scope()
"""No restriction."""
