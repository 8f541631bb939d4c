"""Deletion of a batch of segments in the order of invariant 3, safe from new holds (invariant 4).

A batch is some neighbouring segments of a camera. Inside the register's exclusive section:
 0. holds are read again, in the register and on each object: a held segment is spared untouched,
    and so is a segment whose object cannot be read;
 1. a tombstone is written, with the whole record of each segment;
 2. vectors and keyframes are removed, and pictures and films derived from the segments;
 3. objects are deleted; an object that the store refuses all the same is spared, and indexed
    again;
 4. the catalogue: the gap first, then the segments, so that no instant is unexplained (invariant
    5); then vectors and derived files once more, since an indexer or the API may have added some
    between 2 and 4; then the original file of an import of which no segment is left
    (`retention.originals`);
 5. the tombstone is settled, segment by segment, with what became of each.

A crash after 1 leaves an open tombstone, and each step may be repeated. On resuming, step 0 tells
apart segments that are still stored (held: spared, and indexed again since step 2 may have
happened) and segments that are gone (finished: nothing can bring a segment back).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.hold import covering
from footage.ports import DeleteOutcome, Tombstone, Unreadable
from retention.expired import expired_gaps
from retention.originals import OriginalPurge

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from footage.action import Purpose
    from footage.clock import Clock
    from footage.hold import Hold
    from footage.ids import SegmentKey
    from footage.ports import (
        Catalogue,
        Custody,
        DerivedFiles,
        ObjectState,
        ObjectStore,
        Register,
        VectorIndex,
    )
    from footage.segment import Segment
    from retention.report import Notes


class Batch:
    """Deletes batches of segments, or finishes batches that an interrupted run began."""

    def __init__(  # noqa: PLR0913 - the ports a deletion goes through
        self,
        register: Register,
        catalogue: Catalogue,
        vectors: VectorIndex,
        store: ObjectStore,
        custody: Custody,
        clock: Clock,
        *,
        derived: DerivedFiles,
    ) -> None:
        self._register, self._catalogue, self._vectors = register, catalogue, vectors
        self._derived, self._store, self._clock = derived, store, clock
        self._originals = OriginalPurge(catalogue, store, custody)

    def purge(self, due: Tombstone, purpose: Purpose, notes: Notes) -> None:
        """Delete the segments of a tombstone that is still to be written.

        Args:
            due: Neighbouring segments of a camera; segments that another run of the plan began
                meanwhile are passed over.
            purpose: Who asks and why, for the custody log.
            notes: Filled with what happened.
        """
        with self._register.purging():
            segments = self._not_begun(due)
            holds = self._register.holds()
            found = self._store.states([segment.key for segment in segments])
            stored = [segment for segment in segments if segment.key in found]
            missing = [segment for segment in segments if segment.key not in found]
            without = f"{due.reason}; the object was missing from the store"
            tombstones = [
                Tombstone(due.plan, tuple(some), reason)
                for some, reason in ((stored, due.reason), (missing, without))
                if some
            ]
            self._register.add_tombstones(tombstones)  # 1, spared segments too: the report names
            for tombstone in tombstones:
                spared = {
                    segment.key: forbidden
                    for segment in tombstone.segments
                    if (forbidden := _forbidden(segment, holds, found))
                }
                going = [s for s in tombstone.segments if s.key not in spared]
                spared |= self._originals.spared_with(going, holds)
                self._settle(tombstone, spared=spared)
                notes.spared += len(spared)
                going = [s for s in going if s.key not in spared]
                self._delete(tombstone, going, holds, purpose, notes)
            notes.note_missing(segment.key for segment in missing)

    def resume(
        self, opened: Tombstone, purpose: Purpose, notes: Notes, *, withdrawn: str = ""
    ) -> None:
        """Delete or spare the open segments of a tombstone, and settle the tombstone.

        Args:
            opened: Read before the exclusive section was entered; what was settled meanwhile is
                passed over.
            purpose: Who asks and why, for the custody log.
            notes: Filled with what happened.
            withdrawn: Why no segment that is still stored may be deleted, or "".
        """
        with self._register.purging():
            for tombstone in self._now(opened):
                segments = tombstone.open
                holds = self._register.holds()
                found = self._store.states([segment.key for segment in segments])
                spared = {
                    segment.key: forbidden
                    for segment in segments
                    if segment.key in found
                    and (forbidden := _forbidden(segment, holds, found) or withdrawn)
                }
                going = [segment for segment in segments if segment.key not in spared]
                with_original = self._originals.spared_with(going, holds)
                spared |= {key: why for key, why in with_original.items() if key in found}
                self._spare_again(tombstone, spared, notes)
                going = [segment for segment in going if segment.key not in spared]
                self._delete(tombstone, going, holds, purpose, notes)

    def _not_begun(self, due: Tombstone) -> list[Segment]:
        near = self._register.tombstones(
            due.plan, camera=due.segments[0].camera, interval=due.interval
        )
        begun = {segment.key for tombstone in near for segment in tombstone.segments}
        return [segment for segment in due.segments if segment.key not in begun]

    def _now(self, opened: Tombstone) -> list[Tombstone]:
        """Return the tombstone as it is now, or nothing where the tombstone was closed."""
        near = self._register.tombstones(
            opened.plan,
            camera=opened.segments[0].camera,
            interval=opened.interval,
            open_only=True,
        )
        return [tombstone for tombstone in near if tombstone.first == opened.first]

    def _delete(
        self,
        tombstone: Tombstone,
        going: Sequence[Segment],
        holds: Sequence[Hold],
        purpose: Purpose,
        notes: Notes,
    ) -> None:
        if not going:
            return
        keys = [segment.key for segment in going]
        self._vectors.remove(keys)  # 2
        self._catalogue.remove_keyframes(keys)
        self._derived.discard(keys)
        outcomes = self._store.delete(keys)  # 3
        deleted = [s for s in going if outcomes[s.key] is DeleteOutcome.DELETED]
        if deleted:
            self._record_deleted(tombstone, [segment.key for segment in deleted])
            waiting = self._originals.delete(tombstone, deleted, holds, purpose, notes)
            settled = [segment for segment in deleted if segment.key not in waiting]
            # Tombstones are settled last: after a crash before here resuming does all of 4 again.
            self._settle(tombstone, purged=[segment.key for segment in settled])  # 5
            notes.note_purged(settled)
        refused = [key for key in keys if outcomes[key] is DeleteOutcome.HELD]
        # FAILED: the segment stays open in the tombstone, applying again resumes
        why = "the store holds or locks the object, or does not tell"
        self._spare_again(tombstone, dict.fromkeys(refused, why), notes)

    def _record_deleted(self, tombstone: Tombstone, gone: Sequence[SegmentKey]) -> None:
        # The segments purged before are part of the same stretch: their gap begins this one.
        all_gone = tombstone.purged | frozenset(gone)
        self._catalogue.add_gaps(  # 4
            expired_gaps(self._catalogue, tombstone.segments, all_gone, tombstone.reason)
        )
        self._catalogue.remove_segments(gone)
        # Invariant 3: rows an indexer published since step 2 go now; an indexer that publishes
        # later finds no segment and removes its own rows.
        self._vectors.remove(gone)
        # A picture or film that was being made is kept before the API looks whether its segment
        # still exists: either the API finds the segment gone and removes it, or it goes here.
        self._derived.discard(gone)

    def _spare_again(
        self, tombstone: Tombstone, spared: Mapping[SegmentKey, str], notes: Notes
    ) -> None:
        """Spare segments that may have lost their vectors, and have the segments indexed again.

        The index marks are removed, so no encoder counts as having looked at the segments
        (invariant 6). An indexer that is publishing a segment writes keyframes, vectors and mark in
        this order, while here rows, keyframes and marks are removed. If the indexer's rows were
        lost, so were its keyframes: either the indexer marked before the keyframes were removed,
        then the mark is removed below; or the indexer misses the keyframes after marking, and
        removes the mark itself. A crash in between leaves the tombstone open, and resuming does all
        of this again.
        """
        if not spared:
            return
        self._catalogue.remove_keyframes(list(spared))
        self._catalogue.unmark_indexed(list(spared))
        self._settle(tombstone, spared=spared)
        notes.spared += len(spared)
        notes.note_unindexed(spared)

    def _settle(
        self,
        tombstone: Tombstone,
        *,
        purged: Collection[SegmentKey] = (),
        spared: Mapping[SegmentKey, str] | None = None,
    ) -> None:
        if purged or spared:
            self._register.settle_tombstone(
                tombstone.plan,
                tombstone.first,
                purged=purged,
                spared=spared or {},
                at=self._clock.now(),
            )


def _forbidden(
    segment: Segment, holds: Sequence[Hold], found: Mapping[str, ObjectState | Unreadable]
) -> str:
    """Return why `segment` must not be deleted, or ""."""
    covering_holds = covering(holds, segment)
    if covering_holds:
        return f"hold {', '.join(hold.id for hold in covering_holds)}"
    state = found.get(segment.key)
    if state is None:
        return ""
    if isinstance(state, Unreadable):  # a damaged sidecar may have said "held"
        return f"the object cannot be read: {state.why}"
    if state.facts.digest != segment.digest:
        return "the stored object is not the one that was planned"
    return "the object carries a hold" if state.held else ""
