"""The cameras that an indexer works at, of those that several indexers share by leases.

A round is: heartbeat → decide → take → give back. A camera to be given back is freed only when the
indexer, asking for its cameras, no longer gets that camera: two indexers never work at a camera by
the register's word. Should an indexer be paused for longer than its lease, the segments under way
are looked at twice and stored once, since rows and marks go by ids (`indexer.publish`): so nothing
here needs to end work at once, as a recorder does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from footage.errors import FootageError
from footage.instant import Elapsed
from footage.lease_balance import Facts, decide
from footage.membership import Heartbeat

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from footage.clock import Clock
    from footage.ids import CameraId, NodeId
    from footage.membership import Membership
    from footage.ports import Leases

_NOBODY: frozenset[CameraId] = frozenset()


@dataclass(frozen=True, slots=True)
class IndexerIdentity:
    """Identity of an indexer towards the register and other indexers.

    Attributes:
        home: Name that no other process has at the same time: an indexer started again under this
            name takes back its cameras at once.
        secret: Proves the process to the register; made anew by each process.
        ttl: Length of a lease: how long an indexer that vanished keeps its cameras.
    """

    node: NodeId
    home: str
    secret: str = field(repr=False)
    ttl: Elapsed


class CameraShare:
    """Keeps an indexer's share of the cameras; `mine` may be called from any thread.

    Args:
        identity: Identity of this indexer.
        leases: Leases of the indexers that share the cameras.
        cameras: Returns the cameras this indexer would index if alone; may raise Unavailable.
        clock: To tell when leases end.
    """

    def __init__(
        self,
        identity: IndexerIdentity,
        leases: Leases,
        cameras: Callable[[], Collection[CameraId]],
        clock: Clock,
    ) -> None:
        self._identity, self._leases = identity, leases
        self._cameras, self._clock = cameras, clock
        self._lock = Lock()
        self._releasing: frozenset[CameraId] = _NOBODY
        self._held: frozenset[CameraId] = _NOBODY
        self._at_work: frozenset[CameraId] = _NOBODY
        self._until: Elapsed | None = None
        self._alone = True
        self._serial = 0

    def mine(self) -> frozenset[CameraId]:
        """Return the cameras to work at until the next call.

        None while the leases may have ended since the last heartbeat and another indexer was live
        then.
        """
        with self._lock:
            over = self._until is None or self._clock.boottime() >= self._until
            self._at_work = _NOBODY if over and not self._alone else self._held
            return self._at_work

    def renew(self) -> Elapsed:
        """Do a round; return the time until the next round.

        Raises:
            Unavailable: The register or the catalogue cannot be reached; call again.
            Conflict: Another process runs under this name.
        """
        identity, asked = self._identity, self._clock.boottime()
        membership = self._leases.beat(self._heartbeat(identity.node))
        wanted = frozenset(self._cameras())
        tokens = {one.camera: one.token for one in membership.leases if one.node == identity.node}
        self._releasing &= tokens.keys()
        moves = decide(Facts(identity.node, membership, wanted, self._releasing))
        self._releasing |= moves.give
        taken = self._leases.take(identity.node, identity.secret, moves.take)
        with self._lock:
            self._serial = membership.serial
            self._until = asked + Elapsed(identity.ttl.us // 10 * 9)
            self._alone = not _others(membership, identity.node)
            self._held = frozenset(tokens.keys() | taken) - self._releasing
            free = self._releasing - self._at_work
        if free:
            given = {camera: tokens[camera] for camera in free}
            self._leases.give_back(identity.node, identity.secret, given)
            self._releasing -= free
        busy = moves.below_share or bool(self._releasing)
        return Elapsed(identity.ttl.us // (20 if busy else 4))

    def leave(self) -> None:
        """Free all cameras: others take them at once. Work must have ended."""
        with self._lock:
            self._held, self._alone, self._until = _NOBODY, True, None
        self._leases.leave(self._identity.node, self._identity.secret)

    def follow(
        self, pause: Callable[[Elapsed], bool], failed: Callable[[FootageError], None]
    ) -> None:
        """Do rounds until `pause`, which waits between two rounds, returns True.

        A round that failed is told to `failed` and tried again soon.
        """
        while True:
            try:
                wait = self.renew()
            except FootageError as exc:
                failed(exc)
                wait = Elapsed(self._identity.ttl.us // 10)
            if pause(wait):
                return

    def _heartbeat(self, node: NodeId) -> Heartbeat:
        return Heartbeat(
            node=node,
            home=self._identity.home,
            secret=self._identity.secret,
            ttl=self._identity.ttl,
            seen=self._serial,
            group="indexer",
        )


def _others(membership: Membership, me: NodeId) -> bool:
    return any(node.live and node.id != me for node in membership.nodes)
