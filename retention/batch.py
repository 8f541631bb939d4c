"""Delete one batch of segments in the order of invariant 3, safe from new holds (invariant 4).

Inside the register's exclusive section:
 0. holds are read again, in the register and on the object: a held segment is spared untouched;
 1. tombstones are written;
 2. vectors and keyframes go;
 3. objects go; an object that the store still refuses to delete is spared and indexed again;
 4. the catalogue: the gap first, then the segment, so that no instant is unexplained (invariant 5);
    then the vectors once more, since an indexer may have published between 2 and 4;
 5. the tombstones are closed with their reason.

A crash after 1 leaves open tombstones, and each step may be done again. Resuming, step 0 tells
apart what is still there (held: spared, and indexed again since step 2 may have happened) and what
is gone (finished: nothing can bring it back).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from footage.errors import NotFound
from footage.hold import covering
from footage.ports import DeleteOutcome, TombstoneState
from footage.span import Gap, GapReason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.clock import Clock
    from footage.hold import Hold
    from footage.ports import Catalogue, ObjectStore, Register, Tombstone, VectorIndex
    from footage.segment import Segment
    from retention.report import Notes


class Batch:
    """Runs the steps of a batch, over the register, catalogue, vectors and object store."""

    def __init__(
        self,
        register: Register,
        catalogue: Catalogue,
        vectors: VectorIndex,
        store: ObjectStore,
        clock: Clock,
    ) -> None:
        self._register, self._catalogue, self._vectors = register, catalogue, vectors
        self._store, self._clock = store, clock

    def purge(self, planned: Sequence[Tombstone], notes: Notes) -> None:
        """Delete segments that no run has touched before."""
        with self._register.purging():
            holds, doomed = self._register.holds(), []
            missing = {t.segment.key for t in planned if not self._there(t.segment)}
            told = [_missing(t) if t.segment.key in missing else t for t in planned]
            self._register.add_tombstones(told)  # 1, for spared segments too: the report lists them
            for tombstone in self._still_open(told):
                forbidden = self._held(tombstone.segment, holds)
                if not forbidden and tombstone.segment.key not in missing:
                    forbidden = self._refused(tombstone.segment)
                if forbidden:
                    self._close(tombstone, TombstoneState.SPARED, forbidden)
                else:
                    doomed.append(tombstone)
            notes.missing += sorted(missing)
            self._delete(doomed, notes)

    def resume(self, opened: Sequence[Tombstone], notes: Notes, *, withdrawn: str = "") -> None:
        """Purge or spare the segments of open tombstones, and close the tombstones.

        Args:
            opened: Read before the exclusive section; tombstones closed meanwhile are passed over.
            notes: Receives the missing and the unindexed segments.
            withdrawn: Why no segment still in the store may be deleted, or "".
        """
        with self._register.purging():
            holds, doomed = self._register.holds(), []
            for tombstone in self._still_open(opened):
                segment, forbidden = tombstone.segment, ""
                if self._there(segment):
                    forbidden = self._held(segment, holds) or self._refused(segment) or withdrawn
                if forbidden:
                    self._spare_again(tombstone, forbidden, notes)
                else:
                    doomed.append(tombstone)
            self._delete(doomed, notes)

    def _still_open(self, opened: Sequence[Tombstone]) -> list[Tombstone]:
        plans = {tombstone.plan for tombstone in opened}
        now_open = {
            (tombstone.plan, tombstone.segment.key)
            for plan in plans
            for tombstone in self._register.tombstones(plan, TombstoneState.OPEN)
        }
        return [t for t in opened if (t.plan, t.segment.key) in now_open]

    def _there(self, segment: Segment) -> bool:
        try:
            self._store.head(segment.key)
        except NotFound:
            return False
        return True

    def _held(self, segment: Segment, holds: Sequence[Hold]) -> str:
        """Name the holds of the register that forbid deleting `segment`; "" if none does."""
        forbidding = covering(holds, segment)
        return f"hold {', '.join(hold.id for hold in forbidding)}" if forbidding else ""

    def _refused(self, segment: Segment) -> str:
        """Say why the stored object of `segment` may not be deleted; "" if it may."""
        if self._store.head(segment.key).digest != segment.digest:
            return "the stored object is not the one that was planned"
        return "the object carries a hold" if self._store.is_held(segment.key) else ""

    def _delete(self, doomed: Sequence[Tombstone], notes: Notes) -> None:
        if not doomed:
            return
        keys = [tombstone.segment.key for tombstone in doomed]
        self._vectors.remove(keys)  # 2
        self._catalogue.remove_keyframes(keys)
        outcomes = self._store.delete(keys)  # 3
        gone = [t for t in doomed if outcomes[t.segment.key] is DeleteOutcome.DELETED]
        self._forget(gone)
        for tombstone in doomed:
            if outcomes[tombstone.segment.key] is DeleteOutcome.HELD:
                self._spare_again(tombstone, "the store holds or locks the object", notes)
            # FAILED: the tombstone stays open, applying again resumes

    def _forget(self, gone: Sequence[Tombstone]) -> None:
        self._catalogue.add_gaps(  # 4
            Gap(t.segment.camera, t.segment.interval, GapReason.EXPIRED, t.reason) for t in gone
        )
        keys = [tombstone.segment.key for tombstone in gone]
        self._catalogue.remove_segments(keys)
        # Invariant 3: rows an indexer published since step 2 go now; an indexer that
        # publishes later finds no segment and takes its rows back. The tombstones are closed last:
        # after a crash here, resuming removes the rows again.
        self._vectors.remove(keys)
        for tombstone in gone:  # 5
            self._close(tombstone, TombstoneState.PURGED, tombstone.reason)

    def _spare_again(self, tombstone: Tombstone, reason: str, notes: Notes) -> None:
        """Keep a segment whose vectors may be gone, and have it indexed again (invariant 6).

        An indexer that is publishing the segment writes keyframes, vectors and mark in this order,
        while here vectors, keyframes and marks go. If the indexer's vectors were lost, so were its
        keyframes: either the indexer set its mark before the keyframes went, and the mark goes
        below; or the indexer misses the keyframes after setting its mark, and takes the mark back
        itself. A crash in between leaves the tombstone open, and resuming does all of it again.
        """
        key = tombstone.segment.key
        self._catalogue.remove_keyframes([key])
        self._catalogue.unmark_indexed([key])
        self._close(tombstone, TombstoneState.SPARED, reason)
        notes.unindexed.add(tombstone.segment.key)

    def _close(self, tombstone: Tombstone, state: TombstoneState, reason: str) -> None:
        self._register.close_tombstone(
            tombstone.plan, tombstone.segment.key, state, reason, at=self._clock.now()
        )


def _missing(tombstone: Tombstone) -> Tombstone:
    return replace(tombstone, reason=f"{tombstone.reason}; the object was missing from the store")
