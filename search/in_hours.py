"""Hours of a question: the windows of the cameras, narrowed by the clocks of the cameras' sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.access import narrowed
from footage.asked_times import zone_of
from footage.errors import BadInput
from footage.hours import MOST_WINDOWS
from footage.instant import union
from footage.local_time import time_zone
from footage.stays import by_camera, stays_within
from search.windowed import Asked

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from footage.camera import Camera
    from footage.hours import Hours
    from footage.ids import SiteId
    from footage.instant import Interval
    from footage.ports import Register
    from footage.stays import Windows
    from search.query import Query


def in_hours(
    query: Query, asked: Windows, known: Sequence[Camera], register: Register, default: str
) -> Asked:
    """Return the cameras asked, each for the part of its windows that is in the question's hours.

    Args:
        query: The question.
        asked: By camera, the time in which the camera stood in the scope.
        known: All cameras.
        register: Register of the sites and their zones.
        default: IANA name of the zone of sites without one of their own.

    Raises:
        BadInput: Nothing asked about is in the hours, or the hours are too many separate times.
    """
    interval, hours = query.interval, query.hours
    if hours is None:
        return Asked((interval,), asked)
    zone = zone_of(register, query.scope, default)
    usual = hours.within(interval, zone)
    if {name or default for name in register.zones()} <= {zone.key}:
        shown: Windows = dict.fromkeys(asked, usual)
    else:
        those = [camera for camera in known if camera.id in asked]
        shown = _by_own_clocks(hours, interval, those, register, default)
    left = narrowed(asked, shown)
    if not left:
        raise BadInput(
            f"no time asked about is in the hours {hours}", hint="ask about a longer time"
        )
    return Asked(usual, left)


def _by_own_clocks(
    hours: Hours, interval: Interval, known: Sequence[Camera], register: Register, default: str
) -> Windows:
    """Return the hours of each camera, by the clocks of the sites where the camera stood."""
    zones = {site.id: site.zone or default for site in register.sites()}
    clocks = set[str]()
    stays = by_camera(register.stays())
    kept: dict[tuple[str, Interval], tuple[Interval, ...]] = {}

    def shown(site: SiteId, part: Interval) -> tuple[Interval, ...]:
        key = zones.get(site, default), part
        clocks.add(key[0])
        if key not in kept:
            kept[key] = hours.within(part, time_zone(key[0]))
        return kept[key]

    found = {}
    for camera in known:
        stood = [(one.site, part) for one, part in stays_within(stays.get(camera.id, ()), interval)]
        places = stood or [(camera.site, interval)]
        found[camera.id] = tuple(union(one for site, part in places for one in shown(site, part)))
    _require_few(hours, interval, clocks)
    return found


def _require_few(hours: Hours, interval: Interval, clocks: Collection[str]) -> None:
    """Refuse hours that sites of several time zones make more separate times of than are scanned.

    Raises:
        BadInput: There are more than `MOST_WINDOWS`.
    """
    times = {one for name in clocks for one in hours.within(interval, time_zone(name))}
    if len(times) > MOST_WINDOWS:
        raise BadInput(
            f"the hours {hours} are {len(times)} separate times, more than {MOST_WINDOWS}, by the "
            f"clocks of {len(clocks)} time zones",
            hint="ask about a shorter time, or about the sites of one time zone",
        )
