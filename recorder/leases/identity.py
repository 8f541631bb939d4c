"""What a recorder among others is, what it talks to, and how it tells what happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from footage.instant import Elapsed
from recorder.leases.blocking_call import blocking_call

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footage.camera import Camera
    from footage.ids import NodeId
    from footage.ports import Leases
    from recorder.events import Event
    from recorder.leases.blocking_call import BlockingCalls
    from recorder.leases.peers import Peers


@dataclass(frozen=True, slots=True)
class NodeIdentity:
    """Who this recorder is to the others.

    Attributes:
        home: Names the folder it works on; no other process holds it.
        secret: Made anew by each process.
        group: Names its choice of cameras; not empty.
        ttl: How long it counts as live after a beat.
        address: Where others reach it now, "" where they cannot.
    """

    node: NodeId
    home: str
    secret: str = field(repr=False)
    group: str
    ttl: Elapsed
    address: Callable[[], str]

    def part(self, divisor: int) -> Elapsed:
        """A fraction of the lease: all waits are, so that they fit into it."""
        return Elapsed(self.ttl.us // divisor)


@dataclass(frozen=True, slots=True)
class Ports:
    """What a keeper talks to.

    Attributes:
        cameras: Those in the register this recorder would record alone; raises Unavailable.
        extend: Told when whatever records here must have ended: the watchdog.
    """

    leases: Leases
    cameras: Callable[[], Sequence[Camera]]
    peers: Peers
    extend: Callable[[Elapsed], None]
    blocking_calls: BlockingCalls = blocking_call


class ChangeNotifier:
    """Tells what changed, once: rounds come every few seconds, and say mostly the same."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._said: dict[str, str] = {}

    def say(self, topic: str, event: Event, key: str | None = None) -> None:
        """Tell it, unless this (or what has the same `key`) was told last of this topic."""
        key = str(event) if key is None else key
        if self._said.get(topic) != key:
            self._said[topic] = key
            self._tell(event)

    def over(self, topic: str, event: Event | None = None) -> None:
        """It is so no more: tell `event`, where there was something to tell before."""
        if self._said.pop(topic, None) is not None and event is not None:
            self._tell(event)
