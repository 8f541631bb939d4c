"""Metrics of a process that only indexes: `footage index --listen`."""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from infra.config.release import version
from infra.node.home import default_node
from infra.node.index_lag import IndexLag
from infra.node.metrics import Metrics
from infra.node.report import NodeFacts
from infra.node.served_metrics import metrics_served
from infra.run.part_upkeep import waiting_copies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.config.address import Address
    from infra.wiring import Parts


@contextmanager
def index_metrics(parts: Parts, listen: str) -> Iterator[Address | None]:
    """Serve `/metrics` at `listen` ("HOST:PORT") while the block runs; "" serves nothing.

    Yields:
        The address served, None where nothing is.

    Raises:
        Misconfigured: The machine has no such address, or this user may not take the port.
        Unavailable: The address is taken.
    """
    lag, stopping = IndexLag(parts.clock), threading.Event()
    metrics = Metrics(
        None,
        lambda: NodeFacts(default_node(), version()),
        lag.backlog,
        copies=waiting_copies(parts),  # made before threads share parts
    )
    with metrics_served(metrics, listen, parts.clock) as address, ExitStack() as following:
        if address:
            digest, catalogue = parts.encoder_digest, parts.catalogue  # before threads share parts
            watch = threading.Thread(
                target=lag.follow,
                args=(lambda: catalogue.backlog(digest), stopping),
                name="index lag",
            )
            watch.start()
            following.callback(watch.join)
            following.callback(stopping.set)
        yield address
