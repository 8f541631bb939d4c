"""Daily jobs: retention, the check of the custody log, and the scrub of vectors.

`footage run` schedules the jobs beside recording and indexing; `footage retention daily` schedules
them alone, where recorders and indexers are other processes. Several processes of a home may
schedule the same jobs: retention waits until the retention of another process has ended, since
what one deletes changes the facts that the plan of the other is about.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from footage.action import Purpose
from footage.errors import Unavailable
from footage.instant import Elapsed
from infra.host.file_lock import tried
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
_LOCK: Final = "retention.lock"
_ASK_EVERY: Final = Elapsed.parse("2s")
_log = logging.getLogger(__name__)


def apply_policies(parts: Parts, stopping: threading.Event) -> DailyReport:
    """Run the daily retention once; a purge under way ends early when `stopping` is set.

    First, exhibits of open cases that lack a hold are held (invariant 4): where that fails nothing
    is deleted.

    Raises:
        Unavailable: `stopping` was set while another process of this home ran the retention.
        FootageError: As `ExhibitHolds.mend` and `DailyRetention.run`.
    """
    who = Purpose(SERVICE_ACTOR, case="retention", code="policy")
    with _alone(parts, stopping):
        if held := parts.exhibit_holds.mend():
            _log.warning("%d exhibits of open cases had no hold, and have one now", held)
        return parts.retention.run(who, PurgeProgress(stopping, parts.clock))


@contextmanager
def _alone(parts: Parts, stopping: threading.Event) -> Iterator[None]:
    told = False
    while True:
        with tried(parts.home / _LOCK) as free:
            if free:
                yield
                return
        if stopping.is_set():
            raise Unavailable("another process runs the retention, and this process is to end")
        if not told:
            _log.info("retention waits until the run of another process has ended")
        told = True
        stopping.wait(_ASK_EVERY.in_seconds)


def look_after_custody(parts: Parts) -> None:
    """Check the custody log and its index, then purge the personal parts that the rule names.

    Raises:
        DataLoss: The log is not whole; nothing was purged.
        FootageError: As `PersonalPurge.run`.
    """
    parts.custody.check().require_whole()
    if wrong := parts.custody.mend_index():
        some = ", ".join(map(str, wrong[:10]))
        _log.error(
            "the index of the custody log did not have %d entries as they are (entry %s), and was "
            "made anew: custody extracts of bundles made before may lack such an entry",
            len(wrong),
            some,
        )
    kept = parts.settings.retention.custody_personal
    if kept:
        purge = parts.personal_purge(parts.clock.now() - kept)
        purge.run(Purpose(SERVICE_ACTOR), f"retention.custody_personal = {kept}")


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
    schedule(CUSTODY_LOG, lambda: look_after_custody(parts), _CHECK_AT)
    schedule(VECTOR_SCRUB, lambda: scrub_daily(parts, stopping.is_set), _SCRUB_AT)
    scheduler.start()
    try:
        yield scheduler
    finally:
        stopping.set()
        scheduler.stop()
