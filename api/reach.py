"""Limits of a caller's grants, as routes apply the limits to cameras, intervals and holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from footage.errors import NotPermitted
from footage.segment_reach import reaches
from footage.stays import windows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from footage.access import Reach
    from footage.case import Exhibit
    from footage.hold import Hold
    from footage.ids import CameraId, SegmentKey
    from footage.instant import Interval
    from footage.ports import Catalogue, Register, Scope
    from footage.stays import Stay

_ASK: Final = "ask whoever manages people for a grant"


def visible(register: Register, reach: Reach, cameras: Iterable[CameraId]) -> set[CameraId]:
    """Return those of some cameras that stand, or stood, at a place in reach."""
    wanted = set(cameras)
    if not reach.limited:
        return wanted
    return reach.cameras(register.stays(wanted))


def require_whole(
    register: Register, reach: Reach, cameras: Collection[CameraId], interval: Interval
) -> None:
    """Refuse some cameras' interval of which some part is out of reach; places are read once.

    Raises:
        NotPermitted: Some part is out of reach; the message names the parts in reach.
    """
    if reach.limited:
        _require_whole(reach, register.stays(cameras), cameras, interval)


def require_segment(
    register: Register, catalogue: Catalogue, reach: Reach, key: SegmentKey
) -> None:
    """Refuse a stored segment that is out of reach altogether, in the same words as a missing one.

    A segment is given out whole or not at all: a grant's edges are as wide as a segment.

    Raises:
        NotPermitted: No part of the segment is in reach; or the catalogue lists no such segment,
            and its start is out of reach.
        NotFound: The catalogue lists no such segment, its start is in reach, and the reach is
            limited.
    """
    if not reaches(register, catalogue, reach, key):
        raise NotPermitted(f"the grants do not reach the segment {key}", hint=_ASK)


def require_scope(register: Register, reach: Reach, scope: Scope, interval: Interval) -> None:
    """Refuse a scope for a hold where some camera is out of reach for some part of the interval.

    A hold on places holds all footage of the interval of each camera that stood there at some time,
    so all of the interval must be in reach, not only the time at those places.

    Raises:
        NotPermitted: Some part is out of reach; the message names the parts in reach.
    """
    if not reach.limited:
        return
    stays = register.stays(scope.cameras or None)
    cameras = windows(stays, scope, interval).keys() | scope.cameras
    _require_whole(reach, stays, cameras, interval)


def holds_touched(register: Register, reach: Reach, holds: Collection[Hold]) -> list[Hold]:
    """Return those of some holds that cover footage in reach, in the order given."""
    if not reach.limited:
        return list(holds)
    stays = register.stays({camera for hold in holds for camera in hold.cameras})
    return [hold for hold in holds if reach.windows(stays, hold.interval).keys() & hold.cameras]


def out_of_reach(register: Register, reach: Reach, exhibits: Collection[Exhibit]) -> set[int]:
    """Return the numbers of those of a case's exhibits of which some part is out of reach."""
    if not reach.limited:
        return set()
    stays = register.stays({camera for one in exhibits for camera in one.cameras})
    return {one.number for one in exhibits if not _is_whole(reach, stays, one)}


def _is_whole(reach: Reach, stays: Iterable[Stay], exhibit: Exhibit) -> bool:
    granted = reach.windows(stays, exhibit.interval)
    return all(granted.get(camera) == (exhibit.interval,) for camera in exhibit.cameras)


def _require_whole(
    reach: Reach, stays: Iterable[Stay], cameras: Iterable[CameraId], interval: Interval
) -> None:
    granted = reach.windows(stays, interval)
    for camera in sorted(cameras):
        if granted.get(camera) != (interval,):
            _refuse(camera, interval, granted.get(camera, ()))


def _refuse(camera: CameraId, interval: Interval, granted: tuple[Interval, ...]) -> NoReturn:
    parts = ", ".join(f"{one.start} to {one.end}" for one in granted)
    raise NotPermitted(
        f"the grants do not reach {camera} from {interval.start} to {interval.end}",
        hint=f"in reach: {parts}" if parts else _ASK,
    )
