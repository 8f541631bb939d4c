"""The contract of `footage.ports.Leases`, on every adapter."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from subprocess import PIPE
from typing import TYPE_CHECKING

import pytest

from footage.clock import SimulatedClock, SystemClock
from footage.errors import Conflict, NotFound, Refused
from footage.ids import CameraId, NodeId
from footage.instant import Elapsed
from footage.membership import Heartbeat
from infra.registers.memory_leases import MemoryLeases
from infra.registers.sql_engine import Database
from infra.registers.sql_leases import SqlLeases
from tests.common.builders import START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from footage.membership import Membership
    from footage.ports import Leases
    from lab.servers.postgres import Database as Given

TTL = Elapsed.parse("1m")
A, B, C = NodeId("a"), NodeId("b"), NodeId("c")
ONE, TWO, THREE = CameraId("camera-1"), CameraId("camera-2"), CameraId("camera-3")
ANOTHER = "of another process"
FREE = {ONE: 0, TWO: 0, THREE: 0}


@dataclass(frozen=True)
class Court:
    """A register of leases: `open` makes a client, `lapse` lets a node's time run out."""

    open: Callable[[], Leases]
    lapse: Callable[[NodeId], None]
    url: str = ""


def in_memory(*, shared: bool) -> Court:
    leases = MemoryLeases(SimulatedClock(START), shared=shared)

    def lapse(node: NodeId) -> None:
        entry = leases._state.nodes[node]
        leases._state.nodes[node] = replace(entry, deadline_us=leases._clock.boottime().us)

    return Court(lambda: leases, lapse)


def on_sql(url: str, room: str = "") -> Iterator[Court]:
    opened: list[SqlLeases] = []
    database = Database(url, clock=SystemClock(), wait=TTL)

    def another() -> Leases:
        opened.append(SqlLeases(url, room=room))
        return opened[-1]

    def lapse(node: NodeId) -> None:
        with database.transaction() as connection:
            table = "indexers" if room else "nodes"
            statement = f"UPDATE {table} SET deadline_us = deadline_us - {2 * TTL.us}"  # noqa: S608 - our own
            connection.exec_driver_sql(f"{statement} WHERE id = '{node}'")

    yield Court(another, lapse, url)
    for leases in opened:
        leases.close()
    database.close()


def a_court(request: pytest.FixtureRequest) -> Iterator[Court]:
    if request.param == "postgresql":
        given: Given = request.getfixturevalue("postgres_database")
        yield from on_sql(given.sqlalchemy_url)
    elif request.param in {"sqlite", "sqlite for indexers"}:
        room = "" if request.param == "sqlite" else "an encoder"
        yield from on_sql(request.getfixturevalue("sqlite_register"), room)
    else:
        yield in_memory(shared=request.param == "memory")


POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.server)


@pytest.fixture(params=["memory", "sqlite for indexers", POSTGRESQL])
def court(request: pytest.FixtureRequest) -> Iterator[Court]:
    """A register that several nodes share."""
    yield from a_court(request)


@pytest.fixture(params=["memory for one", "sqlite"])
def lonely(request: pytest.FixtureRequest) -> Iterator[Court]:
    """A register with room for a single node."""
    yield from a_court(request)


@pytest.fixture(params=["memory", "memory for one", "sqlite", "sqlite for indexers", POSTGRESQL])
def any_court(request: pytest.FixtureRequest) -> Iterator[Court]:
    yield from a_court(request)


def beat(leases: Leases, node: NodeId, **parts: object) -> Membership:
    heartbeat = Heartbeat(node=node, home=f"home-{node}", secret=f"secret-{node}", ttl=TTL)
    return leases.beat(replace(heartbeat, **parts))  # type: ignore[arg-type]  # typed by Heartbeat


def key(node: NodeId) -> tuple[NodeId, str]:
    return node, f"secret-{node}"


def tokens(leases: Leases) -> dict[CameraId, int]:
    return {lease.camera: lease.token for lease in leases.membership().leases}


def number_of(membership: Membership, node: NodeId) -> int:
    found = membership.node(node)
    assert found is not None
    return found.number


def holders(membership: Membership) -> dict[str, str]:
    return {lease.camera: lease.node for lease in membership.leases}


# ---------------------------------------------------------------- registering


def test_what_a_node_tells_stands_on_the_roll(any_court: Court) -> None:
    parts = {"address": "http://10.0.0.1:9", "secret": "geheim", "group": "g"}
    membership = beat(any_court.open(), A, **parts)
    (node,) = membership.nodes
    assert (node.id, node.address, node.group) == (A, "http://10.0.0.1:9", "g")
    assert node.secret == "geheim"  # noqa: S105 - of nobody
    assert node.live
    assert Elapsed.parse("50s") < node.left <= TTL
    assert 0 < node.number <= membership.serial
    assert "geheim" not in repr(node)
    assert any_court.open().membership().nodes[0].number == node.number


def test_a_beat_in_time_keeps_the_number_and_remembers_what_was_seen(court: Court) -> None:
    first = beat(court.open(), A)
    other = beat(court.open(), B)
    again = beat(court.open(), A, seen=first.serial)
    node, neighbour = again.node(A), again.node(B)
    assert node is not None
    assert neighbour is not None
    assert node.number == number_of(first, A)
    assert not node.knew(neighbour)
    told = beat(court.open(), A, seen=other.serial).node(A)
    assert told is not None
    assert told.knew(neighbour)


def test_a_lapsed_node_stays_on_the_roll_and_comes_back_as_another(any_court: Court) -> None:
    leases = any_court.open()
    first = beat(leases, A)
    leases.take(*key(A), FREE)
    any_court.lapse(A)
    (node,) = leases.membership().nodes
    assert not node.live
    old = tokens(leases)
    for _ in range(2):  # the first answer may have been lost
        membership = beat(leases, A, seen=first.serial)
        assert number_of(membership, A) > number_of(first, A)
        assert holders(membership) == dict.fromkeys(FREE, A)
        assert all(lease.token > old[lease.camera] for lease in membership.leases)


def test_a_restarted_process_takes_over_its_own_leases_at_once(any_court: Court) -> None:
    leases = any_court.open()
    first = beat(leases, A)
    leases.take(*key(A), {ONE: 0})
    membership = beat(any_court.open(), A, secret=ANOTHER)
    assert number_of(membership, A) > number_of(first, A)
    assert holders(membership) == {ONE: A}


def test_the_process_before_it_is_told_so(any_court: Court) -> None:
    leases = any_court.open()
    first = beat(leases, A)
    beat(leases, A, secret=ANOTHER)
    with pytest.raises(Conflict, match="two of it"):
        beat(leases, A, seen=first.serial)
    with pytest.raises(Conflict, match="two of it"):
        leases.take(*key(A), FREE)
    with pytest.raises(Conflict, match="two of it"):
        leases.give_back(*key(A), FREE)
    leases.leave(*key(A))
    assert len(leases.membership().nodes) == 1


def test_a_name_of_another_home_is_refused_while_that_may_record(any_court: Court) -> None:
    leases = any_court.open()
    first = beat(leases, A, address="http://10.0.0.7:1")
    with pytest.raises(Refused, match=r"is live at http://10\.0\.0\.7:1"):
        beat(leases, A, home="elsewhere", secret=ANOTHER)
    leases.take(*key(A), {ONE: 0})
    any_court.lapse(A)
    with pytest.raises(Refused, match="has cameras"):
        beat(leases, A, home="elsewhere", secret=ANOTHER)
    leases.give_back(*key(A), tokens(leases))
    assert number_of(beat(leases, A, home="elsewhere", secret=ANOTHER), A) > number_of(first, A)


def test_a_second_node_on_an_unshared_register_is_refused(lonely: Court) -> None:
    leases = lonely.open()
    assert not leases.shared
    first = beat(leases, A)
    with pytest.raises(Refused, match="recorder a is live"):
        beat(lonely.open(), B)
    lonely.lapse(A)
    beat(leases, B)
    with pytest.raises(Refused, match="recorder b is live"):
        beat(leases, A, seen=first.serial)


# ---------------------------------------------------------------- leases


def test_free_cameras_are_taken_once(court: Court) -> None:
    assert court.open().shared
    a, b = court.open(), court.open()
    beat(a, A)
    beat(b, B)
    assert a.take(*key(A), {ONE: 0, TWO: 0}) == {ONE, TWO}
    assert b.take(*key(B), FREE) == {THREE}
    assert holders(b.membership()) == {ONE: A, TWO: A, THREE: B}
    assert b.take(*key(B), tokens(b)) == frozenset()


def test_a_lapsed_nodes_cameras_are_taken_by_the_token_that_was_read(court: Court) -> None:
    leases = court.open()
    first = beat(leases, A)
    leases.take(*key(A), {ONE: 0, TWO: 0})
    beat(leases, B)
    old = tokens(leases)
    court.lapse(A)
    assert leases.take(*key(B), {ONE: 0}) == frozenset()
    assert leases.take(*key(B), {ONE: old[ONE] + 1}) == frozenset()
    assert leases.take(*key(B), {ONE: old[ONE]}) == {ONE}
    # What nobody took is the old holder's again, and what was read before counts no more.
    assert holders(beat(leases, A, seen=first.serial)) == {ONE: B, TWO: A}
    court.lapse(A)
    assert leases.take(*key(B), {TWO: old[TWO]}) == frozenset()


def test_who_has_lapsed_takes_nothing(court: Court) -> None:
    leases = court.open()
    beat(leases, A)
    court.lapse(A)
    assert leases.take(*key(A), FREE) == frozenset()
    assert leases.take(*key(C), FREE) == frozenset()


def test_only_what_one_has_is_given_back_and_only_once(court: Court) -> None:
    leases = court.open()
    beat(leases, A)
    beat(leases, B)
    leases.take(*key(A), {ONE: 0, TWO: 0})
    leases.take(*key(B), {THREE: 0})
    old = tokens(leases)
    leases.give_back(*key(A), {ONE: old[ONE], THREE: old[THREE]})
    assert holders(leases.membership()) == {TWO: A, THREE: B}
    leases.give_back(*key(C), old)
    assert leases.take(*key(A), {ONE: 0}) == {ONE}
    leases.give_back(*key(A), {ONE: old[ONE]})  # the first call again, late
    assert holders(leases.membership())[ONE] == A


def test_who_leaves_frees_all_and_is_gone(any_court: Court) -> None:
    leases = any_court.open()
    beat(leases, A)
    leases.take(*key(A), FREE)
    leases.leave(*key(A))
    leases.leave(*key(A))
    membership = any_court.open().membership()
    assert (membership.nodes, membership.leases) == ((), ())


def test_an_operator_strikes_off_only_who_has_lapsed(any_court: Court) -> None:
    leases = any_court.open()
    first = beat(leases, A)
    leases.take(*key(A), FREE)
    with pytest.raises(Refused, match="live"):
        leases.forget(A)
    any_court.lapse(A)
    assert leases.forget(A).number == number_of(first, A)
    assert leases.membership().leases == ()
    with pytest.raises(NotFound):
        leases.forget(A)
    # It comes back as a new one.
    assert number_of(beat(leases, A, seen=first.serial), A) > number_of(first, A)


def test_numbers_and_tokens_never_repeat(court: Court) -> None:
    leases = court.open()
    seen: list[int] = []
    for _ in range(3):
        seen.append(number_of(beat(leases, A), A))
        leases.take(*key(A), {ONE: 0})
        seen.append(tokens(leases)[ONE])
        leases.leave(*key(A))
    assert seen == sorted(set(seen))


RACER = """
import json, sys
from footage.ids import CameraId, NodeId
from footage.instant import Elapsed
from footage.membership import Heartbeat
from infra.registers.sql_leases import SqlLeases
leases, me = SqlLeases(sys.argv[1]), NodeId(sys.argv[2])
leases.beat(Heartbeat(node=me, home=me, secret=me, ttl=Elapsed.parse("1m")))
print("ready", flush=True)
for camera in sys.stdin:
    print(json.dumps(sorted(leases.take(me, me, {CameraId(camera.strip()): 0}))), flush=True)
"""


class Racer(subprocess.Popen[str]):
    """A process that reads cameras, line by line, and prints the cameras taken."""

    def hears(self, line: str) -> None:
        assert self.stdin is not None
        self.stdin.write(f"{line}\n")
        self.stdin.flush()

    def says(self) -> str:
        assert self.stdout is not None
        return self.stdout.readline().strip()


@pytest.mark.server
def test_two_processes_that_race_never_take_the_same_camera(postgres_database: Given) -> None:
    with ExitStack() as stack:
        argv = [sys.executable, "-c", RACER, postgres_database.sqlalchemy_url]
        racers = [
            stack.enter_context(Racer([*argv, name], stdin=PIPE, stdout=PIPE, text=True))
            for name in ("a", "b")
        ]
        assert [racer.says() for racer in racers] == ["ready", "ready"]
        taken: list[list[str]] = [[], []]
        for i in range(100):
            for racer in racers if i % 2 else reversed(racers):  # each has the start of the other
                racer.hears(f"camera-{i}")
            for took, racer in zip(taken, racers, strict=True):
                took.extend(json.loads(racer.says()))
    assert all(taken), "no race took place"
    assert sorted(taken[0] + taken[1]) == sorted(f"camera-{i}" for i in range(100))


@pytest.mark.server
def test_who_is_paused_in_its_turn_loses_it(postgres_database: Given) -> None:
    leases = SqlLeases(postgres_database.sqlalchemy_url, limit=Elapsed.parse("500ms"))
    beat(leases, A)
    clock = SystemClock()
    stuck = leases._turn()
    stuck.__enter__()
    began = clock.monotonic()
    other = SqlLeases(postgres_database.sqlalchemy_url, limit=Elapsed.parse("5s"))
    beat(other, B)
    assert clock.monotonic() - began < Elapsed.parse("4s")
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the driver makes of it
        stuck.__exit__(None, None, None)
    other.close()
    leases.close()


@pytest.mark.process
def test_time_runs_by_itself(any_court: Court) -> None:
    if not any_court.url:
        pytest.skip("the clock in memory stands still")
    leases = any_court.open()
    beat(leases, A, ttl=Elapsed.parse("300ms"))
    SystemClock().sleep(Elapsed.parse("400ms"))
    node = leases.membership().node(A)
    assert node is not None
    assert not node.live
