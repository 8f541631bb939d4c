"""Clock faces to instants: a time somebody wrote or that stands in a name, in a zone, or refused.

When daylight saving ends, an hour happens twice, and when daylight saving begins, an hour never
happens. A time in either hour is refused here with the reason and, for the hour shown twice, with
both instants to choose from; only an offset from UTC beside the time says which instant is meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from footage.errors import BadInput
from footage.instant import Elapsed, Instant

if TYPE_CHECKING:
    from datetime import tzinfo

_OFFSET: Final = re.compile(r"([+-])(\d{1,2}):?(\d\d)?")
_LARGEST_HOURS: Final = 14
_QUARTERS: Final = {0, 15, 30, 45}
"""Minutes of every offset in use since 1972."""


@dataclass(frozen=True, slots=True)
class Face:
    """Date and time that a clock showed.

    Attributes:
        offset: Offset from UTC; None where the zone decides.
    """

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int = 0
    microsecond: int = 0
    offset: Elapsed | None = None

    def at_offset(self, offset: Elapsed | None) -> Face:
        """The same clock face with an offset from UTC; None lets the zone decide."""
        return replace(self, offset=offset)

    def __str__(self) -> str:
        fraction = f".{self.microsecond:06d}" if self.microsecond else ""
        return (
            f"{self.year:04d}-{self.month:02d}-{self.day:02d} "
            f"{self.hour:02d}:{self.minute:02d}:{self.second:02d}{fraction}"
        )


def time_zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name; raises BadInput for no such zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise BadInput(f"not a time zone: {name!r}", hint="e.g. Asia/Karachi, or UTC") from exc


def instant_of(face: Face, zone: tzinfo) -> Instant:
    """The instant at which a clock in `zone`, or at the face's own offset, showed `face`.

    Raises:
        BadInput: No such date or time; or the zone's clocks showed it twice, or never.
    """
    if face.offset is not None:
        return Instant.from_datetime(aware(face, timezone(timedelta(microseconds=face.offset.us))))
    first, second = aware(face, zone), aware(face, zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return Instant.from_datetime(first)
    # The two folds differ at a change of the clocks only.
    there_and_back = first.astimezone(UTC).astimezone(zone)
    if there_and_back.replace(tzinfo=None) != first.replace(tzinfo=None):
        raise BadInput(
            f"{face} was never shown in {zone}: its clocks were changed then",
            hint="state it with its offset from UTC, such as +01:00",
        )
    raise BadInput(
        f"{face} was shown twice in {zone}: its clocks were changed then",
        hint=f"state which: {_with_offset(first)} or {_with_offset(second)}",
    )


def offset_of(text: str) -> Elapsed | None:
    """Read an offset like "Z", "+05:00", "-0330" or "+5"; None for an offset not in use."""
    if text in {"Z", "", "+00:00"}:
        return Elapsed(0)
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    hours, minutes = int(match[2]), int(match[3] or 0)
    if hours > _LARGEST_HOURS or minutes not in _QUARTERS:
        return None
    sign = -1 if match[1] == "-" else 1
    return Elapsed(sign * (hours * 60 + minutes) * 60_000_000)


def _with_offset(moment: datetime) -> str:
    return moment.isoformat(timespec="auto" if moment.microsecond else "seconds")


def aware(face: Face, zone: tzinfo, fold: int = 0) -> datetime:
    """The datetime at which a clock in `zone` showed `face`; raises BadInput for no such time.

    Args:
        face: The clock face; its own offset is ignored.
        zone: The time zone.
        fold: 1 for the later of two times at which the clock showed `face`.
    """
    try:
        return datetime(
            face.year,
            face.month,
            face.day,
            face.hour,
            face.minute,
            face.second,
            face.microsecond,
            tzinfo=zone,
            fold=fold,
        )
    except ValueError as exc:
        raise BadInput(f"no such time: {face}") from exc
