from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.errors import BadInput
from footage.hours import MOST_WINDOWS, WEEKDAYS, Hours
from footage.instant import DAY, Elapsed, Instant, Interval, total
from tests.common.tiers import examples

KARACHI, LONDON = ZoneInfo("Asia/Karachi"), ZoneInfo("Europe/London")
ZONES = ("Asia/Karachi", "UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe")
"""Zones with no change of the clocks, with changes of an hour and of half an hour."""
YEAR = Interval(Instant.parse("2026-01-01T00:00:00Z"), Instant.parse("2027-01-01T00:00:00Z"))


@st.composite
def any_hours(draw: st.DrawFn) -> Hours:
    start = draw(st.integers(0, 1439))
    end = draw(st.integers(0, 1440).filter(lambda one: one != start))
    return Hours(start, end, draw(st.frozensets(st.integers(0, 6), min_size=1)))


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    """Intervals anywhere in a year, and around the days on which clocks are changed."""
    near = st.sampled_from(
        ("2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01")
    ).map(lambda day: Instant.parse(f"{day}T00:00:00Z").us - YEAR.start.us)
    start = draw(st.one_of(near, st.integers(0, DAY.us * 330)))
    begin = Instant(YEAR.start.us + start - draw(st.integers(0, DAY.us * 2)))
    return Interval(begin, begin + Elapsed(draw(st.integers(1, DAY.us * 20))))


def shown(instant: Instant, asked: Hours, zone: ZoneInfo) -> bool:
    """Whether a clock in the zone shows a time in the hours: the rule itself."""
    clock = instant.to_datetime().astimezone(zone)
    minute = clock.hour * 60 + clock.minute
    today, before = clock.weekday(), (clock - timedelta(days=1)).weekday()
    if asked.start < asked.end:
        return today in asked.days and asked.start <= minute < asked.end
    late = today in asked.days and minute >= asked.start
    return late or (before in asked.days and minute < asked.end)


@given(any_hours(), intervals(), st.sampled_from(ZONES), st.data())
@examples(300)
def test_an_instant_is_in_the_hours_when_a_clock_says_so(
    asked: Hours, interval: Interval, name: str, data: st.DataObject
) -> None:
    zone = ZoneInfo(name)
    parts = asked.within(interval, zone)
    assert all(interval.covers(part) for part in parts)
    assert all(a.end < b.start for a, b in pairwise(parts))
    edges = [edge for part in parts for edge in (part.start, part.end)]
    around = [edge + Elapsed(by) for edge in edges for by in (-1, 0, 1)]
    drawn = data.draw(st.lists(st.integers(interval.start.us, interval.end.us - 1), max_size=20))
    for instant in [*around, *map(Instant, drawn)]:
        if instant in interval:
            told = any(instant in part for part in parts)
            assert told == shown(instant, asked, zone), instant


@given(any_hours(), intervals(), st.sampled_from(ZONES))
@examples(100)
def test_hours_and_the_hours_between_are_all_of_the_time(
    asked: Hours, interval: Interval, name: str
) -> None:
    zone = ZoneInfo(name)
    every = Hours(asked.start, asked.end)
    if (every.start, every.end) == (0, 1440):
        assert every.within(interval, zone) == (interval,)
        return
    rest = Hours(every.end % 1440, every.start or 1440)
    both = [*every.within(interval, zone), *rest.within(interval, zone)]
    assert sum(part.length.us for part in both) == interval.length.us == total(both).us


@given(any_hours())
def test_hours_are_written_as_they_are_read(asked: Hours) -> None:
    assert Hours.parse(str(asked)) == asked


def parts(text: str, day: str, zone: ZoneInfo, days: int = 1) -> list[str]:
    start = Instant.parse(f"{day}T00:00:00Z")
    found = Hours.parse(text).within(Interval(start, start + DAY * days), zone)
    return [f"{str(one.start)[5:16]} {str(one.end)[5:16]}" for one in found]


def test_hours_past_midnight_belong_to_the_day_on_which_they_begin() -> None:
    """2026-11-27 is a Friday."""
    assert parts("fri 22:00-04:00", "2026-11-26", ZoneInfo("UTC"), 4) == ["11-27T22:00 11-28T04:00"]
    assert parts("fri 22:00-04:00", "2026-11-28", ZoneInfo("UTC")) == ["11-28T00:00 11-28T04:00"]
    assert parts("22:00-04:00", "2026-11-27", KARACHI) == ["11-27T17:00 11-27T23:00"]


def test_the_hour_shown_twice_counts_twice_and_the_hour_left_out_never() -> None:
    assert parts("01:00-02:00", "2026-10-25", LONDON) == ["10-25T00:00 10-25T02:00"]
    assert parts("01:30-02:00", "2026-10-25", LONDON) == [
        "10-25T00:30 10-25T01:00",
        "10-25T01:30 10-25T02:00",
    ]
    assert parts("01:00-02:00", "2026-03-29", LONDON) == []
    assert parts("00:00-04:00", "2026-03-29", LONDON) == [
        "03-29T00:00 03-29T03:00",
        "03-29T23:00 03-30T00:00",
    ]


def test_whole_days_join() -> None:
    assert parts("sat,sun", "2026-11-26", ZoneInfo("UTC"), 5) == ["11-28T00:00 11-30T00:00"]
    assert Hours.parse("00:00-24:00").within(YEAR, LONDON) == (YEAR,)
    assert Hours.parse("fri-mon").days == {4, 5, 6, 0}
    assert str(Hours.parse("Mon-Fri 8:00 - 18:00")) == "mon,tue,wed,thu,fri 08:00-18:00"
    assert str(Hours(0, 1440, frozenset(range(len(WEEKDAYS))))) == "00:00-24:00"


@pytest.mark.parametrize(
    "text",
    ["", "22-04", "22:00", "foo 22:00-04:00", "mon-foo", "25:00-26:00", "10:60-11:00", "1:00-1:00"],
)
def test_what_is_no_hours_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Hours.parse(text)


def test_more_windows_than_can_be_searched_are_refused() -> None:
    nights = Hours.parse("22:00-04:00")
    start = YEAR.start + Elapsed.parse("12h")
    most = Interval(start, start + DAY * MOST_WINDOWS)
    assert len(nights.within(most, KARACHI)) == MOST_WINDOWS
    with pytest.raises(BadInput, match="more than 100"):
        nights.within(Interval(start, most.end + DAY), KARACHI)
    with pytest.raises(BadInput, match="more than 100"):
        nights.within(Interval(Instant(0), Instant.parse("9000-01-01T00:00:00Z")), KARACHI)
