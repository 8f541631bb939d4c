"""Keeps the custody log's Merkle tree: a leaf an entry, signed checkpoints in the object store.

A leaf is the hash of an entry as the entry states it, `sha256:...`; entry n is leaf n - 1. A hash
stands for all of an entry and, through the chain, for all entries before; the leaf tells nothing of
what was entered. Each round, in this order, inside a section that one process holds at a time:

0. The newest checkpoint in the store must be one of this tree.
1. Entries that are anchored and have no leaf yet are read from the log, some thousand at a time;
   each must follow the one before. Their tiles are put, then the note says how far the tree came.
2. A checkpoint is signed, also when nothing was entered; noted; then put into the store.

A log from before there was a tree gets its leaves in the first round. A crash between any two steps
repeats what is done, which changes nothing. Where the note is lost the tree goes on from the newest
checkpoint in the store. An act never waits for a round.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

from evidence.custody import EMPTY, Head
from evidence.published_tree import Round
from footage.errors import Conflict, DataLoss, NotFound
from footage.ledger_objects import log_prefix, stored_checkpoints, stored_tree
from footage.signed_note import Checkpoint, Proof
from footage.tlog_tiles import TILE_WIDTH, TreeEdge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from evidence.bundle import BundleFolder
    from evidence.custody import Entry
    from evidence.custody_facts import Facts
    from evidence.manifest import Json
    from evidence.published_tree import TreePublisher
    from footage.instant import Instant
    from footage.ports import ObjectStore

AT_ONCE: Final = 4_096
"""Entries that get their leaves in one step; whole tiles."""
HINT: Final = "footage audit verify"
PROOFS: Final = "proofs/custody"
_YOUNGER: Final = "younger than the last checkpoint of the custody log"


class AnchoredLog(Protocol):
    """The custody log up to its anchor."""

    def anchored(self) -> Head:
        """Return the anchor."""
        ...

    def facts(self, first: int) -> Iterator[Facts]:
        """Yield the facts of the anchored entries from number `first` on, in order."""
        ...


@dataclass(frozen=True, slots=True)
class TreeNote:
    """Progress of the tree.

    Attributes:
        head: The last entry that has a leaf in the store.
        edge: The tree's right edge there (`footage.tlog_tiles.TreeEdge`), as bytes.
        checkpoint: The last checkpoint that was signed, as text; "" before the first.
        signed_at: When that was signed.
    """

    head: Head = EMPTY
    edge: bytes = b""
    checkpoint: str = ""
    signed_at: Instant | None = None


class TreeNotes(Protocol):
    """Keeps the note beside the log."""

    def read(self) -> TreeNote | None:
        """Return the note; None where there is none, or none that can be read."""
        ...

    def write(self, note: TreeNote) -> None:
        """Replace the note, durably."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Return a section that one process holds at a time, to be entered by `with`."""
        ...


class CustodyTree:
    """Extends the custody log's tree and publishes checkpoints.

    Args:
        log: Name of the tree's log (`footage.ledger_objects.custody_log`).
        entries: The custody log.
        notes: Keeps how far the tree has come.
        store: Holds tiles and checkpoints.
        tree: Puts and signs these.
    """

    def __init__(
        self,
        log: str,
        entries: AnchoredLog,
        notes: TreeNotes,
        store: ObjectStore,
        tree: TreePublisher,
    ) -> None:
        self._log = log
        self._entries = entries
        self._notes = notes
        self._store = store
        self._tree = tree

    def round(self, *, at_once: bool = False, stop: Callable[[], bool] = lambda: False) -> Round:
        """Do a round.

        Args:
            at_once: Sign a checkpoint however young the last is.
            stop: Whether to end early; what is left waits for the next round.

        Raises:
            Conflict: The log does not continue what was published: nothing is signed.
            DataLoss: An entry without a leaf was altered: nothing is signed.
            Misconfigured: A key cannot be used.
            Unavailable: Log or store cannot be reached; the next round goes on.
        """
        with self._notes.alone():
            note, begun = self._begin(), 0
            begun = note.head.count
            # What is entered meanwhile waits: else no round would end in a busy hour.
            until = self._entries.anchored().count
            while not stop() and (further := self._extended(note)) is not None:
                note = further
                if note.head.count >= until:
                    break
            count = note.head.count
            if stop() or not count or (not at_once and self._tree.is_young(note.signed_at)):
                return Round(count - begun, count)
            if self._tree.signer is None:
                return Round(count - begun, count, None, "no key: footage keys init")
            return Round(count - begun, count, self._sign(note))

    def _begin(self) -> TreeNote:
        note = self._notes.read()
        if note is not None and note.signed_at is not None:
            edge = TreeEdge.decode(note.edge)
            self._tree.require_newest(self._log, edge, note.checkpoint, note.signed_at)
            return note
        if found := max(stored_checkpoints(self._store, self._log), default=None):
            note = self._read_back(found.key, found.signed)
            self._notes.write(note)
        return note or TreeNote()

    def _read_back(self, key: str, at: Instant) -> TreeNote:
        """Return the note that the newest checkpoint in the store gives."""
        text = self._store.get(key).decode("utf-8", "replace")
        newest = Checkpoint.parse(text)
        prefix = log_prefix(self._log)
        edge = TreeEdge.read(newest.size, lambda path: self._store.get(prefix + path))
        if edge.root() != newest.root:
            raise DataLoss(f"the custody log's tree is not that of {key}", hint=HINT)
        last = stored_tree(self._store, self._log, newest.size).leaf(newest.size - 1)
        return TreeNote(Head(newest.size, last.decode()), edge.encode(), text, at)

    def _extended(self, note: TreeNote) -> TreeNote | None:
        """Give some entries their leaves; None where all have theirs."""
        anchor, head = self._entries.anchored(), note.head
        if anchor.count < head.count or (anchor.count == head.count and anchor != head):
            raise Conflict(
                f"the custody log ends with entry {anchor.count}, which is not the entry "
                f"{head.count} of its published tree or one after: it was cut or written anew",
                hint=HINT,
            )
        if anchor == head:
            return None
        first = head.count // TILE_WIDTH * TILE_WIDTH  # of the last bundle, which is put anew
        leaves: list[bytes] = []
        last = EMPTY if first == head.count == 0 else None
        for facts in islice(self._entries.facts(first + 1), AT_ONCE):
            number = first + len(leaves) + 1
            follows = facts.number == number and (last is None or facts.previous == last.hash)
            published = number != head.count or facts.head == head
            if number == head.count + 1 and facts.previous != head.hash:
                published = False
            if not (follows and published and facts.hash == facts.true_hash):
                raise DataLoss(
                    f"entry {number} of the custody log does not follow the one before it, or was "
                    "altered: no checkpoint is signed",
                    hint=HINT,
                )
            leaves.append(facts.hash.encode())
            last = facts.head
        if last is None or last.count <= head.count:
            raise DataLoss(f"the custody log has no entry {head.count + 1}", hint=HINT)
        edge = TreeEdge.decode(note.edge)
        self._tree.put_leaves(self._log, edge, leaves)
        further = replace(note, head=last, edge=edge.encode())
        self._notes.write(further)
        return further

    def _sign(self, note: TreeNote) -> Checkpoint:
        last = Checkpoint.parse(note.checkpoint) if note.checkpoint else None
        done, at = self._tree.signed(self._log, TreeEdge.decode(note.edge), last, note.signed_at)
        if done is not last:
            self._notes.write(replace(note, checkpoint=done.note(), signed_at=at))
            self._tree.put_checkpoint(self._log, done, at)
        return done


class CustodyProofs:
    """Writes the proofs of custody entries into bundles.

    proofs/custody/<number>.tlog-proof   place of an entry in the tree: stands alone
    proofs/custody/checkpoint            the checkpoint of all of these proofs

    Args:
        log: Gives the name of the tree's log.
        notes: Keeps the last checkpoint.
        store: Holds the tree.
    """

    def __init__(self, log: Callable[[], str], notes: TreeNotes, store: ObjectStore) -> None:
        self._log, self._notes, self._store = log, notes, store

    def write(self, entries: Iterable[Entry], folder: BundleFolder) -> Json | None:
        """Write the proofs of entries under the last checkpoint.

        An entry without a proof is named with the reason, and does not stop the export.

        Returns:
            What the manifest says of the tree; None where there is no checkpoint.

        Raises:
            Unavailable: Register or store cannot be reached.
        """
        note = self._notes.read()
        if note is None or not note.checkpoint:
            return None
        checkpoint = Checkpoint.parse(note.checkpoint)
        tree = stored_tree(self._store, self._log(), checkpoint.size)
        without: list[Json] = []
        for entry in entries:
            if entry.number > checkpoint.size:
                without.append({"entry": entry.number, "why": _YOUNGER})
                continue
            try:
                hashes = tuple(tree.inclusion_proof(entry.number - 1))
            except (NotFound, DataLoss) as exc:
                without.append({"entry": entry.number, "why": str(exc)})
                continue
            text = Proof(entry.hash.encode(), entry.number - 1, hashes, note.checkpoint).text()
            folder.add(f"{PROOFS}/{entry.number}.tlog-proof", [text.encode()], "proof")
        folder.add(f"{PROOFS}/checkpoint", [note.checkpoint.encode()], "proof")
        return {
            "origin": checkpoint.origin,
            "entries": checkpoint.size,
            "signed": note.signed_at,
            "without": without,
        }
