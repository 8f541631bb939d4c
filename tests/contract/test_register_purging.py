"""The contract of `footage.ports.Register`: the purging section, plans and tombstones, threads."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.errors import BadInput, Conflict, NotFound, Refused, Unavailable
from footage.ids import HoldId
from footage.instant import Elapsed
from footage.ports import Register, Tombstone, TombstoneState
from tests.common.builders import a_segment, at
from tests.common.registers import OTHER_PLAN, PLAN, Place, a_hold, a_tombstone

if TYPE_CHECKING:
    from collections.abc import Callable


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


@pytest.mark.process
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
