"""Times as people write them."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.errors import BadInput
from footage.instant import Instant, Interval
from footage.time_text import read_dated, read_interval, read_time

KARACHI = ZoneInfo("Asia/Karachi")
BERLIN = ZoneInfo("Europe/Berlin")
SUNDAY = Instant.parse("2026-11-22T15:08:23Z")
"""20:08:23 on a Sunday in Karachi."""


@pytest.mark.parametrize(
    ("text", "instant", "resolution"),
    [
        ("2026-11-22T15:08:23Z", "2026-11-22T15:08:23Z", "1s"),
        ("2026-11-22 20:08:23", "2026-11-22T15:08:23Z", "1s"),
        ("2026-11-22T20:08", "2026-11-22T15:08:00Z", "1m"),
        ("  2026-11-22   20:08 ", "2026-11-22T15:08:00Z", "1m"),
        ("2026-11-22 20:08:23 +05:00", "2026-11-22T15:08:23Z", "1s"),
        ("2026-11-22 20:08:23+0500", "2026-11-22T15:08:23Z", "1s"),
        ("2026-11-22 10:08:23 -05", "2026-11-22T15:08:23Z", "1s"),
        ("2026-11-22 20:08:23 PKT", "2026-11-22T15:08:23Z", "1s"),
        ("2026-11-22 15:08:23 utc", "2026-11-22T15:08:23Z", "1s"),
        ("2026-11-22T15:08:23.5Z", "2026-11-22T15:08:23.5Z", "100ms"),
        ("2026-11-22T15:08:23.547123Z", "2026-11-22T15:08:23.547123Z", "1us"),
        ("20261122T200823", "2026-11-22T15:08:23Z", "1s"),
        ("2026-11-22 6:30 pm", "2026-11-22T13:30:00Z", "1m"),
        ("2026-11-22", "2026-11-21T19:00:00Z", "1d"),
        ("now", "2026-11-22T15:08:23Z", "1us"),
        ("today", "2026-11-21T19:00:00Z", "1d"),
        ("today 18:00", "2026-11-22T13:00:00Z", "1m"),
        ("Yesterday 18:00", "2026-11-21T13:00:00Z", "1m"),
        ("yesterday at 6pm", "2026-11-21T13:00:00Z", "1m"),
        ("yesterday 12am", "2026-11-20T19:00:00Z", "1m"),
        ("tuesday 18:00", "2026-11-17T13:00:00Z", "1m"),
        ("sunday 20:08", "2026-11-22T15:08:00Z", "1m"),
        ("sunday 20:09", "2026-11-15T15:09:00Z", "1m"),
        ("2h ago", "2026-11-22T13:08:23Z", "1h"),
        ("90 minutes ago", "2026-11-22T13:38:23Z", "1m"),
        ("1 day 3 hours ago", "2026-11-21T12:08:23Z", "1h"),
        ("1.5h ago", "2026-11-22T13:38:23Z", "1h"),
    ],
)
def test_what_a_person_writes(text: str, instant: str, resolution: str) -> None:
    read = read_time(text, KARACHI, SUNDAY)
    assert (read.instant, str(read.resolution)) == (Instant.parse(instant), resolution)


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("", "not a time"),
        ("noon", "not a time"),
        ("18:00", "without a day"),
        ("yesterday 18", "without minutes"),
        ("yesterday 13pm", "no such time"),
        ("yesterday 25:00", "no such time"),
        ("2026-11-31 10:00", "no such date"),
        ("2026-11-22 20:08 EST", "not the name of the time"),
        ("2026-11-22 20:08 +05:07", "not an offset"),
        ("3 fortnights ago", "not a unit"),
        ("2h", "not a time"),
        ("22/11/2026", "not a time"),
        ("0900-01-01T00:00:00Z", "out of range"),
        ("90000w ago", "out of range"),
    ],
)
def test_a_text_that_is_no_time(text: str, about: str) -> None:
    with pytest.raises(BadInput, match=about):
        read_time(text, KARACHI, SUNDAY)


def test_an_hour_shown_twice_is_asked_back_with_both_instants() -> None:
    with pytest.raises(BadInput, match="shown twice") as refused:
        read_time("2026-10-25 02:30", BERLIN, SUNDAY)
    assert refused.value.hint == (
        "state which: 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00"
    )
    for text, instant in (
        ("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00Z"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00Z"),
        ("2026-10-25 02:30 CEST", "2026-10-25T00:30:00Z"),
        ("2026-10-25 02:30 CET", "2026-10-25T01:30:00Z"),
    ):
        assert read_time(text, BERLIN, SUNDAY).instant == Instant.parse(instant)


def test_an_hour_never_shown_is_refused() -> None:
    with pytest.raises(BadInput, match="never shown"):
        read_time("2026-03-29 02:30", BERLIN, SUNDAY)


def test_a_list_takes_no_time_that_depends_on_the_present() -> None:
    assert read_dated("2026-11-22 20:08", KARACHI).instant == Instant.parse("2026-11-22T15:08:00Z")
    for text in ("yesterday 18:00", "2h ago", "2026-11-22"):
        with pytest.raises(BadInput):
            read_dated(text, KARACHI)


def test_an_interval() -> None:
    hour = read_interval("yesterday 18:00", "yesterday 19:00", KARACHI, SUNDAY)
    assert str(hour) == "2026-11-21T13:00:00.000000Z/2026-11-21T14:00:00.000000Z"
    last_day = Interval(Instant.parse("2026-11-21T15:08:23Z"), SUNDAY)
    assert read_interval(None, None, KARACHI, SUNDAY) == last_day
    with pytest.raises(BadInput, match="end after"):
        read_interval("now", "1h ago", KARACHI, SUNDAY)
    for start, end in (("", None), (None, " ")):  # an empty variable of a shell is no last day
        with pytest.raises(BadInput, match="not a time"):
            read_interval(start, end, KARACHI, SUNDAY)


@given(
    st.datetimes(datetime(1975, 1, 1), datetime(9000, 1, 1)),  # noqa: DTZ001 - hypothesis asks naive
    st.sampled_from([UTC, KARACHI, BERLIN]),
    st.sampled_from(
        ["%Y-%m-%d %H:%M:%S.%f %Z", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%d %H:%M:%S.%f %z"]
    ),
)
def test_a_time_as_printed_pastes_back(naive: datetime, zone: tzinfo, form: str) -> None:
    moment = naive.replace(tzinfo=UTC).astimezone(zone)
    read = read_time(moment.strftime(form), zone, SUNDAY)
    assert read.instant == Instant.from_datetime(moment)
