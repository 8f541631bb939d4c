"""Changes of a job that every record of jobs makes alike, by the rules of `job_rules`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from infra.registers import job_rules as rules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from footage.ids import JobId
    from footage.instant import Instant
    from footage.job import Job, JobState, Lease, Work


class JobChanges(ABC):
    """The part of `footage.ports.Jobs` that changes a known job."""

    @abstractmethod
    def _changed(self, job: JobId, change: Callable[[Job], Job]) -> Job:
        """Change a job in one transaction; return the job as changed; raises NotFound."""

    def keep(self, job: JobId, lease: Lease, work: Work) -> Job:
        """Renew the lease of a running job, and record how far the work is."""
        return self._changed(job, lambda known: rules.kept(known, lease, work))

    def give_back(self, job: JobId, owner: str) -> Job:
        """Put a running job back to queued."""
        return self._changed(job, lambda known: rules.given_back(known, owner))

    def finish(
        self,
        job: JobId,
        owner: str,
        state: JobState,
        at: Instant,
        *,
        result: Mapping[str, object] | None = None,
        error: str = "",
    ) -> Job:
        """End a running job as done, failed or cancelled."""
        return self._changed(
            job, lambda known: rules.finished(known, owner, state, at, result or {}, error)
        )

    def cancel(self, job: JobId, at: Instant) -> Job:
        """Cancel a queued job, ask a running job to stop, leave an ended job as it is."""
        return self._changed(job, lambda known: rules.cancelled(known, at))
