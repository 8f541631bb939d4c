"""Sharing cameras by leases, under any order of rounds, joins, crashes and clean leaves."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from footage.clock import SimulatedClock
from footage.ids import CameraId, NodeId
from footage.instant import Elapsed
from footage.lease_balance import STEP, Facts, Moves, decide
from footage.membership import Heartbeat
from infra.registers.memory_leases import MemoryLeases
from tests.common.builders import START
from tests.common.tiers import examples

if TYPE_CHECKING:
    from footage.membership import Membership

TTL = Elapsed.parse("10s")
GROUP = "everything"


@dataclass(slots=True)
class Player:
    """A recorder that stops recording a camera at once when giving the camera back."""

    id: NodeId
    seen: int = 0


@dataclass(slots=True)
class Game:
    """Recorders that share a register and take rounds in turn."""

    wanted: frozenset[CameraId]
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(START))
    players: dict[NodeId, Player] = field(default_factory=dict)
    leases: MemoryLeases = field(init=False)

    def __post_init__(self) -> None:
        self.leases = MemoryLeases(self.clock)

    def beat(self, player: Player) -> Membership:
        heartbeat = Heartbeat(player.id, player.id, player.id, TTL, player.seen, group=GROUP)
        membership = self.leases.beat(heartbeat)
        player.seen = membership.serial
        return membership

    def round(self, player: Player, membership: Membership | None = None) -> Moves:
        """Do a round of `player`, on a fresh membership or on a membership read earlier."""
        fresh = self.beat(player) if membership is None else membership
        moves = decide(Facts(player.id, fresh, self.wanted))
        self.leases.take(player.id, player.id, moves.take)
        tokens = {lease.camera: lease.token for lease in fresh.leases}
        self.leases.give_back(player.id, player.id, {one: tokens[one] for one in moves.give})
        return moves

    def all_beat(self) -> None:
        for player in self.players.values():
            self.beat(player)

    def lapse(self, dead: NodeId) -> None:
        """Let the time of a dead recorder run out while the others send heartbeats."""
        del self.players[dead]
        for _ in range(3):
            self.clock.sleep(Elapsed.parse("4s"))
            self.all_beat()

    def holders(self) -> dict[CameraId, NodeId]:
        return {lease.camera: lease.node for lease in self.leases.membership().leases}

    def counts(self) -> list[int]:
        counts = Counter(self.holders().values())
        return [counts[player] for player in self.players]

    def settle(self) -> int:
        """Rounds in turn until nothing moves; returns how many that took."""
        self.all_beat()
        for number in range(200):
            moves = [self.round(player) for player in self.players.values()]
            assert all(len(move.give) <= STEP for move in moves)
            if not any(move.take or move.give for move in moves):
                return number
        msg = "never settles"
        raise AssertionError(msg)


def cameras(count: int) -> frozenset[CameraId]:
    return frozenset(CameraId(f"camera-{number}") for number in range(count))


def a_game(count: int, nodes: int) -> Game:
    game = Game(cameras(count))
    for number in range(nodes):
        name = NodeId(f"node-{number}")
        game.players[name] = Player(name)
    game.all_beat()
    game.all_beat()  # the first node had not yet reported reading the membership with the others
    return game


def settled(game: Game) -> None:
    game.settle()
    assert set(game.holders()) == game.wanted
    assert max(game.counts()) - min(game.counts()) <= 1


@examples(40)
@given(st.integers(0, 60), st.integers(1, 6))
def test_any_start_is_shared_evenly_and_stays_so(count: int, nodes: int) -> None:
    game = a_game(count, nodes)
    settled(game)
    before = game.holders()
    for _ in range(3):
        for player in game.players.values():
            moves = game.round(player)
            assert not moves.below_share
    assert game.holders() == before


@examples(40)
@given(st.integers(0, 60), st.integers(1, 5))
def test_a_newcomer_gets_its_share_a_few_at_a_time_and_nothing_else_moves(
    count: int, nodes: int
) -> None:
    game = a_game(count, nodes)
    settled(game)
    before = game.holders()
    new = Player(NodeId("node-new"))
    game.players[new.id] = new
    settled(game)
    moved = {camera for camera, node in game.holders().items() if before[camera] != node}
    assert all(game.holders()[camera] == new.id for camera in moved)
    assert len(moved) == count // (nodes + 1) or len(moved) == -(-count // (nodes + 1))


@examples(40)
@given(st.integers(0, 60), st.integers(2, 6), st.data())
def test_a_dead_nodes_cameras_are_all_taken_in_one_round(
    count: int, nodes: int, data: st.DataObject
) -> None:
    game = a_game(count, nodes)
    settled(game)
    before = game.holders()
    dead = data.draw(st.sampled_from(sorted(game.players)))
    game.lapse(dead)
    for player in game.players.values():
        game.round(player)
    after = game.holders()
    assert set(after) == game.wanted
    assert dead not in after.values()
    assert all(after[camera] == node for camera, node in before.items() if node != dead)
    settled(game)


@examples(40)
@given(
    st.integers(1, 40),
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["round", "late", "read", "leave"]))),
)
def test_whatever_happens_between_it_ends_in_balance(
    count: int, steps: list[tuple[int, str]]
) -> None:
    """Rolls read earlier are acted on later; nodes come and go."""
    game = Game(cameras(count))
    memberships: dict[NodeId, Membership] = {}
    for number, what in steps:
        name = NodeId(f"node-{number}")
        player = game.players.setdefault(name, Player(name))
        if what == "read" or not player.seen:
            memberships[name] = game.beat(player)
        elif what == "late":
            game.round(player, memberships[name])
        elif what == "leave":
            game.leases.leave(name, name)
            del game.players[name]
        else:
            game.round(player)
    name = NodeId("node-last")
    game.players[name] = Player(name)
    settled(game)


def test_a_node_that_records_another_choice_takes_no_part() -> None:
    game = a_game(10, 2)
    settled(game)
    other = Heartbeat(NodeId("other"), "other", "other", TTL, group="one site")
    game.leases.beat(other)
    assert game.settle() == 0


def test_who_leaves_gives_all_and_takes_nothing() -> None:
    game = a_game(10, 2)
    settled(game)
    membership = game.leases.membership()
    first = membership.nodes[0]
    leaving = replace(membership, nodes=(replace(first, group=""), *membership.nodes[1:]))
    moves = decide(Facts(first.id, leaving, game.wanted))
    assert len(moves.give) == 5
    assert not moves.take


def test_a_camera_no_longer_wanted_is_given_back_at_once() -> None:
    game = a_game(30, 1)
    settled(game)
    (player,) = game.players.values()
    game.wanted = cameras(3)
    assert len(game.round(player).give) == 27
    assert set(game.holders()) == game.wanted


def test_what_still_ends_is_not_given_twice() -> None:
    game = a_game(40, 1)
    settled(game)
    new = Player(NodeId("node-new"))
    game.beat(new)
    (player,) = game.players.values()
    facts = Facts(player.id, game.beat(player), game.wanted)
    moves = decide(facts)
    assert len(moves.give) == STEP
    assert not decide(replace(facts, releasing=moves.give)).give


def test_cameras_of_a_spared_node_are_not_taken() -> None:
    game = a_game(10, 2)
    settled(game)
    dead = NodeId("node-0")
    game.lapse(dead)
    (player,) = game.players.values()
    facts = Facts(player.id, game.beat(player), game.wanted, off_limits=frozenset({dead}))
    assert not decide(facts).take
    assert len(decide(replace(facts, off_limits=frozenset())).take) == 5


def test_only_who_the_dead_node_knew_takes_its_cameras() -> None:
    game = a_game(10, 2)
    settled(game)
    dead = NodeId("node-0")
    new = Player(NodeId("new"))
    del game.players[dead]
    game.players[new.id] = new
    game.beat(new)
    for _ in range(3):
        game.clock.sleep(Elapsed.parse("4s"))
        game.all_beat()
    off_limits = decide(Facts(new.id, game.beat(new), game.wanted, off_limits=frozenset({dead})))
    assert not off_limits.take
    known = decide(Facts(NodeId("node-1"), game.leases.membership(), game.wanted))
    assert len(known.take) == 5
