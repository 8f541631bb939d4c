"""Asks other recorders for promises, and whether lapsed recorders may still be recording."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from footage.errors import Unavailable
from footage.lease_balance import unacquainted
from recorder.events import Alarm
from recorder.leases.blocking_call import answer_within
from recorder.leases.peers import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.clock import Clock
    from footage.ids import CameraId, NodeId
    from footage.instant import Elapsed
    from footage.membership import Membership, Node
    from recorder.leases.identity import ChangeNotifier, NodeIdentity, Ports


class PeerCheck:
    """Asks other recorders, all at once."""

    def __init__(
        self, identity: NodeIdentity, ports: Ports, clock: Clock, notifier: ChangeNotifier
    ) -> None:
        self._identity = identity
        self._ports = ports
        self._clock = clock
        self._notifier = notifier
        self._refusing: dict[tuple[NodeId, int], Elapsed] = {}

    async def unpromised(self, nodes: Sequence[Node]) -> list[NodeId]:
        """Ask nodes for promises; returns nodes that may take this node's cameras within a TTL."""
        answers = await self._ask_all(nodes)
        safe = {Answer.PROMISED, Answer.GONE}
        return sorted(node for node, answer in answers.items() if answer not in safe)

    async def excluded(
        self, membership: Membership, me: Node, wanted: frozenset[CameraId]
    ) -> frozenset[NodeId]:
        """Ask lapsed nodes that never knew this node; returns nodes that may still be recording.

        Those nodes are found by `footage.lease_balance.unacquainted`. A node whose machine says
        that the process is gone leaves FFmpeg processes behind for one lease at most, and is
        returned for so long.
        """
        found = unacquainted(membership, me, wanted)
        answers = await self._ask_all(found)
        now = self._clock.boottime()
        excluded: set[NodeId] = set()
        for node in found:
            key = (node.id, node.number)
            if answers[node.id] is not Answer.GONE:
                self._refusing.pop(key, None)
            elif now - self._refusing.setdefault(key, now) >= node.ttl:
                continue
            excluded.add(node.id)
        self._alarm(sorted(node for node, answer in answers.items() if answer is Answer.SILENT))
        return frozenset(excluded)

    def _alarm(self, silent: Sequence[NodeId]) -> None:
        if not silent:
            self._notifier.over("silent")
            return
        text = (
            f"cameras of {', '.join(silent)} are not taken: the recorder lapsed before it knew "
            "this one and does not answer whether it still records; if it is gone for good: "
            f"footage recorders forget {silent[0]}"
        )
        self._notifier.say("silent", Alarm(None, text))

    async def _ask_all(self, nodes: Sequence[Node]) -> dict[NodeId, Answer]:
        answers = await asyncio.gather(*map(self._ask, nodes))
        return {node.id: answer for node, answer in zip(nodes, answers, strict=True)}

    async def _ask(self, node: Node) -> Answer:
        identity = self._identity
        ask = partial(
            self._ports.peers.ask, node, identity.node, identity.secret, identity.part(12)
        )
        try:
            return await answer_within(
                self._ports.blocking_calls(ask), self._clock, identity.part(10)
            )
        except Unavailable:
            return Answer.SILENT
