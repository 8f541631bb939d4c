"""The outlook of footage: stored, held and deleted when, as looked at in stores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.errors import BadInput
from footage.ids import CameraId, HoldId
from footage.instant import ZERO, Elapsed, Interval
from infra.catalogues.memory_catalog import MemoryCatalogue
from retention.outlook import Outlook
from retention.policy import Match, Policy
from tests.common.builders import DAY, START, a_register, at, during, segments_in_a_row
from tests.common.purging import a_hold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from footage.day import DaySummary
    from infra.registers.memory_register import MemoryRegister
    from retention.outlook import Prospect

CAMERA, OTHER = CameraId("camera-1"), CameraId("camera-2")
MONTH = Policy("streets", DAY * 30)
NOW = START + DAY


@pytest.fixture
def register() -> MemoryRegister:
    return a_register()


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    """Three minutes of camera-1, a segment each."""
    made = MemoryCatalogue()
    made.add_segments(segments_in_a_row(3, seconds=60))
    return made


def looked(
    register: MemoryRegister,
    catalogue: MemoryCatalogue,
    interval: Interval,
    policies: Sequence[Policy] | None = (MONTH,),
    camera: CameraId = CAMERA,
) -> Prospect:
    ((prospect,),) = Outlook(register, catalogue, lambda: policies).of([([camera], interval)], NOW)
    return prospect


def held(register: MemoryRegister, interval: Interval, hold: str = "hold-1") -> None:
    register.place_hold(
        replace(a_hold(), id=HoldId(hold), cameras=frozenset({CAMERA}), interval=interval)
    )


def test_what_is_stored_goes_no_earlier_than_its_policy_says(
    register: MemoryRegister, catalogue: MemoryCatalogue
) -> None:
    found = looked(register, catalogue, during(30, 90))
    assert (found.stored, found.held, found.holds) == (Elapsed.parse("1m"), ZERO, ())
    assert (found.all_held, found.whole, found.policy) == (False, False, "streets")
    first_end = at(60) + DAY * 30  # the first segment of the interval ends at second 60
    assert found.deleted_from is not None
    assert at(30) + DAY * 30 < found.deleted_from <= first_end


def test_a_hold_is_told_as_it_stands_now(
    register: MemoryRegister, catalogue: MemoryCatalogue
) -> None:
    held(register, during(0, 300))
    found = looked(register, catalogue, during(30, 90))
    assert (found.all_held, found.whole, found.holds) == (True, True, ("hold-1",))
    assert (found.held, found.deleted_from, found.policy) == (Elapsed.parse("1m"), None, "")
    register.release_hold(HoldId("hold-1"), at=NOW, by="court", reason="settled")
    found = looked(register, catalogue, during(30, 90))
    assert (found.all_held, found.holds, found.policy) == (False, (), "streets")


def test_a_part_that_is_not_held_goes(register: MemoryRegister, catalogue: MemoryCatalogue) -> None:
    held(register, during(0, 60))
    held(register, during(120, 150), "hold-2")
    found = looked(register, catalogue, during(0, 180))
    assert (found.held, found.holds) == (Elapsed.parse("1m30s"), ("hold-1", "hold-2"))
    assert (found.all_held, found.whole) == (False, False)
    assert found.deleted_from is not None
    assert at(60) + DAY * 30 < found.deleted_from <= at(120) + DAY * 30


def test_a_hold_of_another_camera_or_time_holds_nothing_here(
    register: MemoryRegister, catalogue: MemoryCatalogue
) -> None:
    held(register, during(90, 300))
    found = looked(register, catalogue, during(0, 90))
    assert (found.held, found.holds) == (ZERO, ())
    other = looked(register, catalogue, during(90, 100), camera=OTHER)
    assert (other.stored, other.holds, other.all_held) == (ZERO, (), False)


def test_nothing_stored_is_never_called_held(
    register: MemoryRegister, catalogue: MemoryCatalogue
) -> None:
    held(register, during(0, 900))
    found = looked(register, catalogue, during(600, 660))
    assert (found.stored, found.held, found.all_held, found.whole) == (ZERO, ZERO, False, True)
    assert found.deleted_from is None


def test_where_no_policy_matches_nothing_goes(
    register: MemoryRegister, catalogue: MemoryCatalogue
) -> None:
    for policies in (None, (Policy("other", DAY, Match(cameras=frozenset({OTHER}))),)):
        found = looked(register, catalogue, during(0, 60), policies)
        assert (found.deleted_from, found.policy, found.unknown) == (None, "", "")


def test_policies_that_cannot_be_read_are_not_called_none(
    register: MemoryRegister, catalogue: MemoryCatalogue
) -> None:
    def broken() -> None:
        raise BadInput("policies.toml is no TOML")

    ((found,),) = Outlook(register, catalogue, broken).of([([CAMERA], during(0, 60))], NOW)
    assert (found.deleted_from, found.unknown) == (None, "policies.toml is no TOML")


def test_each_part_is_told_apart(register: MemoryRegister, catalogue: MemoryCatalogue) -> None:
    outlook = Outlook(register, catalogue, lambda: None)
    found = outlook.of([([OTHER, CAMERA], during(0, 60)), ([CAMERA], during(60, 90))], NOW)
    assert [[one.camera for one in part] for part in found] == [[CAMERA, OTHER], [CAMERA]]
    assert found[1][0].stored == Elapsed.parse("30s")
    assert outlook.of([], NOW) == []


def test_parts_of_near_days_are_asked_about_together(register: MemoryRegister) -> None:
    asked: list[tuple[set[CameraId], Interval]] = []

    class Counting(MemoryCatalogue):
        def days(
            self, cameras: Collection[CameraId] | None, interval: Interval
        ) -> Iterator[DaySummary]:
            assert cameras is not None
            asked.append((set(cameras), interval))
            return super().days(cameras, interval)

    catalogue = Counting()
    catalogue.add_segments(segments_in_a_row(3, seconds=60))
    catalogue.add_segments(segments_in_a_row(3, camera=OTHER, start=START + DAY * 2, seconds=60))
    catalogue.add_segments(segments_in_a_row(3, start=START + DAY * 90, seconds=60))
    held(register, during(0, 60))
    parts = [([CAMERA, OTHER], during(n, n + 30)) for n in range(0, 180, 10)]
    parts += [([OTHER], Interval(START + DAY * 2, at(60) + DAY * 2))]
    parts += [([CAMERA], Interval(START + DAY * 90, at(60) + DAY * 90))]
    outlook = Outlook(register, catalogue, lambda: [MONTH])
    together = outlook.of(parts, NOW)
    assert len(asked) == 3, "OTHER with its days, CAMERA with two months between"
    assert all(window.length <= DAY * 3 for _, window in asked)
    assert together == [outlook.of([part], NOW)[0] for part in parts]
    assert together[0][0].all_held
    assert [one.stored for (one,) in together[-2:]] == [Elapsed.parse("1m")] * 2
