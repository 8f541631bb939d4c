"""Decides which cameras a node takes and gives back: a recorder, or an indexer. Pure.

Every node decides by itself from the same membership, and all come to the same sharing: free
cameras go to the node with the fewest; a node with more than its share gives back a few at a time.
Where two nodes have read different memberships the register decides: each camera is granted once
(invariant 10: deciding is apart from doing).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from footage.ids import CameraId, NodeId
    from footage.membership import Lease, Membership, Node

STEP: Final = 8
"""Most cameras given back at once: each loses some seconds, so a city must not move all at once."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts from which a node decides.

    Attributes:
        me: This node; live in `membership`, having just sent a heartbeat.
        wanted: Cameras this node would work at if alone.
        releasing: Cameras this node is about to give back, at which work is still ending.
        off_limits: Lapsed nodes whose cameras this node may not take: a promise was given to the
            lapsed node, or the lapsed node may still be recording.
        step: Most cameras given back at once.
    """

    me: NodeId
    membership: Membership
    wanted: frozenset[CameraId]
    releasing: frozenset[CameraId] = frozenset()
    off_limits: frozenset[NodeId] = frozenset()
    step: int = STEP


@dataclass(frozen=True, slots=True)
class Moves:
    """Cameras to take and to give back.

    Attributes:
        take: Cameras to take, each with the token of the lapsed lease (0: no lease).
        give: Cameras to stop working at, and then to give back.
        below_share: Whether the node has less than its share, and should decide again soon.
    """

    take: Mapping[CameraId, int]
    give: frozenset[CameraId]
    below_share: bool = False


def decide(facts: Facts) -> Moves:
    """Decide to take free cameras that fall to this node, and to give back any above the share."""
    membership, me = facts.membership, facts.membership.node(facts.me)
    mine = {lease.camera for lease in membership.leases if lease.node == facts.me}
    if me is None or not me.group:
        return Moves({}, frozenset(mine))
    members = [node for node in membership.nodes if node.live and node.group == me.group]
    counts = dict.fromkeys((node.id for node in members), 0)
    for lease in membership.leases:
        if lease.node in counts and lease.camera in facts.wanted - facts.releasing:
            counts[lease.node] += 1
    free = _free(facts)
    share = _shares(counts, sum(counts.values()) + len(free))[facts.me]
    take = _cameras_for(me, free, counts, members)
    surplus = 0 if facts.releasing else max(counts[facts.me] - share, 0)
    mine_still = sorted((mine & facts.wanted) - facts.releasing)
    give = mine_still[len(mine_still) - min(surplus, facts.step) :]
    return Moves(
        {camera: free[camera][0] for camera in take},
        frozenset(give) | (mine - facts.wanted),
        below_share=counts[facts.me] + len(take) < share,
    )


def unacquainted(membership: Membership, me: Node, wanted: frozenset[CameraId]) -> list[Node]:
    """Lapsed holders of wanted cameras, not known to have read a membership that lists `me`.

    Such a node, cut off from the register, records on without asking this node: this node must ask
    instead.
    """
    holders = {lease.node for lease in membership.leases if lease.camera in wanted}
    lapsed = (node for node in membership.nodes if node.id in holders and not node.live)
    return [node for node in lapsed if not node.knew(me)]


def _free(facts: Facts) -> dict[CameraId, tuple[int, Node | None]]:
    """Wanted cameras that no node holds, each with the last token and the last holder."""
    nodes = {node.id: node for node in facts.membership.nodes}
    leases: dict[CameraId, Lease] = {lease.camera: lease for lease in facts.membership.leases}
    free: dict[CameraId, tuple[int, Node | None]] = {}
    for camera in sorted(facts.wanted):
        lease = leases.get(camera)
        if lease is None:
            free[camera] = (0, None)
            continue
        holder = nodes.get(lease.node)
        if lease.node not in facts.off_limits and (holder is None or not holder.live):
            free[camera] = (lease.token, holder)
    return free


def _shares(counts: Mapping[NodeId, int], total: int) -> dict[NodeId, int]:
    """Number of cameras each node should have; the remainder goes to nodes with most: few moves."""
    each, extra = divmod(total, len(counts))
    order = sorted(counts, key=lambda node: (-counts[node], node))
    return {node: each + (place < extra) for place, node in enumerate(order)}


def _cameras_for(
    me: Node,
    free: Mapping[CameraId, tuple[int, Node | None]],
    counts: Mapping[NodeId, int],
    members: Iterable[Node],
) -> list[CameraId]:
    """Distribute free cameras, each to the allowed node with the fewest; returns those for `me`."""
    members_by_id = {node.id: node for node in members}
    heap = [(count, node) for node, count in counts.items()]
    heapq.heapify(heap)
    mine: list[CameraId] = []
    for camera, (_, holder) in free.items():
        if holder is not None and not any(map(holder.knew, members_by_id.values())):
            # Each node asked the holder for itself, and knows the answer to its own question only.
            mine.append(camera)
            continue
        passed: list[tuple[int, NodeId]] = []
        while holder is not None and not holder.knew(members_by_id[heap[0][1]]):
            passed.append(heapq.heappop(heap))
        count, node = heapq.heappop(heap)
        if node == me.id:
            mine.append(camera)
        for entry in (*passed, (count + 1, node)):
            heapq.heappush(heap, entry)
    return mine
