"""Deletion of a batch of segments in the order of invariant 3, safe from new holds (invariant 4).

Inside the register's exclusive section:
 0. holds are read again, in the register and on the object: a held segment is spared untouched;
 1. tombstones are written;
 2. vectors and keyframes are removed;
 3. objects are deleted; an object that the store refuses all the same is spared and indexed again;
 4. the catalogue: the gap first, then the segment, so that no instant is unexplained (invariant 5);
    then the vectors once more, since an indexer may have published between 2 and 4;
 5. the tombstones are closed with their reason.

A crash after 1 leaves open tombstones, and each step may be repeated. On resuming, step 0 tells
apart segments that are still stored (held: spared, and indexed again since step 2 may have
happened) and segments that are gone (finished: nothing can bring a segment back).
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
    """Deletes batches of segments, or finishes batches that an interrupted run began."""

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
        """Delete the segments of `planned`, which no run has touched before.

        Args:
            planned: Tombstones still to be written.
            notes: Filled with what happened.
        """
        with self._register.purging():
            holds, to_delete = self._register.holds(), []
            missing = {t.segment.key for t in planned if not self._is_stored(t.segment)}
            to_write = [_with_missing_object(t) if t.segment.key in missing else t for t in planned]
            self._register.add_tombstones(to_write)  # 1, spared segments too: the report names them
            for tombstone in self._still_open(to_write):
                forbidden = self._held(tombstone.segment, holds)
                if not forbidden and tombstone.segment.key not in missing:
                    forbidden = self._refused(tombstone.segment)
                if forbidden:
                    self._close(tombstone, TombstoneState.SPARED, forbidden)
                else:
                    to_delete.append(tombstone)
            notes.missing += sorted(missing)
            self._delete(to_delete, notes)

    def resume(self, opened: Sequence[Tombstone], notes: Notes, *, withdrawn: str = "") -> None:
        """Delete or spare the segments of open tombstones, and close the tombstones.

        Args:
            opened: Tombstones read before the exclusive section was entered; a tombstone closed
                meanwhile is passed over.
            notes: Filled with what happened.
            withdrawn: Why no segment that is still stored may be deleted, or "".
        """
        with self._register.purging():
            holds, to_delete = self._register.holds(), []
            for tombstone in self._still_open(opened):
                segment, forbidden = tombstone.segment, ""
                if self._is_stored(segment):
                    forbidden = self._held(segment, holds) or self._refused(segment) or withdrawn
                if forbidden:
                    self._spare_again(tombstone, forbidden, notes)
                else:
                    to_delete.append(tombstone)
            self._delete(to_delete, notes)

    def _still_open(self, opened: Sequence[Tombstone]) -> list[Tombstone]:
        plans = {tombstone.plan for tombstone in opened}
        now_open = {
            (tombstone.plan, tombstone.segment.key)
            for plan in plans
            for tombstone in self._register.tombstones(plan, TombstoneState.OPEN)
        }
        return [t for t in opened if (t.plan, t.segment.key) in now_open]

    def _is_stored(self, segment: Segment) -> bool:
        try:
            self._store.head(segment.key)
        except NotFound:
            return False
        return True

    def _held(self, segment: Segment, holds: Sequence[Hold]) -> str:
        """Return the holds of the register that forbid deleting `segment`, as text, or ""."""
        covering_holds = covering(holds, segment)
        return f"hold {', '.join(hold.id for hold in covering_holds)}" if covering_holds else ""

    def _refused(self, segment: Segment) -> str:
        """Return why the stored object of `segment` may not be deleted, or ""."""
        if self._store.head(segment.key).digest != segment.digest:
            return "the stored object is not the one that was planned"
        return "the object carries a hold" if self._store.is_held(segment.key) else ""

    def _delete(self, to_delete: Sequence[Tombstone], notes: Notes) -> None:
        if not to_delete:
            return
        keys = [tombstone.segment.key for tombstone in to_delete]
        self._vectors.remove(keys)  # 2
        self._catalogue.remove_keyframes(keys)
        outcomes = self._store.delete(keys)  # 3
        gone = [t for t in to_delete if outcomes[t.segment.key] is DeleteOutcome.DELETED]
        self._record_deleted(gone)
        for tombstone in to_delete:
            if outcomes[tombstone.segment.key] is DeleteOutcome.HELD:
                self._spare_again(tombstone, "the store holds or locks the object", notes)
            # FAILED: the tombstone stays open, applying again resumes

    def _record_deleted(self, gone: Sequence[Tombstone]) -> None:
        self._catalogue.add_gaps(  # 4
            Gap(t.segment.camera, t.segment.interval, GapReason.EXPIRED, t.reason) for t in gone
        )
        keys = [tombstone.segment.key for tombstone in gone]
        self._catalogue.remove_segments(keys)
        # Invariant 3: rows an indexer published since step 2 go now; an indexer that publishes
        # later finds no segment and removes its own rows. Tombstones are closed last: after a crash
        # here resuming does all of step 4 again.
        self._vectors.remove(keys)
        for tombstone in gone:  # 5
            self._close(tombstone, TombstoneState.PURGED, tombstone.reason)

    def _spare_again(self, tombstone: Tombstone, reason: str, notes: Notes) -> None:
        """Spare a segment that may have lost its vectors, and have the segment indexed again.

        The index mark is removed, so no encoder counts as having looked at the segment (invariant
        6). An indexer that is publishing the segment writes keyframes, vectors and mark in this
        order, while here rows, keyframes and marks are removed. If the indexer's rows were lost, so
        were its keyframes: either the indexer marked before the keyframes were removed, then the
        mark is removed below; or the indexer misses the keyframes after marking, and removes the
        mark itself. A crash in between leaves the tombstone open, and resuming does all of this
        again.
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


def _with_missing_object(tombstone: Tombstone) -> Tombstone:
    return replace(tombstone, reason=f"{tombstone.reason}; the object was missing from the store")
