"""The jobs' port: long work that people asked for, and who runs which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.access import PersonId
    from footage.ids import JobId
    from footage.instant import Instant
    from footage.job import Job, JobState, Lease, Work


class Jobs(Protocol):
    """The record of jobs, from which processes take work.

    A job is queued; running, under the lease of a process; and then done, failed or cancelled. A
    queued job may be cancelled at once. A running job goes back to queued where its process gives
    the job back, and to another process where the lease ran out.

    - Each call is one transaction: wholly done on return, or not at all.
    - A job has one owner at a time: of claims at the same time exactly one gets a job, and a
      process whose lease another took over is refused by Conflict whatever it says of the job.
      Instants are those of the callers: clocks that differ by more than a lease let a job begin
      twice, and still only the later owner ends the job.
    - `version` goes up by one with each change of a job.
    - Unavailable: the record cannot be reached.
    """

    def add(self, job: Job, *, most: int | None = None) -> Job:
        """Add a queued job.

        Args:
            job: The job.
            most: Most jobs that the person may then have queued or running; None: any number.

        Returns:
            The job; or, where the person has a job of the same key, kind and fingerprint already,
            that job as it is now.

        Raises:
            NotFound: The person is not known.
            Conflict: The key stands for another request of the person; or the id is taken.
            Refused: The person would have more than `most` jobs queued or running.
        """
        ...

    def job(self, job: JobId) -> Job:
        """Return a job; raises NotFound."""
        ...

    def jobs(self, person: PersonId, *, before: JobId | None = None, limit: int = 100) -> list[Job]:
        """Return the jobs of a person, the newest first.

        Args:
            person: The person who asked for the jobs.
            before: Jobs with a smaller id only: the last of the page before.
            limit: Most jobs to return.
        """
        ...

    def claim(self, lease: Lease, now: Instant) -> Job | None:
        """Take the oldest job that is queued, or whose lease ran out before `now`; None for none.

        The job is running from now on, has one attempt more, and one lapse more where the lease
        of another had run out.
        """
        ...

    def keep(self, job: JobId, lease: Lease, work: Work) -> Job:
        """Renew the lease of a running job, and record how far the work is.

        Returns:
            The job, which may have been asked to stop meanwhile. The version stays where the work
            is as before.

        Raises:
            NotFound: The job is not known any more.
            Conflict: `lease.owner` does not run the job.
        """
        ...

    def give_back(self, job: JobId, owner: str) -> Job:
        """Put a running job back to queued, as when its process stops; raises as `keep`."""
        ...

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
        """End a running job as done, failed or cancelled; raises as `keep`.

        A job that is done has all its work done.
        """
        ...

    def cancel(self, job: JobId, at: Instant) -> Job:
        """Cancel a queued job, ask a running job to stop, leave an ended job as it is.

        Raises:
            NotFound: The job is not known.
        """
        ...

    def ended_before(self, at: Instant, *, limit: int = 100) -> list[Job]:
        """Return jobs that ended before an instant, the oldest id first."""
        ...

    def forget(self, job: JobId) -> None:
        """Remove a job that has ended; does nothing where the job is gone or has not ended."""
        ...
