"""Jobs in memory: between the threads of a process."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from infra.registers import job_rules as rules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from footage.access import PersonId
    from footage.ids import JobId
    from footage.instant import Instant
    from footage.job import Job, JobState, Lease, Work


class MemoryJobs:
    """Keeps the contract of `footage.ports.Jobs`; nothing survives the process.

    Args:
        require_person: Called with the person of each new job; raises NotFound for an unknown one.
    """

    def __init__(self, require_person: Callable[[PersonId], object]) -> None:
        self._require_person = require_person
        self._lock = threading.Lock()
        self._jobs: dict[JobId, Job] = {}

    def add(self, job: Job, *, most: int | None = None) -> Job:
        """Add a queued job, or return the person's job of the same key."""
        self._require_person(job.person)
        with self._lock:
            for known in self._jobs.values():
                if job.key and (known.person, known.key) == (job.person, job.key):
                    return rules.same_job(known, job)
            if job.id in self._jobs:
                raise rules.job_exists(job.id)
            mine = [known for known in self._jobs.values() if known.person == job.person]
            rules.require_room(job.person, sum(not known.state.ended for known in mine), most)
            return self._put(job)

    def job(self, job: JobId) -> Job:
        """Return a job; raises NotFound."""
        with self._lock:
            return self._known(job)

    def jobs(self, person: PersonId, *, before: JobId | None = None, limit: int = 100) -> list[Job]:
        """Return the jobs of a person, the newest first."""
        with self._lock:
            found = [
                job
                for job in self._jobs.values()
                if job.person == person and (before is None or job.id < before)
            ]
        return sorted(found, key=lambda job: job.id, reverse=True)[:limit]

    def claim(self, lease: Lease, now: Instant) -> Job | None:
        """Take the oldest job that is queued, or whose lease ran out; None for none."""
        with self._lock:
            free = [job for job in self._jobs.values() if rules.may_be_claimed(job, now)]
            if not free:
                return None
            return self._put(rules.claimed(min(free, key=lambda job: job.id), lease, now))

    def keep(self, job: JobId, lease: Lease, work: Work) -> Job:
        """Renew the lease of a running job, and record how far the work is."""
        with self._lock:
            return self._put(rules.kept(self._known(job), lease, work))

    def give_back(self, job: JobId, owner: str) -> Job:
        """Put a running job back to queued."""
        with self._lock:
            return self._put(rules.given_back(self._known(job), owner))

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
        with self._lock:
            known = self._known(job)
            return self._put(rules.finished(known, owner, state, at, result or {}, error))

    def cancel(self, job: JobId, at: Instant) -> Job:
        """Cancel a queued job, ask a running job to stop, leave an ended job as it is."""
        with self._lock:
            return self._put(rules.cancelled(self._known(job), at))

    def ended_before(self, at: Instant, *, limit: int = 100) -> list[Job]:
        """Return jobs that ended before an instant, the oldest id first."""
        with self._lock:
            found = [job for job in self._jobs.values() if job.ended and job.ended < at]
        return sorted(found, key=lambda job: job.id)[:limit]

    def forget(self, job: JobId) -> None:
        """Remove a job that has ended."""
        with self._lock:
            known = self._jobs.get(job)
            if known and known.state.ended:
                del self._jobs[job]

    def _known(self, job: JobId) -> Job:
        if job not in self._jobs:
            raise rules.no_job(job)
        return self._jobs[job]

    def _put(self, job: Job) -> Job:
        self._jobs[job.id] = job
        return job
