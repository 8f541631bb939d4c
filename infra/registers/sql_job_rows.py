"""Values of `footage.job` as rows of `sql_models`, and back. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from footage.action import Purpose
from footage.ids import JobId
from footage.instant import Instant
from footage.job import Job, JobState, Lease, Work
from infra.registers.sql_rows import instant_from, us_of

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from infra.registers.sql_rows import Values


def job_row(job: Job) -> Values:
    """A job as a row."""
    return {
        "id": job.id,
        "kind": job.kind,
        "person": job.purpose.actor,
        "case_ref": job.purpose.case,
        "purpose": job.purpose.code,
        "request": json.dumps(job.request),
        "fingerprint": job.fingerprint,
        "idempotency_key": job.key or None,
        "version": job.version,
        "state": job.state.value,
        "done": job.work.done,
        "total": job.work.total,
        "owner": job.lease.owner if job.lease else "",
        "lease_until_us": job.lease.until.us if job.lease else None,
        "attempts": job.attempts,
        "lapses": job.lapses,
        "cancelling": job.cancelling,
        "result": json.dumps(job.result),
        "error": job.error,
        "created_us": job.created.us,
        "started_us": us_of(job.started),
        "ended_us": us_of(job.ended),
    }


def job_from(row: RowMapping) -> Job:
    """Read a job."""
    until = instant_from(row["lease_until_us"])
    return Job(
        id=JobId(row["id"]),
        kind=row["kind"],
        purpose=Purpose(row["person"], row["case_ref"], row["purpose"]),
        request=json.loads(row["request"]),
        fingerprint=row["fingerprint"],
        created=Instant(row["created_us"]),
        key=row["idempotency_key"] or "",
        version=row["version"],
        state=JobState(row["state"]),
        work=Work(row["done"], row["total"]),
        lease=Lease(row["owner"], until) if until else None,
        attempts=row["attempts"],
        lapses=row["lapses"],
        cancelling=row["cancelling"],
        result=json.loads(row["result"]),
        error=row["error"],
        started=instant_from(row["started_us"]),
        ended=instant_from(row["ended_us"]),
    )
