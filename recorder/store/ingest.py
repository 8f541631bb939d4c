"""Stores a closed segment in the object store and the catalogue (invariant 2).

1. The segment's digest was taken when it was closed and lies in the journal (`recorder.spool.run`).
2. The object is put under its deterministic key and confirmed by digest.
3. A standing hold that covers the segment is set on the object, *before* the row: retention plans
   from rows, so no plan ever sees a covered segment without its hold mark (invariant 4).
4. The catalogue row is added; from now on the segment can be found.
5. Holds are read again: a hold placed between 3 and 4 did not find the row, and is set now.
6. The segment's leaf goes to the ledger, or waits on disk where the ledger is away.
7. The spool file is removed.

A crash between any two steps repeats from 2; each step done again changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from footage.errors import Conflict, NotFound
from footage.gap_copies import copy_gaps
from footage.hold import covering
from footage.objectkey import ObjectKey
from footage.segment_metadata import from_metadata, to_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from footage.ports import Catalogue, Holds, ObjectStore
    from footage.segment import Segment
    from footage.span import Gap
    from recorder.spool.spool import Spooled
    from recorder.store.leaf_queue import LeafQueue

_MOST_SAME_START: Final = 100
"""Most segments of a camera in the same millisecond: two are rare, a hundred are a fault."""


class Ingest:
    """Stores closed segments.

    Args:
        store: Takes the objects.
        catalogue: Takes the rows.
        holds: Reads the standing holds.
        leaves: Takes the leaves; None where no ledger is kept.
    """

    def __init__(
        self,
        store: ObjectStore,
        catalogue: Catalogue,
        holds: Holds,
        leaves: LeafQueue | None = None,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._leaves = leaves
        self.holds = holds

    def put(self, spooled: Spooled) -> Segment:
        """Store the object (step 2); returns the segment under the key of the stored object.

        A segment with the same start and other bytes (a clock set back, an import beside a
        recording) gets the next number. Keys are tried in the same order each time, so a repeated
        call ends at the same key.

        Raises:
            DataLoss: The file has changed since the segment was closed.
            Unavailable: The store cannot be reached or is full; try again later.
            Conflict: A hundred other segments of the camera start in the same millisecond.
        """
        for segment in _possible_keys(spooled.segment):
            try:
                self._store.put(
                    segment.key,
                    spooled.path,
                    segment.digest,
                    to_metadata(segment),
                    giving=True,  # immutable (invariant 1); the spool only removes its name
                )
            except Conflict:
                continue
            return segment
        raise Conflict(
            f"{_MOST_SAME_START} segments are stored under {spooled.segment.key} already"
        )

    def copy_gaps(self, gaps: Sequence[Gap], folder: Path) -> None:
        """Copy gaps that will not change any more into the store; see `footage.gap_copies`."""
        copy_gaps(self._store, gaps, folder)

    def find(self, spooled: Spooled) -> Segment | None:
        """The segment under the key of the stored object; None when the store has no such object.

        Raises:
            Unavailable: The store cannot be reached.
        """
        for segment in _possible_keys(spooled.segment):
            try:
                stored = self._store.head(segment.key)
            except NotFound:
                return None
            if stored.digest == segment.digest:
                return segment
        return None

    def stored_as(self, spooled: Spooled) -> Segment | None:
        """The segment as the stored object's own metadata tells; None where no object is stored.

        Raises:
            Unavailable: The store cannot be reached.
            DataLoss: The object's metadata cannot be read.
        """
        found = self.find(spooled)
        if found is None:
            return None
        facts = self._store.head(found.key)
        return from_metadata(facts.key, facts.size_bytes, facts.digest, facts.metadata)

    def enter_all(self, segments: Sequence[Segment]) -> None:
        """Do steps 3 to 6 for stored segments; a catalogue takes many rows as fast as a single row.

        Raises:
            Unavailable: Store or catalogue cannot be reached; the call may be repeated.
        """
        marked = self._mark(segments)
        self._catalogue.add_segments(segments)
        self._mark([segment for segment in segments if segment.key not in marked])
        if self._leaves is not None:
            self._leaves.add(segments)

    def _mark(self, segments: Sequence[Segment]) -> set[str]:
        holds, marked = self.holds.holds(), set[str]()
        for segment in segments:
            if covering(holds, segment):
                self._store.set_hold(segment.key, on=True)
                marked.add(segment.key)
        return marked


def _possible_keys(segment: Segment) -> Iterator[Segment]:
    """Yield the segment under each possible key, in the order in which the keys are tried."""
    first = ObjectKey.parse(segment.key)
    for number in range(first.number, first.number + _MOST_SAME_START):
        yield replace(segment, key=replace(first, number=number).segment)
