"""Outcomes of the daily jobs of a process, for metrics and alerts."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.clock import Clock
    from footage.instant import Elapsed


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """Outcome of a daily job, as of now.

    Attributes:
        job: Name of the job.
        since_done: Time since the job was last done; since this process began where never.
        failed: Whether the last run failed, or was missed.
    """

    job: str
    since_done: Elapsed
    failed: bool


class DailyStatus:
    """Keeps the outcomes of daily jobs; jobs run on other threads than metrics are read on."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._lock = clock, Lock()
        self._done: dict[str, Elapsed] = {}
        self._failed: set[str] = set()

    def expect(self, job: str) -> None:
        """Keep the outcome of `job` from now on."""
        with self._lock:
            self._done.setdefault(job, self._clock.monotonic())

    def done(self, job: str) -> None:
        """Take note that a run of `job` ended well."""
        with self._lock:
            self._done[job] = self._clock.monotonic()
            self._failed.discard(job)

    def failed(self, job: str) -> None:
        """Take note that a run of `job` failed, or was missed."""
        with self._lock:
            self._failed.add(job)

    def outcomes(self) -> Sequence[JobOutcome]:
        """Return the outcomes of all jobs, by name."""
        with self._lock:
            now = self._clock.monotonic()
            return [
                JobOutcome(job, now - done, job in self._failed)
                for job, done in sorted(self._done.items())
            ]
