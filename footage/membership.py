"""The roll of recorders: who is live, and who records which camera."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from footage.instant import ZERO, Elapsed

if TYPE_CHECKING:
    from footage.ids import CameraId, NodeId


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a recorder tells of itself with each beat.

    Attributes:
        home: The folder it works on, by a name nobody else's has: only one process can hold it.
        secret: Made anew by each process: what it proves itself by, to the register and to others.
        seen: The serial of the last roll it has read; 0 before the first.
        address: Where other recorders reach it, "" where they cannot.
        group: Names the choice of cameras it records; recorders of one group share them evenly.
            "" while it is leaving.
        ttl: How long it counts as live from now on.
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
    """A recorder on the roll.

    Attributes:
        number: Of its present life; a new one each time it registers, or comes back after it
            lapsed.
        left: Until it lapses, by the register's own clock; zero when it has.
        ttl: How long it counts as live after a beat, and keeps a promise.
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
        """Whether its cameras are its own."""
        return self.left > ZERO

    def knew(self, other: Node) -> bool:
        """Whether `other`, live ever since, stood on a roll this one is known to have read."""
        return other.number <= self.seen


@dataclass(frozen=True, slots=True)
class Lease:
    """A camera's recorder. It lasts as long as its node is live.

    Attributes:
        token: Never the same for two grants of one camera, and growing.
    """

    camera: CameraId
    node: NodeId
    token: int


@dataclass(frozen=True, slots=True)
class Membership:
    """All recorders and leases at one moment.

    Attributes:
        serial: At least every number given until then.
        nodes: By id; those that lapsed within the last day included.
        leases: By camera.
    """

    serial: int
    nodes: tuple[Node, ...]
    leases: tuple[Lease, ...]

    def node(self, node: NodeId) -> Node | None:
        """The one of this id."""
        return next((one for one in self.nodes if one.id == node), None)
