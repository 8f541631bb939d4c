"""Daily jobs: retention, the check of the custody log, and the scrub of vectors.

`footage run` schedules the jobs beside recording and indexing; `footage retention daily` schedules
them alone, where recorders and indexers are other processes. Several processes may schedule the
same jobs: a purge runs in the section that all share, and a second run on a day does no harm.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from footage.action import Purpose
from infra.run.part_upkeep import scrub_daily
from infra.run.purge_progress import PurgeProgress
from infra.run.scheduler import Scheduler

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from infra.node.daily_status import DailyStatus
    from infra.wiring import Parts
    from retention.jobs import DailyReport

SERVICE_ACTOR: Final = "service:retention"
RETENTION: Final = "retention"
CUSTODY_LOG: Final = "custody log"
VECTOR_SCRUB: Final = "vector scrub"
_SCRUB_AT: Final = "01:30"
_CHECK_AT: Final = "04:30"
_log = logging.getLogger(__name__)


def apply_policies(parts: Parts, stopping: threading.Event) -> DailyReport:
    """Run the daily retention once; a purge under way ends early when `stopping` is set.

    Raises:
        FootageError: As `DailyRetention.run`.
    """
    who = Purpose(SERVICE_ACTOR, case="retention", code="policy")
    return parts.retention.run(who, PurgeProgress(stopping, parts.clock))


@contextmanager
def daily_jobs(parts: Parts, status: DailyStatus, stopping: threading.Event) -> Iterator[Scheduler]:
    """Run the daily jobs at their times while the block runs; gives the scheduler.

    Args:
        parts: The stores and services.
        status: Is told how each run ended.
        stopping: Set at the end of the block, so that a purge under way ends early.
    """
    _ = parts.retention, parts.custody  # built here: two threads must not build the same part

    def failed(job: str, error: BaseException | None) -> None:
        if error is None:
            status.failed(job)
        _log.error("job %r failed: %s", job, error or "its time was missed")

    scheduler = Scheduler(failed)

    def schedule(job: str, action: Callable[[], object], at: str) -> None:
        def run() -> None:
            done = False
            try:
                action()
                done = True
            finally:
                (status.done if done else status.failed)(job)

        status.expect(job)
        scheduler.daily(job, run, at=at)

    at = parts.settings.retention.run_at
    schedule(RETENTION, lambda: apply_policies(parts, stopping), at)
    schedule(CUSTODY_LOG, lambda: parts.custody.check().require_whole(), _CHECK_AT)
    schedule(VECTOR_SCRUB, lambda: scrub_daily(parts, stopping.is_set), _SCRUB_AT)
    scheduler.start()
    try:
        yield scheduler
    finally:
        stopping.set()
        scheduler.stop()
