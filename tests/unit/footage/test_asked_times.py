"""The zone in which asked times are read, and how an interval is shown."""

from zoneinfo import ZoneInfo

import pytest

from footage.asked_times import AskedTimes, asked_times, local_text, zone_of
from footage.errors import BadInput
from footage.ids import CameraId, SiteId
from footage.instant import Instant
from footage.scope import EVERYWHERE, Scope
from footage.time_text import read_time
from infra.registers.memory_register import MemoryRegister
from tests.common.builders import a_camera, a_district, a_site

A_DAY_BEFORE = Instant.parse("2026-11-21T15:08:23.500000Z")
NOW = Instant.parse("2026-11-22T15:08:23.500000Z")


@pytest.fixture
def register() -> MemoryRegister:
    """Two sites of the settings' zone, and one of Kabul."""
    made = MemoryRegister()
    made.add_districts([a_district()])
    made.add_sites([a_site("site-1"), a_site("site-2"), a_site("border", zone="Asia/Kabul")])
    made.add_cameras(
        [
            a_camera("camera-1", site="site-1"),
            a_camera("camera-2", site="site-2"),
            a_camera("camera-3", site="border"),
        ]
    )
    return made


@pytest.mark.parametrize(
    ("scope", "zone"),
    [
        (EVERYWHERE, "Asia/Karachi"),
        (Scope(sites=frozenset({SiteId("site-1"), SiteId("site-2")})), "Asia/Karachi"),
        (Scope(sites=frozenset({SiteId("border")})), "Asia/Kabul"),
        (Scope(cameras=frozenset({CameraId("camera-3")})), "Asia/Kabul"),
        (Scope(cameras=frozenset({CameraId("camera-1"), CameraId("camera-3")})), "Asia/Karachi"),
        (Scope(cameras=frozenset({CameraId("unknown")})), "Asia/Karachi"),
    ],
)
def test_the_zone_that_all_sites_share(register: MemoryRegister, scope: Scope, zone: str) -> None:
    assert zone_of(register, scope, "Asia/Karachi").key == zone


def test_a_moved_camera_counts_where_it_stood(register: MemoryRegister) -> None:
    register.add_cameras([a_camera("camera-3", site="site-1"), a_camera("camera-1", site="site-2")])
    at_border = Scope(sites=frozenset({SiteId("border")}))
    assert zone_of(register, at_border, "Asia/Karachi").key == "Asia/Kabul"
    by_name = Scope(cameras=frozenset({CameraId("camera-3")}))
    assert zone_of(register, by_name, "Asia/Karachi").key == "Asia/Karachi"


def asked(register: MemoryRegister, site: str, start: str | None, end: str | None) -> AskedTimes:
    scope = Scope.parse(sites=[site])
    return asked_times(register, scope, start, end, default="Asia/Karachi", now=NOW)


def test_local_times_are_of_the_sites_zone(register: MemoryRegister) -> None:
    times = asked(register, "border", "2026-11-22 18:00", "2026-11-22 19:00")
    assert str(times) == (
        "2026-11-22 18:00:00 +04:30 to 2026-11-22 19:00:00 +04:30 (Asia/Kabul), "
        "UTC 2026-11-22T13:30:00Z to 2026-11-22T14:30:00Z"
    )
    assert times.document()["from"] == {
        "utc": "2026-11-22T13:30:00.000000Z",
        "local": "2026-11-22 18:00:00 +04:30",
    }


def test_absent_ends_are_the_last_day(register: MemoryRegister) -> None:
    times = asked(register, "site-1", None, None)
    assert (times.interval.start, times.interval.end) == (A_DAY_BEFORE, NOW)
    with pytest.raises(BadInput, match="not a time"):
        asked(register, "site-1", "soon", None)


def test_what_is_shown_pastes_back() -> None:
    zone = ZoneInfo("Asia/Kabul")
    assert local_text(NOW, zone) == "2026-11-22 19:38:23.5 +04:30"
    assert read_time(local_text(NOW, zone), ZoneInfo("UTC"), Instant(0)).instant == NOW
