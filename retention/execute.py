"""Application of a plan, once, so that a crash anywhere can be resumed (invariants 3, 4, 7).

Applying a plan, in this order:
 1. the facts of the plan are compared with those of now; a difference refuses the plan;
 2. the intent is entered in the custody log;
 3. batch by batch, inside the register's exclusive section, where no hold can appear:
    see `retention.batch`;
 4. the plan is finished, the outcome is entered.

A tombstone that is open outside the section belongs to a run that died or to an object the store
did not delete. Resuming goes through the same batch again: a segment that is held now and still
stored is spared and indexed again, a segment that is gone already is finished.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from footage.action import Action, Deed
from footage.custody import bracket
from footage.errors import Conflict, NotFound
from footage.ports import Tombstone, TombstoneState
from retention.batch import Batch
from retention.plan import policies_digest
from retention.policy import Judge, Verdict
from retention.report import Notes, PurgeReport, report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from footage.action import Purpose
    from footage.clock import Clock
    from footage.custody import Act
    from footage.ids import PlanId
    from footage.ports import Catalogue, Custody, ObjectStore, Register, VectorIndex
    from retention.plan import RetentionPlan
    from retention.policy import Policy

BATCH: Final = 50
"""Segments deleted in a single stay in the exclusive section: a hold waits for one batch."""

_INTERRUPTED: Final = "the purge was interrupted; the next plan decides anew"


class Purge:
    """Applies plans in batches, and finishes interrupted purges.

    `batch` is the number of segments deleted in a single stay in the exclusive section.
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
        batch: int = BATCH,
    ) -> None:
        self._size = batch
        self._register, self._catalogue, self._custody = register, catalogue, custody
        self._clock = clock
        self._batch = Batch(register, catalogue, vectors, store, clock)

    def apply(
        self, plan: RetentionPlan, policies: Sequence[Policy], purpose: Purpose
    ) -> PurgeReport:
        """Delete the segments that `plan` lists, except where a hold or the store forbids.

        Raises:
            Conflict: The plan was applied to its end before, or the facts changed since the plan
                was made; what an interrupted run had begun is brought to an end first.
            Unavailable: A store cannot be reached; applying again resumes.
        """
        begun = {t.segment.key: t for t in self._register.tombstones(plan.id)}
        changed, due = self._compare(plan, policies, begun.keys())
        if changed:
            self._withdraw(plan.id, begun.values(), purpose)
            raise Conflict(
                f"the facts changed since {plan.id} was made: {changed}", hint="make a new plan"
            )
        opened = [t for t in begun.values() if t.state is TombstoneState.OPEN]
        what: dict[str, object] = {"plan": plan.id, **plan.totals}
        return self._within_custody(what, purpose, lambda act: self._run(plan.id, opened, due, act))

    def recover(self, purpose: Purpose) -> int:
        """Finish interrupted purges without deleting more; return the number of tombstones closed.

        A segment that is gone from the store is finished; a segment that is still stored is spared
        and indexed again, and the next plan decides about the segment.
        """
        opened = self._register.tombstones(state=TombstoneState.OPEN)
        plans = sorted({tombstone.plan for tombstone in opened})
        for plan in plans:
            self._withdraw(plan, [t for t in opened if t.plan == plan], purpose)
        return len(opened)

    def _compare(
        self, plan: RetentionPlan, policies: Sequence[Policy], begun: Iterable[str]
    ) -> tuple[str, list[Tombstone]]:
        """Return the change since `plan` was made, or "", and the tombstones still to be written.

        A hold placed since is no change: the hold spares its segments and the others are deleted.
        """
        if policies_digest(policies) != plan.policies:
            return "the policies are others", []
        judge = Judge(policies, (), self._clock.now())
        name = plan.id  # once: a digest over the whole plan
        known, due = frozenset(begun), []
        for item in plan.segments:
            if item.segment in known:
                continue
            try:
                segment = self._catalogue.segment(item.segment)
            except NotFound:
                return f"{item.segment} is no longer in the catalogue", []
            decision = judge.decide(segment)
            if decision.verdict is not Verdict.EXPIRE or decision.rule != item.rule:
                return f"{item.segment} is no longer due by {item.rule!r}", []
            if (segment.digest, segment.interval) != (item.digest, item.interval):
                return f"{item.segment} is another segment now", []
            due.append(Tombstone(name, segment, decision.reasons[0]))
        return "", due

    def _run(
        self, plan: PlanId, opened: list[Tombstone], due: list[Tombstone], act: Act
    ) -> PurgeReport:
        resumed = not self._register.use_plan(plan, at=self._clock.now())
        notes = Notes()
        for batch in self._batches(opened, notes, act):
            self._batch.resume(batch, notes)
        for batch in self._batches(due, notes, act):
            self._batch.purge(batch, notes)
        done = report(plan, self._register.tombstones(plan), notes, resumed=resumed)
        if done.complete:
            self._register.finish_plan(plan, at=self._clock.now())
        return done

    def _withdraw(self, plan: PlanId, begun: Iterable[Tombstone], purpose: Purpose) -> None:
        opened = [t for t in begun if t.state is TombstoneState.OPEN]
        if not opened:
            return

        def settle(act: Act) -> PurgeReport:
            notes = Notes()
            for batch in self._batches(opened, notes, act):
                self._batch.resume(batch, notes, withdrawn=_INTERRUPTED)
            return report(plan, self._register.tombstones(plan), notes, resumed=True)

        self._within_custody({"plan": plan, "withdrawn": len(opened)}, purpose, settle)

    def _within_custody(
        self, what: dict[str, object], purpose: Purpose, run: Callable[[Act], PurgeReport]
    ) -> PurgeReport:
        """Call `run` in a custody bracket: without durable intent nothing happens (invariant 7)."""
        with bracket(self._custody, Deed(Action.PURGE, purpose, what)) as act:
            done = run(act)
            act.result, act.complete = done.result(), done.complete
        return done

    def _batches(
        self, tombstones: Iterable[Tombstone], notes: Notes, act: Act
    ) -> Iterator[list[Tombstone]]:
        """Yield `tombstones` in batches; count finished segments in `notes` and in the outcome."""
        left = iter(tombstones)
        while batch := list(islice(left, self._size)):
            yield batch
            notes.gone_through += len(batch)
            act.result["segments"] = notes.gone_through
