"""The daily run: finish what was interrupted, reconcile marks, plan, and apply within a brake."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from footage.errors import Refused
from footage.instant import Instant, Interval
from footage.ports import Scope
from retention.plan import make_plan
from retention.policy import horizon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from footage.action import Purpose
    from footage.clock import Clock
    from footage.hold import MarksReport
    from footage.ids import CameraId
    from footage.ports import Catalogue, Register
    from footage.segment import Segment
    from retention.execute import Purge
    from retention.plan import RetentionPlan
    from retention.policy import Policy
    from retention.report import PurgeReport

BRAKE: Final = 0.5
"""Largest share of a camera's bytes to delete unasked.

A larger share hints at a shortened rule or a wrong clock.
"""

_BRAKE_FREE: Final = 100  # segments; of fewer, a large share says nothing
_EPOCH: Final = Instant(0)


class Marks(Protocol):
    """The reconciliation of marks on objects with the holds of the register."""

    def reassert(self, *, everything: bool) -> MarksReport:
        """Set and remove marks as the register says; `everything`: of all active holds too."""
        ...


@dataclass(frozen=True, slots=True)
class DailyReport:
    """Results of one daily run.

    Attributes:
        recovered: Tombstones of interrupted purges that were closed.
        marks: Marks set and removed on held and released objects, and those that failed.
        purge: None when there are no policies, or nothing was due.
        dropped: Parts of the catalogue removed, of days without any segment left.
    """

    recovered: int
    marks: MarksReport
    purge: PurgeReport | None
    dropped: tuple[str, ...] = ()


class DailyRetention:
    """The daily retention job.

    Args:
        purge: Applies plans.
        register: Source of the holds.
        catalogue: Source of the segments.
        marks: Sets the marks of active holds, and removes marks that a release left behind.
        policies: Reads the policies at each run; None means that everything is kept.
        clock: Tells what is due.
    """

    def __init__(
        self,
        purge: Purge,
        register: Register,
        catalogue: Catalogue,
        marks: Marks,
        policies: Callable[[], Sequence[Policy] | None],
        clock: Clock,
    ) -> None:
        self._purge, self._register, self._catalogue = purge, register, catalogue
        self._marks, self._policies, self._clock = marks, policies, clock

    def run(self, purpose: Purpose) -> DailyReport:
        """Do the daily run once; a second run on the same day does no harm.

        Raises:
            BadInput: The policies are wrong; nothing was planned.
            Refused: The plan would take more than `BRAKE` of a camera; a person must apply it.
            Unavailable: A store cannot be reached; the next run resumes.
        """
        recovered = self._purge.recover(purpose)
        marks = self._marks.reassert(everything=True)
        policies = self._policies()
        if policies is None:
            return DailyReport(recovered, marks, None)
        done = self._expire(policies, purpose)
        return DailyReport(recovered, marks, done, self._drop_empty_days(policies))

    def plan(self, policies: Sequence[Policy]) -> RetentionPlan:
        """Plan what would be deleted now, deleting nothing."""
        now = self._clock.now()
        return make_plan(
            candidates(self._catalogue, policies, now), self._register.holds(), policies, now
        )

    def _expire(self, policies: Sequence[Policy], purpose: Purpose) -> PurgeReport | None:
        plan = self.plan(policies)
        if not plan.segments:
            return None
        self._brake(plan)
        return self._purge.apply(plan, policies, purpose)

    def _drop_empty_days(self, policies: Sequence[Policy]) -> tuple[str, ...]:
        last = horizon(policies, self._clock.now())
        return tuple(self._catalogue.drop_empty_days(before=last)) if last > _EPOCH else ()

    def _brake(self, plan: RetentionPlan) -> None:
        going: Counter[CameraId] = Counter()
        for item in plan.segments:
            going[item.camera] += item.size_bytes
        counts = Counter(item.camera for item in plan.segments)
        for camera in sorted(going):
            if counts[camera] < _BRAKE_FREE:
                continue
            scope = Scope(cameras=frozenset({camera}))
            there = sum(segment.size_bytes for segment in self._catalogue.segments(scope))
            if going[camera] > BRAKE * there:
                raise Refused(
                    f"{plan.id} would delete {going[camera]} of the {there} bytes of {camera}",
                    hint="look at the plan; `footage retention apply` does it all the same",
                )


def candidates(catalogue: Catalogue, policies: Sequence[Policy], now: Instant) -> Iterator[Segment]:
    """Segments that may be due: all that began longer ago than the shortest `keep`."""
    if not policies:
        return
    last = horizon(policies, now)
    if last > _EPOCH:
        yield from catalogue.segments(interval=Interval(_EPOCH, last))
