"""Deletion of original files of imports: each goes with the last of its segments, and never held.

Inside the register's exclusive section, like the segments of a batch (`retention.batch`):

- before a batch: where the batch would delete the last segments of an original that a hold covers,
  or that carries a hold, or cannot be read, those segments are spared with the original;
- after the segments of a batch left the catalogue: an original of which no segment is left is
  deleted, in a custody entry of its own, which names file, digest and plan and proves the deletion;
- where the store refuses all the same, or a hold came meanwhile, the segments of the batch stay
  open in their tombstone, and the next run asks again.

A crash before the deletion leaves the tombstone open; the run that resumes comes here again.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from footage.action import Action, Deed
from footage.custody import bracket
from footage.errors import DataLoss
from footage.hold import covering
from footage.originals import from_stored, key_for, segments_left
from footage.ports import DeleteOutcome, Unreadable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from footage.action import Purpose
    from footage.hold import Hold
    from footage.ids import SegmentKey
    from footage.originals import Original
    from footage.ports import Catalogue, Custody, ObjectState, ObjectStore, Tombstone
    from footage.segment import Segment
    from retention.report import Notes


class OriginalPurge:
    """Deletes originals of which no segment is left."""

    def __init__(self, catalogue: Catalogue, store: ObjectStore, custody: Custody) -> None:
        self._catalogue, self._store, self._custody = catalogue, store, custody

    def spared_with(self, going: Sequence[Segment], holds: Sequence[Hold]) -> dict[SegmentKey, str]:
        """Return, by key, why segments must stay: their original must, and would lose the last.

        Args:
            going: Neighbouring segments of a camera that may go for themselves.
            holds: Holds of the register, as read in the section.
        """
        spared: dict[SegmentKey, str] = {}
        for segments, state in self._stored(going):
            why, original = _judged(state, holds)
            keys = [segment.key for segment in segments]
            if why and not (original and self._has_others(original, keys)):
                spared |= dict.fromkeys(keys, why)
        return spared

    def delete(
        self,
        tombstone: Tombstone,
        gone: Sequence[Segment],
        holds: Sequence[Hold],
        purpose: Purpose,
        notes: Notes,
    ) -> set[SegmentKey]:
        """Delete the originals of which no segment is left in the catalogue.

        Args:
            tombstone: The tombstone of the segments.
            gone: Segments whose objects are gone and that left the catalogue.
            holds: Holds of the register, as read in the section.
            purpose: Who asks and why, for the custody log.
            notes: Filled with what was deleted.

        Returns:
            Keys of segments whose original has still to go.
        """
        waiting: set[SegmentKey] = set()
        for segments, state in self._stored(gone):
            why, original = _judged(state, holds)
            if original and self._has_others(original, ()):
                continue
            if why or original is None or not self._delete(original, tombstone, purpose):
                waiting |= {segment.key for segment in segments}
            else:
                notes.note_original(original.size_bytes)
        return waiting

    def _delete(self, original: Original, tombstone: Tombstone, purpose: Purpose) -> bool:
        deed = Deed(Action.PURGE, purpose, _facts(original, tombstone))
        with bracket(self._custody, deed) as act:  # invariant 7
            outcome = self._store.delete([original.key])[original.key]
            act.complete = outcome is DeleteOutcome.DELETED
            act.result = {"original": outcome.value}
        return act.complete

    def _stored(
        self, segments: Iterable[Segment]
    ) -> list[tuple[list[Segment], ObjectState | Unreadable]]:
        """Return the stored originals of segments, each with its segments; one look at each."""
        cut: dict[str, list[Segment]] = defaultdict(list)
        for segment in segments:
            if key := key_for(segment.camera, segment.run):
                cut[key].append(segment)
        found: Mapping[str, ObjectState | Unreadable] = self._store.states(list(cut)) if cut else {}
        return [(cut[key], state) for key, state in found.items()]

    def _has_others(self, original: Original, going: Collection[SegmentKey]) -> bool:
        """Whether the catalogue has segments of an original besides those that go."""
        return any(left.key not in going for left in segments_left(self._catalogue, original))


def _judged(state: ObjectState | Unreadable, holds: Sequence[Hold]) -> tuple[str, Original | None]:
    """Return why an original must stay, or "", and the original; None where unreadable."""
    if isinstance(state, Unreadable):
        return f"its original file cannot be read: {state.why}", None
    try:
        original = from_stored(state.facts)
    except DataLoss as exc:
        return f"its original file cannot be read: {exc}", None
    if found := covering(holds, original):
        return f"its original file is under hold {', '.join(hold.id for hold in found)}", original
    return ("its original file carries a hold" if state.held else ""), original


def _facts(original: Original, tombstone: Tombstone) -> dict[str, object]:
    return {
        "plan": tombstone.plan,
        "original": original.key,
        "camera": original.camera,
        "start": original.interval.start,
        "end": original.interval.end,
        "file": original.name,
        "sha256": original.digest.hex,
        "bytes": original.size_bytes,
        "rule": tombstone.reason,
    }
