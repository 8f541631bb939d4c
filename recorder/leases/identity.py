"""A node's identity, the ports of its lease keeper, and a notifier that reports changes once."""

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
    """Identity of this recorder towards the register and other recorders.

    Attributes:
        home: Name of the folder the recorder works on, which no other process holds.
        secret: Proves this process's identity; made anew by each process.
        group: Name of the recorder's choice of cameras; not empty.
        ttl: How long the recorder counts as live after a heartbeat; length of its leases.
        address: Returns where other recorders reach this recorder now, "" where none can.
    """

    node: NodeId
    home: str
    secret: str = field(repr=False)
    group: str
    ttl: Elapsed
    address: Callable[[], str]

    def part(self, divisor: int) -> Elapsed:
        """The lease's length by `divisor`: all waits are such parts, to fit into the lease."""
        return Elapsed(self.ttl.us // divisor)


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of a lease keeper.

    Attributes:
        leases: Leases in the register.
        cameras: Reads from the register the cameras this recorder would record if alone; raises
            Unavailable.
        peers: The other recorders, to ask for promises.
        extend: Tells the watchdog the time by which all recording here must have ended.
        blocking_calls: Runs blocking calls beside the event loop.
    """

    leases: Leases
    cameras: Callable[[], Sequence[Camera]]
    peers: Peers
    extend: Callable[[Elapsed], None]
    blocking_calls: BlockingCalls = blocking_call


class ChangeNotifier:
    """Reports each change once, as rounds come every few seconds and mostly find the same."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._said: dict[str, str] = {}

    def say(self, topic: str, event: Event, key: str | None = None) -> None:
        """Report an event, unless the topic's last event had the same `key` (default: text)."""
        key = str(event) if key is None else key
        if self._said.get(topic) != key:
            self._said[topic] = key
            self._tell(event)

    def over(self, topic: str, event: Event | None = None) -> None:
        """End a topic: report `event` if an event of the topic was reported before."""
        if self._said.pop(topic, None) is not None and event is not None:
            self._tell(event)
