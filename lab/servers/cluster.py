"""Common part of the clusters: nodes that are killed singly and started again with all data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from footage.errors import Unavailable
from footage.instant import Elapsed
from lab.servers.running import wait_healthy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from footage.clock import Clock
    from infra.host.process import Child

_STEP: Final = Elapsed.parse("100ms")


@dataclass(slots=True, kw_only=True)
class Node:
    """A node of a cluster; the node's data outlive the node's process.

    Attributes:
        name: Name for people.
        host: Address of the node.
        port: Port for clients.
        within: Longest time until the started node answers.
        clock: Clock for the waiting.
    """

    name: str
    host: str
    port: int
    within: Elapsed
    clock: Clock
    _begin: Callable[[], Child] = field(repr=False)
    _probe: Callable[[], bool] = field(repr=False)
    _child: Child | None = field(default=None, init=False)

    @property
    def alive(self) -> bool:
        """Whether the node's process runs; a paused process counts as running."""
        return self._child is not None and self._child.alive

    @property
    def child(self) -> Child:
        """The node's process, or the last process where none runs.

        Raises:
            Unavailable: The node was never started.
        """
        if self._child is None:
            raise Unavailable(f"{self.name} was never started")
        return self._child

    def launch(self) -> None:
        """Start the node's process unless running, without waiting for an answer."""
        if not self.alive:
            self._child = self._begin()

    def wait(self) -> None:
        """Wait until the node answers.

        Raises:
            Unavailable: The process ended, or does not answer in time; the text ends with its log.
        """
        wait_healthy(self.child, self._probe, what=self.name, within=self.within, clock=self.clock)

    def kill(self) -> None:
        """End the node's process at once, as a power cut would (SIGKILL)."""
        self.child.kill()

    def stop(self) -> None:
        """End the node's process by SIGTERM; harmless when ended already or never started."""
        if self._child is not None:
            self._child.stop()


def start_all(nodes: Iterable[Node]) -> None:
    """Start the nodes that do not run, side by side, and wait until each answers.

    Raises:
        Unavailable: A node does not get ready; all nodes have been stopped then.
    """
    started = tuple(nodes)
    try:
        for node in started:
            node.launch()
        for node in started:
            node.wait()
    except BaseException:  # also Ctrl-C: no caller can stop these processes yet
        stop_all(started)
        raise


def stop_all(nodes: Iterable[Node]) -> None:
    """End the processes of all nodes; the nodes' folders stay."""
    for node in nodes:
        node.stop()


def wait_whole(whole: Callable[[], bool], *, what: str, within: Elapsed, clock: Clock) -> None:
    """Wait until `whole` returns True.

    Raises:
        Unavailable: `whole` still returns False after `within`; the text names `what`.
    """
    deadline = clock.monotonic() + within
    while not whole():
        if clock.monotonic() >= deadline:
            raise Unavailable(f"{what} is not whole after {within}")
        clock.sleep(_STEP)
