"""Telemetry of a recorder: status, logs and pages.

No telemetry can end or delay the recorder. An address that is taken, or does not exist yet, is
logged as an error; recording goes on without pages.
"""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from footage.errors import FootageError
from infra.config.release import version
from infra.host import logs
from infra.node.daily_status import DailyStatus
from infra.node.facts import child_processes, disk_of
from infra.node.home import default_node
from infra.node.index_lag import IndexLag
from infra.node.metrics import CONTENT_TYPE, Metrics
from infra.node.pages import NodeServer, Page
from infra.node.report import NodeFacts, document
from recorder.status.status import RecorderStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from footage.clock import Clock
    from footage.instant import Elapsed
    from infra.config.settings import Settings
    from infra.node.metrics import LedgerLag, WaitingCopies
    from recorder.events import Event

_log = logging.getLogger(__name__)


class Telemetry:
    """Listens to a recorder, and keeps the recorder's status.

    Attributes:
        status: State of the recorder, as heard so far.
        index_lag: How far indexing is behind; not known unless this process indexes.
        daily: Outcomes of the daily jobs; empty unless this process schedules them.
        copies: Tells what of the vectors waits to be copied; nothing unless this process copies.
        ledger: Tells how far the ledger is behind; nothing unless this process extends the ledger.
        orders: Tells times from orders on paper to their holds; nothing where not asked for.
        pages: The node's pages, not yet served.
        address: Address of the pages for others; "" while no pages are served.
    """

    def __init__(self, settings: Settings, clock: Clock, facts: Callable[[], NodeFacts]) -> None:
        self.status = RecorderStatus(clock)
        self.index_lag = IndexLag(clock)
        self.daily = DailyStatus(clock)
        self.copies: Callable[[], WaitingCopies | None] = lambda: None
        self.ledger: Callable[[], LedgerLag | None] = lambda: None
        self.orders: Callable[[], Sequence[Elapsed] | None] = lambda: None
        self.address = ""
        self.pages: NodeServer | None = None
        if settings.recording.listen:
            metrics = Metrics(
                self.status.snapshot,
                facts,
                self.index_lag.backlog,
                self.daily.outcomes,
                self._waiting_copies,
                self._ledger_lag,
            )
            metrics.add_orders(self._order_times)
            self.pages = NodeServer(
                settings.recording.listen,
                {
                    "/metrics": lambda: Page(CONTENT_TYPE, metrics.render()),
                    "/status": lambda: _status(self.status, facts),
                },
                clock,
            )

    def _waiting_copies(self) -> WaitingCopies | None:
        return self.copies()

    def _order_times(self) -> Sequence[Elapsed] | None:
        return self.orders()

    def _ledger_lag(self) -> LedgerLag | None:
        return self.ledger()

    def __call__(self, event: Event) -> None:
        """A recorder's listener: folds and logs, and waits for nobody."""
        self.status.apply(event)
        logs.record_event(event)


@contextmanager
def telemetry_of(settings: Settings, home: Path, clock: Clock) -> Iterator[Telemetry]:
    """Logs, status and pages of the recorder of this process, until the end."""
    with logs.configured(settings.logs.level):
        telemetry = Telemetry(settings, clock, lambda: facts_of(settings, home))
        try:
            _serve(telemetry, settings.recording.advertise)
            yield telemetry
        finally:
            if telemetry.pages is not None:
                telemetry.pages.stop()


def facts_of(settings: Settings, home: Path) -> NodeFacts:
    """Facts of this node; called on several threads, many times."""
    return NodeFacts(
        node=settings.recording.node or default_node(),
        version=version(),
        home=str(home.resolve()),
        spool_limit=settings.recording.spool_limit,
        disk=disk_of(home / "spool"),
        processes=child_processes(),
    )


def _serve(telemetry: Telemetry, advertised: str) -> None:
    if telemetry.pages is None:
        return
    try:
        address = telemetry.pages.start()
    except FootageError as exc:
        _log.error("recording without metrics and status, unseen by other nodes: %s", exc)
        return
    telemetry.address = advertised or str(address)
    _log.info("metrics and status at http://%s/metrics and /status", address)


def _status(status: RecorderStatus, facts: Callable[[], NodeFacts]) -> Page:
    said = document(facts(), status.snapshot())
    return Page("application/json", json.dumps(said, ensure_ascii=False).encode())
