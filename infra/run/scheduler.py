"""The scheduler: the only module that imports APScheduler.

A single process schedules. A job never runs twice at the same time, several missed runs of a job
become one run, and a run that is late by up to an hour still happens. The exception of a job goes
to `failed`; the job runs again at the next time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from footage.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.instant import Elapsed

_LATE_S: Final = 3_600


class Scheduler:
    """Runs jobs daily, or again and again, in threads of this process.

    Args:
        failed: Called with a job's name and exception, or None when the run was missed.
    """

    def __init__(self, failed: Callable[[str, BaseException | None], None]) -> None:
        self._failed = failed
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": _LATE_S},
        )
        self._scheduler.add_listener(self._on_event, EVENT_JOB_ERROR | EVENT_JOB_MISSED)

    def daily(self, name: str, action: Callable[[], object], *, at: str) -> None:
        """Run `action` each day at `at`, "HH:MM" in UTC.

        Raises:
            BadInput: `at` is not a time of day.
        """
        hour, _, minute = at.partition(":")
        try:
            trigger = CronTrigger(hour=int(hour), minute=int(minute), timezone="UTC")
        except ValueError as exc:
            raise BadInput(f"not a time of day: {at!r}", hint='write "HH:MM", UTC') from exc
        self._scheduler.add_job(action, trigger, id=name, replace_existing=True)

    def every(self, name: str, action: Callable[[], object], *, interval: Elapsed) -> None:
        """Run `action` again and again, an interval after the run before began at the earliest."""
        trigger = IntervalTrigger(seconds=interval.in_seconds, timezone="UTC")
        self._scheduler.add_job(action, trigger, id=name, replace_existing=True)

    def now(self, name: str) -> None:
        """Run a job in a thread as soon as possible, besides the daily run; raises BadInput."""
        job = self._scheduler.get_job(name)
        if job is None:
            raise BadInput(f"no job {name!r}")
        self._scheduler.add_job(job.func, id=f"{name} at once", replace_existing=True)

    def start(self) -> None:
        """Start the thread that runs the jobs."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop; wait for the job that runs."""
        self._scheduler.shutdown(wait=True)

    def _on_event(self, event: Any) -> None:  # noqa: ANN401 - the library has no types
        self._failed(str(event.job_id), getattr(event, "exception", None))
