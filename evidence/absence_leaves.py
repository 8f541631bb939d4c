"""Leaves of the ledger that show what was entered of a camera in an interval, and nothing else.

Two lists of a camera. The *chain*: from the first leaf on time of footage behind the interval back,
each leaf naming the one before, to one of footage before the interval. Where there is no leaf
behind the interval the chain begins with the camera's newest leaf, and shows that much less. The
*late* leaves: from the camera's newest leaf back. Reading costs the camera's leaves in the
interval, its late leaves since, and the height of the tree (invariant 12).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from evidence.verify import AHEAD_US, LONGEST_US
from footage.errors import Conflict, DataLoss, NotFound
from footage.instant import Elapsed, Instant, Interval
from footage.leaf import Leaf
from footage.ledger_objects import (
    StoredCheckpoint,
    checkpoint_before,
    checkpoint_covering,
    newest_checkpoint,
    read_checkpoint,
    stored_tree,
)
from footage.merkle import is_consistent
from footage.signed_note import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from footage.ids import CameraId
    from footage.leaf import Neighbour
    from footage.ports import Ledger, ObjectStore
    from footage.ports.ledger import LedgerState

LONGEST: Final = Elapsed(LONGEST_US)
AHEAD: Final = Elapsed(AHEAD_US)
LOOKED_DAYS: Final = 31
"""Days in which a checkpoint before the interval, or behind a leaf, is looked for."""
MOST_LATE: Final = 10_000
"""Late leaves that are named of a camera; more are said to be there."""
_END: Final = Instant.parse("9000-01-01T00:00:00Z")
_AT_ONCE: Final = 32


@dataclass(frozen=True, slots=True)
class PlacedLeaf:
    """A leaf, its bytes, and where it stands in the tree."""

    index: int
    data: bytes
    leaf: Leaf


@dataclass(frozen=True, slots=True)
class CameraLeaves:
    """Leaves of a camera, each list from the newest back; empty where the camera has no leaf.

    Attributes:
        chain: Leaves on time; the first may be a late one, where none lies behind the interval.
        late: The camera's newest leaf, and the late leaves before it.
        chain_proof: Inclusion proof of the first leaf of the chain.
        late_proof: Inclusion proof of the newest leaf.
    """

    chain: tuple[PlacedLeaf, ...] = ()
    late: tuple[PlacedLeaf, ...] = ()
    chain_proof: tuple[bytes, ...] = ()
    late_proof: tuple[bytes, ...] = ()

    def late_whole(self, start: Instant) -> bool:
        """Whether no late leaf that footage since `start` may have is left out."""
        if not self.late:
            return True
        last = self.late[-1].leaf
        return last.late_before is None or last.appended <= start - AHEAD

    def of(self, interval: Interval) -> dict[str, PlacedLeaf]:
        """Return the leaves of footage in an interval, by object key."""
        return {
            each.leaf.draft.key: each
            for each in [*self.chain, *self.late]
            if each.leaf.draft.interval.overlaps(interval)
        }


class ShownCheckpoint(NamedTuple):
    """A checkpoint of another time, and the proof that the last one continues it."""

    signed: Instant
    checkpoint: Checkpoint
    proof: tuple[bytes, ...]


class LedgerReader:
    """Reads the leaves of cameras under the last checkpoint of a ledger.

    Args:
        ledger: The ledger's record.
        store: Holds the tree.
        state: How far the ledger has come; with a checkpoint.
        tell: Called now and then; raises to end early.
    """

    def __init__(
        self, ledger: Ledger, store: ObjectStore, state: LedgerState, tell: Callable[[], None]
    ) -> None:
        self._ledger, self._store, self._state, self._tell = ledger, store, state, tell
        self.checkpoint = Checkpoint.parse(state.checkpoint)
        self._tree = stored_tree(store, state.log, self.checkpoint.size)

    def of(self, camera: CameraId, interval: Interval) -> CameraLeaves:
        """Return the leaves of a camera for an interval.

        Raises:
            DataLoss: The stored tree is not that of the ledger.
            Unavailable: Ledger or store cannot be reached.
        """
        newest = self._newest(camera)
        if newest is None:
            return CameraLeaves()
        first = self._behind(camera, interval.end, newest) or newest
        chain = [first]
        until = interval.start - LONGEST
        while chain[-1].leaf.draft.late is not None or chain[-1].leaf.draft.interval.start > until:
            before = chain[-1].leaf.before
            if before is None:
                break
            chain.append(self._named(before))
        late = [newest]
        while late[-1].leaf.appended > interval.start - AHEAD and len(late) < MOST_LATE:
            before = late[-1].leaf.late_before
            if before is None:
                break
            late.append(self._named(before))
        return CameraLeaves(
            tuple(chain),
            tuple(late),
            tuple(self._tree.inclusion_proof(first.index)),
            tuple(self._tree.inclusion_proof(newest.index)),
        )

    def before(self, at: Instant) -> ShownCheckpoint | None:
        """Return the last checkpoint of the days before `at`, if one was signed."""
        return self._shown(checkpoint_before(self._store, self._state.log, at, LOOKED_DAYS))

    def covering(self, leaves: Sequence[PlacedLeaf]) -> ShownCheckpoint | None:
        """Return the first checkpoint that covers all of these leaves; None: the last alone."""
        if not leaves:
            return None
        size = max(each.index for each in leaves) + 1
        start = max(each.leaf.appended for each in leaves)
        found = checkpoint_covering(self._store, self._state.log, size, start, LOOKED_DAYS)
        return self._shown(found)

    def require_not_forked(self, now: Instant) -> None:
        """Refuse to certify by a tree that what was published contradicts.

        The stored tree is compared with the last checkpoint of the register, and that with the
        newest checkpoint in the store; older ones where they are shown. All of them
        `footage ledger verify` compares.

        Raises:
            Conflict: The newest checkpoint in the store is of another tree: a fork.
            DataLoss: The stored tree is not that of the last checkpoint.
            Unavailable: The store cannot be reached.
        """
        if self._tree.root() != self.checkpoint.root:
            raise DataLoss(
                f"the stored tree of {self.checkpoint.size} leaves is not the one that was signed",
                hint="footage ledger verify",
            )
        signed = self._state.signed_at or now
        newest = newest_checkpoint(self._store, self._state.log, signed, max(signed, now))
        if newest is not None and newest.note() != self._state.checkpoint:
            self._consistency(newest, "the newest checkpoint in the store")

    def _shown(self, found: StoredCheckpoint | None) -> ShownCheckpoint | None:
        if found is None:
            return None
        old = read_checkpoint(self._store, found)
        if old.size > self.checkpoint.size:
            raise DataLoss(f"{found.key} has more leaves than the ledger's last checkpoint")
        if old.note() == self._state.checkpoint:
            return None
        return ShownCheckpoint(found.signed, old, self._consistency(old, found.key))

    def _consistency(self, other: Checkpoint, where: str) -> tuple[bytes, ...]:
        """Return the proof that the smaller of two trees begins the larger; Conflict if not."""
        old, new = sorted((other, self.checkpoint), key=lambda one: one.size)
        tree = stored_tree(self._store, self._state.log, new.size)
        proof = tuple(tree.consistency_proof(old.size))
        if not is_consistent(old.size, old.root, new.size, new.root, proof):
            raise Conflict(
                f"{where} is of another tree than the ledger's last checkpoint: a fork",
                hint="footage ledger verify",
            )
        return proof

    def _newest(self, camera: CameraId) -> PlacedLeaf | None:
        """Return the camera's newest leaf in the tree of the checkpoint."""
        tips = self._ledger.tips([camera]).get(camera)
        if tips is None:
            return None
        found = [tips.on_time[0] if tips.on_time else None, tips.late]
        while there := [each for each in found if each is not None]:
            top = max(there, key=lambda each: each.index)
            if top.index < self._tree.size:
                return self._named(top)
            leaf = Leaf.decode(self._unsigned(top.index))
            found = [leaf.before, leaf.late_before]
        return None

    def _unsigned(self, index: int) -> bytes:
        """Return a leaf that has a place and no checkpoint yet."""
        try:
            return self._ledger.leaves(index, index + 1)[0]
        except NotFound:
            stored = self._ledger.state().stored
            return stored_tree(self._store, self._state.log, stored).leaf(index)

    def _behind(self, camera: CameraId, end: Instant, newest: PlacedLeaf) -> PlacedLeaf | None:
        """Return the first leaf on time of footage that starts at `end` or later."""
        last = newest.leaf.draft
        if last.late is None and last.interval.start < end:
            return None
        for index in self._places(camera, end):
            if index < self._tree.size:
                found = self._read(index)
                if found.leaf.draft.late is None:
                    return found
        return None

    def _places(self, camera: CameraId, start: Instant) -> Iterator[int]:
        seen: set[int] = set()
        while True:
            found = self._ledger.places(camera, Interval(start, _END), _AT_ONCE + len(seen))
            new = [place for place in found if place.index not in seen]
            if not new:
                return
            yield from (place.index for place in new)
            at = new[-1].start
            seen = {place.index for place in found if place.start == at}
            start = at

    def _named(self, neighbour: Neighbour) -> PlacedLeaf:
        return self._read(neighbour.index)

    def _read(self, index: int) -> PlacedLeaf:
        self._tell()
        data = self._tree.leaf(index)
        return PlacedLeaf(index, data, Leaf.decode(data))
