"""The forecast of a store: rates, the day on which the store is full, and who stays short."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.digest import Digest
from footage.import_run import run_of
from footage.instant import Elapsed, Interval
from footage.scope import EVERYWHERE, Scope
from infra.catalogues.memory_catalog import MemoryCatalogue
from retention.forecast import Forecaster, Reaching
from retention.policy import Policy
from tests.common.builders import DAY, START, a_camera, a_register, at, segments_in_a_row
from tests.common.purging import a_hold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.instant import Instant
    from footage.segment import Segment
    from infra.registers.memory_register import MemoryRegister
    from retention.forecast import Forecast

HOUR = Elapsed.parse("1h")
MIDNIGHT = START.floor(DAY)
NOW = MIDNIGHT + DAY * 10
IMPORT = run_of(Digest.of(b"film"), START, 1, HOUR, START)
TEN_DAYS = Policy("streets", DAY * 10)


@pytest.fixture
def register() -> MemoryRegister:
    return a_register()


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    """A hundred bytes of camera-1 on each of ten days, in four segments."""
    made = MemoryCatalogue()
    for day in range(10):
        made.add_segments(_day(MIDNIGHT + DAY * day))
    return made


def _day(day: Instant) -> list[Segment]:
    return segments_in_a_row(4, "camera-1", day + HOUR, seconds=3_600, size_bytes=25)


def made(  # noqa: PLR0913 - what a forecast depends on
    register: MemoryRegister,
    catalogue: MemoryCatalogue,
    policies: Sequence[Policy] | None = (TEN_DAYS,),
    *,
    room: int | None = None,
    ahead: int = 20,
    scope: Scope = EVERYWHERE,
    now: Instant = NOW,
) -> Forecast:
    forecaster = Forecaster(register, catalogue, lambda: policies, lambda: None)
    return forecaster.of(scope, now, ahead=ahead, room=room)


def test_a_store_in_balance_is_never_full(
    register: MemoryRegister, catalogue: MemoryCatalogue
) -> None:
    found = made(register, catalogue, room=200)
    assert (found.size_bytes, found.rate, found.full_on) == (1_000, 100, None)
    assert found.by_day[0] == 1_000
    assert set(found.by_day[1:]) <= {1_000, 1_100}
    (camera,) = (one for one in found.cameras if one.camera == "camera-1")
    assert (camera.reaching, camera.policy, camera.keep) == (Reaching.REACHED, "streets", DAY * 10)
    assert (camera.size_bytes, camera.oldest) == (1_000, MIDNIGHT + HOUR)


def test_the_day_on_which_the_store_is_full_and_who_stays_short(
    register: MemoryRegister, catalogue: MemoryCatalogue
) -> None:
    found = made(register, catalogue, (Policy("long", DAY * 30),), room=450)
    assert found.by_day[:6] == [1_000, 1_100, 1_200, 1_300, 1_400, 1_500]
    assert found.full_on == MIDNIGHT + DAY * 15
    (camera,) = (one for one in found.cameras if one.camera == "camera-1")
    assert camera.reaching is Reaching.SHORT
    assert camera.will_cover == DAY * 15 - HOUR
    enough = made(register, catalogue, (Policy("long", DAY * 30),), room=2_200, ahead=60)
    assert enough.full_on is None
    (camera,) = (one for one in enough.cameras if one.camera == "camera-1")
    assert (camera.reaching, camera.reaches_on) == (
        Reaching.GROWING,
        MIDNIGHT + HOUR + DAY * 30,
    )


def test_without_policies_bytes_only_grow_and_nothing_says_short(
    register: MemoryRegister, catalogue: MemoryCatalogue
) -> None:
    found = made(register, catalogue, None, room=150)
    assert found.full_on == MIDNIGHT + DAY * 12
    assert {one.reaching for one in found.cameras if one.size_bytes} == {Reaching.KEPT}


def test_what_is_held_stays(register: MemoryRegister, catalogue: MemoryCatalogue) -> None:
    free = made(register, catalogue, (Policy("short", DAY),))
    register.place_hold(replace(a_hold(), interval=Interval(MIDNIGHT, MIDNIGHT + DAY)))
    held = made(register, catalogue, (Policy("short", DAY),))
    assert held.by_day[-1] - free.by_day[-1] == 100
    assert sum(one.held_bytes for one in held.cameras) == 100
    assert dict(held.held) == {"hold-1": 100}
    register.place_hold(
        replace(a_hold("hold-2"), interval=Interval(MIDNIGHT + DAY, MIDNIGHT + DAY + HOUR * 2))
    )
    assert dict(made(register, catalogue).held) == {"hold-1": 100, "hold-2": 25}


def test_cameras_that_store_nothing_are_told(
    register: MemoryRegister, catalogue: MemoryCatalogue
) -> None:
    register.add_cameras([a_camera("camera-9", source="rtsp://camera-9/1")])
    later = made(register, catalogue, now=NOW + DAY * 2)
    told = {str(one.camera): one.reaching for one in later.cameras}
    assert (told["camera-9"], told["camera-1"]) == (Reaching.NOTHING, Reaching.SILENT)
    only = made(register, catalogue, scope=Scope.parse(["camera-9"]), now=NOW + DAY * 2)
    assert [one.camera for one in only.cameras] == ["camera-9"]
    assert (only.size_bytes, dict(only.sites)) == (1_000, {})  # the store is one for all


def test_imports_do_not_count_as_recorded_each_day(register: MemoryRegister) -> None:
    catalogue = MemoryCatalogue()
    catalogue.add_segments(_day(MIDNIGHT + DAY * 8))
    imported = [replace(one, run=IMPORT) for one in _day(MIDNIGHT + DAY * 9)]
    catalogue.add_segments(imported)
    found = made(register, catalogue)
    assert (found.size_bytes, found.rate) == (200, 50)


def test_a_camera_s_first_day_counts_by_the_time_passed(register: MemoryRegister) -> None:
    catalogue = MemoryCatalogue()
    catalogue.add_segments(_day(MIDNIGHT))
    assert made(register, catalogue, now=at(0).floor(DAY) + HOUR * 5).rate == 600
