"""Application of a plan, once, so that a crash anywhere can be resumed (invariants 3, 4, 7).

Applying a plan, in this order:
 1. the facts of the plan are compared with those of now, by the checksums of day summaries; a
    difference refuses the plan;
 2. the intent is entered in the custody log;
 3. camera by camera and item by item: the item's segments are read and compared once more, then
    deleted batch by batch, each inside the register's exclusive section, where no hold can appear:
    see `retention.batch`;
 4. the plan is finished, the outcome is entered.

A tombstone that is open outside the section belongs to a run that died or to an object the store
did not delete. Resuming goes through the same batch again: a segment that is held now and still
stored is spared and indexed again, a segment that is gone already is finished.

Memory holds the segments of one item, that is of one camera and day, at a time.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from footage.action import Action, Deed
from footage.custody import bracket
from footage.day import checksum, checksum_sum
from footage.errors import Conflict
from footage.instant import Interval
from footage.ports import Scope, Tombstone
from retention.batch import Batch
from retention.pace import Pace
from retention.plan import policies_digest
from retention.policy import Judge
from retention.report import LISTED, Notes, PurgeReport, report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from footage.action import Purpose
    from footage.clock import Clock
    from footage.custody import Act
    from footage.day import DaySegment
    from footage.ids import CameraId, PlanId
    from footage.instant import Instant
    from footage.ports import (
        Catalogue,
        Custody,
        DerivedFiles,
        ObjectStore,
        Register,
        VectorIndex,
    )
    from footage.segment import Segment
    from retention.plan import PlanItem, RetentionPlan
    from retention.policy import Policy

    Progress = Callable[[int, int], None]

_INTERRUPTED: Final = "the purge was interrupted; the next plan decides anew"


class Purge:
    """Applies plans in batches, and finishes interrupted purges.

    `batch` is the number of segments deleted in a single stay in the exclusive section; None lets
    `Pace` choose, so that a stay lasts about half a second.
    """

    def __init__(  # noqa: PLR0913 - the ports a deletion goes through, and the size of a batch
        self,
        register: Register,
        catalogue: Catalogue,
        vectors: VectorIndex,
        store: ObjectStore,
        custody: Custody,
        clock: Clock,
        *,
        derived: DerivedFiles,
        batch: int | None = None,
    ) -> None:
        self._pace = Pace(clock, fixed=batch)
        self._register, self._catalogue, self._custody = register, catalogue, custody
        self._clock = clock
        self._batch = Batch(register, catalogue, vectors, store, custody, clock, derived=derived)

    def apply(
        self,
        plan: RetentionPlan,
        policies: Sequence[Policy],
        purpose: Purpose,
        progress: Progress | None = None,
    ) -> PurgeReport:
        """Delete the segments that `plan` lists, except where a hold or the store forbids.

        Args:
            plan: The plan, made before.
            policies: The policies of now.
            purpose: Who asks and why, for the custody log.
            progress: Called with the numbers of segments gone through and in all.

        Raises:
            Conflict: The plan was applied to its end before, or the facts changed since the plan
                was made; what an interrupted run had begun is brought to an end first.
            Unavailable: A store cannot be reached; applying again resumes.
        """
        judge = Judge(policies, (), self._clock.now(), self._register.stays())
        changed = (
            "the policies are others"
            if policies_digest(policies) != plan.policies
            else self._change(plan, judge)
        )
        if changed:
            self._withdraw(plan.id, self._register.tombstones(plan.id, open_only=True), purpose)
            raise Conflict(
                f"the facts changed since {plan.id} was made: {changed}", hint="make a new plan"
            )
        what: dict[str, object] = {"plan": plan.id, **plan.totals}
        return self._within_custody(
            *(what, purpose),
            lambda act: self._run(plan, judge, purpose, act, progress or _untold),
        )

    def finished(self, plan: PlanId, purpose: Purpose) -> PurgeReport | None:
        """Return what became of a plan that was applied to its end; None for any other plan.

        For whoever asked for the plan and never learned the outcome, since the process ended
        before telling: nothing is deleted, which is what the custody log says of this run.

        Args:
            plan: Id of the plan.
            purpose: Who asks and why, for the custody log.
        """
        if self._register.plan_finished(plan) is None:
            return None
        outcome = self._register.purge_outcome(plan, listed=LISTED)
        done = report(plan, outcome, Notes(), resumed=True)
        return self._within_custody({"plan": plan}, purpose, lambda _act: done)

    def has_begun(self, plan: PlanId) -> bool:
        """Whether some segment of the plan was deleted, spared, or is about to be."""
        outcome = self._register.purge_outcome(plan, listed=0)
        return bool(outcome.purged or outcome.spared or outcome.open)

    def recover(self, purpose: Purpose) -> int:
        """Finish interrupted purges without deleting more; return the number of segments settled.

        A segment that is gone from the store is finished; a segment that is still stored is spared
        and indexed again, and the next plan decides about the segment.
        """
        opened = self._register.tombstones(open_only=True)
        plans = sorted({tombstone.plan for tombstone in opened})
        for plan in plans:
            self._withdraw(plan, [t for t in opened if t.plan == plan], purpose)
        return sum(len(tombstone.open) for tombstone in opened)

    def _change(self, plan: RetentionPlan, judge: Judge) -> str:
        """Return what changed of the recordings since `plan` was made, or "".

        A hold placed since is no change: the hold spares its segments and the others are deleted.
        Nothing is read of segments where the summary of a day has an item's span.
        """
        for camera, items in groupby(plan.due, key=lambda item: item.camera):
            change = self._change_of(camera, list(items), judge, plan.id)
            if change:
                return change
        return ""

    def _change_of(
        self, camera: CameraId, items: Sequence[PlanItem], judge: Judge, plan: PlanId
    ) -> str:
        window = Interval(items[0].interval.start, max(item.interval.end for item in items))
        spans = {
            (summary.day, span)
            for summary in self._catalogue.days([camera], window)
            for span in summary.spans
        }
        read: dict[Instant, Sequence[DaySegment]] = {}
        for item in items:
            if judge.rule_of(camera, item.span) != item.rule:
                return f"{_named(item)} are no longer due by {item.rule!r}"
            if (item.day, item.span) in spans:
                continue
            if item.day not in read:
                read = {item.day: self._catalogue.day_segments(camera, item.day)}
            there = {each.checksum for each in read[item.day] if item.includes(each)}
            begun = {checksum(segment) for segment in self._begun(plan, item)}
            if checksum_sum(there | begun) != item.span.checksum:
                return f"{_named(item)} are others now, or some are gone"
        return ""

    def _begun(self, plan: PlanId, item: PlanItem) -> list[Segment]:
        """Return the segments of `item` that have a tombstone, in any state, as recorded there."""
        tombstones = self._register.tombstones(plan, camera=item.camera, interval=item.interval)
        return [s for tombstone in tombstones for s in tombstone.segments if item.includes(s)]

    def _run(
        self, plan: RetentionPlan, judge: Judge, purpose: Purpose, act: Act, progress: Progress
    ) -> PurgeReport:
        resumed = not self._register.use_plan(plan.id, at=self._clock.now())
        notes, total = Notes(), plan.totals["segments"]
        for tombstone in self._register.tombstones(plan.id, open_only=True):
            self._batch.resume(tombstone, purpose, notes)
            notes.go_on(len(tombstone.open), act)
        done = 0
        for item in plan.due:
            due = self._due(plan.id, item, judge)
            done += item.span.segments - len(due)  # gone through by a run before
            for batch in self._batches(due):
                # Rules agree on an item, so the first reason, the rule's, is that of each segment.
                with self._pace.stay(len(batch)):
                    due_now = Tombstone(plan.id, batch, item.reasons[0])
                    self._batch.purge(due_now, purpose, notes)
                notes.go_on(len(batch), act)
                done += len(batch)
                progress(done, total)
        progress(total, total)
        with self._register.purging():  # another run of the plan may be amid its last batch
            outcome = self._register.purge_outcome(plan.id, listed=LISTED)
        made = report(plan.id, outcome, notes, resumed=resumed)
        if made.complete:
            self._register.finish_plan(plan.id, at=self._clock.now())
        return made

    def _due(self, plan: PlanId, item: PlanItem, judge: Judge) -> list[Segment]:
        """Return the segments of `item` without a tombstone, by start.

        Raises:
            Conflict: The segments are not those that were planned.
        """
        scope = Scope(cameras=frozenset({item.camera}))
        there = [s for s in self._catalogue.segments(scope, item.interval) if item.includes(s)]
        # Read last: what another run of the plan deletes meanwhile stands in either or in both.
        begun = self._begun(plan, item)
        sums = {checksum(segment) for segment in (*there, *begun)}
        due = judge.rule_of(item.camera, item.span) == item.rule
        if not due or checksum_sum(sums) != item.span.checksum:
            raise Conflict(
                f"the facts changed since {plan} was made: {_named(item)} are others now, "
                "or some are gone",
                hint="make a new plan",
            )
        known = {segment.key for segment in begun}
        return [segment for segment in there if segment.key not in known]

    def _batches(self, segments: Sequence[Segment]) -> Iterator[tuple[Segment, ...]]:
        first = 0
        while batch := tuple(segments[first : first + self._pace.size]):
            yield batch
            first += len(batch)

    def _withdraw(self, plan: PlanId, opened: Sequence[Tombstone], purpose: Purpose) -> None:
        if not opened:
            return

        def settle(act: Act) -> PurgeReport:
            notes = Notes()
            for tombstone in opened:
                self._batch.resume(tombstone, purpose, notes, withdrawn=_INTERRUPTED)
                notes.go_on(len(tombstone.open), act)
            outcome = self._register.purge_outcome(plan, listed=LISTED)
            return report(plan, outcome, notes, resumed=True)

        withdrawn = sum(len(tombstone.open) for tombstone in opened)
        self._within_custody({"plan": plan, "withdrawn": withdrawn}, purpose, settle)

    def _within_custody(
        self, what: dict[str, object], purpose: Purpose, run: Callable[[Act], PurgeReport]
    ) -> PurgeReport:
        """Call `run` in a custody bracket: without durable intent nothing happens (invariant 7)."""
        with bracket(self._custody, Deed(Action.PURGE, purpose, what)) as act:
            done = run(act)
            act.result, act.complete = done.result(), done.complete
        return done


def _untold(done: int, total: int) -> None:
    """Report progress to nobody."""


def _named(item: PlanItem) -> str:
    return f"the {item.span.segments} segments of {item.camera} in {item.interval}"
