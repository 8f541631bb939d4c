"""Certificates of absence asked for over HTTP: a job each, kept as bundles of exports are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.job_kinds import ABSENCE, add_job
from api.reach import require_whole
from footage.action import Action
from footage.ids import camera_id
from footage.instant import Instant, Interval
from footage.job import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from api.exports import Exports
    from api.job_kinds import Sent
    from evidence.absence import AbsenceService
    from footage.access import Reach
    from footage.action import Purpose
    from footage.clock import Clock
    from footage.ids import CameraId
    from footage.job import Job, Tell
    from footage.ports import Jobs, Register


@dataclass(frozen=True, slots=True)
class AbsenceRequest:
    """Cameras and the time of which a certificate was asked."""

    cameras: tuple[CameraId, ...]
    interval: Interval

    def document(self) -> Mapping[str, object]:
        """Return the request as JSON, as kept in the job."""
        return {
            "cameras": list(self.cameras),
            "start": str(self.interval.start),
            "end": str(self.interval.end),
        }

    @classmethod
    def of(cls, job: Job) -> AbsenceRequest:
        """Read the request of a job of kind `absence`."""
        told = job.request
        cameras = told["cameras"]
        if not isinstance(cameras, list):
            raise TypeError(f"job {job.id} is no certificate of absence")
        interval = Interval(Instant.parse(str(told["start"])), Instant.parse(str(told["end"])))
        return cls(tuple(map(camera_id, cameras)), interval)

    def require_reach(self, register: Register, reach: Reach) -> None:
        """Refuse where some part of the cameras' time is out of reach.

        Raises:
            NotPermitted: Some part is out of reach.
        """
        require_whole(register, reach, self.cameras, self.interval)


@dataclass(frozen=True, slots=True)
class Absences:
    """Service that takes and runs certificates of absence as jobs.

    Attributes:
        exports: Keeps the folders, and knows who may have what.
        service: Gives the service that makes certificates.
        admit: Raises where the custody log would not enter a certificate for such a purpose.
    """

    jobs: Jobs
    register: Register
    exports: Exports
    service: Callable[[], AbsenceService]
    clock: Clock
    admit: Callable[[Purpose, Action], None]

    def ask(self, asked: AbsenceRequest, purpose: Purpose, reach: Reach, sent: Sent) -> Job:
        """Add a job that certifies what cameras have not stored.

        Args:
            asked: Cameras and time.
            purpose: Who asks, for which case.
            reach: Footage that the person may export.
            sent: How the request was sent.

        Returns:
            The job, or the job that the same request of the same key made before.

        Raises:
            BadInput: No camera, an unknown camera, or time that has not passed yet.
            NotPermitted: Some part is out of reach, or the person is no member of the case.
            CaseRequired: The purpose lacks a case or a code while `require_case` is set.
            Conflict: The key was sent before with another request.
            Refused: The case is closed or spelled otherwise, or too many jobs of the person wait.
        """
        self.admit(purpose, Action.ABSENCE)
        asked.require_reach(self.register, reach)
        cameras = self.service().require_possible(asked.cameras, asked.interval)
        request = AbsenceRequest(tuple(cameras), asked.interval).document()
        about = (self.jobs, self.clock, ABSENCE, purpose, request, sent)
        return add_job(*about, total=len(cameras))

    def run(self, job: Job, tell: Tell) -> Mapping[str, object]:
        """Do a job: write the certificate; AbsenceService enters it (invariant 7).

        The person's grants are asked again: they may have changed while the job waited.

        Raises:
            FootageError: As `AbsenceService.certify`; NotPermitted.
            JobStopped: As `tell` raises.
        """
        request = AbsenceRequest.of(job)
        self.exports.require_permitted(job.person, request)
        self.exports.await_checkpoint(request.interval.end, tell)
        out = self.exports.folder_of(job)
        report = self.service().certify(
            request.cameras,
            request.interval,
            out,
            job.purpose,
            lambda done, total: tell(Work(done, total)),
        )
        return {
            "folder": out.name,
            "certificate": report.bundle_id,
            "manifest": str(report.manifest),
            "proven": report.proven,
            "ledger": report.ledger,
        }
