"""Decisions about recorders and leases that every register shares, without storage.

An adapter loads the `LeaseState`, calls one of the methods and saves the changes, as a transaction
that excludes all others. Time is the adapter's: microseconds of the register's own clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from footage.errors import Conflict, NotFound, Refused
from footage.instant import DAY, ZERO, Elapsed
from footage.membership import Lease, Membership, Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.ids import CameraId, NodeId
    from footage.membership import Heartbeat

_REMEMBERED: Final = DAY
"""Time for which a lapsed node without cameras stays in membership, for people to see."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A node of the membership; times are points of the register's clock, in microseconds."""

    id: NodeId
    number: int
    seen: int
    home: str
    address: str
    secret: str = field(repr=False)
    group: str
    ttl_us: int
    started_us: int
    deadline_us: int


@dataclass(slots=True)
class LeaseState:
    """All nodes and leases of the register, at `now_us`.

    Attributes:
        serial: The last number given to a node or a lease; numbers never repeat.
        single: Whether only a single node may be live.
    """

    now_us: int = 0
    serial: int = 0
    nodes: dict[NodeId, Entry] = field(default_factory=dict)
    leases: dict[CameraId, Lease] = field(default_factory=dict)
    single: bool = False

    def beat(self, heartbeat: Heartbeat) -> Membership:
        """See `footage.ports.Leases.beat`."""
        there = self.nodes.get(heartbeat.node)
        if there is not None and heartbeat.seen:
            _require_same(there, heartbeat.secret)
        same = there if there is not None and there.secret == heartbeat.secret else None
        renewed = same if same is not None and self._live(same) else None
        if renewed is None:
            self._admit(heartbeat, there)
        self.nodes[heartbeat.node] = Entry(
            id=heartbeat.node,
            number=renewed.number if renewed else self._next(),
            seen=heartbeat.seen,
            home=heartbeat.home,
            address=heartbeat.address,
            secret=heartbeat.secret,
            group=heartbeat.group,
            ttl_us=heartbeat.ttl.us,
            started_us=same.started_us if same else self.now_us,
            deadline_us=self.now_us + heartbeat.ttl.us,
        )
        if renewed is None:
            self._renew_tokens(heartbeat.node)
        self._remove_expired_nodes()
        return self.membership()

    def take(
        self, node: NodeId, secret: str, wanted: Mapping[CameraId, int]
    ) -> frozenset[CameraId]:
        """See `footage.ports.Leases.take`."""
        taker = self._of(node, secret)
        if taker is None or not self._live(taker):
            return frozenset()
        taken = [camera for camera, token in wanted.items() if self._is_free(camera, token)]
        for camera in taken:
            self.leases[camera] = Lease(camera, node, self._next())
        return frozenset(taken)

    def give_back(self, node: NodeId, secret: str, cameras: Mapping[CameraId, int]) -> None:
        """See `footage.ports.Leases.give_back`."""
        if self._of(node, secret) is None:
            return
        for camera, token in cameras.items():
            if self.leases.get(camera) == Lease(camera, node, token):
                del self.leases[camera]

    def leave(self, node: NodeId, secret: str) -> None:
        """See `footage.ports.Leases.leave`."""
        there = self.nodes.get(node)
        if there is not None and there.secret == secret:
            self._remove_node(node)

    def forget(self, node: NodeId) -> Node:
        """See `footage.ports.Leases.forget`."""
        there = self.nodes.get(node)
        if there is None:
            raise NotFound(f"no recorder {node} is registered", hint="footage recorders list")
        if self._live(there):
            raise Refused(f"recorder {node} is live", hint="stop it; it frees its cameras itself")
        self._remove_node(node)
        return self._shown(there)

    def membership(self) -> Membership:
        """The membership: all nodes and leases, as other recorders read the register."""
        nodes = tuple(self._shown(self.nodes[node]) for node in sorted(self.nodes))
        leases = tuple(self.leases[camera] for camera in sorted(self.leases))
        return Membership(self.serial, nodes, leases)

    # ---------------------------------------------------------------- inside

    def _admit(self, heartbeat: Heartbeat, there: Entry | None) -> None:
        """Raise Refused when a heartbeat's node id or the register's only place is taken."""
        if there is not None and there.home != heartbeat.home:
            has_cameras = any(lease.node == there.id for lease in self.leases.values())
            if self._live(there) or has_cameras:
                state = "is live" if self._live(there) else "has cameras still"
                where = f" at {there.address}" if there.address else ""
                raise Refused(
                    f"a recorder named {there.id} on another machine or home folder {state}{where}",
                    hint="give this one another [recording] node; or, when the other is gone for "
                    f"good: footage recorders forget {there.id}",
                )
        others = (
            one for one in self.nodes.values() if one.id != heartbeat.node and self._live(one)
        )
        if self.single and (other := next(others, None)) is not None:
            raise Refused(
                f"recorder {other.id} is live, and a register on SQLite has room for one",
                hint="stop it, or use PostgreSQL: [database] url",
            )

    def _of(self, node: NodeId, secret: str) -> Entry | None:
        there = self.nodes.get(node)
        if there is not None:
            _require_same(there, secret)
        return there

    def _is_free(self, camera: CameraId, token: int) -> bool:
        lease = self.leases.get(camera)
        if lease is None:
            return token == 0
        holder = self.nodes.get(lease.node)
        return lease.token == token and (holder is None or not self._live(holder))

    def _live(self, entry: Entry) -> bool:
        return entry.deadline_us > self.now_us

    def _next(self) -> int:
        self.serial += 1
        return self.serial

    def _renew_tokens(self, node: NodeId) -> None:
        for camera, lease in self.leases.items():
            if lease.node == node:
                self.leases[camera] = replace(lease, token=self._next())

    def _remove_node(self, node: NodeId) -> None:
        del self.nodes[node]
        self.leases = {c: lease for c, lease in self.leases.items() if lease.node != node}

    def _remove_expired_nodes(self) -> None:
        busy = {lease.node for lease in self.leases.values()}
        for entry in list(self.nodes.values()):
            if entry.deadline_us + _REMEMBERED.us < self.now_us and entry.id not in busy:
                self._remove_node(entry.id)

    def _shown(self, entry: Entry) -> Node:
        return Node(
            id=entry.id,
            number=entry.number,
            seen=entry.seen,
            left=max(Elapsed(entry.deadline_us - self.now_us), ZERO),
            ttl=Elapsed(entry.ttl_us),
            address=entry.address,
            secret=entry.secret,
            group=entry.group,
        )


def _require_same(there: Entry, secret: str) -> None:
    if there.secret != secret:
        raise Conflict(
            f"recorder {there.id} has registered again since: two of it run",
            hint="stop one, or give it another [recording] node and home folder",
        )
