"""Limits of a caller's grants, as routes apply the limits to cameras, intervals and holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from footage.errors import NotPermitted
from footage.stays import windows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from footage.access import Reach
    from footage.hold import Hold
    from footage.ids import CameraId, SegmentKey
    from footage.instant import Interval
    from footage.ports import Catalogue, Register, Scope
    from footage.stays import Windows


def visible(register: Register, reach: Reach, cameras: Iterable[CameraId]) -> set[CameraId]:
    """Return those of some cameras that stand, or stood, at a place in reach."""
    wanted = set(cameras)
    if not reach.limited:
        return wanted
    return reach.cameras(register.stays(wanted))


def require_whole(register: Register, reach: Reach, camera: CameraId, interval: Interval) -> None:
    """Refuse a camera's interval of which some part is out of reach.

    Raises:
        NotPermitted: Some part is out of reach; the message names the parts in reach.
    """
    granted = _granted(register, reach, camera, interval)
    if granted != (interval,):
        _refuse(camera, interval, granted)


def require_some(register: Register, reach: Reach, camera: CameraId, interval: Interval) -> None:
    """Refuse a camera's interval that is out of reach altogether.

    For a stored segment, which is given out whole or not at all: a grant's edges are as wide as a
    segment.

    Raises:
        NotPermitted: No part of the interval is in reach.
    """
    granted = _granted(register, reach, camera, interval)
    if not granted:
        _refuse(camera, interval, granted)


def require_segment(
    register: Register, catalogue: Catalogue, reach: Reach, key: SegmentKey
) -> None:
    """Refuse a stored segment that is out of reach altogether.

    Raises:
        NotPermitted: No part of the segment is in reach.
        NotFound: The catalogue lists no such segment, and the reach is limited.
    """
    if reach.limited:
        segment = catalogue.segment(key)
        require_some(register, reach, segment.camera, segment.interval)


def require_scope(register: Register, reach: Reach, scope: Scope, interval: Interval) -> None:
    """Refuse a scope of which some camera is out of reach for some part of the interval.

    Raises:
        NotPermitted: Some part is out of reach.
    """
    if not reach.limited:
        return
    stays = register.stays(scope.cameras or None)
    asked = windows(stays, scope, interval)
    granted = reach.windows(stays, interval)
    for camera, parts in sorted(asked.items()):
        if any(not _covers(granted, camera, part) for part in parts):
            _refuse(camera, interval, granted.get(camera, ()))


def holds_touched(register: Register, reach: Reach, holds: Collection[Hold]) -> list[Hold]:
    """Return those of some holds that cover footage in reach, in the order given."""
    if not reach.limited:
        return list(holds)
    stays = register.stays({camera for hold in holds for camera in hold.cameras})
    return [hold for hold in holds if reach.windows(stays, hold.interval).keys() & hold.cameras]


def require_hold(register: Register, reach: Reach, hold: Hold) -> None:
    """Refuse a hold of which some footage is out of reach.

    Raises:
        NotPermitted: Some footage is out of reach.
    """
    if not reach.limited:
        return
    granted = reach.windows(register.stays(hold.cameras), hold.interval)
    for camera in sorted(hold.cameras):
        if granted.get(camera) != (hold.interval,):
            _refuse(camera, hold.interval, granted.get(camera, ()))


def _granted(
    register: Register, reach: Reach, camera: CameraId, interval: Interval
) -> tuple[Interval, ...]:
    if not reach.limited:
        return (interval,)
    return reach.windows(register.stays([camera]), interval).get(camera, ())


def _covers(granted: Windows, camera: CameraId, part: Interval) -> bool:
    return any(one.covers(part) for one in granted.get(camera, ()))


def _refuse(camera: CameraId, interval: Interval, granted: tuple[Interval, ...]) -> NoReturn:
    parts = ", ".join(f"{one.start} to {one.end}" for one in granted)
    raise NotPermitted(
        f"the grants do not reach {camera} from {interval.start} to {interval.end}",
        hint=f"in reach: {parts}" if parts else "ask whoever manages people for a grant",
    )
