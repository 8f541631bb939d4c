"""What recorders say to each other when one of them cannot reach the register.

A promise: "for one TTL from now I take none of your cameras". It is what lets a node record on
without the register, and it costs who gives it nothing.
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
    """What came of asking another node."""

    PROMISED = "promised"
    ALIVE = "alive"
    """It answered, but made no promise."""
    GONE = "gone"
    """Its machine says that no such process is there."""
    SILENT = "silent"
    """Nothing is known: it may be dead, or only cut off from us."""


class Peers(Protocol):
    """Asks other nodes. Never raises: whatever fails is SILENT."""

    def ask(self, peer: Node, me: NodeId, secret: str, within: Elapsed) -> Answer:
        """Ask for a promise; `secret` proves who asks."""
        ...


@dataclass(frozen=True, slots=True)
class _Given:
    secrets: dict[NodeId, str]
    until: dict[NodeId, Elapsed]


class Promises:
    """The promises this node gave; asked for on any thread."""

    def __init__(self, clock: Clock, ttl: Elapsed) -> None:
        self._clock = clock
        self._ttl = ttl
        self._lock = Lock()
        self._given = _Given({}, {})

    def learn(self, membership: Membership) -> None:
        """Know the secrets of those on the roll."""
        with self._lock:
            self._given = _Given(
                {node.id: node.secret for node in membership.nodes}, self._given.until
            )

    def promise(self, node: str, token: str) -> bool:
        """Promise to take nothing from this node; only where the token is its own."""
        with self._lock:
            known = {str(name): name for name in self._given.secrets}.get(node)
            if known is None or not _same(self._given.secrets[known], token):
                return False
            self._given.until[known] = self._clock.boottime() + self._ttl
            return True

    def standing(self) -> frozenset[NodeId]:
        """Those to whom a promise stands."""
        now = self._clock.boottime()
        with self._lock:
            return frozenset(node for node, until in self._given.until.items() if until > now)


def _same(secret: str, token: str) -> bool:
    return bool(secret) and hmac.compare_digest(secret.encode(), token.encode())
