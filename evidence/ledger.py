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

from itertools import islice
from typing import TYPE_CHECKING, Final

from evidence.published_tree import Round, TreePublisher
from footage.errors import Conflict, NotFound
from footage.leaf import Late, draft_of, placed
from footage.ledger_objects import log_prefix, stored_tree
from footage.ports import EVERYWHERE
from footage.signed_note import Checkpoint, Proof
from footage.tlog_tiles import TILE_WIDTH, TreeEdge

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from footage.clock import Clock
    from footage.ids import SegmentKey
    from footage.instant import Elapsed, Instant, Interval
    from footage.log_keys import CheckpointSigner
    from footage.ports import Catalogue, Ledger, ObjectStore
    from footage.ports.ledger import LedgerState

_AT_ONCE: Final = 4_096
"""Leaves that get their places in one transaction."""
_HINT: Final = "where the register was restored from an older copy: footage ledger recover"


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
        self._tree = TreePublisher(
            store=store, clock=clock, signer=signer, folder=folder, keep=keep, hint=_HINT
        )

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
            if stop() or (not at_once and self._tree.is_young(state.signed_at)):
                return Round(count, state.size)
            if self._tree.signer is None:
                return Round(count, state.size, None, "no key: footage keys init")
            return Round(count, state.size, self._sign(state))

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
        leaves = self._ledger.leaves(state.stored // TILE_WIDTH * TILE_WIDTH, state.size)
        self._tree.put_leaves(state.log, edge, leaves)
        self._ledger.set_stored(state.size, edge.encode())

    def _sign(self, state: LedgerState) -> Checkpoint:
        last = Checkpoint.parse(state.checkpoint) if state.checkpoint else None
        edge = TreeEdge.decode(state.edge)
        done, now = self._tree.signed(state.log, edge, last, state.signed_at)
        if done is not last:
            self._ledger.set_checkpoint(done.note(), now)
            self._tree.put_checkpoint(state.log, done, now)
        return done

    def _compare_with_store(self) -> None:
        """Refuse to fork from what an earlier state of this register published."""
        state = self._ledger.state()
        if state.signed_at is None:
            if any(True for _ in self._store.list(f"{log_prefix(state.log)}checkpoints/")):
                raise Conflict(f"log {state.log} published checkpoints before", hint=_HINT)
            return
        edge = TreeEdge.decode(state.edge)
        self._tree.require_newest(state.log, edge, state.checkpoint, state.signed_at)


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
