"""Jobs: long work that a person asked for and that outlives the request. Values alone, pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from footage.access import PersonId
from footage.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from footage.action import Purpose
    from footage.ids import JobId
    from footage.instant import Instant


class JobState(StrEnum):
    """States of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether the job changes no more."""
        return self not in {JobState.QUEUED, JobState.RUNNING}


@dataclass(frozen=True, slots=True)
class Work:
    """The share of a job that is done, in units of the job's kind; bytes for an export.

    Attributes:
        total: All there is to do, as far as known; 0 for not known.
    """

    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of a process to run a job until an instant, unless renewed.

    Attributes:
        owner: Name of the process, which no other process has.
    """

    owner: str
    until: Instant


@dataclass(frozen=True, slots=True)
class Job:
    """Long work that a person asked for.

    Attributes:
        kind: Kind of work, e.g. "export".
        purpose: The person as actor, the case and the purpose code.
        request: What to do, as JSON.
        fingerprint: Digest of the request as the client sent it.
        key: Idempotency key, unique among the person's jobs; "" for none.
        version: Number of the job's state: 1 at first, one more with each change.
        lease: Who runs the job; None unless the job is running.
        attempts: How often a process began to run the job.
        lapses: How often a process that ran the job let the lease run out, as in a crash.
        cancelling: Whether a running job was asked to stop.
        result: What came out, as JSON; empty unless the job is done.
        error: Why the job failed; "" unless the job failed.
    """

    id: JobId
    kind: str
    purpose: Purpose
    request: Mapping[str, object]
    fingerprint: str
    created: Instant
    key: str = ""
    version: int = 1
    state: JobState = JobState.QUEUED
    work: Work = Work()
    lease: Lease | None = None
    attempts: int = 0
    lapses: int = 0
    cancelling: bool = False
    result: Mapping[str, object] = field(default_factory=dict)
    error: str = ""
    started: Instant | None = None
    ended: Instant | None = None

    @property
    def person(self) -> PersonId:
        """The person who asked."""
        return PersonId(self.purpose.actor)


class JobStopped(Refused):
    """A job's work stops before the end, since the job was cancelled or the process stops."""


if TYPE_CHECKING:
    Tell = Callable[[Work], None]
    """Told by whoever does a job how far the work is; raises JobStopped where to stop."""
    Handler = Callable[[Job, Tell], Mapping[str, object]]
    """Does a job of a kind, and returns the job's result."""
