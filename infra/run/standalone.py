"""Record, index and apply retention in a single process: `footage run` on a single machine.

The event loop of the main thread records, a second thread indexes, a third asks how far indexing is
behind, the scheduler's thread runs the daily retention, others reconcile hold marks and extend the
ledger. Recording never waits for other threads.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from footage.errors import FootageError
from footage.instant import Elapsed
from footage.scope import EVERYWHERE
from infra.run.daily import daily_jobs
from infra.run.index_sharing import cameras_shared
from infra.run.ledger_upkeep import ledger_kept, ledger_lag
from infra.run.mark_upkeep import marks_kept
from infra.run.order_times import order_times
from infra.run.part_upkeep import parts_kept, waiting_copies

if TYPE_CHECKING:
    from infra.node.telemetry import Telemetry
    from infra.wiring import Parts
    from recorder.options import Summary

_AGAIN = Elapsed.parse("10s")
_log = logging.getLogger(__name__)


def run_all(parts: Parts, until: Elapsed | None, telemetry: Telemetry) -> Summary:
    """Record, index and apply retention until SIGTERM, Ctrl-C or `until`; end cleanly.

    Raises:
        FootageError: A store is misconfigured or away at the start; nothing has begun then.
    """
    stopping = threading.Event()
    telemetry.copies = waiting_copies(parts)
    telemetry.ledger = ledger_lag(parts)
    telemetry.orders = order_times(parts)
    indexing = threading.Thread(target=_index, args=(parts, stopping), name="indexer")
    lag = threading.Thread(target=_watch_lag, args=(parts, telemetry, stopping), name="index lag")
    with daily_jobs(parts, telemetry.daily, stopping):
        recorder, keeper = parts.shared_recorder(EVERYWHERE, telemetry)
        indexing.start()
        lag.start()
        try:
            with ledger_kept(parts), marks_kept(parts), parts_kept(parts):
                return recorder.record(keeper, until)
        finally:
            stopping.set()
            indexing.join()
            lag.join()


def _index(parts: Parts, stopping: threading.Event) -> None:
    """Index new segments until `stopping`; after an error, log the error and retry in 10 s."""
    while not stopping.is_set():
        try:
            with cameras_shared(parts) as cameras:
                parts.indexer.follow(stopping.is_set, cameras=cameras)
        except FootageError as exc:
            _log.error("indexing paused: %s", exc)
            stopping.wait(_AGAIN.in_seconds)


def _watch_lag(parts: Parts, telemetry: Telemetry, stopping: threading.Event) -> None:
    """Keep the metrics of indexing up to date until `stopping`."""
    telemetry.index_lag.follow(lambda: parts.catalogue.backlog(parts.encoder_digest), stopping)
