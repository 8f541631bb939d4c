"""Checks of bundles that exports made, as jobs: the verifier of the bundle, run by the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.exports import ExportRequest
from api.job_kinds import EXPORT_VERIFY, add_job
from evidence import verify as verifier
from evidence.verify_at_home import compared, keys_for
from footage.errors import DataLoss, FootageError
from footage.ids import JobId
from footage.job import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from api.exports import Exports
    from api.job_kinds import Sent
    from evidence.verify_at_home import Entered
    from footage.action import Purpose
    from footage.clock import Clock
    from footage.job import Job, Tell
    from footage.ports import Jobs

MOST_TOLD: Final = 100
"""Most findings, and most lines about imports, that the result of a job names."""


@dataclass(frozen=True, slots=True)
class ExportChecks:
    """Service that checks bundles as jobs.

    Attributes:
        entered: Finds the export of a bundle in the custody log by the bundle's id; None where the
            log has none.
        ledger_keys: Gives the verifier keys of this installation's ledger.
    """

    jobs: Jobs
    exports: Exports
    clock: Clock
    entered: Callable[[str, int], Entered | None]
    ledger_keys: Callable[[], Sequence[str]] = tuple

    def ask(self, export: Job, purpose: Purpose, sent: Sent) -> Job:
        """Add a job that checks the bundle of an export.

        Args:
            export: The job that made the bundle.
            purpose: Who asks, for the case of the export.
            sent: How the request was sent.

        Raises:
            Refused: The export is not done, or too many jobs of the person wait.
            NotFound: The bundle was removed.
            Conflict: The key was sent before with another request.
        """
        self.exports.bundle(export)
        request = {"export": export.id, "bundle": str(export.result["bundle"])}
        return add_job(self.jobs, self.clock, EXPORT_VERIFY, purpose, request, sent)

    def run(self, job: Job, tell: Tell) -> Mapping[str, object]:
        """Do a job of checking; an altered bundle is a result, not a failure.

        Raises:
            NotPermitted: The person may not have the bundle any more.
            NotFound: The bundle was removed, before the check or during it.
            DataLoss: There is no bundle in the folder that the verifier could judge.
            JobStopped: As `tell` raises: the job was cancelled, or this process ends.
        """
        tell(Work())
        export = self.jobs.job(JobId(str(job.request["export"])))
        self.exports.require_permitted(job.person, ExportRequest.of(export))
        self.exports.require_admitted(export, job.person)
        folder = self.exports.bundle(export)
        try:
            keys = keys_for(folder, self.ledger_keys())
            report = verifier.check(folder, ledger_keys=keys)
        except verifier.Unreadable as exc:
            self.exports.bundle(export)
            raise DataLoss(f"the bundle of job {export.id} cannot be read: {exc}") from exc
        tell(Work())
        self.exports.bundle(export)  # removed meanwhile, its files would be told as missing
        entered, unread = self._entered(report)
        return _document(compared(report, entered), entered, unread)

    def _entered(self, report: verifier.Report) -> tuple[Entered | None, str]:
        """Return the bundle's entry in the custody log; and why it could not be looked for."""
        try:
            return self.entered(report.bundle, report.entry), ""
        except FootageError as exc:
            return None, str(exc)


def _document(report: verifier.Report, entered: Entered | None, unread: str) -> dict[str, object]:
    custody = entered and {
        "entry": entered.entry,
        "at": str(entered.at),
        "manifest": entered.manifest,
        "same": entered.manifest == report.manifest,
    }
    return {
        "bundle": report.bundle,
        "manifest": report.manifest,
        "files": report.files,
        "verdicts": report.verdicts,
        "findings": [finding._asdict() for finding in report.findings[:MOST_TOLD]],
        "findings_in_all": len(report.findings),
        "imports": report.imports[:MOST_TOLD],
        "custody": custody,
        "custody_unread": unread,
    }
