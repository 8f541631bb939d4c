"""Cameras that stood near other cameras, by distance. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.stays import by_camera, stays_within

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from footage.ids import CameraId
    from footage.instant import Interval
    from footage.place import Point
    from footage.stays import Stay

_METRES_A_DEGREE: Final = 110_000
"""A degree of latitude is some 111 km everywhere, so cameras further apart need no sine."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A camera near others.

    Attributes:
        metres: Distance to the nearest of the others, of all places in the time asked about.
        nearest: That camera.
    """

    camera: CameraId
    metres: float
    nearest: CameraId


def neighbours(
    stays: Iterable[Stay], cameras: Collection[CameraId], interval: Interval, within_m: float
) -> list[Neighbour]:
    """Return the cameras that stood near some of `cameras` in `interval`, the nearest first.

    Args:
        stays: Stays of all cameras that count, by camera and in order.
        cameras: The cameras whose neighbours are asked for; none of these is a neighbour.
        interval: The time asked about.
        within_m: Largest distance in metres.
    """
    here: dict[CameraId, set[Point]] = {}
    around: dict[CameraId, set[Point]] = {}
    for camera, mine in by_camera(stays).items():
        points = {stay.place for stay, _ in stays_within(mine, interval)}
        (here if camera in cameras else around)[camera] = points
    found = [
        best
        for camera, points in around.items()
        if (best := _nearest(camera, points, here, within_m))
    ]
    return sorted(found, key=lambda one: (one.metres, one.camera))


def _nearest(
    camera: CameraId,
    points: Iterable[Point],
    here: dict[CameraId, set[Point]],
    within_m: float,
) -> Neighbour | None:
    lat = within_m / _METRES_A_DEGREE
    distances = (
        (point.metres_to(other), name)
        for point in points
        for name, others in here.items()
        for other in others
        if abs(point.lat - other.lat) <= lat
    )
    metres, nearest = min(distances, default=(within_m + 1, camera))
    return Neighbour(camera, metres, nearest) if metres <= within_m else None
