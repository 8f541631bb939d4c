"""Kinds of jobs: the permission that each asks for, and how a job is added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.access import Permission
from footage.errors import NotPermitted
from footage.ids import JobId
from footage.job import Job, Work
from footage.timed_id import timed_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.access import PersonId
    from footage.action import Purpose
    from footage.clock import Clock
    from footage.ports import Accounts, Jobs

EXPORT: Final = "export"
EXPORT_VERIFY: Final = "export-verify"
ABSENCE: Final = "absence"
RETENTION_PLAN: Final = "retention-plan"
RETENTION_APPLY: Final = "retention-apply"
CUSTODY_VERIFY: Final = "custody-verify"
STORE_PROBE: Final = "store-probe"
PROXIES: Final = "proxies"
PERMISSIONS: Final[Mapping[str, Permission]] = {
    EXPORT: Permission.EXPORT,
    EXPORT_VERIFY: Permission.EXPORT,
    ABSENCE: Permission.EXPORT,
    RETENTION_PLAN: Permission.MANAGE_STORAGE,
    RETENTION_APPLY: Permission.MANAGE_STORAGE,
    CUSTODY_VERIFY: Permission.READ_CUSTODY,
    STORE_PROBE: Permission.MANAGE_STORAGE,
    PROXIES: Permission.WATCH,
}
"""The permission that each kind of job asks for; jobs of a kind are shown to its permission."""
MOST_WAITING: Final = 100
"""Most jobs of a person that wait or run at a time: each takes up to 350 kB of the register."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Manner in which a client sent the request for a job.

    Attributes:
        key: Idempotency key; "" for none.
        fingerprint: Digest of the request as sent.
    """

    key: str
    fingerprint: str


def add_job(  # noqa: PLR0913 - a job's parts
    jobs: Jobs,
    clock: Clock,
    kind: str,
    purpose: Purpose,
    request: Mapping[str, object],
    sent: Sent,
    *,
    total: int = 0,
) -> Job:
    """Add a job.

    Args:
        jobs: The record of jobs.
        clock: Tells the time of asking.
        kind: Kind of work.
        purpose: Who asks, for which case.
        request: What to do, as JSON.
        sent: How the request was sent.
        total: All the work there is, in the kind's unit; 0 for not known.

    Returns:
        The job, or the job that the same request of the same key made before.

    Raises:
        Conflict: The key was sent before with another request.
        Refused: `MOST_WAITING` jobs of the person wait or run already.
    """
    now = clock.now()
    new = Job(
        id=JobId(timed_id(now)),
        kind=kind,
        purpose=purpose,
        request=request,
        fingerprint=sent.fingerprint,
        created=now,
        key=sent.key,
        work=Work(0, total),
    )
    return jobs.add(new, most=MOST_WAITING)


def require_everywhere(accounts: Accounts, job: Job, clock: Clock) -> None:
    """Refuse a job whose person has the permission for all footage no more.

    Grants may change while a job waits.

    Raises:
        NotPermitted: The account is disabled, or lacks a grant without limits.
        NotFound: The person is not known.
    """
    permission = PERMISSIONS[job.kind]
    if not _reaches_everything(accounts, job.person, permission, clock):
        raise NotPermitted(f"{job.person} has the permission {permission.value} no more")


def _reaches_everything(
    accounts: Accounts, person: PersonId, permission: Permission, clock: Clock
) -> bool:
    known = accounts.person(person)
    reach = known.reach(permission, clock.now())
    return not (known.disabled or reach is None or reach.limited)
