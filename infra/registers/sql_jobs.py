"""Jobs on SQLite or PostgreSQL, in the register's database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, func, or_, select, update

from footage.job import JobState
from infra.config.register_url import register_url
from infra.registers import job_rules as rules
from infra.registers import sql_job_rows as rows
from infra.registers.job_changes import JobChanges
from infra.registers.sql_accounts import require_person
from infra.registers.sql_models import JOBS, PEOPLE
from infra.registers.sql_part import SqlPart

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from footage.access import PersonId
    from footage.ids import JobId
    from footage.instant import Instant
    from footage.job import Job, Lease
    from infra.config.sections.stores import Database as Section
    from infra.stores import StoreContext

_LIVE = (JobState.QUEUED.value, JobState.RUNNING.value)


class SqlJobs(SqlPart, JobChanges):
    """`footage.ports.Jobs` across processes; migrates the database on construction.

    Each change reads the job under the lock of the job's row and writes what the rules say; a claim
    passes over rows that another transaction has locked.
    Arguments and errors are those of `SqlPart`.
    """

    def add(self, job: Job, *, most: int | None = None) -> Job:
        """Add a queued job, or return the person's job of the same key."""
        adding = self._database.insert(JOBS).values(rows.job_row(job)).on_conflict_do_nothing()
        with self._database.transaction() as connection:
            require_person(connection, job.person)
            if connection.scalar(adding.returning(JOBS.c.id)) is not None:
                if most is not None:
                    self._require_room(connection, job, most)
                return job
        # In a transaction of its own: it sees what another has added meanwhile.
        known = self._of_key(job)
        if known is None:
            raise rules.job_exists(job.id)
        return rules.same_job(known, job)

    def job(self, job: JobId) -> Job:
        """Return a job; raises NotFound."""
        with self._database.reading() as connection:
            found = connection.execute(select(JOBS).where(JOBS.c.id == job)).mappings()
            row = found.one_or_none()
        if row is None:
            raise rules.no_job(job)
        return rows.job_from(row)

    def jobs(self, person: PersonId, *, before: JobId | None = None, limit: int = 100) -> list[Job]:
        """Return the jobs of a person, the newest first."""
        query = select(JOBS).where(JOBS.c.person == person)
        if before is not None:
            query = query.where(JOBS.c.id < before)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(JOBS.c.id.desc()).limit(limit)).mappings()
            return [rows.job_from(row) for row in found]

    def claim(self, lease: Lease, now: Instant) -> Job | None:
        """Take the oldest job that is queued, or whose lease ran out; None for none."""
        lapsed = and_(JOBS.c.state == JobState.RUNNING.value, JOBS.c.lease_until_us < now.us)
        free = or_(JOBS.c.state == JobState.QUEUED.value, lapsed)
        oldest = select(JOBS).where(free).order_by(JOBS.c.id).limit(1)
        with self._database.reading() as connection:  # mostly nothing waits: no write lock then
            if connection.execute(oldest).first() is None:
                return None
        with self._database.transaction() as connection:
            found = connection.execute(oldest.with_for_update(skip_locked=True)).mappings()
            row = found.one_or_none()
            if row is None:
                return None
            return self._put(connection, rules.claimed(rows.job_from(row), lease, now))

    def ended_before(self, at: Instant, *, limit: int = 100) -> list[Job]:
        """Return jobs that ended before an instant, the oldest id first."""
        query = select(JOBS).where(JOBS.c.ended_us < at.us).order_by(JOBS.c.id).limit(limit)
        with self._database.reading() as connection:
            return [rows.job_from(row) for row in connection.execute(query).mappings()]

    def forget(self, job: JobId) -> None:
        """Remove a job that has ended."""
        ended = (JOBS.c.id == job, JOBS.c.state.not_in(_LIVE))
        with self._database.transaction() as connection:
            connection.execute(delete(JOBS).where(*ended))

    def _require_room(self, connection: Connection, job: Job, most: int) -> None:
        """Refuse a job just inserted that is one too many of its person."""
        # Whoever else adds a job of the person waits here, and then counts this job too.
        person = select(PEOPLE.c.id).where(PEOPLE.c.id == job.person)
        connection.execute(person.with_for_update(key_share=True))
        others = (JOBS.c.person == job.person, JOBS.c.state.in_(_LIVE), JOBS.c.id != job.id)
        live = connection.scalar(select(func.count()).select_from(JOBS).where(*others))
        rules.require_room(job.person, live or 0, most)

    def _of_key(self, job: Job) -> Job | None:
        mine = (JOBS.c.person == job.person, JOBS.c.idempotency_key == (job.key or None))
        with self._database.reading() as connection:
            row = connection.execute(select(JOBS).where(*mine)).mappings().first()
        return None if row is None or not job.key else rows.job_from(row)

    def _changed(self, job: JobId, change: Callable[[Job], Job]) -> Job:
        # Under the lock of the job's row.
        with self._database.transaction() as connection:
            query = select(JOBS).where(JOBS.c.id == job).with_for_update()
            row = connection.execute(query).mappings().one_or_none()
            if row is None:
                raise rules.no_job(job)
            return self._put(connection, change(rows.job_from(row)))

    def _put(self, connection: Connection, job: Job) -> Job:
        connection.execute(update(JOBS).where(JOBS.c.id == job.id).values(rows.job_row(job)))
        return job


def from_settings(chosen: Section, context: StoreContext) -> SqlJobs:
    """The jobs in the register's database.

    Raises:
        Misconfigured: As for `SqlPart`; or the password cannot be read.
        Unavailable: As for `SqlPart`.
    """
    jobs = SqlJobs(register_url(chosen, context.home), clock=context.clock)
    context.closing.callback(jobs.close)
    return jobs
