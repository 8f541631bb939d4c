"""Leases: which recorder records which camera."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.ids import CameraId, NodeId
    from footage.membership import Heartbeat, Membership, Node


class Leases(Protocol):
    """Part of the register: who records what, so that several recorders share the cameras.

    - Each call is one transaction, and all of them run one after the other.
    - Time is the register's own; nodes only say how long from now. A lease is held by whom it
      names while that node is live, and is free when there is none or its node lapsed.
    - A node's number changes when it registers and when it beats after having lapsed; every lease
      it still has, nobody having taken it, is granted anew then. A beat whose answer was lost may
      be sent again.
    - `shared` is False where only one node may be live at a time: SQLite.
    - Unavailable: cannot be reached.
    """

    @property
    def shared(self) -> bool:
        """Whether several nodes can be live."""
        ...

    def beat(self, heartbeat: Heartbeat) -> Membership:
        """Register the node or renew it and all its leases; returns the roll after that.

        Raises:
            Refused: Another home has registered under this name and is live or has leases still;
                or the register is not shared and another node is live. The message names it.
            Conflict: Another process has registered as this node since: there are two of it.
        """
        ...

    def take(
        self, node: NodeId, secret: str, wanted: Mapping[CameraId, int]
    ) -> frozenset[CameraId]:
        """Take those that are free and whose token is still the one given (0: there was no lease).

        Returns:
            What was taken; nothing when the node itself has lapsed.

        Raises:
            Conflict: As for `beat`.
        """
        ...

    def give_back(self, node: NodeId, secret: str, cameras: Mapping[CameraId, int]) -> None:
        """Free those that the node has by the token given. Conflict: as for `beat`."""
        ...

    def leave(self, node: NodeId, secret: str) -> None:
        """Free all it has and strike it off the roll; nothing happens when it is another's."""
        ...

    def forget(self, node: NodeId) -> Node:
        """Strike off a lapsed node and free its cameras, on an operator's word that it is gone.

        Raises:
            NotFound: There is none of that name.
            Refused: It is live.
        """
        ...

    def membership(self) -> Membership:
        """Read it; changes nothing."""
        ...
