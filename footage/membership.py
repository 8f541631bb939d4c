"""Membership of recorders: live nodes and the lease of each camera."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from footage.instant import ZERO, Elapsed

if TYPE_CHECKING:
    from footage.ids import CameraId, NodeId


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The facts a recorder sends to the register with each heartbeat.

    Attributes:
        home: Unique name of the recorder's home folder, which only a single process can lock.
        secret: Made anew by each process; proves the process to the register and other recorders.
        seen: Serial of the last membership the recorder has read; 0 before the first.
        address: Where other recorders reach the recorder, "" where they cannot.
        group: Names the choice of cameras to record; recorders of one group share the cameras
            evenly. "" while the recorder is leaving.
        ttl: How long the recorder counts as live from now on.
    """

    node: NodeId
    home: str
    secret: str = field(repr=False)
    ttl: Elapsed
    seen: int = 0
    address: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A recorder in the membership.

    Attributes:
        number: Number of the node's registration; new each time the node registers, or comes back
            after having lapsed.
        seen: Serial of the last membership the node is known to have read.
        left: Time until the node lapses, by the register's own clock; zero when lapsed.
        ttl: How long the node counts as live after a heartbeat, and keeps a promise.
    """

    id: NodeId
    number: int
    seen: int
    left: Elapsed
    ttl: Elapsed
    address: str = ""
    secret: str = field(default="", repr=False)
    group: str = ""

    @property
    def live(self) -> bool:
        """Whether the node has not lapsed, so that the node's leases count."""
        return self.left > ZERO

    def knew(self, other: Node) -> bool:
        """Whether this node is known to have read a membership with `other`, live ever since."""
        return other.number <= self.seen


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of a node to record a camera; lasts as long as the node is live.

    Attributes:
        token: Never the same for two grants of one camera, and growing.
    """

    camera: CameraId
    node: NodeId
    token: int


@dataclass(frozen=True, slots=True)
class Membership:
    """All recorders and leases at a given moment.

    Attributes:
        serial: At least every number given until then.
        nodes: Recorders by id; nodes that lapsed within the last day included.
        leases: Leases by camera.
    """

    serial: int
    nodes: tuple[Node, ...]
    leases: tuple[Lease, ...]

    def node(self, node: NodeId) -> Node | None:
        """Return the node of this id, or None."""
        return next((known for known in self.nodes if known.id == node), None)
