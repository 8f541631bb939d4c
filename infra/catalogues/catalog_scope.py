"""Rules shared by all catalogue adapters: scope, order and ids of entries. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput
from footage.place import EARTH_RADIUS_M

if TYPE_CHECKING:
    from footage.ids import CameraId, SegmentKey
    from footage.instant import Instant, Interval
    from footage.keyframe import Keyframe
    from footage.place import Circle
    from footage.ports import Scope
    from footage.segment import Segment
    from footage.span import Gap

_SLACK_DEGREES: Final = 1e-6
_POLE: Final = 90.0
_HALF_TURN: Final = 180.0


def in_scope(segment: Segment, scope: Scope) -> bool:
    """Whether every given part of `scope` admits the segment."""
    return scope.admits(
        camera=segment.camera, site=segment.site, district=segment.district, place=segment.place
    )


def gap_cameras(scope: Scope) -> frozenset[CameraId]:
    """The cameras a scope of gaps names; empty means all.

    Raises:
        BadInput: The scope has another part: a gap names its camera, not the camera's place.
    """
    if scope.sites or scope.districts or scope.circle is not None:
        raise BadInput(
            "gaps are found by camera only, not by site, district or circle",
            hint="ask the register for the cameras in scope first",
        )
    return scope.cameras


def overlaps(interval: Interval, window: Interval | None) -> bool:
    """Whether `interval` matches `window`; no window matches everything."""
    return window is None or interval.overlaps(window)


def segment_order(segment: Segment) -> tuple[Instant, SegmentKey]:
    """Sort key of segments: start, then key."""
    return (segment.interval.start, segment.key)


def gap_order(gap: Gap) -> tuple[Instant, CameraId, str]:
    """Sort key of gaps, and a gap's id: start, camera and reason."""
    return (gap.interval.start, gap.camera, gap.reason.value)


def keyframe_order(keyframe: Keyframe) -> tuple[Instant, SegmentKey, int]:
    """Sort key of keyframes: instant, segment, offset; the last two are a keyframe's id."""
    return (keyframe.instant, keyframe.segment, keyframe.offset)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Latitudes and longitudes, in degrees, that enclose a circle with a small margin.

    Attributes:
        lons: A single range, or two where the circle crosses the 180th meridian.
    """

    lats: tuple[float, float]
    lons: tuple[tuple[float, float], ...]


def bounds(circle: Circle) -> Bounds:
    """The bounding box of a circle, for an index that knows no circles; never too small."""
    angle = circle.radius_m / EARTH_RADIUS_M
    dlat = math.degrees(angle) + _SLACK_DEGREES
    south, north = circle.centre.lat - dlat, circle.centre.lat + dlat
    lats = (max(south, -_POLE), min(north, _POLE))
    if south <= -_POLE or north >= _POLE:
        return Bounds(lats, ((-_HALF_TURN, _HALF_TURN),))
    reach = math.sin(angle) / math.cos(math.radians(circle.centre.lat))
    return Bounds(lats, _around(circle.centre.lon, reach))


def _around(lon: float, reach: float) -> tuple[tuple[float, float], ...]:
    if reach >= 1:
        return ((-_HALF_TURN, _HALF_TURN),)
    dlon = math.degrees(math.asin(reach)) + _SLACK_DEGREES
    west, east = lon - dlon, lon + dlon
    if west < -_HALF_TURN:
        return ((-_HALF_TURN, east), (west + 2 * _HALF_TURN, _HALF_TURN))
    if east > _HALF_TURN:
        return ((west, _HALF_TURN), (-_HALF_TURN, east - 2 * _HALF_TURN))
    return ((west, east),)
