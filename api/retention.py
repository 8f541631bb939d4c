"""Retention over HTTP: plans and their application as jobs, and what a plan would delete.

The brakes are those of the commands: a plan is applied once, is refused where the facts changed
since, never deletes what is held, and is applied by a person who named how much goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from api.job_kinds import RETENTION_APPLY, RETENTION_PLAN, add_job, require_everywhere
from api.problems import Problem
from footage.errors import BadInput, FootageError, NotFound, Refused
from footage.ids import PlanId, camera_id
from footage.job import Work
from retention.plan import policies_digest
from retention.plan_file import plan_files, plan_page, plan_path, read_plan
from retention.share_text import summed_up
from retention.shares_file import CountedShares, read_shares, shares_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from api.job_kinds import Sent
    from api.policies import Policies
    from footage.action import Purpose
    from footage.clock import Clock
    from footage.job import Job, Tell
    from footage.ports import Accounts, Jobs
    from retention.execute import Purge
    from retention.jobs import DailyRetention
    from retention.plan import RetentionPlan
    from retention.plan_file import PlanFile, PlanPage
    from retention.policy import Policy
    from retention.report import PurgeReport

_NAMED: Final = 100
"""Segments of a kind that the result of a job names at most."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Counts of a plan that a person read before agreeing to the plan.

    Attributes:
        segments: Segments that the plan deletes.
        emptied: Cameras of which the plan deletes all that is stored.
    """

    segments: int
    emptied: int


@dataclass(frozen=True, slots=True)
class KnownPlan:
    """A plan with its sums.

    Attributes:
        in_force: Whether the policies of the plan are those in force.
    """

    plan: RetentionPlan
    counted: CountedShares
    in_force: bool


class Retention:
    """Service that plans and applies retention as jobs.

    Args:
        daily: Makes plans; slow to build.
        purge: Applies plans; slow to build.
        policies: The policy file.
        enter: Enters the policies in force in the custody log where they were changed by hand, and
            returns them; None without a policy file.
    """

    def __init__(  # noqa: PLR0913 - the parts a plan goes through
        self,
        jobs: Jobs,
        accounts: Accounts,
        clock: Clock,
        daily: Callable[[], DailyRetention],
        purge: Callable[[], Purge],
        *,
        policies: Policies,
        enter: Callable[[], Sequence[Policy] | None],
    ) -> None:
        self._jobs, self._accounts, self._clock = jobs, accounts, clock
        self._daily, self._purge = daily, purge
        self._policies, self._enter = policies, enter

    def ask_plan(self, text: str, purpose: Purpose, sent: Sent) -> Job:
        """Add a job that plans what would be deleted now.

        Args:
            text: Policies to plan by, as TOML; "" for those in force.
            purpose: Who asks.
            sent: How the request was sent.

        Raises:
            BadInput: The text is no policy file.
            Refused: There is no policy file: everything is kept; or too many jobs wait.
            Conflict: The key was sent before with another request.
        """
        if text:
            self._policies.parsed(text)
        elif self._policies.read().text is None:
            raise _everything_is_kept()
        request = {"toml": text}
        return add_job(self._jobs, self._clock, RETENTION_PLAN, purpose, request, sent)

    def plan(self, job: Job, tell: Tell) -> Mapping[str, object]:
        """Do a job of planning; nothing is deleted.

        Raises:
            FootageError: As `DailyRetention.plan`.
            JobStopped: As `tell` raises.
        """
        require_everywhere(self._accounts, job, self._clock)
        text = str(job.request["toml"])
        policies = self._policies.parsed(text) if text else self._enter()
        if policies is None:
            raise _everything_is_kept()
        days = 0

        def count(_camera: object) -> bool:
            nonlocal days
            days += 1
            tell(Work(days))
            return True

        daily = self._daily()
        made, file = daily.plan(policies, of=count)
        try:
            tell(Work(days))
            shares = daily.count(made)
        except FootageError:  # JobStopped among them
            file.unlink(missing_ok=True)
            raise
        return {
            "plan": made.id,
            "created": str(made.created),
            "totals": dict(made.totals),
            "emptied_cameras": len(shares.emptied),
            "summary": summed_up(shares),
        }

    def plans(self) -> list[PlanFile]:
        """Return the plans that are kept, the newest first: those that a daily run left too."""
        return plan_files(self._daily().folder)

    def known(self, plan: PlanId) -> KnownPlan:
        """Return a plan with its sums; reads the plan to its end.

        Raises:
            NotFound: There is no such plan.
            BadInput: The file is no plan, or was altered.
            Refused: The plan's sums were not kept.
        """
        found = read_plan(self._file(plan))
        if found.id != plan:
            raise BadInput(f"the file of {plan} holds another plan", hint="make a new plan")
        return KnownPlan(found, self.counted(plan), self._digest() == found.policies)

    def counted(self, plan: PlanId) -> CountedShares:
        """Return the sums of a plan, as counted when the plan was written; reads no plan.

        Raises:
            NotFound: There is no such plan.
            Refused: The plan's sums were not kept.
        """
        folder = self._file(plan).parent
        counted = read_shares(shares_path(folder, plan))
        if counted is None:
            raise Refused(f"the sums of {plan} were not kept", hint="make a new plan")
        return counted

    def rows(self, plan: PlanId, *, since: int, limit: int) -> PlanPage:
        """Return the stretches of a plan from a position on, as `plan_page`.

        Raises:
            NotFound: There is no such plan.
            BadInput: The file cannot be read, or no stretch begins at the position.
        """
        return plan_page(self._file(plan), since=since, limit=limit)

    def _file(self, plan: PlanId) -> Path:
        path = plan_path(self._daily().folder, plan)
        if not path.is_file():
            raise _no_plan(plan)
        return path

    def ask_apply(self, plan: PlanId, confirmed: Confirmed, purpose: Purpose, sent: Sent) -> Job:
        """Add a job that applies a plan.

        Args:
            plan: Id of the plan.
            confirmed: What the person read of the plan.
            purpose: Who applies.
            sent: How the request was sent.

        Raises:
            NotFound: There is no such plan.
            Problem: 409, the person read other numbers than the plan's.
            Refused: The policies in force are others; or too many jobs wait.
            Conflict: The key was sent before with another request.
        """
        known = self.known(plan)
        shares, totals = known.counted.shares, known.plan.totals
        needed = Confirmed(totals["segments"], len(shares.emptied))
        if confirmed != needed:
            raise Problem(
                HTTPStatus.CONFLICT,
                "not-confirmed",
                f"{plan} deletes {summed_up(shares)}: confirm these numbers to delete for good",
                members={"segments": needed.segments, "emptied_cameras": needed.emptied},
            )
        if not known.in_force:
            raise Refused(
                f"the policies in force are others than those of {plan}", hint="make a new plan"
            )
        request = {"plan": plan, "segments": needed.segments, "emptied": shares.emptied}
        return add_job(
            *(self._jobs, self._clock, RETENTION_APPLY, purpose, request, sent),
            total=needed.segments,
        )

    def apply(self, job: Job, tell: Tell) -> Mapping[str, object]:
        """Do a job of applying; the purge enters itself in the custody log (invariant 7).

        The facts of the plan are compared with those of now, as the commands do. A job that was
        interrupted goes on where the purge stopped, and tells what became of the plan where the
        purge had ended.

        Raises:
            Refused: The plan would by now empty a camera that nobody confirmed.
            FootageError: As `Purge.apply`.
            JobStopped: As `tell` raises; what was deleted stays deleted, and applying the plan
                again goes on.
        """
        plan_id, agreed = PlanId(str(job.request["plan"])), job.request["emptied"]
        if not isinstance(agreed, list):
            raise TypeError(f"job {job.id} names no emptied cameras")
        purge = self._purge()
        # A run of this job may have ended the plan and then died before its result was kept: the
        # result is told whatever changed since, as nothing more is deleted (invariant 11).
        if job.attempts > 1 and (ended := purge.finished(plan_id, job.purpose)):
            return _applied(ended)
        require_everywhere(self._accounts, job, self._clock)
        plan = read_plan(self._file(plan_id))
        policies = self._enter()
        if policies is None:
            raise _everything_is_kept()
        if not purge.has_begun(plan_id):  # amid a purge a camera may look emptied that is not
            self._require_agreed(plan, {camera_id(str(camera)) for camera in agreed})

        def progress(done: int, total: int) -> None:
            tell(Work(done, total))

        return _applied(purge.apply(plan, policies, job.purpose, progress))

    def _require_agreed(self, plan: RetentionPlan, agreed: set[object]) -> None:
        now = self._daily().shares(plan).emptied
        if more := [camera for camera in now if camera not in agreed]:
            raise Refused(
                f"{plan.id} would by now delete all that is stored of {', '.join(more[:5])} too",
                hint="make a new plan",
            )

    def _digest(self) -> str:
        policies = self._policies.read().policies
        return policies_digest(policies) if policies else ""


def _applied(done: PurgeReport) -> dict[str, object]:
    told = done.to_json()
    spared = [{"id": one.segment, "reason": one.reason} for one in done.spared[:_NAMED]]
    return {**told, "spared": spared, "failed": list(done.failed[:_NAMED])} | {
        "missing": list(done.missing[:_NAMED])
    }


def _everything_is_kept() -> Refused:
    return Refused("there is no policy file: everything is kept", hint="PUT policies first")


def _no_plan(plan: PlanId) -> NotFound:
    return NotFound(f"no plan {plan}", hint="GET /api/v1/retention/plans lists the plans")
