"""Exports asked for over HTTP: a job each, and the bundle that the job leaves for some days.

A bundle lies in a folder named by job and number of the attempt, which appears whole or not at all.
Each attempt has a folder of its own, so that a process that lost the job never meets the process
that took the job over; folders of attempts that are not the job's result are removed.
"""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from api.job_kinds import EXPORT, add_job
from api.reach import require_windows
from evidence.approvals import Given, export_act, nobody_needed
from evidence.cameras_at import cameras_at
from evidence.checkpoint_wait import await_checkpoint
from evidence.export_size import ExportSize, size_of
from evidence.redaction import require_met
from evidence.views import views_asked
from footage import durable
from footage.access import Permission, PersonId
from footage.action import Action
from footage.errors import BadInput, NoSpace, NotFound, NotPermitted, Refused
from footage.ids import JobId, camera_id
from footage.instant import Instant, Interval
from footage.job import JobState, Work
from footage.recipient import RecipientKind
from footage.recipient_rule import ANY_RECIPIENT
from footage.scope import EVERYWHERE, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from api.job_kinds import Sent
    from evidence.approvals import AskLeave
    from evidence.export import ExportReport, ExportService
    from evidence.views import ViewsAsked
    from footage.access import Reach
    from footage.action import Purpose
    from footage.approval import ActAsked
    from footage.clock import Clock
    from footage.ids import CameraId
    from footage.instant import Elapsed
    from footage.job import Job, Tell
    from footage.ports import Accounts, Catalogue, Jobs, Ledger, Register
    from footage.recipient_rule import RecipientRule
    from footage.stays import Windows

_FOLDER: Final = re.compile(r"([0-9a-f-]{36})\.[0-9]+")
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """The footage of which an export was asked.

    Attributes:
        cameras: The cameras; of places the cameras that stood there, once `resolved`.
        size: Segments that were stored when the export was asked for.
        originals: Whether the original files of imports are asked for too.
        places: Sites, districts or a circle: of each camera the time is asked for in which the
            camera stood there.
        stood: That time, by camera; empty where no places are asked for.
        recipient: Who is to be given the bundle; "" where nobody said.
        authority: On whose order; "" where nobody said.
        recipient_kind: Of which kind the recipient is; None where nobody said.
        approval: Number of the request whose approval the export uses; 0 for none.
        views: How films for viewing are asked for; None for none.
    """

    cameras: tuple[CameraId, ...]
    interval: Interval
    originals: bool = False
    size: ExportSize = field(default_factory=ExportSize)
    places: Scope = EVERYWHERE
    stood: Windows = field(default_factory=dict)
    recipient: str = ""
    authority: str = ""
    recipient_kind: RecipientKind | None = None
    approval: int = 0
    views: ViewsAsked | None = None

    @property
    def addressed(self) -> dict[str, str]:
        """Recipient and authority, as far as said; entered in the custody log with the export."""
        said = {
            "recipient": self.recipient,
            "recipient_kind": self.recipient_kind.value if self.recipient_kind else "",
            "authority": self.authority,
        }
        return {name: text for name, text in said.items() if text}

    @property
    def windows(self) -> Windows:
        """The time asked for of each camera."""
        return self.stood if self.places.by_place else dict.fromkeys(self.cameras, (self.interval,))

    def resolved(self, register: Register) -> ExportRequest:
        """Return the request with the cameras that stood at the places, as the register tells now.

        Raises:
            BadInput: Neither cameras nor places are named, a place is unknown, or no camera stood
                there.
        """
        if not self.places.by_place:
            if not self.cameras:
                raise BadInput("an export needs cameras or places", hint="name a camera or a site")
            return replace(self, cameras=tuple(sorted(set(self.cameras))))
        scope = replace(self.places, cameras=frozenset(self.cameras))
        stood = cameras_at(register, scope, self.interval)
        return replace(self, cameras=tuple(sorted(stood)), stood=stood)

    def document(self) -> Mapping[str, object]:
        """Return the request as JSON, as kept in the job."""
        return {
            "cameras": list(self.cameras),
            "start": str(self.interval.start),
            "end": str(self.interval.end),
            "segments": self.size.segments,
            "bytes": self.size.bytes,
            "originals": self.originals,
            **self.addressed,
            **({"approval": self.approval} if self.approval else {}),
            **({"views": self.views.document()} if self.views else {}),
            **self.places.places(),
            **({"stood": _texts(self.stood)} if self.places.by_place else {}),
        }

    @classmethod
    def of(cls, job: Job) -> ExportRequest:
        """Read the request of a job of kind `export`; what a bundle holds where there is one."""
        told = job.request
        cameras, segments, size = told["cameras"], told["segments"], told["bytes"]
        if not (isinstance(cameras, list) and isinstance(segments, int) and isinstance(size, int)):
            raise TypeError(f"job {job.id} is no export")
        interval = Interval(Instant.parse(str(told["start"])), Instant.parse(str(told["end"])))
        originals = told["originals"] is True
        places = Scope.of_places(told)
        stood = _windows(job.result.get("stood", told.get("stood", {})))
        kind, approval = told.get("recipient_kind"), told.get("approval", 0)
        return cls(
            tuple(map(camera_id, cameras)),
            interval,
            originals,
            ExportSize(segments, size),
            places,
            stood,
            str(told.get("recipient", "")),
            str(told.get("authority", "")),
            RecipientKind(str(kind)) if kind else None,
            approval if isinstance(approval, int) else 0,
            views_asked(told["views"]) if "views" in told else None,
        )

    def require_reach(self, register: Register, reach: Reach) -> None:
        """Refuse where some part of the footage is out of reach.

        Original files may show any time, so they need a grant without limits.

        Raises:
            NotPermitted: Some part is out of reach.
        """
        if self.originals and reach.limited:
            raise NotPermitted(
                "an original file may show footage that the grants do not reach",
                hint="ask without originals; the manifest names the files that are left out",
            )
        require_windows(register, reach, self.windows, self.interval)


class Asked(Protocol):
    """Request of a job of somebody who may export."""

    def require_reach(self, register: Register, reach: Reach) -> None:
        """Refuse where some part of what was asked for is out of reach.

        Raises:
            NotPermitted: Some part is out of reach.
        """
        ...


class Exports:
    """Service that takes, runs and keeps exports as jobs.

    Args:
        exporter: Gives the service that makes bundles.
        folder: Folder of the bundles; made when absent.
        keep: Time for which a bundle and its job are kept.
        admit: Raises where the custody log would not enter an export for such a purpose: an export
            is refused when asked for, not only when run.
        ledger: Gives the ledger whose next checkpoint an export of the newest footage waits for.
        leave: Gives leave for an export; raises where a second person must approve it first.
        recipients: The rule for recipients, which the export keeps anyway: told when asked for.
    """

    def __init__(  # noqa: PLR0913 - the ports an export goes through
        self,
        jobs: Jobs,
        accounts: Accounts,
        register: Register,
        catalogue: Catalogue,
        exporter: Callable[[], ExportService],
        clock: Clock,
        *,
        folder: Path,
        keep: Elapsed,
        admit: Callable[[Purpose, Action], None],
        ledger: Callable[[], Ledger] | None = None,
        leave: AskLeave = nobody_needed,
        recipients: RecipientRule = ANY_RECIPIENT,
    ) -> None:
        self._jobs, self._accounts, self._register = jobs, accounts, register
        self._catalogue, self._exporter, self._clock = catalogue, exporter, clock
        self._folder, self._keep, self._admit = folder, keep, admit
        self._ledger, self._leave, self._recipients = ledger, leave, recipients

    def ask(
        self,
        asked: ExportRequest,
        purpose: Purpose,
        reach: Reach,
        sent: Sent,
    ) -> Job:
        """Add a job that exports what was asked for.

        Args:
            asked: The footage, its size not counted yet.
            purpose: Who asks, for which case.
            reach: Footage that the person may export.
            sent: How the request was sent.

        Returns:
            The job, or the job that the same request of the same key made before.

        Raises:
            BadInput: As `ExportRequest.resolved`, or as `RecipientRule.require`.
            NotFound: A camera is unknown, or nothing of the time asked for is stored.
            NotPermitted: Some part is out of reach, or the person is no member of the case, or as
                `RecipientRule.require`.
            ApprovalRequired: A second person must approve this export first.
            CaseRequired: The purpose lacks a case or a code while `require_case` is set.
            Conflict: The key was sent before with another request.
            Refused: The case is closed or spelled otherwise, or `MOST_WAITING` jobs of the person
                wait or run already.
        """
        self._admit(purpose, Action.EXPORT)
        self._recipients.require(asked.addressed, purpose.actor, originals=asked.originals)
        wanted, interval = asked.resolved(self._register), asked.interval
        wanted.require_reach(self._register, reach)
        if wanted.views:
            require_met(wanted.views.redactions, wanted.windows)
        for camera in wanted.cameras:
            self._register.camera(camera)
        size = size_of(self._catalogue, wanted.windows)
        if not size.segments:
            raise NotFound(
                f"no footage of {', '.join(wanted.cameras)} is stored from {interval.start} to "
                f"{interval.end}"
            )
        approval = 0 if self._sent_before(purpose, sent) else self._approval(wanted, purpose)
        request = replace(wanted, size=size, approval=approval).document()
        return add_job(*(self._jobs, self._clock, EXPORT, purpose, request, sent), total=size.bytes)

    def _approval(self, wanted: ExportRequest, purpose: Purpose) -> int:
        """Return the request that approves an export, 0 where none needs to; used by the job."""
        if not self._recipients.goes_outside(wanted.addressed):
            return 0
        return self._leave(_act(wanted, purpose)).request

    def _sent_before(self, purpose: Purpose, sent: Sent) -> bool:
        """Whether the same request made a job of the newest, whose approval may be used by now."""
        if not sent.key:
            return False
        newest = self._jobs.jobs(PersonId(purpose.actor), limit=_AT_ONCE)
        return any(
            (job.kind, job.key, job.fingerprint) == (EXPORT, sent.key, sent.fingerprint)
            for job in newest
        )

    def run(self, job: Job, tell: Tell) -> Mapping[str, object]:
        """Do a job: write the bundle; ExportService enters the export (invariant 7).

        The person's grants are asked again: they may have changed while the job waited.

        Returns:
            The job's result.

        Raises:
            FootageError: As `ExportService.export`; NotPermitted; NoSpace before the disk is full.
            JobStopped: As `tell` raises.
        """
        request = ExportRequest.of(job).resolved(self._register)  # a place may be corrected since
        self.require_permitted(job.person, request)

        def progress(done: int, total: int) -> None:
            tell(Work(done, total))
            self._require_space(total - done)

        out = self.folder_of(job)
        self._require_space(request.size.bytes)
        self.await_checkpoint(request.interval.end, tell)
        report = self._exporter().export(
            request.cameras,
            request.interval,
            out,
            job.purpose,
            progress,
            places=request.places,
            originals=request.originals,
            addressed=request.addressed,
            views=request.views,
            given=Given(request.approval, job.id) if request.approval else None,
        )
        stood = {"stood": _texts(report.asked)} if request.places.by_place else {}
        return {**_result(report), **stood}

    def folder_of(self, job: Job) -> Path:
        """Return the folder that an attempt at a job writes; the folder around it is made.

        Raises:
            Unavailable, Misconfigured: The disk cannot be written.
        """
        with durable.seam(self._folder):
            durable.make_folder(self._folder)
        return self._folder / f"{job.id}.{job.attempts}"

    def await_checkpoint(self, covered: Instant, tell: Tell) -> None:
        """Wait until a checkpoint covers what was stored of the time before `covered`.

        Raises:
            Unavailable: The ledger cannot be reached.
            JobStopped: As `tell` raises.
        """
        if self._ledger is not None:
            await_checkpoint(self._ledger(), self._clock, covered, lambda: tell(Work()))

    def require_admitted(self, job: Job, person: PersonId) -> None:
        """Refuse the bundle of a job to a person who may not act for the job's case.

        A bundle tells what was done for its case, whatever case it is fetched for.

        Raises:
            NotPermitted: The person is no member of the case.
            Refused: The case is closed.
            Unavailable: The record of cases cannot be reached.
        """
        self._admit(replace(job.purpose, actor=person), Action.EXPORT)

    def require_permitted(self, person: PersonId, request: Asked) -> None:
        """Refuse a person whose grants, as they are now, do not reach what was asked for.

        Raises:
            NotPermitted: The account is disabled, or some part is out of reach.
            NotFound: The person is not known.
        """
        known = self._accounts.person(person)
        reach = known.reach(Permission.EXPORT, self._clock.now())
        if known.disabled or reach is None:
            raise NotPermitted(f"{person} may not export any more")
        request.require_reach(self._register, reach)

    def bundle(self, job: Job) -> Path:
        """Return the folder of the bundle that a job made.

        Raises:
            Refused: The job is not done.
            NotFound: The bundle was removed, or is removed soon.
        """
        if job.state is not JobState.DONE or job.ended is None:
            raise Refused(
                f"job {job.id} is {job.state.value}: there is no bundle",
                hint=f"GET /api/v1/jobs/{job.id} says how far the job is",
            )
        folder = self._folder / str(job.result["folder"])
        if job.ended + self._keep < self._clock.now() or not folder.is_dir():
            raise NotFound(f"the bundle of job {job.id} was removed", hint="export again")
        return folder

    def kept_until(self, job: Job) -> Instant | None:
        """Return when the job and its bundle are removed; None before the job has ended."""
        return job.ended + self._keep if job.ended else None

    def remove_old(self) -> None:
        """Remove what is kept no longer: bundles first, then jobs; and what no job has made."""
        before = self._clock.now() - self._keep
        while old := self._jobs.ended_before(before, limit=_AT_ONCE):
            for job in old:
                for folder in self._folder.glob(f"{job.id}.*"):
                    _remove(folder)
                self._jobs.forget(job.id)
        for folder in self._folder.glob("*.*"):
            named = _FOLDER.fullmatch(folder.name)
            if named and self._is_left_over(JobId(named[1]), folder.name):
                _remove(folder)

    def _is_left_over(self, job: JobId, name: str) -> bool:
        try:
            known = self._jobs.job(job)
        except NotFound:
            return True
        return known.state.ended and known.result.get("folder") != name

    def _require_space(self, needed: int) -> None:
        with durable.seam(self._folder):
            free = shutil.disk_usage(self._folder).free
        if free < needed:
            raise NoSpace(
                f"{needed} bytes are still to be written to {self._folder}, {free} are free",
                hint="set api.exports_folder to a larger disk, or export less at once",
            )


def _remove(folder: Path) -> None:
    # Another process may remove the same; what is left then, no job has made any more.
    with durable.seam(folder), suppress(FileNotFoundError):
        shutil.rmtree(folder)


def _act(wanted: ExportRequest, purpose: Purpose) -> ActAsked:
    """Return the export that a job of a request does, as an act to be approved."""
    return export_act(
        wanted.windows,
        wanted.interval,
        wanted.places,
        purpose,
        originals=wanted.originals,
        derived=False,
        addressed=wanted.addressed,
        views=wanted.views,
    )


def _texts(windows: Windows) -> dict[str, object]:
    return {
        camera: [[str(part.start), str(part.end)] for part in parts]
        for camera, parts in windows.items()
    }


def _windows(told: object) -> Windows:
    if not isinstance(told, dict):
        raise TypeError("the time asked for of each camera is no mapping")
    return {
        camera_id(camera): tuple(Interval(Instant.parse(s), Instant.parse(e)) for s, e in parts)
        for camera, parts in told.items()
    }


def _result(report: ExportReport) -> Mapping[str, object]:
    return {
        "folder": report.folder.name,
        "bundle": report.bundle_id,
        "manifest": str(report.manifest),
        "segments": report.segments,
        "bytes": report.bytes,
        "originals": report.originals,
        **({"views": len(report.views)} if report.views else {}),
        "gaps": len(report.gaps),
        "complete": report.complete,
    }
