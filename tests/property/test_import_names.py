"""Names written by a pattern are read back, in every zone, or refused; never misread."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.errors import BadInput
from footage.ids import camera_id, site_id
from footage.instant import Elapsed, Instant
from footage.local_time import Face, instant_of
from footage.objectkey import ObjectKey
from recorder.imports.filenames import read
from recorder.imports.name_template import Template

ZONES = [
    "Asia/Karachi",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",  # half an hour of daylight saving
    "Asia/Kathmandu",
    "Pacific/Apia",  # skipped a whole day in 2011
    "UTC",
]
LOCAL = [
    "cam_%Y%m%d_%H%M%S",
    "cam_%Y%m%d%H%M%S",
    "ch01_%Y%m%d%H%M%S%L",
    "cam/%Y-%m-%d_%H-%M-%S",
    "cam/%Y-%m-%d_%H-%M-%S-%f",
    "cam/%Y-%m-%d %H.%M.%S",
    "cam/%Y-%m-%dT%H-%M-%S",
    "cam/%Y-%m-%d at %I.%M.%S %p",
    "cam/%Y-%m-%d/%H-%M-%S",
    "%Y%m%d/%H%M%S",
    "%Y%m%d%H/%MM%SS",
    "%YY%mM%dD%HH/%MM%SS",
    "cam/%Y_%m%d_%H%M%S_F",
    "cam_%Y_%m_%d_%Hh_%Mm_%Ss",
    "cam/%Y-%m-%d/001/dav/%H/%H.%M.%S-%H.%M.%S[M][0@0][0]",
]
ZONED = [
    "cam/%Y%m%dT%H%M%S%z",
    "cam/%Y-%m-%dT%H-%M-%S%z",
]
IN_UTC = [
    "recordings/%Y-%m-%d/%H/cam/%M.%S",
    "cam/%Y%m%dT%H%M%SZ",
    "cam/%s",
    "PXL_%Y%m%d_%H%M%S%L",
]
instants = st.integers(946_900_000, 4_102_300_000).map(lambda s: Instant(s * 1_000_000))
after_2001 = st.integers(1_000_000_000, 1_899_999_999).map(lambda s: Instant(s * 1_000_000))


def written(pattern: str, instant: Instant, zone: ZoneInfo) -> PurePosixPath:
    moment = instant.to_datetime().astimezone(zone)
    text = pattern.replace("%L", f"{moment.microsecond // 1000:03d}")
    text = text.replace("%s", str(instant.us // 1_000_000))
    return PurePosixPath("/usb") / f"{moment.strftime(text)}.mp4"


def clocks_were_changed(instant: Instant, zone: ZoneInfo) -> bool:
    """Whether a clock showed this time twice."""
    shown = instant.to_datetime().astimezone(zone)
    return shown.replace(fold=0).utcoffset() != shown.replace(fold=1).utcoffset()


@pytest.mark.parametrize("pattern", LOCAL)
@given(instant=instants, zone=st.sampled_from(ZONES).map(ZoneInfo))
def test_local_names(pattern: str, instant: Instant, zone: ZoneInfo) -> None:
    path = written(pattern, instant, zone)
    if clocks_were_changed(instant, zone):
        with pytest.raises(BadInput, match="shown twice"):
            read(path, zone)
    else:
        assert read(path, zone).start == instant


@pytest.mark.parametrize("pattern", ZONED)
@given(instant=instants, zone=st.sampled_from(ZONES[:-1]).map(ZoneInfo))
def test_an_offset_in_the_name_decides_even_at_a_change_of_clocks(
    pattern: str, instant: Instant, zone: ZoneInfo
) -> None:
    assert read(written(pattern, instant, zone), ZoneInfo("UTC")).start == instant


@pytest.mark.parametrize("pattern", IN_UTC)
@given(instant=after_2001, zone=st.sampled_from(ZONES).map(ZoneInfo))
def test_names_in_utc_do_not_ask_the_zone(pattern: str, instant: Instant, zone: ZoneInfo) -> None:
    assert read(written(pattern, instant, ZoneInfo("UTC")), zone).start == instant


@given(
    us=st.integers(946_684_800_000_000, 4_102_444_799_999_999),
    number=st.integers(0, 999_999),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
def test_our_own_keys(us: int, number: int, zone: ZoneInfo) -> None:
    key = ObjectKey(site_id("site-1"), camera_id("cam-1"), Instant(us), number)
    named = read(PurePosixPath("/mnt/copy") / str(key), zone)
    assert (named.start, named.camera) == (key.start, "cam-1")


@given(instant=instants, zone=st.sampled_from(ZONES).map(ZoneInfo))
def test_a_template_reads_what_it_writes(instant: Instant, zone: ZoneInfo) -> None:
    text = "{camera}/%d.%m.%Y %H-%M-%S"
    moment = instant.to_datetime().astimezone(zone)
    path = PurePosixPath("gate-1") / f"{moment:%d.%m.%Y %H-%M-%S}.avi"
    if clocks_were_changed(instant, zone):
        with pytest.raises(BadInput, match="shown twice"):
            Template.parse(text).read(path, zone)
    else:
        named = Template.parse(text).read(path, zone)
        assert (named.start, named.camera) == (instant, "gate-1")


@given(
    moment=st.datetimes(datetime(1990, 1, 1), datetime(2099, 1, 1)),  # noqa: DTZ001 - a face
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
def test_a_face_is_one_instant_or_refused(moment: datetime, zone: ZoneInfo) -> None:
    face = Face(*moment.timetuple()[:6], moment.microsecond)
    near = [moment.replace(tzinfo=UTC) + timedelta(minutes=15 * n) for n in range(-112, 113)]
    shown = {
        Instant.from_datetime(aware)
        for aware in near
        if aware.astimezone(zone).replace(tzinfo=None) == moment
    }
    try:
        assert {instant_of(face, zone)} == shown
    except BadInput:
        assert len(shown) != 1


@given(st.text("0123456789-_.TZ+ MSHDamp", min_size=1, max_size=40))
def test_no_name_ends_in_anything_but_a_start_or_a_reason(name: str) -> None:
    try:
        named = read(PurePosixPath("/usb") / f"{name}.mp4", ZoneInfo("Asia/Karachi"))
    except BadInput:
        return
    assert named.resolution <= Elapsed.parse("1m")
