"""What the clusters have in common: nodes that die one at a time and come back as they were."""

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
    """One node of a cluster; what it stores outlives its process.

    Attributes:
        name: For people.
        host: Its address.
        port: Where clients reach it.
        within: How long it may take to answer.
        clock: To wait by.
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
        """Whether its process runs (a paused one does)."""
        return self._child is not None and self._child.alive

    @property
    def child(self) -> Child:
        """Its process, or its last one.

        Raises:
            Unavailable: It was never started.
        """
        if self._child is None:
            raise Unavailable(f"{self.name} was never started")
        return self._child

    def launch(self) -> None:
        """Start its process, unless it runs; not waited for."""
        if not self.alive:
            self._child = self._begin()

    def wait(self) -> None:
        """Wait until it answers.

        Raises:
            Unavailable: It ended, or does not answer in time; the end of its log is told.
        """
        wait_healthy(self.child, self._probe, what=self.name, within=self.within, clock=self.clock)

    def kill(self) -> None:
        """End it at once, as a power cut would (SIGKILL)."""
        self.child.kill()

    def stop(self) -> None:
        """End it politely; harmless when it has ended or was never started."""
        if self._child is not None:
            self._child.stop()


def start_all(nodes: Iterable[Node]) -> None:
    """Start those that do not run, side by side, and wait for each: or else for none.

    Raises:
        Unavailable: One does not get ready; all have been stopped then.
    """
    started = tuple(nodes)
    try:
        for node in started:
            node.launch()
        for node in started:
            node.wait()
    except BaseException:  # also Ctrl-C: nobody else knows of these processes yet
        stop_all(started)
        raise


def stop_all(nodes: Iterable[Node]) -> None:
    """End them all; their folders stay."""
    for node in nodes:
        node.stop()


def wait_whole(whole: Callable[[], bool], *, what: str, within: Elapsed, clock: Clock) -> None:
    """Wait until `whole` says yes.

    Raises:
        Unavailable: It did not in time.
    """
    deadline = clock.monotonic() + within
    while not whole():
        if clock.monotonic() >= deadline:
            raise Unavailable(f"{what} is not whole after {within}")
        clock.sleep(_STEP)
