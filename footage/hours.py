"""Hours: times of day on some weekdays, as clocks in a zone show them, e.g. "mon-fri 22:00-04:00".

Rule. An instant is in the hours when a clock in the zone shows a time of day from the start up to
the end, on a weekday asked for. Hours past midnight belong to the weekday on which they begin. An
hour that clocks show twice is in the hours twice, an hour that clocks leave out never: where clocks
are changed, the hours last as much longer or shorter. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput
from footage.instant import DAY, Elapsed, Instant, Interval, union

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_WINDOWS: Final = 100
"""Most separate times that hours may give: three months of nights; each costs a scan of its own."""
_EVERY_DAY: Final = frozenset(range(len(WEEKDAYS)))
_MINUTE_US: Final = 60_000_000
_MINUTES: Final = 24 * 60
_DAY_US: Final = DAY.us
_FIRST_WEEKDAY: Final = 3
"""1970-01-01 was a Thursday."""
_TEXT: Final = re.compile(
    r"(?P<days>[a-z]{3}(?:[-,][a-z]{3})*)?\s*"
    r"(?:(?P<h1>\d\d?):(?P<m1>\d\d)\s*-\s*(?P<h2>\d\d?):(?P<m2>\d\d))?",
    re.ASCII,
)
_HINT: Final = 'write them like "22:00-04:00", "mon-fri 08:00-18:00" or "sat,sun"'


@dataclass(frozen=True, slots=True)
class Hours:
    """Times of day on some weekdays.

    Attributes:
        start: Minute of the day at which the hours begin.
        end: Minute of the day before which the hours end, at most 24:00; not after `start`: on the
            next day.
        days: Weekdays on which the hours begin, Monday is 0.

    Raises:
        BadInput: There is no weekday, a time is outside of a day, or both times are the same.
    """

    start: int
    end: int
    days: frozenset[int] = _EVERY_DAY

    def __post_init__(self) -> None:
        if not (0 <= self.start < _MINUTES and 0 <= self.end <= _MINUTES):
            raise BadInput("hours outside of a day", hint="00:00 to 24:00")
        if self.start == self.end:
            raise BadInput(
                f"hours that end as they begin, at {_clock(self.start)}",
                hint="00:00-24:00 is the whole day",
            )
        if not self.days:
            raise BadInput("hours on no weekday", hint=_HINT)

    @classmethod
    def parse(cls, text: str) -> Hours:
        """Read hours such as "22:00-04:00", "mon-fri 08:00-18:00" or "sat,sun".

        Raises:
            BadInput: The text is no hours.
        """
        match = _TEXT.fullmatch(text.strip().lower())
        if match is None or not match[0]:
            raise BadInput(f"not hours: {text!r}", hint=_HINT)
        days = _days(match["days"], text) if match["days"] else _EVERY_DAY
        if match["h1"] is None:
            return cls(0, _MINUTES, days)
        start, end = (_minute(match[f"h{n}"], match[f"m{n}"], text) for n in (1, 2))
        return cls(start, end, days)

    def __str__(self) -> str:
        times = f"{_clock(self.start)}-{_clock(self.end)}"
        if self.days == _EVERY_DAY:
            return times
        days = ",".join(name for number, name in enumerate(WEEKDAYS) if number in self.days)
        return days if (self.start, self.end) == (0, _MINUTES) else f"{days} {times}"

    @property
    def _always(self) -> bool:
        return self.days == _EVERY_DAY and (self.start, self.end) == (0, _MINUTES)

    def within(self, interval: Interval, zone: ZoneInfo) -> tuple[Interval, ...]:
        """Return the parts of `interval` that are in the hours in `zone`, in order and apart.

        Raises:
            BadInput: The hours give more than `MOST_WINDOWS` parts.
        """
        if self._always:
            return (interval,)
        if interval.length > DAY * ((MOST_WINDOWS + 1) * len(WEEKDAYS)):
            raise self._too_many()
        parts = [
            Interval(Instant(since - offset), Instant(until - offset))
            for start, end, offset in _stretches(interval, zone)
            for since, until in self._shown(start + offset, end + offset)
        ]
        found = tuple(union(parts))
        if len(found) > MOST_WINDOWS:
            raise self._too_many()
        return found

    def _shown(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the hours from `start` to `end`, all in microseconds as a clock counts them."""
        begin = self.start * _MINUTE_US
        length = (self.end - self.start) * _MINUTE_US % _DAY_US or _DAY_US
        for day in range(start // _DAY_US - 1, end // _DAY_US + 1):
            if (day + _FIRST_WEEKDAY) % len(WEEKDAYS) in self.days:
                since = max(day * _DAY_US + begin, start)
                until = min(day * _DAY_US + begin + length, end)
                if since < until:
                    yield since, until

    def _too_many(self) -> BadInput:
        return BadInput(
            f"the hours {self} are more than {MOST_WINDOWS} separate times in the time asked about",
            hint="ask about a shorter time, e.g. a month",
        )


def _stretches(interval: Interval, zone: ZoneInfo) -> Iterator[tuple[int, int, int]]:
    """Yield the parts of an interval with one offset from UTC, and the offset, in microseconds.

    Clocks are taken to be changed once within a day at most.
    """
    start, end = interval.start.us, interval.end.us
    for since, until in pairwise([*range(start, end, _DAY_US), end]):
        first, last = _offset(since, zone), _offset(until - 1, zone)
        if first == last:
            yield since, until, first
            continue
        low, high = since, until - 1  # the change lies behind `low`, at `high` at the latest
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _offset(middle, zone) == first else (low, middle)
        yield since, high, first
        yield high, until, last


def _offset(us: int, zone: ZoneInfo) -> int:
    offset = Instant(us).to_datetime().astimezone(zone).utcoffset()
    return Elapsed.seconds(offset.total_seconds()).us if offset else 0


def _days(text: str, whole: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if not {first, last or first} <= set(WEEKDAYS):
            raise BadInput(f"not hours: {whole!r}", hint=_HINT)
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        count = (end - start) % len(WEEKDAYS) + 1
        found |= {(start + step) % len(WEEKDAYS) for step in range(count)}
    return frozenset(found)


def _minute(hour: str, minute: str, whole: str) -> int:
    if int(minute) >= 60:  # noqa: PLR2004 - minutes of an hour
        raise BadInput(f"not hours: {whole!r}", hint=_HINT)
    return int(hour) * 60 + int(minute)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
