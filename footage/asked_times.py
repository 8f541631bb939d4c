"""An interval that a person asks about: read in the zone of the places, shown as understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footage.local_time import time_zone
from footage.time_text import read_interval

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from footage.instant import Instant, Interval
    from footage.ports import Register
    from footage.scope import Scope


@dataclass(frozen=True, slots=True)
class AskedTimes:
    """An interval as it was understood.

    Attributes:
        zone: Time zone in which times without an offset were read.
    """

    interval: Interval
    zone: ZoneInfo

    def __str__(self) -> str:
        start, end = self.interval.start, self.interval.end
        return (
            f"{local_text(start, self.zone)} to {local_text(end, self.zone)} "
            f"({self.zone.key}), UTC {utc_text(start)} to {utc_text(end)}"
        )

    def document(self) -> dict[str, object]:
        """The interval for a JSON document: each end in UTC and in local time with the offset."""
        ends = {"from": self.interval.start, "to": self.interval.end}
        return {"zone": self.zone.key} | {
            name: {"utc": str(end), "local": local_text(end, self.zone)}
            for name, end in ends.items()
        }


def local_text(instant: Instant, zone: ZoneInfo) -> str:
    """Local time of an instant with the zone's offset from UTC, as commands read times back."""
    moment = instant.to_datetime().astimezone(zone)
    fraction = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
    offset = moment.isoformat()[-len("+05:00") :]
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction} {offset}"


def zone_of(register: Register, scope: Scope, default: str) -> ZoneInfo:
    """The time zone that all sites share where cameras stood in `scope`, else the zone `default`.

    A camera that was moved stood in several sites; those that `scope` admits count.
    """
    named = {zone or default for zone in register.zones()} or {default}
    if len(named) == 1:
        return time_zone(named.pop())  # without reading sites and the cameras' places
    zones = {site.id: site.zone or default for site in register.sites()}
    shared = {
        zones[stay.site]
        for stay in register.stays(scope.cameras or None)
        if scope.admits(
            camera=stay.camera, site=stay.site, district=stay.district, place=stay.place
        )
    }
    return time_zone(shared.pop() if len(shared) == 1 else default)


def asked_times(
    register: Register,
    scope: Scope,
    start: str | None,
    end: str | None,
    *,
    default: str,
    now: Instant,
) -> AskedTimes:
    """Read the ends of an interval that a person typed for the places in `scope`.

    Args:
        register: Register of the sites and their zones.
        scope: The places asked about.
        start: Text of the start; absent: a day before the end.
        end: Text of the end; absent: `now`.
        default: IANA name of the zone where the sites in `scope` share none.
        now: The present instant.

    Raises:
        BadInput: A text is no time, or the end is not after the start.
    """
    zone = zone_of(register, scope, default)
    return AskedTimes(read_interval(start, end, zone, now), zone)


def utc_text(instant: Instant) -> str:
    """UTC of an instant without trailing zeros, as commands read times back."""
    return str(instant).removesuffix("Z").rstrip("0").rstrip(".") + "Z"
