"""Wall time in integer microseconds: points, differences and half-open intervals.

`Instant` counts microseconds since 1970-01-01 UTC, `Elapsed` counts microseconds. Instant - Instant
is Elapsed, Instant ± Elapsed is Instant, and nothing else type-checks (invariant 8). Media time
(ticks of a timescale) never becomes an `Instant` except through a segment's anchor.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, overload

from footage.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_US_PER_S: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_IN_UTC: Final = _EPOCH.replace(tzinfo=None)
_FIRST_US: Final = (datetime(1900, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_LAST_US: Final = (datetime(9999, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_DURATION: Final = re.compile(r"(\d{1,18}(?:\.\d+)?)(us|ms|s|m|h|d|w)")
_UNIT_US: Final = {
    "us": 1,
    "ms": 1_000,
    "s": _US_PER_S,
    "m": 60 * _US_PER_S,
    "h": 3_600 * _US_PER_S,
    "d": 86_400 * _US_PER_S,
    "w": 7 * 86_400 * _US_PER_S,
}


@dataclass(frozen=True, slots=True, order=True)
class Elapsed:
    """A difference of two instants, in whole microseconds; may be negative."""

    us: int

    @classmethod
    def seconds(cls, seconds: float) -> Elapsed:
        """Convert seconds to the nearest whole number of microseconds."""
        return cls(round(seconds * _US_PER_S))

    @classmethod
    def parse(cls, text: str) -> Elapsed:
        """Read a duration such as "30d", "1h30m", "90s" or "250ms".

        Raises:
            BadInput: The text is not a sequence of number and unit (us, ms, s, m, h, d, w).
        """
        compact = text.strip()
        parts = _DURATION.findall(compact)
        if not parts or "".join(n + u for n, u in parts) != compact:
            raise BadInput(
                f"not a duration: {text!r}", hint='write it like "30d", "1h30m" or "250ms"'
            )
        return cls(sum(round(float(number) * _UNIT_US[unit]) for number, unit in parts))

    @property
    def in_seconds(self) -> float:
        """Seconds as a float, for people, metrics and foreign interfaces, not for arithmetic."""
        return self.us / _US_PER_S

    def __str__(self) -> str:
        if self.us == 0:
            return "0s"
        rest, text = abs(self.us), "-" if self.us < 0 else ""
        for unit in ("d", "h", "m", "s", "ms", "us"):
            count, rest = divmod(rest, _UNIT_US[unit])
            text += f"{count}{unit}" if count else ""
        return text

    def __add__(self, other: Elapsed) -> Elapsed:
        return Elapsed(self.us + other.us)

    def __sub__(self, other: Elapsed) -> Elapsed:
        return Elapsed(self.us - other.us)

    def __neg__(self) -> Elapsed:
        return Elapsed(-self.us)

    def __mul__(self, factor: int) -> Elapsed:
        return Elapsed(self.us * factor)

    def __bool__(self) -> bool:
        return self.us != 0


ZERO: Final = Elapsed(0)
DAY: Final = Elapsed(86_400 * _US_PER_S)


@dataclass(frozen=True, slots=True, order=True)
class Instant:
    """A point of wall time: whole microseconds since 1970-01-01T00:00:00Z."""

    us: int

    @classmethod
    def parse(cls, text: str) -> Instant:
        """Read an RFC 3339 time, e.g. "2026-11-22T15:08:23.547Z" or with an offset "+05:00".

        Raises:
            BadInput: The text is no instant, names no offset from UTC, or lies outside the years
                1900 to 9998: no camera recorded then, and results computed from an instant inside
                stay dates.
        """
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError as exc:
            raise BadInput(
                f"not an instant: {text!r}", hint="write it like 2026-11-22T15:08:23Z"
            ) from exc
        if moment.tzinfo is None:
            raise BadInput(
                f"instant without an offset: {text!r}", hint="end it with Z or with +05:00"
            )
        instant = cls.from_datetime(moment)
        within_years(instant, text)
        return instant

    @classmethod
    def from_datetime(cls, moment: datetime) -> Instant:
        """Convert an aware datetime.

        Raises:
            BadInput: The datetime is naive.
        """
        if moment.tzinfo is None:
            raise BadInput(f"naive time: {moment!r}", hint="give it a time zone")
        return cls((moment - _EPOCH) // timedelta(microseconds=1))

    def to_datetime(self) -> datetime:
        """Return the same point of time as an aware UTC datetime."""
        return _EPOCH + timedelta(microseconds=self.us)

    def floor(self, step: Elapsed) -> Instant:
        """Round down to a multiple of `step` since the epoch."""
        return Instant(self.us - self.us % step.us)

    def __str__(self) -> str:
        """Write RFC 3339 in UTC with microseconds."""
        # A city's answer has thousands of instants: without a time zone that costs half.
        return (_EPOCH_IN_UTC + timedelta(0, 0, self.us)).isoformat("T", "microseconds") + "Z"

    @overload
    def __sub__(self, other: Instant) -> Elapsed: ...
    @overload
    def __sub__(self, other: Elapsed) -> Instant: ...
    def __sub__(self, other: Instant | Elapsed) -> Elapsed | Instant:
        return (
            Elapsed(self.us - other.us)
            if isinstance(other, Instant)
            else Instant(self.us - other.us)
        )

    def __add__(self, other: Elapsed) -> Instant:
        return Instant(self.us + other.us)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """The half-open stretch of time [start, end); never empty.

    Raises:
        BadInput: `end` is not after `start`.
    """

    start: Instant
    end: Instant

    def __post_init__(self) -> None:
        # Microseconds, not instants, are compared: coverage makes a million intervals.
        if self.end.us <= self.start.us:
            raise BadInput(f"an interval must end after it starts: {self.start} to {self.end}")

    @property
    def length(self) -> Elapsed:
        """End minus start, always positive."""
        return self.end - self.start

    def __contains__(self, instant: Instant) -> bool:
        return self.start.us <= instant.us < self.end.us

    def __str__(self) -> str:
        return f"{self.start}/{self.end}"

    def covers(self, other: Interval) -> bool:
        """Whether `other` lies wholly inside this interval."""
        return self.start.us <= other.start.us and other.end.us <= self.end.us

    def overlaps(self, other: Interval) -> bool:
        """Whether both intervals share at least a microsecond."""
        return self.start.us < other.end.us and other.start.us < self.end.us

    def clip(self, window: Interval) -> Interval | None:
        """Return the part of this interval inside `window`, or None."""
        if window.covers(self):
            return self
        start = self.start if self.start.us >= window.start.us else window.start
        end = self.end if self.end.us <= window.end.us else window.end
        return Interval(start, end) if start.us < end.us else None

    def less(self, holes: Iterable[Interval]) -> list[Interval]:
        """Return this interval without `holes`, in order; holes may overlap or stick out."""
        left, at = [], self.start
        for hole in union(h for hole in holes if (h := hole.clip(self))):
            if at.us < hole.start.us:
                left.append(Interval(at, hole.start))
            at = hole.end
        if at.us < self.end.us:
            left.append(Interval(at, self.end))
        return left


def within_years(instant: Instant, text: str) -> None:
    """Raise BadInput naming `text` unless the instant lies in the years 1900 to 9998."""
    if not _FIRST_US <= instant.us < _LAST_US:
        raise BadInput(f"instant out of range: {text!r}", hint="years 1900 to 9998")


def union(intervals: Iterable[Interval], *, bridge: Elapsed = ZERO) -> list[Interval]:
    """Merge overlapping and touching intervals, in order; gaps of up to `bridge` are merged too."""
    merged: list[Interval] = []
    for interval in sorted(intervals, key=_bounds):
        last = merged[-1] if merged else None
        if last is None or interval.start.us > last.end.us + bridge.us:
            merged.append(interval)
        elif interval.end.us > last.end.us:
            merged[-1] = Interval(last.start, interval.end)
    return merged


def in_any(parts: Sequence[Interval], instant: Instant) -> bool:
    """Return whether an instant lies in any of the parts, which are in order and apart."""
    number = bisect_right(parts, instant, key=_start)
    return number > 0 and instant in parts[number - 1]


def total(intervals: Iterable[Interval]) -> Elapsed:
    """Return the time covered by any of the intervals, overlaps counted once."""
    return sum((interval.length for interval in union(intervals)), ZERO)


def _start(interval: Interval) -> Instant:
    return interval.start


def _bounds(interval: Interval) -> tuple[int, int]:
    return (interval.start.us, interval.end.us)
