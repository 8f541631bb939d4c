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
    from retention.plan import Plan
    from retention.policy import Policy
    from retention.report import PurgeReport

BRAKE: Final = 0.5
"""Share of a camera's bytes above which nobody deletes unasked: a shortened rule, a wrong clock."""

_BRAKE_FREE: Final = 100  # segments; of fewer, a large share says nothing
_EPOCH: Final = Instant(0)


class Marks(Protocol):
    """The reconciliation of marks on objects with the holds of the register."""

    def reassert(self, *, everything: bool) -> MarksReport:
        """Bring marks to what the register says; with `everything` those of all standing holds."""
        ...


@dataclass(frozen=True, slots=True)
class DailyReport:
    """What a day's run did.

    Attributes:
        recovered: Tombstones of interrupted purges that were closed.
        marks: What was set and removed on held and released objects, and what could not be.
        purge: None when there are no policies, or nothing was due.
        dropped: What the catalogue kept for days that hold nothing any more.
    """

    recovered: int
    marks: MarksReport
    purge: PurgeReport | None
    dropped: tuple[str, ...] = ()


class DailyRetention:
    """The body of the daily job.

    Args:
        purge: Applies plans.
        register: For the holds.
        catalogue: For the segments.
        marks: Sets the marks of standing holds, and removes those that a release left behind.
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
        """Run once; running it again on the same day does no harm.

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

    def plan(self, policies: Sequence[Policy]) -> Plan:
        """What would go now."""
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

    def _brake(self, plan: Plan) -> None:
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
    """Segments that may be due: those that lie before the shortest `keep`."""
    if not policies:
        return
    last = horizon(policies, now)
    if last > _EPOCH:
        yield from catalogue.segments(interval=Interval(_EPOCH, last))
