"""The ledger at work: gives leaves their places, stores the tree, has checkpoints signed, proves.

Each round, in this order, inside the ledger's exclusive section:

0. The newest checkpoint in the store must be one of this tree: a register restored from an older
   copy, or a database server that lost its last commits, would else give places anew.
1. Drafts that wait get their places in the tree, with the camera's leaves before (`footage.leaf`).
2. Entry bundles and tiles are put into the object store, then the ledger records so.
3. A checkpoint is signed, also when nothing was added: it must continue the last one
   signed. The ledger records the checkpoint, and only then the store gets it.

A crash between any two steps repeats what is done, which changes nothing: objects of the same
content have the same keys, and a tree that went another way meets `Conflict` in the store.
Recording never waits for a round.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from footage import durable
from footage.digest import Digest
from footage.errors import Conflict, NotFound
from footage.instant import Elapsed
from footage.leaf import Late, draft_of, placed
from footage.ledger_objects import (
    checkpoint_key,
    log_prefix,
    newest_checkpoint,
    origin_of,
    stored_tree,
)
from footage.merkle import is_consistent, leaf_hash
from footage.ports import EVERYWHERE
from footage.signed_note import Checkpoint, Proof
from footage.tlog_tiles import TILE_WIDTH, TreeEdge, encode_entries, entries_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from footage.clock import Clock
    from footage.ids import SegmentKey
    from footage.instant import Instant, Interval
    from footage.log_keys import CheckpointSigner
    from footage.ports import Catalogue, Ledger, ObjectStore
    from footage.ports.ledger import LedgerState

EVERY: Final = Elapsed.parse("1m")
"""Time between two checkpoints."""
_SOON: Final = Elapsed.parse("50s")
"""A checkpoint this young needs no other: several recorders take rounds."""
_SECOND: Final = Elapsed.seconds(1)
_AT_ONCE: Final = 4_096
"""Leaves that get their places in one transaction."""
_HINT: Final = "where the register was restored from an older copy: footage ledger recover"


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did.

    Attributes:
        placed: Number of leaves that got a place.
        size: Number of leaves of the tree.
        checkpoint: The checkpoint that was signed; None where none was.
        unsigned: Why no checkpoint was signed; "" where one was, or the last is young.
    """

    placed: int
    size: int
    checkpoint: Checkpoint | None = None
    unsigned: str = ""


class LedgerKeeper:
    """Extends the ledger's tree and publishes checkpoints.

    Args:
        ledger: The record.
        store: Gets tiles and checkpoints.
        clock: Says when leaves are appended and checkpoints signed.
        signer: Signs; None where this process has no key.
        folder: For files that are put, which are removed afterwards; made when absent.
        keep: How long the store is asked to lock each object.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        store: ObjectStore,
        clock: Clock,
        signer: CheckpointSigner | None,
        folder: Path,
        keep: Elapsed,
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._clock = clock
        self._signer = signer
        self._folder = folder
        self._keep = keep

    def round(self, *, at_once: bool = False, stop: Callable[[], bool] = lambda: False) -> Round:
        """Do a round.

        Args:
            at_once: Sign a checkpoint however young the last is.
            stop: Whether to end early; what is left waits for the next round.

        Raises:
            Conflict: The tree does not continue what was published: nothing is signed.
            Misconfigured: A key cannot be used.
            Unavailable: Ledger or store cannot be reached; the next round goes on.
        """
        with self._ledger.sequencing():
            self._compare_with_store()
            count = 0
            while not stop():
                count += (done := self._place())
                self._store_tree()
                if not done:
                    break
            state = self._ledger.state()
            if stop() or (not at_once and self._is_young(state)):
                return Round(count, state.size)
            if self._signer is None:
                return Round(count, state.size, None, "no key: footage keys init")
            return Round(count, state.size, self._sign(state, self._signer))

    def require_not_forked(self) -> None:
        """Look whether the ledger continues what was published; change nothing.

        Raises:
            Conflict: The tree does not: no round would sign.
            Unavailable: Ledger or store cannot be reached.
        """
        with self._ledger.sequencing():
            self._compare_with_store()

    # ---------------------------------------------------------------- the three steps

    def _place(self) -> int:
        size, taken = self._ledger.state().size, self._ledger.waiting(_AT_ONCE)
        if not taken:
            return 0
        drafts = [one.draft for one in taken]
        tips = self._ledger.tips({draft.camera for draft in drafts})
        leaves, after = placed(drafts, size, tips, self._clock.now())
        self._ledger.place(size, taken, leaves, after)
        return len(taken)

    def _store_tree(self) -> None:
        state = self._ledger.state()
        if state.stored == state.size:
            return
        edge = TreeEdge.decode(state.edge)
        first = state.stored // TILE_WIDTH * TILE_WIDTH
        leaves = self._ledger.leaves(first, state.size)
        for at in range(0, len(leaves), TILE_WIDTH):
            bundle = leaves[at : at + TILE_WIDTH]
            path = entries_path((first + at) // TILE_WIDTH, len(bundle))
            self._put(log_prefix(state.log) + path, encode_entries(bundle))
        full = edge.append(leaf_hash(leaf) for leaf in leaves[state.stored - first :])
        for tile in [*full, *edge.partial_tiles()]:
            self._put(log_prefix(state.log) + tile.path, tile.data)
        self._ledger.set_stored(state.size, edge.encode())

    def _sign(self, state: LedgerState, signer: CheckpointSigner) -> Checkpoint:
        # Whole seconds, and never before the leaves below were appended.
        now = (self._clock.now() + _SECOND - Elapsed(1)).floor(_SECOND)
        edge = TreeEdge.decode(state.edge)
        made = Checkpoint(origin_of(state.log), edge.size, edge.root())
        if state.checkpoint:
            last = Checkpoint.parse(state.checkpoint)
            self._require_continued(state.log, last, made)
            if (state.signed_at, last.size) == (now, made.size):
                return last  # another signature of the same second would be another object
        done = signer.sign(made, now)
        self._ledger.set_checkpoint(done.note(), now)
        self._put(checkpoint_key(state.log, done, now), done.note().encode())
        return done

    def _compare_with_store(self) -> None:
        """Refuse to fork from what an earlier state of this register published."""
        state, now = self._ledger.state(), self._clock.now()
        if state.signed_at is None:
            if any(True for _ in self._store.list(f"{log_prefix(state.log)}checkpoints/")):
                raise Conflict(f"log {state.log} published checkpoints before", hint=_HINT)
            return
        until = max(now, state.signed_at)  # the clock may have been set back
        newest = newest_checkpoint(self._store, state.log, state.signed_at, until)
        if newest is not None and newest.note() != state.checkpoint:
            edge = TreeEdge.decode(state.edge)
            made = Checkpoint(origin_of(state.log), edge.size, edge.root())
            self._require_continued(state.log, newest, made)

    def _require_continued(self, log: str, old: Checkpoint, new: Checkpoint) -> None:
        """Refuse to fork: raise Conflict unless the tree of `new` begins with that of `old`."""
        if old.size > new.size:
            raise Conflict(
                f"a checkpoint of {old.size} leaves was published, the ledger has {new.size}",
                hint=_HINT,
            )
        proof = stored_tree(self._store, log, new.size).consistency_proof(old.size)
        if not is_consistent(old.size, old.root, new.size, new.root, proof):
            raise Conflict(
                f"the ledger's tree does not begin with the {old.size} leaves of a checkpoint "
                "that was published",
                hint=_HINT,
            )

    def _is_young(self, state: LedgerState) -> bool:
        if state.signed_at is None:
            return False
        return abs((self._clock.now() - state.signed_at).us) < _SOON.us

    def _put(self, key: str, data: bytes) -> None:
        digest = Digest.of(data)
        with durable.seam(self._folder):
            durable.make_folder(self._folder)
            path = self._folder / f"{digest.hex[:32]}.new"
            path.write_bytes(data)
            try:
                until = self._clock.now() + self._keep if self._keep else None
                self._store.put(key, path, digest, {}, retain_until=until)
            finally:
                path.unlink(missing_ok=True)


def proof_of(
    ledger: Ledger, store: ObjectStore, key: SegmentKey, state: LedgerState | None = None
) -> Proof:
    """Return the proof of a segment's leaf under the last checkpoint.

    Args:
        ledger: The ledger.
        store: Holds the ledger's tree.
        key: The segment.
        state: A state read before, whose checkpoint counts; None: the state of now.

    Raises:
        NotFound: The segment has no leaf under a checkpoint: none at all, or one that is younger.
        DataLoss: The stored tree is not that of the checkpoint.
        Unavailable: Ledger or store cannot be reached.
    """
    place, state = ledger.place_of(key), state or ledger.state()
    if place is None:
        waits = key not in ledger.lacking({key})
        why = "waits for its place in" if waits else "has no leaf in"
        raise NotFound(
            f"{key} {why} the ledger",
            hint="footage ledger publish" if waits else "footage ledger backfill",
        )
    checkpoint = Checkpoint.parse(state.checkpoint) if state.checkpoint else None
    if checkpoint is None or place.index >= checkpoint.size:
        raise NotFound(
            f"{key} is younger than the last checkpoint of the ledger",
            hint="footage ledger publish",
        )
    tree = stored_tree(store, state.log, checkpoint.size)
    proof = tuple(tree.inclusion_proof(place.index))
    return Proof(tree.leaf(place.index), place.index, proof, state.checkpoint)


def back_fill(
    ledger: Ledger, catalogue: Catalogue, interval: Interval | None, before: Instant
) -> int:
    """Append late leaves of stored segments that have none; return how many.

    Args:
        ledger: The ledger.
        catalogue: Lists the segments.
        interval: Segments that overlap this time alone; None: all.
        before: Segments that end before this instant alone: younger ones may be on the way.

    Raises:
        Unavailable: Ledger or catalogue cannot be reached; the call may be repeated.
    """
    count = 0
    found = (s for s in catalogue.segments(EVERYWHERE, interval) if s.interval.end < before)
    while some := list(islice(found, _AT_ONCE)):
        lacking = ledger.lacking({segment.key for segment in some})
        late = [draft_of(one, late=Late.BACK_FILL) for one in some if one.key in lacking]
        ledger.append(late)
        count += len(late)
    return count
