"""Leases on SQLite or PostgreSQL."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, cast, delete, func, insert, select, update

from footage.clock import SystemClock
from footage.ids import CameraId, NodeId
from footage.instant import Elapsed
from footage.membership import Lease
from infra.config.register_url import register_url
from infra.host.file_lock import WAIT
from infra.registers.lease_state import Entry, LeaseState
from infra.registers.sql_engine import Database
from infra.registers.sql_migrate import upgrade
from infra.registers.sql_models import INDEXER_LEASES, INDEXERS, LEASE_TURNS, LEASES, NODES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table

    from footage.clock import Clock
    from footage.membership import Heartbeat, Membership, Node
    from infra.config.sections.stores import Database as Section
    from infra.stores import StoreContext

LIMIT: Final = Elapsed.parse("2s")
"""How long to wait for a connection or for others' turns; short, since a lease runs meanwhile."""

_UNIX_EPOCH: Final = 2_440_587.5  # in Julian days
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class _Tables:
    """Tables of nodes and leases; of a room of indexers, or of the recorders where `room` is ""."""

    nodes: Table
    leases: Table
    room: str = ""

    @property
    def values(self) -> dict[str, str]:
        """Values of every row besides its own."""
        return {"room": self.room} if self.room else {}

    def mine(self, table: Table) -> list[ColumnElement[bool]]:
        """Conditions for the rows of this room."""
        return [table.c.room == self.room] if self.room else []

    def rows(self, table: Table) -> Select[Any]:
        """All rows of this room."""
        return select(table).where(*self.mine(table))


class SqlLeases:
    """`footage.ports.Leases` across processes; migrates the database on construction.

    Every change locks the one row of `lease_turns`, reads nodes and leases, and writes what
    differs; some hundred rows, so all recorders of a city take turns without noticing. A node
    paused in its turn loses the turn after `limit`: PostgreSQL ends its transaction.

    Args:
        url: `sqlite:///PATH` or `postgresql://...`.
        clock: The clock for waits; leases go by the server's clock instead.
        room: Name of the indexers that share cameras; "" for the recorders. Rooms know nothing of
            each other, so a camera may be leased once in each.

    Raises:
        Misconfigured: The URL is invalid, or the database is of a newer version.
        Unavailable: The database cannot be reached.
    """

    def __init__(
        self, url: str, *, clock: Clock | None = None, limit: Elapsed = LIMIT, room: str = ""
    ) -> None:
        tables = (INDEXERS, INDEXER_LEASES) if room else (NODES, LEASES)
        self._tables = _Tables(*tables, room)
        clock = clock or SystemClock()
        with closing(Database(url, clock=clock, wait=WAIT)) as patient:
            upgrade(patient)
        self._database = Database(url, clock=clock, wait=limit, brisk=True)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._database.name!r})"

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    @property
    def shared(self) -> bool:
        """Whether several nodes can be live: indexers always, recorders on PostgreSQL."""
        return bool(self._tables.room) or not self._database.is_sqlite

    def beat(self, heartbeat: Heartbeat) -> Membership:
        """Register a recorder, or renew its registration, by a heartbeat."""
        with self._turn() as state:
            return state.beat(heartbeat)

    def take(
        self, node: NodeId, secret: str, wanted: Mapping[CameraId, int]
    ) -> frozenset[CameraId]:
        """Take the leases of wanted cameras that are free."""
        with self._turn() as state:
            return state.take(node, secret, wanted)

    def give_back(self, node: NodeId, secret: str, cameras: Mapping[CameraId, int]) -> None:
        """Free the node's leases of the cameras."""
        with self._turn() as state:
            state.give_back(node, secret, cameras)

    def leave(self, node: NodeId, secret: str) -> None:
        """Free all leases of the node and remove the node from membership."""
        with self._turn() as state:
            state.leave(node, secret)

    def forget(self, node: NodeId) -> Node:
        """Remove a lapsed node from membership."""
        with self._turn() as state:
            return state.forget(node)

    def membership(self) -> Membership:
        """Read the membership: nodes and leases."""
        with self._database.reading() as connection:
            return self._read(connection).membership()

    @contextmanager
    def _turn(self) -> Iterator[LeaseState]:
        """Run an exclusive transaction on the leases: an exception inside leaves all unchanged."""
        with self._database.transaction() as connection:
            connection.execute(select(LEASE_TURNS.c.serial).with_for_update())
            state = self._read(connection)
            serial, nodes, leases = state.serial, dict(state.nodes), dict(state.leases)
            yield state
            if state.serial != serial:
                connection.execute(update(LEASE_TURNS).values(serial=state.serial))
            _save(connection, self._tables, nodes, leases, state)

    def _read(self, connection: Connection) -> LeaseState:
        tables = self._tables
        nodes = connection.execute(tables.rows(tables.nodes)).mappings()
        leases = connection.execute(tables.rows(tables.leases))
        return LeaseState(
            # Read within the turn: time spent waiting for the turn must not count.
            now_us=connection.execute(select(self._now())).scalar_one(),
            serial=connection.execute(select(LEASE_TURNS.c.serial)).scalar_one(),
            nodes={NodeId(row["id"]): _entry(row) for row in nodes},
            leases={row.camera: Lease(row.camera, row.node, row.token) for row in leases},
            single=not self.shared,
        )

    def _now(self) -> ColumnElement[int]:
        if self._database.is_sqlite:
            days = func.julianday("now") - _UNIX_EPOCH
            return cast(days * _DAY_MS, BigInteger) * 1_000
        # Not now(), which is when the transaction began.
        return cast(func.extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)


def from_settings(chosen: Section, context: StoreContext, room: str = "") -> SqlLeases:
    """The leases in the register's database: of recorders, or of the indexers of `room`.

    Raises:
        Misconfigured: As for `SqlLeases`; or the password cannot be read.
        Unavailable: As for `SqlLeases`.
    """
    leases = SqlLeases(register_url(chosen, context.home), clock=context.clock, room=room)
    context.closing.callback(leases.close)
    return leases


def _save(
    connection: Connection,
    tables: _Tables,
    nodes: Mapping[NodeId, Entry],
    leases: Mapping[CameraId, Lease],
    state: LeaseState,
) -> None:
    """Write the changes: new nodes before leases that name nodes, removed nodes after."""
    ours, of_nodes, of_leases = tables.values, tables.nodes, tables.leases
    for entry in state.nodes.values():
        there = nodes.get(entry.id)
        if there is None:
            connection.execute(insert(of_nodes), [{**ours, **_entry_row(entry)}])
        elif there != entry:
            same = (*tables.mine(of_nodes), of_nodes.c.id == entry.id)
            connection.execute(update(of_nodes).where(*same), [_entry_row(entry)])
    # An untouched lease is the same object: a thousand comparisons cost nothing.
    changed = {camera for camera, lease in leases.items() if state.leases.get(camera) is not lease}
    if changed:
        among = (*tables.mine(of_leases), of_leases.c.camera.in_(changed))
        connection.execute(delete(of_leases).where(*among))
    new = [lease for camera, lease in state.leases.items() if leases.get(camera) is not lease]
    if new:
        connection.execute(insert(of_leases), [{**ours, **_lease_row(lease)} for lease in new])
    if gone := nodes.keys() - state.nodes.keys():
        connection.execute(delete(of_nodes).where(*tables.mine(of_nodes), of_nodes.c.id.in_(gone)))


def _entry(row: RowMapping) -> Entry:
    return Entry(
        id=NodeId(row["id"]),
        number=row["number"],
        seen=row["seen"],
        home=row["home"],
        address=row["address"],
        secret=row["secret"],
        group=row["node_group"],
        ttl_us=row["ttl_us"],
        started_us=row["started_us"],
        deadline_us=row["deadline_us"],
    )


def _entry_row(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "number": entry.number,
        "seen": entry.seen,
        "home": entry.home,
        "address": entry.address,
        "secret": entry.secret,
        "node_group": entry.group,
        "ttl_us": entry.ttl_us,
        "started_us": entry.started_us,
        "deadline_us": entry.deadline_us,
    }


def _lease_row(lease: Lease) -> dict[str, Any]:
    return {"camera": lease.camera, "node": lease.node, "token": lease.token}
