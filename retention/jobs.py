"""Daily retention run: finish interrupted purges, reconcile marks, plan, and apply the plan.

A plan that would delete an unusual share of a camera is refused. A camera that would lose all that
is stored of it is left out, of however few segments, and waits for a person: the only recording
that was imported of a shop is no more than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from footage.errors import Refused
from footage.instant import DAY, Instant, Interval
from retention.plan import make_plan
from retention.plan_file import remove_old_plans, write_plan
from retention.plan_originals import OriginalsDue
from retention.policy import horizon
from retention.shares import shares_of
from retention.shares_file import CountedShares, shares_path, write_shares

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from footage.action import Purpose
    from footage.clock import Clock
    from footage.day import DaySummary
    from footage.hold import MarksReport
    from footage.ids import CameraId
    from footage.ports import Catalogue, ObjectStore, Register
    from retention.execute import Progress, Purge
    from retention.plan import RetentionPlan
    from retention.policy import Policy
    from retention.report import PurgeReport
    from retention.shares import Shares

BRAKE: Final = 0.5
"""Share of a camera's bytes above which the daily run deletes nothing unless a person applies the
plan: a policy may have been shortened by mistake, or a clock may be wrong."""

_BRAKE_LEAST_SEGMENTS: Final = 100
"""Due segments of a camera from which on `BRAKE` applies; of fewer, all of a camera must go."""
PLANS_KEPT: Final = DAY * 7
"""How long the file of a plan that nobody applied is kept: a refused daily plan, or a person's."""
_NAMED: Final = 5
_APPLY: Final = "look at the plan; `footage retention apply {}` does it all the same"
_EPOCH: Final = Instant(0)


class Marks(Protocol):
    """Reconciles the marks on objects with the holds of the register."""

    def reassert(self, *, everything: bool) -> MarksReport:
        """Set and remove marks as the register says; with `everything`, for all active holds."""
        ...


@dataclass(frozen=True, slots=True)
class DailyReport:
    """Report of a daily run.

    Attributes:
        recovered: Segments of interrupted purges that were settled.
        marks: Marks set and removed on held and released objects, and marks that could not be.
        purge: None when there are no policies, or nothing was due.
        dropped: Names of what the catalogue kept for days without segments, now removed.
    """

    recovered: int
    marks: MarksReport
    purge: PurgeReport | None
    dropped: tuple[str, ...] = ()


class DailyRetention:
    """The daily retention job.

    Args:
        purge: Applies plans.
        register: Gives the holds.
        catalogue: Gives day summaries, and segments where a summary does not decide.
        marks: Sets the marks of active holds, and removes marks that a release left behind.
        policies: Reads the policies at each run; None means that everything is kept.
        clock: Gives the instant at which segments are due or not.
        folder: Folder of plan files.
        store: Gives the store, which tells of original files; called where an import is due.
    """

    def __init__(  # noqa: PLR0913 - the parts that a run goes through
        self,
        purge: Purge,
        register: Register,
        catalogue: Catalogue,
        marks: Marks,
        policies: Callable[[], Sequence[Policy] | None],
        clock: Clock,
        *,
        folder: Path,
        store: Callable[[], ObjectStore],
    ) -> None:
        self._purge, self._register, self._catalogue = purge, register, catalogue
        self._marks, self._policies, self._clock = marks, policies, clock
        self.folder, self._store = folder, store

    def run(self, purpose: Purpose, progress: Progress | None = None) -> DailyReport:
        """Run the job once; another run on the same day does no harm.

        Args:
            purpose: Who asks and why, for the custody log.
            progress: As for `Purge.apply`.

        Raises:
            BadInput: The policies are wrong; nothing was planned.
            Refused: The plan would delete more than the share `BRAKE` of a camera's bytes, and
                nothing was deleted; or all that is stored of some cameras, and the others alone
                were gone through. A person must apply the plan named, whose file stays.
            Unavailable: A store cannot be reached; the next run resumes.
        """
        remove_old_plans(self.folder, before=self._clock.now() - PLANS_KEPT)
        recovered = self._purge.recover(purpose)
        marks = self._marks.reassert(everything=True)
        policies = self._policies()
        if policies is None:
            return DailyReport(recovered, marks, None)
        done, waiting = self._expire(policies, purpose, progress)
        report = DailyReport(recovered, marks, done, self._drop_empty_days(policies))
        if waiting is not None:
            raise waiting
        return report

    def plan(
        self,
        policies: Sequence[Policy],
        *,
        to: Path | None = None,
        of: Callable[[CameraId], bool] | None = None,
    ) -> tuple[RetentionPlan, Path]:
        """Write the plan of what would be deleted now; return the plan and the file.

        Args:
            policies: Policies to apply.
            to: The file to write; None names the file in the folder of plans by the plan's id.
            of: Tells whether the plan is about a camera; None: about all cameras.
        """
        now = self._clock.now()
        days, holds = candidates(self._catalogue, policies, now), self._register.holds()
        text = make_plan(
            (day for day in days if of is None or of(day.camera)),
            self._catalogue.day_segments,
            holds,
            policies,
            now,
            self._register.stays(),
            originals=OriginalsDue(self._catalogue, self._store, holds).added_to,
        )
        return write_plan(text, self.folder, to=to)

    def shares(self, plan: RetentionPlan, cameras: Collection[CameraId] | None = None) -> Shares:
        """Return the sums of a plan by camera, beside what is stored now, from day summaries.

        Args:
            plan: The plan; all its items count.
            cameras: Cameras of which to say what is stored, those of the plan among them; None: all
                cameras.
        """
        always = Interval(_EPOCH, self._clock.now() + DAY)
        return shares_of(plan.items, self._catalogue.days(cameras, always))

    def count(self, plan: RetentionPlan) -> Shares:
        """Return the sums of a plan beside what is stored of all cameras, kept with the plan.

        For a plan that a person looks at: the sums are counted once, not at each look.
        """
        shares = self.shares(plan)
        counted = CountedShares(shares, self._clock.now())
        write_shares(shares_path(self.folder, plan.id), counted)
        return shares

    def _expire(
        self, policies: Sequence[Policy], purpose: Purpose, progress: Progress | None
    ) -> tuple[PurgeReport | None, Refused | None]:
        """Return what was deleted, and why a person must look at the rest, or None.

        Each plan is checked for itself: time passes between plans, holds are released and footage
        goes meanwhile, so a camera that lost little by one plan may lose everything by the next.
        """
        left_out: set[CameraId] = set()
        while True:
            plan, file = self.plan(policies, of=lambda camera: camera not in left_out)
            emptied = self._checked(plan)
            if not emptied:
                break
            file.unlink(missing_ok=True)
            left_out.update(emptied)
        waiting = self._waiting(policies, left_out) if left_out else None
        done = None
        if plan.totals["segments"]:
            done = self._purge.apply(plan, policies, purpose, progress)
        file.unlink(missing_ok=True)  # applied; what is left, if anything, the next plan lists anew
        return done, waiting

    def _waiting(self, policies: Sequence[Policy], cameras: set[CameraId]) -> Refused | None:
        """Write the plan of cameras that were left out, for a person; return what to say of it.

        None where the plan, as it is now, would empty no camera: the next run goes through it.
        """
        plan, file = self.plan(policies, of=cameras.__contains__)
        if emptied := self.shares(plan, cameras).emptied:
            self.count(plan)
            return _would_empty(plan, emptied)
        file.unlink(missing_ok=True)
        return None

    def _drop_empty_days(self, policies: Sequence[Policy]) -> tuple[str, ...]:
        last = horizon(policies, self._clock.now())
        return tuple(self._catalogue.drop_empty_days(before=last)) if last > _EPOCH else ()

    def _checked(self, plan: RetentionPlan) -> list[CameraId]:
        """Return the cameras of which the plan would delete everything, by id.

        Raises:
            Refused: The plan would delete a large share of a camera with many due segments.
        """
        if not plan.totals["segments"]:
            return []
        shares = self.shares(plan, {item.camera for item in plan.due})
        for camera, share in shares.cameras.items():
            if share.due >= _BRAKE_LEAST_SEGMENTS and share.due_bytes > BRAKE * share.stored_bytes:
                self.count(plan)
                raise Refused(
                    f"{plan.id} would delete {share.due_bytes} of the {share.stored_bytes} bytes "
                    f"of {camera}",
                    hint=_APPLY.format(plan.id),
                )
        return shares.emptied


def _would_empty(plan: RetentionPlan, cameras: Sequence[CameraId]) -> Refused:
    more = f" and {len(cameras) - _NAMED} more" if len(cameras) > _NAMED else ""
    return Refused(
        f"{plan.id} would delete all that is stored of {', '.join(cameras[:_NAMED])}{more}; "
        "nothing of it was deleted, of other cameras what was due",
        hint=_APPLY.format(plan.id),
    )


def candidates(
    catalogue: Catalogue, policies: Sequence[Policy], now: Instant
) -> Iterator[DaySummary]:
    """Yield the days that may hold due segments: those before the shortest `keep` of `policies`."""
    if not policies:
        return
    last = horizon(policies, now)
    if last > _EPOCH:
        yield from catalogue.days(None, Interval(_EPOCH, last))
