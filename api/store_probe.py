"""Guarantees of the object store: as seen at the last trial, and tried anew as a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from api.job_kinds import STORE_PROBE, add_job, require_everywhere

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.job_kinds import Sent
    from footage.action import Purpose
    from footage.clock import Clock
    from footage.job import Job, Tell
    from footage.ports import Accounts, Jobs, SeenGuarantees


class Probe(Protocol):
    """Tries a store on scratch objects, and keeps the result."""

    def seen(self) -> SeenGuarantees | None:
        """Return the newest result; None where none is recorded, or readable now."""
        ...

    def renew(self) -> SeenGuarantees:
        """Try the store now, some ten seconds long, and record the result; raises Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class StoreProbe:
    """Service that tells what the object store guarantees.

    Attributes:
        kind: Kind of store of the settings, e.g. "s3".
    """

    jobs: Jobs
    accounts: Accounts
    clock: Clock
    probe: Probe
    kind: str

    def ask(self, purpose: Purpose, sent: Sent) -> Job:
        """Add a job that tries the store; raises as `add_job`."""
        return add_job(self.jobs, self.clock, STORE_PROBE, purpose, {}, sent)

    def run(self, job: Job, _tell: Tell) -> Mapping[str, object]:
        """Do a job of trying; raises Unavailable where the store or register does not answer."""
        require_everywhere(self.accounts, job, self.clock)
        return self.probe.renew().document(self.kind)
