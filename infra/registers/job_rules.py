"""Changes and errors of jobs that every record of jobs shares, without storage."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from footage.errors import Conflict, NotFound, Refused
from footage.job import JobState, Work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.access import PersonId
    from footage.ids import JobId
    from footage.instant import Instant
    from footage.job import Job, Lease


def no_job(job: JobId) -> NotFound:
    """The error for an unknown job."""
    return NotFound(f"no job {job}", hint="GET /api/v1/jobs lists the jobs")


def job_exists(job: JobId) -> Conflict:
    """The error for a job's id that is taken."""
    return Conflict(f"there is a job {job} already", hint="ask again")


def require_room(person: PersonId, live: int, most: int | None) -> None:
    """Refuse one more job of a person with `live` jobs queued or running, and `most` at most.

    Raises:
        Refused: The person has as many already.
    """
    if most is not None and live >= most:
        raise Refused(
            f"{live} jobs of {person} are queued or running already",
            hint="wait for one to end, or cancel one",
        )


def same_job(known: Job, asked: Job) -> Job:
    """Return the known job of an idempotency key, where the key was sent for the same request.

    Raises:
        Conflict: The key was sent with another request.
    """
    if (known.kind, known.fingerprint) != (asked.kind, asked.fingerprint):
        raise Conflict(
            f"the idempotency key was sent before with another request, for job {known.id}",
            hint="take a new key for a new request",
        )
    return known


def may_be_claimed(job: Job, now: Instant) -> bool:
    """Whether a process may take the job at `now`."""
    if job.lease is not None:
        return job.state is JobState.RUNNING and job.lease.until < now
    return job.state is JobState.QUEUED


def claimed(job: Job, lease: Lease, now: Instant) -> Job:
    """Return the job as run from now on under a lease; from the start, whatever was done before."""
    return replace(
        job,
        version=job.version + 1,
        state=JobState.RUNNING,
        work=Work(0, job.work.total),
        lease=lease,
        attempts=job.attempts + 1,
        lapses=job.lapses + (job.lease is not None),
        started=job.started or now,
    )


def kept(job: Job, lease: Lease, work: Work) -> Job:
    """Return the job with a renewed lease; raises Conflict unless the owner runs the job."""
    _require_owner(job, lease.owner)
    moved = work != job.work
    return replace(job, version=job.version + moved, lease=lease, work=work)


def given_back(job: Job, owner: str) -> Job:
    """Return the job as queued again; raises Conflict unless the owner runs the job."""
    _require_owner(job, owner)
    return replace(
        job,
        version=job.version + 1,
        state=JobState.QUEUED,
        work=Work(0, job.work.total),
        lease=None,
    )


def finished(
    job: Job, owner: str, state: JobState, at: Instant, result: Mapping[str, object], error: str
) -> Job:
    """Return the job as ended; raises Conflict unless the owner runs the job."""
    _require_owner(job, owner)
    if not state.ended:
        raise ValueError(f"{state} is no end of a job")
    total = job.work.total
    return replace(
        job,
        version=job.version + 1,
        state=state,
        work=Work(total, total) if state is JobState.DONE else job.work,
        lease=None,
        result=dict(result),
        error=error,
        ended=at,
    )


def cancelled(job: Job, at: Instant) -> Job:
    """Return the job as cancelled, or as asked to stop; an ended job is returned as given."""
    if job.state is JobState.QUEUED:
        return replace(job, version=job.version + 1, state=JobState.CANCELLED, ended=at)
    if job.state is JobState.RUNNING and not job.cancelling:
        return replace(job, version=job.version + 1, cancelling=True)
    return job


def _require_owner(job: Job, owner: str) -> None:
    if job.state is not JobState.RUNNING or job.lease is None or job.lease.owner != owner:
        raise Conflict(f"job {job.id} is not run by {owner}", hint="another process took the job")
