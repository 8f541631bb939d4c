"""Leases, by which several recorders share the cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.ids import CameraId, NodeId
    from footage.membership import Heartbeat, Membership, Node


class Leases(Protocol):
    """Part of the register: leases of cameras and the membership of nodes.

    - Each call is one transaction, and all calls run one after the other.
    - Time is the register's own; nodes only say how long from now. A lease is held by the node
      named in the lease while that node is live; a camera is free when no lease exists or the
      lease's node lapsed.
    - A node's number changes when the node registers and when the node sends a heartbeat after
      having lapsed; every lease the node still has, nobody having taken the camera, is granted
      anew then. A heartbeat whose answer was lost may be sent again.
    - `shared` is False where only one node may be live at a time: SQLite.
    - Unavailable: the register cannot be reached.
    """

    @property
    def shared(self) -> bool:
        """Whether several nodes can be live at the same time."""
        ...

    def beat(self, heartbeat: Heartbeat) -> Membership:
        """Register the node, or renew the node and all its leases; return the new membership.

        Raises:
            Refused: Another home has registered under this name and is live or has leases still;
                or the register is not shared and another node is live. The message names that
                home or node.
            Conflict: Another process has registered as this node since: two processes run as the
                same node.
        """
        ...

    def take(
        self, node: NodeId, secret: str, wanted: Mapping[CameraId, int]
    ) -> frozenset[CameraId]:
        """Take the free cameras whose token is still as given (0: no lease existed).

        Returns:
            The cameras taken; none when the node itself has lapsed.

        Raises:
            Conflict: As for `beat`.
        """
        ...

    def give_back(self, node: NodeId, secret: str, cameras: Mapping[CameraId, int]) -> None:
        """Free the cameras that the node has by the given tokens. Conflict: as for `beat`."""
        ...

    def leave(self, node: NodeId, secret: str) -> None:
        """Free the node's cameras and end its membership; do nothing under another's `secret`."""
        ...

    def forget(self, node: NodeId) -> Node:
        """Remove a lapsed node and free its cameras, on an operator's word that the node is gone.

        Returns:
            The node removed.

        Raises:
            NotFound: No node has that name.
            Refused: The node is live.
        """
        ...

    def membership(self) -> Membership:
        """Return all nodes and leases; change nothing."""
        ...
