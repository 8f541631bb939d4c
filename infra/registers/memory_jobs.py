"""Jobs in memory: between the threads of a process."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from infra.registers import job_rules as rules
from infra.registers.job_changes import JobChanges

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.access import PersonId
    from footage.ids import JobId
    from footage.instant import Instant
    from footage.job import Job, Lease


class MemoryJobs(JobChanges):
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

    def _changed(self, job: JobId, change: Callable[[Job], Job]) -> Job:
        with self._lock:
            return self._put(change(self._known(job)))

    def _known(self, job: JobId) -> Job:
        if job not in self._jobs:
            raise rules.no_job(job)
        return self._jobs[job]

    def _put(self, job: Job) -> Job:
        self._jobs[job.id] = job
        return job
