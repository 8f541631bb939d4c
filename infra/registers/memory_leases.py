"""Leases in memory: between the threads of a process, by a given clock."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING

from infra.registers.lease_state import LeaseState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from footage.clock import Clock
    from footage.ids import CameraId, NodeId
    from footage.membership import Heartbeat, Membership, Node


class MemoryLeases:
    """Keeps the contract of `footage.ports.Leases`; nothing survives the process.

    Args:
        clock: The boottime of `clock` is the register's own clock.
        shared: Whether several nodes can be live.
    """

    def __init__(self, clock: Clock, *, shared: bool = True) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._state = LeaseState(single=not shared)

    @property
    def shared(self) -> bool:
        """Whether several nodes can be live."""
        return not self._state.single

    def beat(self, heartbeat: Heartbeat) -> Membership:
        """Register a recorder, or renew its registration, by a heartbeat."""
        with self._acting() as state:
            return state.beat(heartbeat)

    def take(
        self, node: NodeId, secret: str, wanted: Mapping[CameraId, int]
    ) -> frozenset[CameraId]:
        """Take the leases of wanted cameras that are free."""
        with self._acting() as state:
            return state.take(node, secret, wanted)

    def give_back(self, node: NodeId, secret: str, cameras: Mapping[CameraId, int]) -> None:
        """Free the node's leases of the cameras."""
        with self._acting() as state:
            state.give_back(node, secret, cameras)

    def leave(self, node: NodeId, secret: str) -> None:
        """Free all leases of the node and remove the node from membership."""
        with self._acting() as state:
            state.leave(node, secret)

    def forget(self, node: NodeId) -> Node:
        """Remove a lapsed node from membership."""
        with self._acting() as state:
            return state.forget(node)

    def membership(self) -> Membership:
        """Read the membership: nodes and leases."""
        with self._acting() as state:
            return state.membership()

    @contextmanager
    def _acting(self) -> Iterator[LeaseState]:
        """Run a transaction on the leases: an exception inside leaves all unchanged."""
        with self._lock:
            state = copy(self._state)
            state.nodes, state.leases = dict(state.nodes), dict(state.leases)
            state.now_us = self._clock.boottime().us
            yield state
            self._state = state
