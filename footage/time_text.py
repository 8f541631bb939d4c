"""Times and intervals as people write them, to instants; the same reader for every command.

Read are an instant with its offset from UTC (RFC 3339), a local time of a time zone, a day with a
time of day ("yesterday 18:00", "tuesday 6pm"), "now", and a duration before now ("2h ago").
Nothing is guessed: a time in the hour that a zone's clocks showed twice is refused with both
instants to choose from, and a text with two meanings is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput
from footage.instant import DAY, Elapsed, Instant, Interval, within_years
from footage.local_time import Face, aware, instant_of, offset_of

if TYPE_CHECKING:
    from datetime import tzinfo

SECOND: Final = Elapsed.parse("1s")
MINUTE: Final = Elapsed.parse("1m")
MICROSECOND: Final = Elapsed(1)

_HINT: Final = "write it like 2026-11-22T15:08:23Z, 2026-11-22 20:08, yesterday 18:00 or 2h ago"
_DIGITS: Final = 6
_NOON: Final = 12
_WEEK: Final = 7
_UTC_NAMES: Final = {"z", "utc", "gmt"}

_CLOCK: Final = (
    r"(?:(?P<H>\d\d?)(?::(?P<M>\d\d)(?::(?P<S>\d\d)(?:[.,](?P<f>\d{1,9}))?)?)?\s*(?P<half>am|pm)?"
    r"|(?P<HH>\d\d)(?P<MM>\d\d)(?P<SS>\d\d)?)"
)
_TIME_OF_DAY: Final = re.compile(_CLOCK, re.ASCII)
_DATE_AND_TIME: Final = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d|\d{8})"
    rf"(?:[t ]\s*{_CLOCK})?"
    r"\s*(?P<behind>z|[+-]\d\d(?::?\d\d)?|[a-z]{2,5})?",
    re.ASCII,
)
_NAMED_DAY: Final = re.compile(
    r"(?P<day>today|yesterday|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    rf"(?:\s+(?:at\s+)?{_CLOCK})?",
    re.ASCII,
)
_WEEKDAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_AGO: Final = re.compile(r"(?P<parts>(?:\d+(?:\.\d+)?\s*[a-z]+\s+)+)ago", re.ASCII)
_AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)", re.ASCII)
_UNITS: Final = {
    unit: short
    for short, names in {
        "s": ("s", "sec", "secs", "second", "seconds"),
        "m": ("m", "min", "mins", "minute", "minutes"),
        "h": ("h", "hr", "hrs", "hour", "hours"),
        "d": ("d", "day", "days"),
        "w": ("w", "week", "weeks"),
    }.items()
    for unit in names
}


@dataclass(frozen=True, slots=True)
class ReadTime:
    """A time read from a text.

    Attributes:
        instant: The earliest instant that the text means.
        resolution: The text means an instant less than `resolution` after `instant`: a minute for
            "18:05", a day for a date alone.
    """

    instant: Instant
    resolution: Elapsed


def read_time(text: str, zone: tzinfo, now: Instant) -> ReadTime:
    """Read a time as a person writes it.

    Args:
        text: An instant with offset ("2026-11-22T15:08:23Z", "2026-11-22 20:08 +05:00"); a local
            time ("2026-11-22 20:08", "2026-11-22", also with the zone's own abbreviation behind);
            "now", "today", "yesterday" or a weekday, the latest that lies before `now`, with or
            without a time of day; or a duration before `now` ("2h ago", "1 day 3 hours ago").
        zone: Time zone of a text without an offset, and of the named days.
        now: The present instant.

    Raises:
        BadInput: The text is no such time, has two meanings or none in `zone`, or lies outside the
            years 1900 to 9998.
    """
    compact = _compact(text)
    found = _dated(compact, zone) or _named(compact, zone, now) or _ago(compact, now)
    if found is not None:
        within_years(found.instant, text)
        return found
    if _TIME_OF_DAY.fullmatch(compact):
        raise BadInput(
            f"a time of day without a day: {text!r}",
            hint=f"write today {compact} or yesterday {compact}",
        )
    raise BadInput(f"not a time: {text!r}", hint=_HINT)


def read_dated(text: str, zone: tzinfo) -> ReadTime:
    """Read a date with a time of day, as `read_time` does, but no text that depends on the present.

    Raises:
        BadInput: As `read_time`, or the text has no time of day.
    """
    found = _dated(_compact(text), zone)
    if found is None:
        raise BadInput(f"not a date and time: {text!r}", hint="write it like 2026-11-22T15:08:23Z")
    if found.resolution >= DAY:
        raise BadInput(f"a date without a time of day: {text!r}", hint="add it, to the second")
    within_years(found.instant, text)
    return found


def read_interval(start: str | None, end: str | None, zone: tzinfo, now: Instant) -> Interval:
    """Read an interval from `start` (absent: a day before the end) to `end` (absent: `now`).

    Raises:
        BadInput: A time cannot be read, or the end is not after the start.
    """
    last = now if end is None else read_time(end, zone, now).instant
    first = last - DAY if start is None else read_time(start, zone, now).instant
    return Interval(first, last)


def resolution_of(fraction: str) -> Elapsed:
    """Resolution of a time whose seconds have this fraction, e.g. 1 ms for "547"."""
    digits = len(fraction)
    return Elapsed(10 ** (_DIGITS - digits)) if digits < _DIGITS else MICROSECOND


def _compact(text: str) -> str:
    return " ".join(text.lower().split())


def _dated(text: str, zone: tzinfo) -> ReadTime | None:
    """Read a date, with or without a time of day, an offset or an abbreviation of the zone."""
    match = _DATE_AND_TIME.fullmatch(text)
    if match is None:
        return None
    try:
        day = date.fromisoformat(match["date"])
    except ValueError as exc:
        raise BadInput(f"no such date: {match['date']}", hint=_HINT) from exc
    face, resolution = _face(day, match)
    behind = match["behind"] or ""
    if behind in _UTC_NAMES or behind.startswith(("+", "-")):
        offset = offset_of("Z" if behind in _UTC_NAMES else behind)
        if offset is None:
            raise BadInput(f"not an offset from UTC: {behind}", hint="write it like +05:00")
        face = face.at_offset(offset)
    elif behind:
        face = face.at_offset(_offset_called(behind, face, zone))
    return ReadTime(instant_of(face, zone), resolution)


def _named(text: str, zone: tzinfo, now: Instant) -> ReadTime | None:
    """Read "now", "today", "yesterday" or a weekday, with a time of day or without."""
    if text == "now":
        return ReadTime(now, MICROSECOND)
    match = _NAMED_DAY.fullmatch(text)
    if match is None:
        return None
    today = now.to_datetime().astimezone(zone).date()
    back = int(match["day"] == "yesterday")
    if match["day"] in _WEEKDAYS:
        back = (today.weekday() - _WEEKDAYS.index(match["day"])) % _WEEK
        if not back and instant_of(_face(today, match)[0], zone) > now:
            back = _WEEK
    face, resolution = _face(today - timedelta(days=back), match)
    return ReadTime(instant_of(face, zone), resolution)


def _ago(text: str, now: Instant) -> ReadTime | None:
    """Read a duration before now."""
    match = _AGO.fullmatch(text)
    if match is None:
        return None
    amounts = _AMOUNT.findall(match["parts"])
    if unknown := next((unit for _, unit in amounts if unit not in _UNITS), None):
        raise BadInput(
            f"not a unit of time: {unknown!r} in {text!r}", hint="write s, m (minutes), h, d or w"
        )
    short = [(number, _UNITS[unit]) for number, unit in amounts]
    back = Elapsed.parse("".join(f"{number}{unit}" for number, unit in short))
    return ReadTime(now - back, Elapsed.parse(f"1{short[-1][1]}"))


def _face(day: date, clock: re.Match[str]) -> tuple[Face, Elapsed]:
    """The face of a day and a matched time of day, midnight without, and the resolution."""
    hour, minute, second = (
        clock[a] or clock[b] for a, b in (("H", "HH"), ("M", "MM"), ("S", "SS"))
    )
    if hour is None:
        return Face(day.year, day.month, day.day, 0, 0), DAY
    hours, fraction = int(hour), clock["f"] or ""
    if clock["half"]:
        if not 1 <= hours <= _NOON:
            raise BadInput(f"no such time: {hour} {clock['half']}", hint=_HINT)
        hours = hours % _NOON + (_NOON if clock["half"] == "pm" else 0)
    elif minute is None:
        raise BadInput(f"an hour without minutes: {hour!r}", hint=f"write {hour}:00")
    microsecond = int(fraction[:_DIGITS].ljust(_DIGITS, "0"))
    face = Face(
        day.year, day.month, day.day, hours, int(minute or 0), int(second or 0), microsecond
    )
    return face, resolution_of(fraction) if second else MINUTE


def _offset_called(name: str, face: Face, zone: tzinfo) -> Elapsed:
    """Return the offset from UTC that `zone` had when the zone's clocks showed `face`.

    Args:
        name: The zone's abbreviation in force then, in lower case: of the hour that clocks show
            twice, the abbreviation tells which is meant.
        face: The clock face.
        zone: The time zone.
    """
    moments = [aware(face, zone, fold) for fold in (0, 1)]
    offsets = {
        moment.utcoffset() for moment in moments if (moment.tzname() or "").lower() == name
    } - {None}
    if len(offsets) != 1:
        raise BadInput(
            f"{name.upper()!r} is not the name of the time in {zone} at {face}",
            hint="write the offset from UTC, such as +05:00",
        )
    (offset,) = offsets
    return Elapsed((offset or timedelta()) // timedelta(microseconds=1))
