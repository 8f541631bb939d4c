"""Places of cameras and sites: WGS 84 points, and circles around points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from footage.errors import BadInput

EARTH_RADIUS_M: Final = 6_371_008.8
"""Mean radius of the Earth (IUGG), metres."""


@dataclass(frozen=True, slots=True)
class Point:
    """A point: latitude and longitude in degrees, WGS 84.

    Raises:
        BadInput: Latitude or longitude is outside -90..90 or -180..180.
    """

    lat: float
    lon: float

    def __post_init__(self) -> None:
        if not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180):  # noqa: PLR2004 - degrees
            raise BadInput(
                f"not a place on Earth: {self.lat}, {self.lon}",
                hint="latitude, longitude in degrees",
            )

    def metres_to(self, other: Point) -> float:
        """Return the great-circle distance in metres, by the haversine formula."""
        lat1, lat2 = math.radians(self.lat), math.radians(other.lat)
        dlat, dlon = lat2 - lat1, math.radians(other.lon - self.lon)
        a = math.sin(dlat / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(dlon / 2) ** 2
        return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(a))


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle: all points within `radius_m` metres of `centre`.

    Raises:
        BadInput: The radius is not positive.
    """

    centre: Point
    radius_m: float

    def __post_init__(self) -> None:
        if not self.radius_m > 0:
            raise BadInput(f"not a radius: {self.radius_m} m", hint="give metres above 0")

    @classmethod
    def parse(cls, text: str) -> Circle:
        """Read a circle written "LAT,LON,METRES".

        Raises:
            BadInput: The text is not three numbers, or out of range.
        """
        try:
            lat, lon, radius = (float(part) for part in text.split(","))
        except ValueError as exc:
            raise BadInput(f"not a circle: {text!r}", hint="write LAT,LON,METRES") from exc
        return cls(Point(lat, lon), radius)

    def __contains__(self, point: Point) -> bool:
        return self.centre.metres_to(point) <= self.radius_m
