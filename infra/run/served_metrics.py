"""Serves the metrics of a process that records nothing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from infra.node.metrics import CONTENT_TYPE
from infra.node.pages import NodeServer, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footage.clock import Clock
    from infra.config.address import Address
    from infra.node.metrics import Metrics


@contextmanager
def metrics_served(metrics: Metrics, listen: str, clock: Clock) -> Iterator[Address | None]:
    """Serve `/metrics` and `/healthz` at `listen` ("HOST:PORT") while the block runs.

    Args:
        metrics: What `/metrics` shows.
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
