"""What runs every day: finish what was interrupted, renew holds, plan, and apply within a brake."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from footage.errors import NotFound, Refused
from footage.instant import Instant, Interval
from footage.ports import Scope
from retention.execute import BATCH
from retention.plan import make_plan
from retention.policy import horizon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from footage.clock import Clock
    from footage.custody import Purpose
    from footage.hold import Hold
    from footage.ids import CameraId
    from footage.ports import Catalogue, ObjectStore, Register
    from footage.segment import Segment
    from retention.execute import Purge
    from retention.plan import Plan
    from retention.policy import Policy
    from retention.report import PurgeReport

BRAKE: Final = 0.5
"""Share of a camera's bytes above which nobody deletes unasked: a shortened rule, a wrong clock."""

_BRAKE_FREE: Final = 100  # segments; of fewer, a large share says nothing
_EPOCH: Final = Instant(0)


@dataclass(frozen=True, slots=True)
class DailyReport:
    """What a day's run did.

    Attributes:
        recovered: Tombstones of interrupted purges that were closed.
        renewed: Objects whose hold was set again.
        missing: Held segments whose object is not in the store: an alarm.
        purge: None when there are no policies, or nothing was due.
    """

    recovered: int
    renewed: int
    missing: tuple[str, ...]
    purge: PurgeReport | None


class DailyRetention:
    """The body of the daily job.

    Args:
        purge: Applies plans.
        register: For the holds.
        catalogue: For the segments.
        store: Where holds are renewed.
        policies: Reads the policies at each run; None means that everything is kept.
        clock: Tells what is due.
    """

    def __init__(
        self,
        purge: Purge,
        register: Register,
        catalogue: Catalogue,
        store: ObjectStore,
        policies: Callable[[], Sequence[Policy] | None],
        clock: Clock,
    ) -> None:
        self._purge, self._register, self._catalogue = purge, register, catalogue
        self._store, self._policies, self._clock = store, policies, clock

    def run(self, purpose: Purpose) -> DailyReport:
        """Run once; running it again on the same day does no harm.

        Raises:
            BadInput: The policies are wrong; nothing was planned.
            Refused: The plan would take more than `BRAKE` of a camera; a person must apply it.
            Unavailable: A store cannot be reached; the next run resumes.
        """
        recovered = self._purge.recover(purpose)
        renewed, missing = self._renew_holds()
        policies = self._policies()
        done = None if policies is None else self._expire(policies, purpose)
        return DailyReport(recovered, renewed, missing, done)

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

    def _renew_holds(self) -> tuple[int, tuple[str, ...]]:
        """Set each hold on its objects again.

        It moves the date ahead where a store needs that (see `Strength.STORE_RENEWED`), and mends
        what was placed while the store was away.
        """
        renewed: set[str] = set()
        missing: set[str] = set()
        for hold in self._register.holds():
            scope = Scope(cameras=hold.cameras)
            left = self._catalogue.segments(scope, hold.interval)
            while batch := list(islice(left, BATCH)):
                self._renew(hold, batch, renewed, missing)
        return len(renewed), tuple(sorted(missing))

    def _renew(
        self, hold: Hold, batch: Sequence[Segment], renewed: set[str], missing: set[str]
    ) -> None:
        with self._register.purging():  # so that a release cannot come between reading and setting
            if hold not in self._register.holds():
                return
            for segment in batch:
                try:
                    self._store.set_hold(segment.key, on=True)
                    renewed.add(segment.key)
                except NotFound:
                    missing.add(segment.key)


def candidates(catalogue: Catalogue, policies: Sequence[Policy], now: Instant) -> Iterator[Segment]:
    """Segments that may be due: those that lie before the shortest `keep`."""
    if not policies:
        return
    last = horizon(policies, now)
    if last > _EPOCH:
        yield from catalogue.segments(interval=Interval(_EPOCH, last))
