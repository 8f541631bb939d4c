"""Compares the custody log with the signed checkpoints in the object store; locates differences.

A year has half a million checkpoints, so a check looks for the first and the last of each day, up
to tomorrow; on demand all are listed. A check from an entry on goes back by days to the one before
that entry, and lists nothing older. The newest stands for every entry before it. Older ones are of
use where somebody signed another history with the log's own keys: the store locks what it has.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from evidence.custody_check import Compared, Finding, Kind
from evidence.custody_facts import facts_of
from footage.errors import BadInput, DataLoss, FootageError, NotFound
from footage.instant import DAY
from footage.ledger_objects import (
    first_checkpoint,
    last_of_days,
    origin_of,
    read_checkpoint,
    stored_checkpoints,
    stored_tree,
)
from footage.log_keys import Standing, judged
from footage.merkle import Frontier, leaf_hash
from footage.tlog_tiles import TILE_WIDTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from footage.clock import Clock
    from footage.instant import Instant
    from footage.ledger_objects import StoredCheckpoint
    from footage.log_keys import LogKey
    from footage.ports import ObjectStore
    from footage.signed_note import Checkpoint, NoteKey
    from footage.tlog_tiles import TiledTree


@dataclass(frozen=True, slots=True)
class Published:
    """The parts of the custody log's tree that the store has.

    Attributes:
        told: What is known of the checkpoints; `compared` is not filled in yet.
        chosen: Checkpoints to compare with, by size, each with its time.
        findings: What is wrong with the checkpoints themselves.
        tree: The tree of the newest checkpoint; None where there is none.
    """

    told: Compared
    chosen: tuple[tuple[Instant, Checkpoint], ...] = ()
    findings: tuple[Finding, ...] = ()
    tree: TiledTree | None = None


@dataclass(frozen=True, slots=True)
class PublishedLog:
    """Reads what the store has of the custody log's tree.

    Attributes:
        store: Opens the store.
        log: Gives the name of the tree's log.
        keys: Gives the log's public keys; none: signatures are not judged.
        is_right: Whether a bare signature over some bytes is by a key.
        noted: When a checkpoint was signed here last, so that the store must have some; None: none.
        clock: Tells which day is the last to look at.
    """

    store: Callable[[], ObjectStore]
    log: Callable[[], str]
    keys: Callable[[], Sequence[LogKey]]
    is_right: Callable[[NoteKey, bytes, bytes], bool]
    noted: Callable[[], Instant | None]
    clock: Clock

    def read(self, first: int = 1, *, every: bool = False) -> Published:
        """Read checkpoints; what hinders is told, never raised.

        Args:
            first: Number of the entry from which on the log is compared: checkpoints of fewer
                entries are of no use, and days that have no others are not listed.
            every: Read all checkpoints, not the first and the last of each day.
        """
        try:
            store, log, noted = self.store(), self.log(), self.noted()
            oldest = first_checkpoint(store, log)
            if oldest is None:
                lost = "checkpoints were signed, and the store has none" if noted else ""
                return Published(Compared(trouble=lost))
            found: Iterable[StoredCheckpoint]
            if every:
                found = (each for each in stored_checkpoints(store, log) if each.size >= first)
            else:
                until = max(self.clock.now() + DAY, noted or oldest.signed, oldest.signed)
                lasts = last_of_days(store, log, oldest.signed, until)
                later = takewhile(lambda each: each.size >= first, lasts)
                found = {*later, *([oldest] if oldest.size >= first else ())}
            return self._read(store, log, oldest, found, every=every)
        except FootageError as exc:
            return Published(Compared(trouble=f"the stored checkpoints cannot be read: {exc}"))

    def _read(
        self,
        store: ObjectStore,
        log: str,
        oldest: StoredCheckpoint,
        found: Iterable[StoredCheckpoint],
        *,
        every: bool,
    ) -> Published:
        keys, wrong = self.keys(), list[Finding]()
        chosen: list[tuple[Instant, Checkpoint]] = []
        newest: Instant | None = None
        count = 0
        for one in found:
            newest, count = max(newest or one.signed, one.signed), count + 1
            try:
                checkpoint = read_checkpoint(store, one)
            except BadInput as exc:
                wrong.append(Finding(Kind.CHECKPOINT, one.size, f"{one.key}: {exc}"))
                continue
            standing = judged(checkpoint, origin_of(log), keys, self.is_right)
            if keys and standing.standing is not Standing.SIGNED:
                wrong.append(Finding(Kind.CHECKPOINT, one.size, f"{one.key} is {standing.words}"))
                continue
            # Without the signatures, which are judged: of half a million they take 2 GB.
            chosen.append((one.signed, replace(checkpoint, signatures=())))
        size = max((checkpoint.size for _, checkpoint in chosen), default=0)
        told = Compared(
            stored=count if every else None,
            entries=size,
            at=newest,
            since_entries=oldest.size,
            since=oldest.signed,
        )
        chosen.sort(key=lambda one: (one[1].size, one[0]))
        return Published(told, tuple(chosen), tuple(wrong), stored_tree(store, log, size))


@dataclass(slots=True)
class Comparison:
    """Goes over the entries' hashes in order, and compares the tree at the size of a checkpoint.

    Attributes:
        published: What the store has.
        first: Number of the first entry that is gone over; the hashes before come from the store.
    """

    published: Published
    first: int = 1
    _frontier: Frontier = field(init=False)
    _left: list[tuple[Instant, Checkpoint]] = field(init=False)
    _next: int = field(init=False, default=0)
    _matched: int = field(init=False, default=0)
    _compared: int = field(init=False, default=0)
    _wrong: list[tuple[Instant, Checkpoint]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Begin before entry `first`; raises NotFound or DataLoss where tiles are missing."""
        before, tree = self.first - 1, self.published.tree
        self._left = [one for one in self.published.chosen if one[1].size >= self.first][::-1]
        if before and tree and before <= tree.size:
            self._frontier = Frontier(before, tree.node)
        else:
            self._frontier = Frontier()
            self._left = self._left if not before else []
        self._matched = before
        self._next = self._left[-1][1].size if self._left else 0

    def step(self, stated: str) -> None:
        """Take the hash that the next entry states."""
        self._frontier.append(stated.encode())
        if self._frontier.size == self._next:
            self._compare()

    def _compare(self) -> None:
        root = self._frontier.root()
        while self._left and self._left[-1][1].size == self._frontier.size:
            at, checkpoint = self._left.pop()
            self._compared += 1
            if checkpoint.root != root:
                self._wrong.append((at, checkpoint))
            elif not self._wrong:
                self._matched = checkpoint.size
        self._next = self._left[-1][1].size if self._left else 0

    def told(self) -> Compared:
        """Return the checkpoints with the number of those compared."""
        told = self.published.told
        return replace(told, compared=self._compared + len(self._left))

    def findings(self, lines: Callable[[], Iterable[bytes]]) -> list[Finding]:
        """Return what the comparison found, each at its entry.

        Args:
            lines: Opens the log's lines again, from entry `first` on, where something is wrong.
        """
        found = list(self.published.findings)
        if self._wrong:
            at, checkpoint = self._wrong[0]
            place = self._place(lines(), checkpoint)
            where = f"entry {place}" if place else f"an entry up to {checkpoint.size}"
            told = f"is not the one that the checkpoint of {at} stands for"
            line = place or self._matched + 1
            found.append(Finding(Kind.PUBLISHED, line, f"{where} {told}"))
        size = self._frontier.size
        if self._left:  # longer than the log
            at, checkpoint = self._left[0]
            written = f"the checkpoint of {at} stands for {checkpoint.size} entries"
            found.append(Finding(Kind.TRUNCATED, size + 1, f"{written}; the log ends with {size}"))
        return found

    def _place(self, lines: Iterable[bytes], checkpoint: Checkpoint) -> int | None:
        """Return the first entry whose leaf is another in the published tree, if that tells.

        The tree of the newest checkpoint; an older one of another history has no tiles there.
        """
        tree = self.published.tree
        if tree is None:
            return None
        last = min(checkpoint.size, tree.size)
        skipped = self._matched - self.first + 1
        for index, line in enumerate(islice(lines, skipped, None), self._matched):
            if index == last:
                break
            try:
                stated = facts_of(line).hash
            except BadInput:
                stated = ""
            try:
                leaf = tree.tile(0, index // TILE_WIDTH)[index % TILE_WIDTH]
            except (NotFound, DataLoss):
                return None
            if leaf_hash(stated.encode()) != leaf:
                return index + 1
        return None
