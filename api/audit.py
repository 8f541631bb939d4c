"""The custody log checked as a job, with how far the check is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from api.job_kinds import CUSTODY_VERIFY, add_job, require_everywhere
from evidence.custody import Head
from evidence.custody_acts import EntryReader
from footage.job import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from api.job_kinds import Sent
    from evidence.custody_check import Check
    from footage.action import Purpose
    from footage.clock import Clock
    from footage.job import Job, Tell
    from footage.ports import Accounts, Jobs

_FINDINGS: Final = 100
"""Findings that the result of a job names at most."""


class CustodyReader(EntryReader, Protocol):
    """A reader of the custody log that checks the log too."""

    def check(self, checkpoint: Head, told: Callable[[int, int], None] | None = None) -> Check:
        """Check the log from a checkpoint on, and tell how many lines were read, of how many.

        Raises:
            BadInput: The log never reached the checkpoint's entry.
            DataLoss: The checkpoint's entry cannot be looked for.
        """
        ...


class Audit:
    """Service that checks the custody log as jobs."""

    def __init__(self, jobs: Jobs, accounts: Accounts, clock: Clock, log: CustodyReader) -> None:
        self._jobs, self._accounts, self._clock, self._log = jobs, accounts, clock, log

    def ask_verify(self, checkpoint: Head, purpose: Purpose, sent: Sent) -> Job:
        """Add a job that checks the log.

        Args:
            checkpoint: Entry to begin with, and the hash that entry is to have, "" for any.
            purpose: Who asks.
            sent: How the request was sent.

        Raises:
            Conflict: The key was sent before with another request.
            Refused: Too many jobs of the person wait.
        """
        request = {"first": checkpoint.count, "hash": checkpoint.hash}
        return add_job(self._jobs, self._clock, CUSTODY_VERIFY, purpose, request, sent)

    def verify(self, job: Job, tell: Tell) -> Mapping[str, object]:
        """Do a job of checking; a log that is not whole is a result, not a failure.

        Raises:
            FootageError: As `CustodyReader.check`.
            JobStopped: As `tell` raises.
        """
        require_everywhere(self._accounts, job, self._clock)
        first = job.request["first"]
        if not isinstance(first, int):
            raise TypeError(f"job {job.id} names no entry")
        head = str(job.request["hash"])
        checkpoint = Head(first, head) if first > 1 or head else Head()
        found = self._log.check(checkpoint, lambda done, total: tell(Work(done, total)))
        told = found.document(most=_FINDINGS)
        return {"first": told.pop("from"), **told, "findings_in_all": len(found.findings)}
