"""Which cameras a recorder takes and gives back, and until when it may record at all. Pure.

Every recorder decides by itself from the same roll, and comes to the same sharing: free cameras go
to whoever has least; who has more than its share gives back a few at a time. Where two rolls differ
the register decides, which grants a camera once (invariant 10: deciding is apart from doing).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from footage.ids import CameraId, NodeId
    from footage.membership import Lease, Membership, Node

STEP: Final = 8
"""Cameras given back at once: each loses some seconds, so a city must not move in one go."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a decision rests on.

    Attributes:
        me: This node; it has just beaten, so it is live on the roll.
        wanted: Cameras it would record if it were alone.
        releasing: Those it is about to give back, still ending.
        off_limits: Lapsed nodes whose cameras it may not take: promised to them, or maybe alive.
    """

    me: NodeId
    membership: Membership
    wanted: frozenset[CameraId]
    releasing: frozenset[CameraId] = frozenset()
    off_limits: frozenset[NodeId] = frozenset()
    step: int = STEP


@dataclass(frozen=True, slots=True)
class Moves:
    """What to do.

    Attributes:
        take: Cameras and the tokens they were free with.
        give: Cameras to end, and then to give back.
        below_share: Whether it has less than its share, and should look again soon.
    """

    take: Mapping[CameraId, int]
    give: frozenset[CameraId]
    below_share: bool = False


def decide(facts: Facts) -> Moves:
    """Take what is free and falls to us; give back what is beyond our share."""
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
    take = _falling_to(me, free, counts, members)
    surplus = 0 if facts.releasing else max(counts[facts.me] - share, 0)
    mine_still = sorted((mine & facts.wanted) - facts.releasing)
    give = mine_still[len(mine_still) - min(surplus, facts.step) :]
    return Moves(
        {camera: free[camera][0] for camera in take},
        frozenset(give) | (mine - facts.wanted),
        below_share=counts[facts.me] + len(take) < share,
    )


def unacquainted(membership: Membership, me: Node, wanted: frozenset[CameraId]) -> list[Node]:
    """Lapsed holders of cameras we want that are not known to have known us.

    Such a node, cut off from the register, would not ask us before it goes on: it must be asked.
    """
    holders = {lease.node for lease in membership.leases if lease.camera in wanted}
    lapsed = (node for node in membership.nodes if node.id in holders and not node.live)
    return [node for node in lapsed if not node.knew(me)]


def _free(facts: Facts) -> dict[CameraId, tuple[int, Node | None]]:
    """Wanted cameras nobody has, each with its token and who had it."""
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
    """How many each should have; one more goes to those who have more already: few moves."""
    each, extra = divmod(total, len(counts))
    order = sorted(counts, key=lambda node: (-counts[node], node))
    return {node: each + (place < extra) for place, node in enumerate(order)}


def _falling_to(
    me: Node,
    free: Mapping[CameraId, tuple[int, Node | None]],
    counts: Mapping[NodeId, int],
    members: Iterable[Node],
) -> list[CameraId]:
    """Hand the free cameras out, each to whoever has least of those who may take it."""
    takers = {node.id: node for node in members}
    heap = [(count, node) for node, count in counts.items()]
    heapq.heapify(heap)
    mine: list[CameraId] = []
    for camera, (_, holder) in free.items():
        if holder is not None and not any(map(holder.knew, takers.values())):
            mine.append(camera)  # each of us had to ask the holder, and only we know the answer
            continue
        passed: list[tuple[int, NodeId]] = []
        while holder is not None and not holder.knew(takers[heap[0][1]]):
            passed.append(heapq.heappop(heap))
        count, node = heapq.heappop(heap)
        if node == me.id:
            mine.append(camera)
        for entry in (*passed, (count + 1, node)):
            heapq.heappush(heap, entry)
    return mine


# ---------------------------------------------------------------- the fence


@dataclass(frozen=True, slots=True)
class Fence:
    """Until when this node may record, by the clock that runs while the machine is suspended.

    Everything counts from before a request was sent: its lease cannot have begun earlier. The
    margin lets it end its recordings before anybody else can begin (clocks that run 10 % apart
    included).

    Attributes:
        until: None before the first beat: it may not.
    """

    ttl: Elapsed
    until: Elapsed | None = None

    @property
    def margin(self) -> Elapsed:
        """How much sooner than the lease it ends."""
        return Elapsed(self.ttl.us // 10)

    @property
    def last(self) -> Elapsed | None:
        """When somebody else should end what we failed to end ourselves: still within the lease."""
        return None if self.until is None else self.until + Elapsed(self.margin.us // 2)

    def passed(self, now: Elapsed) -> bool:
        """Whether it may not record."""
        return self.until is None or now >= self.until

    def renewed(self, asked: Elapsed) -> Fence:
        """After a beat that was sent at `asked` and answered."""
        return self._to(asked + self.ttl)

    def promised(self, asked: Elapsed, ttl: Elapsed, now: Elapsed, *, alone: bool) -> Fence:
        """After all others promised, asked at `asked`, to take nothing of ours for `ttl`.

        A fence that has passed stays so, since they may have taken our cameras before they
        promised; unless we are `alone`: nobody who could take them has ever stood on the roll.
        """
        if self.until is None or (self.passed(now) and not alone):
            return self
        return self._to(asked + min(ttl, self.ttl))

    def _to(self, end: Elapsed) -> Fence:
        until = end - self.margin
        return Fence(self.ttl, until if self.until is None else max(self.until, until))
