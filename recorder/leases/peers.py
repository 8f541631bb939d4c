"""Promises between recorders, for when a recorder cannot reach the register.

A promise says "for one TTL from now I take none of your cameras". Such promises let a node record
on without the register, and cost the nodes that promise nothing.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import Enum
from threading import Lock
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from footage.clock import Clock
    from footage.ids import NodeId
    from footage.instant import Elapsed
    from footage.membership import Membership, Node


class Answer(Enum):
    """Answer of another node asked for a promise."""

    PROMISED = "promised"
    ALIVE = "alive"
    """The node answered, but made no promise."""
    GONE = "gone"
    """The node's machine says that the process no longer exists."""
    SILENT = "silent"
    """No answer: the node may be dead, or only cut off from this node."""


class Peers(Protocol):
    """Asks other nodes for promises. Never raises: any failure counts as SILENT."""

    def ask(self, peer: Node, me: NodeId, secret: str, within: Elapsed) -> Answer:
        """Ask `peer` for a promise to node `me`; `secret` proves that `me` asks."""
        ...


@dataclass(frozen=True, slots=True)
class _Given:
    secrets: dict[NodeId, str]
    until: dict[NodeId, Elapsed]


class Promises:
    """The promises this node has given. May be called from any thread."""

    def __init__(self, clock: Clock, ttl: Elapsed) -> None:
        self._clock = clock
        self._ttl = ttl
        self._lock = Lock()
        self._given = _Given({}, {})

    def learn(self, membership: Membership) -> None:
        """Take over the secrets of all nodes in `membership`."""
        with self._lock:
            self._given = _Given(
                {node.id: node.secret for node in membership.nodes}, self._given.until
            )

    def promise(self, node: str, token: str) -> bool:
        """Promise to take no cameras of `node` for a TTL; False unless `token` is its secret."""
        with self._lock:
            known = {str(name): name for name in self._given.secrets}.get(node)
            if known is None or not _same(self._given.secrets[known], token):
                return False
            self._given.until[known] = self._clock.boottime() + self._ttl
            return True

    def standing(self) -> frozenset[NodeId]:
        """Nodes to which a promise is in force now."""
        now = self._clock.boottime()
        with self._lock:
            return frozenset(node for node, until in self._given.until.items() if until > now)


def _same(secret: str, token: str) -> bool:
    return bool(secret) and hmac.compare_digest(secret.encode(), token.encode())
