"""Check a ledger from what is stored: every tile, leaf and checkpoint. Finds, never mends.

1. The leaves hash to their tiles, tiles to the tiles above, and all to the root of the checkpoint.
2. Each leaf reads, names the right leaves of its camera before, and is late where it has to be.
3. Each checkpoint is signed by the log's keys, and the tree begins with the tree of each.
4. Each segment of the catalogue has the leaf of its digest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING

from footage.errors import BadInput, DataLoss, NotFound
from footage.leaf import Leaf, Tips, why_late
from footage.log_keys import Standing, judged
from footage.merkle import leaf_hash, root_of, tree_root
from footage.ports import EVERYWHERE
from footage.tlog_tiles import TILE_WIDTH, decode_entries, entries_path, tile_width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from footage.ids import CameraId
    from footage.log_keys import LogKey
    from footage.ports import Catalogue, Ledger
    from footage.signed_note import Checkpoint, NoteKey
    from footage.tlog_tiles import TiledTree

_AT_ONCE = 1_000
MOST_FINDINGS = 1_000
"""Findings that are told one by one; a ledger that is another altogether has millions."""


class Fault(StrEnum):
    """Kinds of faults of a ledger."""

    LEAF = "leaf"
    """The bytes of a leaf are not those of the tree."""
    TILE = "tile"
    """A tile is absent, or not that of the tree."""
    ROOT = "root"
    """The tree is not that of the checkpoint."""
    NEIGHBOUR = "neighbour"
    """A leaf names other leaves of its camera than those before it: one was removed or put in."""
    LATE = "late"
    """A leaf says to be on time, or late for another reason, and is not."""
    SIGNATURE = "signature"
    """A checkpoint is not signed by the log's keys in their time."""
    FORK = "fork"
    """The tree does not begin with the tree of a checkpoint that was published."""
    STAMP = "stamp"
    """A time stamp is none over its checkpoint, or not of the authority that is set."""
    SEGMENT = "segment"
    """A stored segment has another digest than its leaf."""
    MISSING = "missing"
    """A stored segment has no leaf."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault: its kind, where, and what was found."""

    kind: Fault
    where: str
    message: str


@dataclass(slots=True)
class LedgerCheck:
    """Result of a check.

    Attributes:
        size: Number of leaves of the tree.
        leaves: Number of leaves that were read.
        checkpoints: Number of checkpoints that were read.
        segments: Number of segments compared with their leaves.
        missing: Number of segments without a leaf.
        late: Number of leaves that say to be late.
        findings: Faults, the first `MOST_FINDINGS`.
    """

    size: int = 0
    leaves: int = 0
    checkpoints: int = 0
    segments: int = 0
    missing: int = 0
    late: int = 0
    findings: list[Finding] = field(default_factory=list)

    def found(self, kind: Fault, where: str, message: str) -> None:
        """Add a fault."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(kind, where, message))

    @property
    def is_altered(self) -> bool:
        """Whether the ledger, or what it speaks of, was altered."""
        return any(one.kind is not Fault.MISSING for one in self.findings)


def check_tree(tree: TiledTree, read: Callable[[str], bytes], done: LedgerCheck) -> None:
    """Check the tree of a checkpoint, all of its tiles and leaves (1, 2).

    Args:
        tree: The tree of the checkpoint's size.
        read: Gives the bytes at a path; raises NotFound where there are none.
        done: Gets what is found.
    """
    done.size = tree.size
    _check_tiles(tree, done)
    tips: dict[CameraId, Tips] = {}
    for index, data in _leaves(tree, read, done):
        done.leaves += 1
        try:
            leaf = Leaf.decode(data)
        except BadInput as exc:
            done.found(Fault.LEAF, f"leaf {index}", str(exc))
            continue
        before = tips.get(leaf.draft.camera, Tips())
        check_leaf(index, leaf, before, done)
        done.late += leaf.draft.late is not None
        tips[leaf.draft.camera] = before.after(leaf, index, leaf_hash(data))


def check_checkpoints(
    tree: TiledTree,
    found: Iterable[tuple[str, Checkpoint]],
    origin: str,
    keys: Sequence[LogKey],
    is_right: Callable[[NoteKey, bytes, bytes], bool],
    done: LedgerCheck,
) -> None:
    """Check checkpoints against the tree and the log's keys (3)."""
    for where, checkpoint in found:
        done.checkpoints += 1
        judgement = judged(checkpoint, origin, keys, is_right)
        if judgement.standing is not Standing.SIGNED:
            done.found(Fault.SIGNATURE, where, judgement.words)
        if checkpoint.size > tree.size:
            message = f"has {checkpoint.size} leaves, the tree {tree.size}: the tree was cut"
            done.found(Fault.FORK, where, message)
            continue
        try:
            root = tree_root(checkpoint.size, tree.node)
        except (NotFound, DataLoss):
            continue  # found with the tiles
        if root != checkpoint.root:
            message = f"the tree does not begin with the {checkpoint.size} leaves that were signed"
            done.found(Fault.FORK, where, message)


def check_segments(
    tree: TiledTree, ledger: Ledger, catalogue: Catalogue, done: LedgerCheck
) -> None:
    """Compare each segment of the catalogue with its leaf (4).

    Segments whose leaf is younger than the tree, or waits, are on the way: they are not missing.
    """
    found = catalogue.segments(EVERYWHERE)
    while some := list(islice(found, _AT_ONCE)):
        lacking = ledger.lacking({segment.key for segment in some})
        for segment in some:
            done.segments += 1
            if segment.key in lacking:
                done.missing += 1
                done.found(Fault.MISSING, segment.key, "has no leaf in the ledger")
                continue
            place = ledger.place_of(segment.key)
            if place is None or place.index >= tree.size:
                continue
            try:
                draft = Leaf.decode(tree.leaf(place.index)).draft
            except (BadInput, NotFound, DataLoss):
                continue  # found with the leaves
            if (draft.key, draft.digest) != (segment.key, segment.digest):
                message = f"is {segment.digest}, and its leaf {place.index} says {draft.digest}"
                done.found(Fault.SEGMENT, segment.key, message)


def _check_tiles(tree: TiledTree, done: LedgerCheck) -> None:
    level = 0
    while tile_width(level, 0, tree.size):
        number = 0
        while width := tile_width(level, number, tree.size):
            try:
                hashes = tree.tile(level, number)
                above = tree.tile(level + 1, number // TILE_WIDTH) if width == TILE_WIDTH else None
            except (NotFound, DataLoss) as exc:
                done.found(Fault.TILE, f"tile {level}/{number}", str(exc))
            else:
                if above is not None and root_of(hashes) != above[number % TILE_WIDTH]:
                    first = number * TILE_WIDTH ** (level + 1)
                    last = first + TILE_WIDTH ** (level + 1) - 1
                    message = f"the leaves {first} to {last} are not those of the tree above"
                    done.found(Fault.TILE, f"tile {level}/{number}", message)
            number += 1
        level += 1


def _leaves(
    tree: TiledTree, read: Callable[[str], bytes], done: LedgerCheck
) -> Iterator[tuple[int, bytes]]:
    """Yield the leaves that hash to the tree; tell of the others, each by its index."""
    number = 0
    while width := tile_width(0, number, tree.size):
        first = number * TILE_WIDTH
        try:
            bundle = decode_entries(read(entries_path(number, width)))
            hashes = tree.tile(0, number)
        except (NotFound, DataLoss) as exc:
            done.found(Fault.LEAF, f"leaves {first} to {first + width - 1}", str(exc))
            bundle, hashes = [], []
        if len(bundle) != len(hashes):
            message = f"there are {len(bundle)} leaves, not {len(hashes)}"
            done.found(Fault.LEAF, f"leaves {first} to {first + width - 1}", message)
        for at, (data, expected) in enumerate(zip(bundle, hashes, strict=False)):
            if leaf_hash(data) == expected:
                yield first + at, data
            else:
                done.found(Fault.LEAF, f"leaf {first + at}", "is not the leaf of the tree")
        number += 1


def check_leaf(index: int, leaf: Leaf, before: Tips, done: LedgerCheck) -> None:
    """Check that a leaf names the leaves of its camera before it, and is late where it has to be.

    Args:
        index: Where the leaf stands.
        leaf: The leaf.
        before: The newest leaves of the leaf's camera before it.
        done: Gets what is found.
    """
    on_time = None if before.on_time is None else before.on_time[0]
    where = f"leaf {index}"
    if (leaf.before, leaf.late_before) != (on_time, before.late):
        message = f"names other leaves of {leaf.draft.camera} before it than there are"
        done.found(Fault.NEIGHBOUR, where, message)
    newest = None if before.on_time is None else before.on_time[1]
    late = leaf.draft.late
    # What a leaf says of itself to be late is believed; that it is on time never.
    if late is None and (why := why_late(leaf.draft, leaf.appended, newest)) is not None:
        done.found(Fault.LATE, where, f"says to be on time, and is late: {why.value}")
