"""The contract of `footage.ports.Register`, against every register."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import pytest

from footage.clock import SystemClock
from footage.errors import BadInput, Conflict, NotFound, Refused, Unavailable
from footage.hold import Hold
from footage.ids import CameraId, DistrictId, HoldId, PlanId, SiteId
from footage.instant import Elapsed
from footage.place import Circle, Point
from footage.ports import Register, Scope, Tombstone, TombstoneState
from infra.file_lock import WAIT
from infra.registers.memory_register import MemoryRegister
from infra.registers.sql_register import SqlRegister
from tests.common.builders import (
    BUS_STAND,
    a_camera,
    a_district,
    a_segment,
    a_site,
    at,
    during,
    segments_in_a_row,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from infra.servers.postgres import Database

PLAN, OTHER_PLAN = PlanId("plan-1"), PlanId("plan-2")
AWAY = Point(32.6, 70.9)


class Open(Protocol):
    """Opens one more client of the same register."""

    def __call__(self, wait: Elapsed = ...) -> Register: ...


@dataclass(frozen=True)
class Place:
    """Where a register lies: `url` is empty for the one in memory, which only threads share."""

    open: Open
    url: str


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    url = ""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'register.db'}"
    if request.param == "postgresql":
        database: Database = request.getfixturevalue("postgres_database")
        url = database.sqlalchemy_url
    shared = MemoryRegister(wait=Elapsed.parse("50ms"))
    opened: list[SqlRegister] = []

    def open_client(wait: Elapsed = WAIT) -> Register:
        if not url:
            return shared
        opened.append(SqlRegister(url, clock=SystemClock(), wait=wait))
        return opened[-1]

    yield Place(open_client, url)
    for register in opened:
        register.close()


@pytest.fixture
def register(place: Place) -> Register:
    return place.open()


def a_hold(hold: str = "hold-1", cameras: tuple[str, ...] = ("camera-1", "camera-2")) -> Hold:
    return Hold(
        id=HoldId(hold),
        cameras=frozenset(map(CameraId, cameras)),
        interval=during(0, 60),
        authority="Sessions Court, order 14/2026",
        reason="robbery at the bus stand",
        placed_by="liaison",
        placed_at=at(100),
        case="FIR-4711",
    )


def a_tombstone(number: int = 0, plan: PlanId = PLAN) -> Tombstone:
    return Tombstone(plan, segments_in_a_row(number + 1)[number], "policy 'streets': keep 30d")


def with_places(register: Register) -> None:
    register.add_districts([a_district("district-2"), a_district()])
    register.add_sites([a_site("site-2", district="district-2", place=AWAY), a_site()])
    register.add_cameras(
        [
            a_camera("camera-2", site="site-2", district="district-2", place=AWAY),
            a_camera("camera-1", source="rtsp://user:geheim@10.0.0.1/1"),
            a_camera("Camera-3"),
        ]
    )


# ---------------------------------------------------------------- places


def test_places_are_listed_by_id(register: Register) -> None:
    with_places(register)
    assert register.districts() == [a_district(), a_district("district-2")]
    assert [site.id for site in register.sites()] == ["site-1", "site-2"]
    assert [camera.id for camera in register.cameras()] == ["Camera-3", "camera-1", "camera-2"]


def test_what_was_added_is_read_back_whole_by_another_client(place: Place) -> None:
    with_places(place.open())
    again = place.open()
    expected = a_camera("camera-1", source="rtsp://user:geheim@10.0.0.1/1")
    assert again.camera(CameraId("camera-1")) == expected
    assert again.sites()[0] == a_site()


def test_adding_again_replaces(register: Register) -> None:
    with_places(register)
    register.add_cameras([a_camera("camera-1", name="New name", retention_class="long")])
    assert register.camera(CameraId("camera-1")).name == "New name"
    assert len(register.cameras()) == 3


def test_adding_nothing_is_no_error(register: Register) -> None:
    register.add_districts([])
    register.add_sites([])
    register.add_cameras([])
    register.add_tombstones([])
    assert register.cameras() == []


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(), ["Camera-3", "camera-1", "camera-2"]),
        (Scope(cameras=frozenset({CameraId("camera-2"), CameraId("none")})), ["camera-2"]),
        (Scope(sites=frozenset({SiteId("site-1")})), ["Camera-3", "camera-1"]),
        (Scope(districts=frozenset({DistrictId("district-2")})), ["camera-2"]),
        (Scope(circle=Circle(BUS_STAND, 500.0)), ["Camera-3", "camera-1"]),
        (
            Scope(cameras=frozenset({CameraId("camera-1")}), sites=frozenset({SiteId("site-2")})),
            [],
        ),
    ],
)
def test_a_scope_restricts_by_each_part(
    register: Register, scope: Scope, expected: list[str]
) -> None:
    with_places(register)
    assert [camera.id for camera in register.cameras(scope)] == expected


def test_a_site_of_an_unknown_district_is_refused_with_all_others(register: Register) -> None:
    register.add_districts([a_district()])
    with pytest.raises(BadInput, match="nowhere"):
        register.add_sites([a_site(), a_site("site-2", district="nowhere")])
    assert register.sites() == []


def test_a_camera_of_an_unknown_site_or_district_is_refused(register: Register) -> None:
    with_places(register)
    with pytest.raises(BadInput, match="nowhere"):
        register.add_cameras([a_camera("camera-9", site="nowhere")])
    with pytest.raises(BadInput, match="nowhere"):
        register.add_cameras([a_camera("camera-9", district="nowhere")])
    with pytest.raises(NotFound, match="camera-9"):
        register.camera(CameraId("camera-9"))


# ---------------------------------------------------------------- holds


def test_a_hold_is_read_back_whole_by_another_client(place: Place) -> None:
    place.open().place_hold(a_hold())
    assert place.open().holds() == [a_hold()]


def test_the_same_hold_again_changes_nothing_other_content_is_a_conflict(
    register: Register,
) -> None:
    register.place_hold(a_hold())
    register.place_hold(a_hold())
    with pytest.raises(Conflict, match="hold-1"):
        register.place_hold(a_hold(cameras=("camera-1",)))
    assert register.holds() == [a_hold()]


def test_a_released_hold_stays_on_record(register: Register) -> None:
    register.place_hold(a_hold("hold-2"))
    register.place_hold(a_hold())
    released = register.release_hold(HoldId("hold-1"), at=at(200), by="judge", reason="case closed")
    expected = replace(
        a_hold(), released_at=at(200), released_by="judge", release_reason="case closed"
    )
    assert released == expected
    assert register.holds() == [a_hold("hold-2")]
    assert register.holds(active_only=False) == [expected, a_hold("hold-2")]


def test_a_hold_is_released_once(register: Register) -> None:
    register.place_hold(a_hold())
    register.release_hold(HoldId("hold-1"), at=at(200), by="judge", reason="closed")
    with pytest.raises(Conflict, match="judge"):
        register.release_hold(HoldId("hold-1"), at=at(300), by="clerk", reason="closed")
    with pytest.raises(Conflict):
        register.place_hold(a_hold())
    with pytest.raises(NotFound, match="hold-9"):
        register.release_hold(HoldId("hold-9"), at=at(300), by="clerk", reason="closed")


def test_a_hold_that_is_released_already_cannot_be_placed(register: Register) -> None:
    with pytest.raises(BadInput, match="released"):
        register.place_hold(replace(a_hold(), released_at=at(200)))


# ---------------------------------------------------------------- the purging section


def test_within_the_section_other_calls_of_its_thread_work(register: Register) -> None:
    register.place_hold(a_hold())
    register.add_tombstones([a_tombstone()])
    with register.purging():
        assert register.holds() == [a_hold()]
        key = a_tombstone().segment.key
        register.close_tombstone(PLAN, key, TombstoneState.PURGED, "done", at=at(1))
        assert register.tombstones()[0].state is TombstoneState.PURGED


def test_nesting_is_refused_instead_of_waiting_for_itself(register: Register) -> None:
    with register.purging():
        with pytest.raises(Refused, match="already inside"):
            register.place_hold(a_hold())
        with pytest.raises(Refused, match="already inside"):
            register.release_hold(HoldId("hold-1"), at=at(1), by="x", reason="y")
    register.place_hold(a_hold())


def test_the_section_is_left_when_its_body_raises(register: Register) -> None:
    with pytest.raises(KeyError), register.purging():
        raise KeyError
    register.place_hold(a_hold())


def test_no_hold_appears_while_another_purges(place: Place) -> None:
    patient, hasty = place.open(), place.open(Elapsed.parse("50ms"))
    failures: list[BaseException] = []

    def place_hold() -> None:
        try:
            hasty.place_hold(a_hold())
        except Unavailable as exc:
            failures.append(exc)

    with patient.purging():
        other = threading.Thread(target=place_hold)
        other.start()
        other.join()
        assert patient.holds() == []
    assert len(failures) == 1
    hasty.place_hold(a_hold())
    assert patient.holds() == [a_hold()]


def test_whoever_waits_enters_when_the_other_has_left(place: Place) -> None:
    if not place.url:
        pytest.skip("the register in memory of these tests waits 50 ms only")
    first, second = place.open(), place.open()
    entered = threading.Event()
    seen: list[str] = []

    def purge() -> None:
        with first.purging():
            entered.set()
            seen.append("first")
            leave.wait()
            seen.append("first leaves")

    leave = threading.Event()
    thread = threading.Thread(target=purge)
    thread.start()
    entered.wait()
    timer = threading.Timer(0.1, leave.set)
    timer.start()
    with second.purging():
        seen.append("second")
    thread.join()
    timer.join()
    assert seen == ["first", "first leaves", "second"]


CHILD = """
import sys
from infra.registers.sql_register import SqlRegister
with SqlRegister(sys.argv[1]).purging():
    print("inside", flush=True)
    sys.stdin.read()
"""


def test_the_section_holds_across_processes_and_dies_with_its_process(place: Place) -> None:
    if not place.url:
        pytest.skip("memory is not shared between processes")
    hasty, patient = place.open(Elapsed.parse("50ms")), place.open()
    argv = [sys.executable, "-c", CHILD, place.url]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"inside\n"
        with pytest.raises(Unavailable):
            hasty.place_hold(a_hold())
        assert hasty.holds() == []
        child.kill()
        patient.place_hold(a_hold())
    assert hasty.holds() == [a_hold()]


# ---------------------------------------------------------------- plans and tombstones


def test_a_plan_is_used_once_but_resumed_while_unfinished(register: Register) -> None:
    assert register.use_plan(PLAN, at=at(0)) is True
    assert register.use_plan(PLAN, at=at(1)) is False
    register.finish_plan(PLAN, at=at(2))
    register.finish_plan(PLAN, at=at(3))
    with pytest.raises(Conflict, match="plan-1"):
        register.use_plan(PLAN, at=at(4))
    assert register.use_plan(OTHER_PLAN, at=at(5)) is True


def test_a_plan_that_never_began_cannot_be_finished(register: Register) -> None:
    with pytest.raises(NotFound, match="plan-1"):
        register.finish_plan(PLAN, at=at(0))


def test_tombstones_keep_the_whole_segment(place: Place) -> None:
    place.open().add_tombstones([a_tombstone()])
    assert place.open().tombstones() == [a_tombstone()]


def test_tombstones_come_by_key_filtered_by_plan_and_state(register: Register) -> None:
    first, second, third = (a_tombstone(n) for n in range(3))
    foreign = Tombstone(OTHER_PLAN, a_segment("camera-0"), "policy 'default': keep 7d")
    register.add_tombstones([third, first, foreign])
    register.add_tombstones([second])
    register.close_tombstone(
        PLAN, second.segment.key, TombstoneState.SPARED, "hold hold-1", at=at(9)
    )
    spared = replace(second, state=TombstoneState.SPARED, reason="hold hold-1", closed_at=at(9))
    assert register.tombstones() == [foreign, first, spared, third]
    assert register.tombstones(PLAN) == [first, spared, third]
    assert register.tombstones(PLAN, TombstoneState.OPEN) == [first, third]
    assert register.tombstones(state=TombstoneState.SPARED) == [spared]


def test_a_tombstone_that_exists_is_left_as_it_is(register: Register) -> None:
    register.add_tombstones([a_tombstone()])
    key = a_tombstone().segment.key
    register.close_tombstone(PLAN, key, TombstoneState.PURGED, "purged", at=at(9))
    register.add_tombstones([a_tombstone()])
    assert [t.state for t in register.tombstones()] == [TombstoneState.PURGED]


def test_closing_again_alike_changes_nothing_otherwise_is_a_conflict(register: Register) -> None:
    register.add_tombstones([a_tombstone()])
    key = a_tombstone().segment.key
    register.close_tombstone(PLAN, key, TombstoneState.PURGED, "purged", at=at(9))
    register.close_tombstone(PLAN, key, TombstoneState.PURGED, "again", at=at(10))
    assert register.tombstones()[0].closed_at == at(9)
    with pytest.raises(Conflict, match="purged"):
        register.close_tombstone(PLAN, key, TombstoneState.SPARED, "hold", at=at(11))
    with pytest.raises(BadInput):
        register.close_tombstone(PLAN, key, TombstoneState.OPEN, "open", at=at(11))
    with pytest.raises(NotFound, match="plan-2"):
        register.close_tombstone(OTHER_PLAN, key, TombstoneState.PURGED, "x", at=at(11))


# ---------------------------------------------------------------- the custody anchor


def test_the_anchor_only_moves_forward(place: Place) -> None:
    register = place.open()
    assert register.custody_head() == (0, "")
    register.anchor_custody(1, "a")
    register.anchor_custody(3, "c")
    register.anchor_custody(3, "c")
    for count, head in ((2, "b"), (3, "x"), (0, "")):
        with pytest.raises(Conflict, match="3"):
            register.anchor_custody(count, head)
    assert place.open().custody_head() == (3, "c")


# ---------------------------------------------------------------- threads


def in_threads(work: Callable[[int], None], count: int) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_calls_from_many_threads_are_all_recorded(register: Register) -> None:
    in_threads(lambda n: register.add_tombstones([a_tombstone(n)]), 12)
    assert len(register.tombstones()) == 12


def test_of_many_threads_one_uses_the_plan_first(register: Register) -> None:
    first: list[bool] = []
    in_threads(lambda n: first.append(register.use_plan(PLAN, at=at(n))), 12)
    assert sorted(first) == [False] * 11 + [True]
