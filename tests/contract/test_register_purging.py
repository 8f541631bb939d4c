"""The contract of `footage.ports.Register`: the purging section, plans and tombstones, threads."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.errors import BadInput, Conflict, NotFound, Refused, Unavailable
from footage.ids import CameraId, HoldId
from footage.instant import Elapsed
from footage.ports import Register, Tombstone
from tests.common.builders import START, a_segment, at, during
from tests.common.registers import OTHER_PLAN, PLAN, Place, a_hold, a_tombstone

if TYPE_CHECKING:
    from collections.abc import Callable


# ---------------------------------------------------------------- the purging section


def test_within_the_section_other_calls_of_its_thread_work(register: Register) -> None:
    register.place_hold(a_hold())
    register.add_tombstones([a_tombstone()])
    with register.purging():
        assert register.holds() == [a_hold()]
        there = a_tombstone()
        keys = [segment.key for segment in there.segments]
        register.settle_tombstone(PLAN, there.first, purged=keys, at=at(1))
        assert register.tombstones()[0].purged == set(keys)


def test_nesting_is_refused_instead_of_waiting_for_itself(register: Register) -> None:
    with register.purging():
        with pytest.raises(Refused, match="already inside"):
            register.place_hold(a_hold())
        with pytest.raises(Refused, match="already inside"):
            register.release_hold(HoldId("hold-1"), at=at(1), by="x", reason="y")
        with pytest.raises(Refused, match="already inside"):
            register.add_cameras([])
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
    assert register.plan_finished(PLAN) is None
    register.finish_plan(PLAN, at=at(2))
    register.finish_plan(PLAN, at=at(3))
    assert register.plan_finished(PLAN) == at(2)
    assert register.plan_finished(OTHER_PLAN) is None
    with pytest.raises(Conflict, match="plan-1"):
        register.use_plan(PLAN, at=at(4))
    assert register.use_plan(OTHER_PLAN, at=at(5)) is True


def test_a_plan_that_never_began_cannot_be_finished(register: Register) -> None:
    with pytest.raises(NotFound, match="plan-1"):
        register.finish_plan(PLAN, at=at(0))


def test_tombstones_keep_the_whole_segments(place: Place) -> None:
    place.open().add_tombstones([a_tombstone()])
    assert place.open().tombstones() == [a_tombstone()]


def test_tombstones_come_by_first_segment_filtered_by_plan_camera_time_and_state(
    register: Register,
) -> None:
    first, second, third = (a_tombstone(n) for n in range(3))
    foreign = Tombstone(OTHER_PLAN, (a_segment("camera-0"),), "policy 'default': keep 7d")
    register.add_tombstones([third, first, foreign])
    register.add_tombstones([second])
    keys = [segment.key for segment in second.segments]
    reasons = dict.fromkeys(keys, "hold hold-1")
    register.settle_tombstone(PLAN, second.first, spared=reasons, at=at(9))
    spared = replace(second, spared=reasons, closed_at=at(9))
    assert register.tombstones() == [foreign, first, spared, third]
    assert register.tombstones(PLAN) == [first, spared, third]
    assert register.tombstones(PLAN, open_only=True) == [first, third]
    assert register.tombstones(open_only=True) == [foreign, first, third]
    assert register.tombstones(camera=CameraId("camera-0")) == [foreign]
    assert register.tombstones(PLAN, interval=during(0, 120)) == [first]
    assert register.tombstones(PLAN, interval=during(119, 121)) == [first, spared]
    assert register.tombstones(PLAN, camera=CameraId("camera-0")) == []


def test_a_tombstone_that_exists_is_left_as_it_is(register: Register) -> None:
    register.add_tombstones([a_tombstone()])
    one, other = a_tombstone().segments
    register.settle_tombstone(PLAN, one.key, purged=[one.key], at=at(9))
    register.add_tombstones([a_tombstone()])
    (there,) = register.tombstones()
    assert there == replace(a_tombstone(), purged=frozenset({one.key}))
    assert there.open == (other,)


def test_segments_are_settled_one_by_one_and_the_last_closes(register: Register) -> None:
    register.add_tombstones([a_tombstone()])
    one, other = a_tombstone().segments
    register.settle_tombstone(PLAN, one.key, spared={other.key: "hold hold-1"}, at=at(8))
    assert [t.open for t in register.tombstones(open_only=True)] == [(one,)]
    register.settle_tombstone(PLAN, one.key, purged=[one.key], at=at(9))
    assert register.tombstones(open_only=True) == []
    (there,) = register.tombstones()
    assert there.purged == {one.key}
    assert dict(there.spared) == {other.key: "hold hold-1"}
    assert there.closed_at == at(9)


def test_settling_again_alike_changes_nothing_otherwise_is_a_conflict(register: Register) -> None:
    register.add_tombstones([a_tombstone()])
    one, other = (segment.key for segment in a_tombstone().segments)
    register.settle_tombstone(PLAN, one, purged=[one], spared={other: "hold"}, at=at(9))
    before = register.tombstones()
    register.settle_tombstone(PLAN, one, purged=[one], spared={other: "again"}, at=at(10))
    assert register.tombstones() == before
    assert before[0].closed_at == at(9)
    with pytest.raises(Conflict, match="purged"):
        register.settle_tombstone(PLAN, one, spared={one: "hold"}, at=at(11))
    with pytest.raises(Conflict, match="spared"):
        register.settle_tombstone(PLAN, one, purged=[other], at=at(11))
    with pytest.raises(BadInput, match="does not name"):
        register.settle_tombstone(PLAN, one, purged=[a_segment("camera-9").key], at=at(11))
    with pytest.raises(NotFound, match="plan-2"):
        register.settle_tombstone(OTHER_PLAN, one, purged=[one], at=at(11))
    assert register.tombstones() == before


def test_the_outcome_of_a_plan_counts_all_and_names_the_first(register: Register) -> None:
    assert register.purge_outcome(PLAN, listed=9).purged == 0
    tombstones = [a_tombstone(n) for n in range(4)]
    register.add_tombstones([*tombstones, a_tombstone(7, OTHER_PLAN)])
    for tombstone in tombstones[:2]:
        one, other = (segment.key for segment in tombstone.segments)
        register.settle_tombstone(PLAN, one, purged=[one], spared={other: "hold"}, at=at(9))
    one, other = (segment.key for segment in tombstones[2].segments)
    register.settle_tombstone(PLAN, one, purged=[one], at=at(9))
    found = register.purge_outcome(PLAN, listed=2)
    assert (found.purged, found.size_bytes, found.spared, found.open) == (3, 90_000_000, 2, 3)
    assert dict(found.spared_reasons) == {t.segments[1].key: "hold" for t in tombstones[:2]}
    assert found.open_keys == (other, tombstones[3].first)
    assert register.purge_outcome(PLAN, listed=0).open_keys == ()


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


def test_deletions_come_plan_by_plan_as_first_used_and_page_by_page(register: Register) -> None:
    starts = [START + Elapsed.seconds(60 * n) for n in range(130)]
    later = [Tombstone(OTHER_PLAN, (a_segment(start=s),), "keep 30d") for s in starts]
    register.use_plan(PLAN, at=START)
    register.use_plan(OTHER_PLAN, at=START + Elapsed.seconds(1))
    register.add_tombstones([*later, a_tombstone(3)])
    told = list(register.deletions())
    assert [found.plan for found in told] == [PLAN, *[OTHER_PLAN] * 130]
    assert {found.first for found in told[1:]} == {found.first for found in later}
