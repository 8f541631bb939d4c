"""Puts a Merkle tree and its checkpoints into the object store, and never lets the tree fork.

The ledger and the custody log are trees of this kind: objects are only added, an object of the same
content has the same key, and each checkpoint must continue the one before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage import durable
from footage.digest import Digest
from footage.errors import Conflict
from footage.instant import Elapsed
from footage.ledger_objects import (
    checkpoint_key,
    log_prefix,
    newest_checkpoint,
    origin_of,
    stamp_key,
    stored_tree,
)
from footage.merkle import is_consistent, leaf_hash
from footage.signed_note import Checkpoint
from footage.tlog_tiles import TILE_WIDTH, encode_entries, entries_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from footage.clock import Clock
    from footage.instant import Instant
    from footage.ledger_objects import StoredCheckpoint
    from footage.log_keys import CheckpointSigner
    from footage.ports import ObjectStore
    from footage.tlog_tiles import TreeEdge

EVERY: Final = Elapsed.parse("1m")
"""Time between two checkpoints."""
_SOON: Final = Elapsed.parse("50s")
"""A checkpoint this young needs no other: several processes take rounds."""
_SECOND: Final = Elapsed.seconds(1)


@dataclass(frozen=True, slots=True)
class Round:
    """Result of a round.

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


class TreePublisher:
    """Publishes the trees of logs.

    Args:
        store: Gets tiles and checkpoints.
        clock: Says when checkpoints are signed.
        signer: Signs; None where this process has no key.
        folder: For files that are put, which are removed afterwards; made when absent.
        keep: How long the store is asked to lock each object.
        hint: What to do where a tree does not continue what was published.
    """

    def __init__(
        self,
        *,
        store: ObjectStore,
        clock: Clock,
        signer: CheckpointSigner | None,
        folder: Path,
        keep: Elapsed,
        hint: str,
    ) -> None:
        self.signer = signer
        self._store = store
        self._clock = clock
        self._folder = folder
        self._keep = keep
        self._hint = hint

    def put_leaves(self, log: str, edge: TreeEdge, leaves: Sequence[bytes]) -> None:
        """Put leaves with the tiles above them; `edge` is extended by those it lacks.

        Args:
            log: Name of the log.
            edge: The tree's edge before.
            leaves: Leaves from the begin of the edge's last entry bundle on.
        """
        first = edge.size // TILE_WIDTH * TILE_WIDTH
        for at in range(0, len(leaves), TILE_WIDTH):
            bundle = leaves[at : at + TILE_WIDTH]
            path = entries_path((first + at) // TILE_WIDTH, len(bundle))
            self._put(log_prefix(log) + path, encode_entries(bundle))
        full = edge.append(leaf_hash(leaf) for leaf in leaves[edge.size - first :])
        for tile in [*full, *edge.partial_tiles()]:
            self._put(log_prefix(log) + tile.path, tile.data)

    def signed(
        self, log: str, edge: TreeEdge, last: Checkpoint | None, signed_at: Instant | None
    ) -> tuple[Checkpoint, Instant]:
        """Sign a checkpoint of the tree, which must continue the last one; nothing is put.

        Returns:
            The checkpoint and its time; `last` where that is of this second and size.

        Raises:
            Conflict: The tree does not begin with that of `last`.
            Misconfigured: A key cannot be used.
        """
        if self.signer is None:
            raise TypeError("signed without a signer")
        # Whole seconds, and never before the leaves below were appended.
        now = (self._clock.now() + _SECOND - Elapsed(1)).floor(_SECOND)
        made = Checkpoint(origin_of(log), edge.size, edge.root())
        if last is not None:
            self.require_continued(log, last, made)
            if (signed_at, last.size) == (now, made.size):
                return last, now  # another signature of the same second would be another object
        tree = stored_tree(self._store, log, made.size)
        return self.signer.sign(made, now, tree.consistency_proof), now

    def put_checkpoint(self, log: str, checkpoint: Checkpoint, at: Instant) -> None:
        """Put a checkpoint into the store."""
        self._put(checkpoint_key(log, checkpoint, at), checkpoint.note().encode())

    def put_stamp(self, stored: StoredCheckpoint, token: bytes) -> None:
        """Put the time stamp over a stored checkpoint; raises Conflict where there is another."""
        self._put(stamp_key(stored), token)

    def is_young(self, signed_at: Instant | None) -> bool:
        """Whether a checkpoint signed then needs no other yet."""
        return signed_at is not None and abs((self._clock.now() - signed_at).us) < _SOON.us

    def require_newest(self, log: str, edge: TreeEdge, last: str, signed_at: Instant) -> None:
        """Refuse to fork from the newest checkpoint in the store.

        Args:
            log: Name of the log.
            edge: The tree.
            last: The last checkpoint that is known here, as text.
            signed_at: When that was signed.

        Raises:
            Conflict: The tree does not begin with that of the newest checkpoint.
        """
        until = max(self._clock.now(), signed_at)  # the clock may have been set back
        newest = newest_checkpoint(self._store, log, signed_at, until)
        if newest is not None and newest.note() != last:
            made = Checkpoint(origin_of(log), edge.size, edge.root())
            self.require_continued(log, newest, made)

    def require_continued(self, log: str, old: Checkpoint, new: Checkpoint) -> None:
        """Refuse to fork: raise Conflict unless the tree of `new` begins with that of `old`."""
        if old.size > new.size:
            raise Conflict(
                f"a checkpoint of {old.size} leaves was published, the ledger has {new.size}",
                hint=self._hint,
            )
        proof = stored_tree(self._store, log, new.size).consistency_proof(old.size)
        if not is_consistent(old.size, old.root, new.size, new.root, proof):
            raise Conflict(
                f"the ledger's tree does not begin with the {old.size} leaves of a checkpoint "
                "that was published",
                hint=self._hint,
            )

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
