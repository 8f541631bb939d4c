"""Serves the metrics of a process that records nothing: an indexer, a scheduler, the API."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from infra.node.metrics import CONTENT_TYPE
from infra.node.pages import NodeServer, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footage.clock import Clock
    from infra.config.address import Address


class Rendered(Protocol):
    """Metrics that can be rendered."""

    def render(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        ...


@contextmanager
def metrics_served(metrics: Rendered, listen: str, clock: Clock) -> Iterator[Address | None]:
    """Serve `/metrics` and `/healthz` at `listen` ("HOST:PORT") while the block runs.

    Args:
        metrics: Shown by `/metrics`.
        listen: The address; "" serves nothing.
        clock: Times the requests.

    Yields:
        The address served, None where nothing is.

    Raises:
        Misconfigured: The machine has no such address, or this user may not take the port.
        Unavailable: The address is taken.
    """
    if not listen:
        yield None
        return
    pages = {"/metrics": lambda: Page(CONTENT_TYPE, metrics.render())}
    server = NodeServer(listen, pages, clock)
    address = server.start()
    try:
        yield address
    finally:
        server.stop()
