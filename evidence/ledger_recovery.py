"""Reads leaves that a restored register does not know back from what the ledger published.

1. The newest checkpoint in the store, and each one since the register's own, must be signed by the
   log's keys: none else says which tree is the log's.
2. The register's own tree, followed by the published entry bundles, must hash to each of these
   checkpoints; each leaf must name the leaves of its camera before it. Nothing is changed until
   all of this was found to be so.
3. The leaves get the places they had. Leaves that were published behind the newest checkpoint keep
   their places too: else other leaves would get these places.

A crash leaves places of the same tree; the same call again goes on. Nothing is signed here: the
next round of the ledger signs.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from evidence.ledger_check import LedgerCheck, check_leaf
from footage.errors import BadInput, Conflict, DataLoss, NotFound, Refused
from footage.leaf import Leaf, Tips
from footage.ledger_objects import (
    all_checkpoints,
    checkpoints,
    log_prefix,
    origin_of,
    stored_tree,
)
from footage.log_keys import Standing, judged
from footage.merkle import is_consistent, leaf_hash
from footage.tlog_tiles import TILE_WIDTH, TreeEdge, decode_entries, entries_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from footage.ids import CameraId
    from footage.instant import Instant
    from footage.log_keys import LogKey
    from footage.ports import Ledger, ObjectStore
    from footage.ports.ledger import LedgerState
    from footage.signed_note import NoteKey

_AT_ONCE: Final = 16
"""Entry bundles whose leaves get their places in one transaction."""
_FORK: Final = (
    "the log has two histories: sign nothing, keep register and store as they are, "
    "and compare both with checkpoints kept elsewhere (docs/ledger.md#after-a-restore)"
)
_KEYS: Final = "put keys.json of the lost home back, or name the key noted elsewhere: --key"


@dataclass(frozen=True, slots=True)
class Recovered:
    """Result of a recovery.

    Attributes:
        before: Number of leaves that the register had.
        size: Number of leaves that the register has now.
        signed: Number of leaves of the newest checkpoint.
        signed_at: When the newest checkpoint was signed.
        checkpoints: Number of published checkpoints that the tree was compared with.
    """

    before: int
    size: int
    signed: int
    signed_at: Instant
    checkpoints: int


@dataclass(frozen=True, slots=True)
class _Signed:
    """A published checkpoint whose signatures are right, with the time that these state."""

    where: str
    size: int
    root: bytes
    at: Instant


class LedgerRecovery:
    """Puts leaves and places that were published back into a register that is older.

    Args:
        ledger: The register's record.
        store: Holds tiles, entry bundles and checkpoints.
        keys: The log's public keys, former ones too.
        is_right: Whether a bare signature over some bytes is by a key.
        now: The latest instant whose checkpoints are looked for.
    """

    def __init__(
        self,
        ledger: Ledger,
        store: ObjectStore,
        keys: Sequence[LogKey],
        is_right: Callable[[NoteKey, bytes, bytes], bool],
        now: Instant,
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._keys = keys
        self._is_right = is_right
        self._now = now

    def recover(self) -> Recovered:
        """Put the leaves back that the register lacks.

        Raises:
            NotFound: No checkpoint of this log was published.
            Conflict: What was published is not one tree that begins with the register's: a fork.
            DataLoss: An entry bundle is missing, or cannot be read.
            Refused: A checkpoint is not signed by a key that is known.
            Unavailable: Ledger or store cannot be reached; the call may be repeated.
        """
        with self._ledger.sequencing():
            state = self._ledger.state()
            signed = sorted(self._signed(state), key=lambda one: (one.size, one.at))
            newest = max(signed, key=lambda one: one.at)
            if newest.size != signed[-1].size:
                raise Conflict(
                    f"{newest.where} has fewer leaves than {signed[-1].where}, which is older",
                    hint=_FORK,
                )
            self._require_one_tree(state, signed)
            self._put_back(state, newest)
            size = self._ledger.state().size
        return Recovered(state.size, size, newest.size, newest.at, len(signed))

    # ------------------------------------------------------------ what was published

    def _signed(self, state: LedgerState) -> list[_Signed]:
        if state.signed_at is None:
            found = all_checkpoints(self._store, state.log)
        else:
            found = checkpoints(self._store, state.log, state.signed_at, self._now)
        origin = origin_of(state.log)
        signed = []
        try:
            for where, checkpoint in found:
                judgement = judged(checkpoint, origin, self._keys, self._is_right)
                if judgement.standing is not Standing.SIGNED or judgement.signed_at is None:
                    raise Refused(f"{where} is {judgement.words}", hint=_KEYS)
                at = judgement.signed_at
                signed.append(_Signed(where, checkpoint.size, checkpoint.root, at))
        except BadInput as exc:
            raise DataLoss(f"a checkpoint cannot be read: {exc}", hint=_FORK) from exc
        if not signed:
            raise NotFound(
                f"the object store has no checkpoint of log {state.log}",
                hint="is this the object store that the register of the backup belongs to?",
            )
        return signed

    def _bundles(self, log: str, start: int, signed: int) -> Iterator[list[bytes]]:
        """Yield the published leaves from index `start` on, bundle by bundle.

        Up to `signed` leaves there must be bundles; behind, the widest of those published is read.
        """
        at = start
        while True:
            number = at // TILE_WIDTH
            width = self._widest(log, number)
            if number * TILE_WIDTH + width < min(signed, (number + 1) * TILE_WIDTH):
                path = log_prefix(log) + entries_path(number)
                raise DataLoss(
                    f"the leaves from {number * TILE_WIDTH + width} on are not in the object "
                    f"store, and {signed} were signed: {path} is missing",
                    hint="bring the objects back from a copy of the bucket, then again",
                )
            if number * TILE_WIDTH + width <= at:
                return
            path = log_prefix(log) + entries_path(number, width)
            leaves = decode_entries(self._store.get(path))
            if len(leaves) != width:
                raise DataLoss(f"{path} has {len(leaves)} leaves, not {width}", hint=_FORK)
            yield leaves[at - number * TILE_WIDTH :]
            at = number * TILE_WIDTH + width
            if width < TILE_WIDTH:
                return

    def _widest(self, log: str, number: int) -> int:
        """Return how many leaves the widest published bundle of a number has; 0: there is none."""
        whole = log_prefix(log) + entries_path(number)
        widths = [0]
        for stored in self._store.list(whole):
            if stored.key == whole:
                return TILE_WIDTH
            if stored.key.startswith(f"{whole}.p/"):
                widths.append(int(stored.key.rpartition("/")[2]))
        return max(widths)

    # ------------------------------------------------------------ compared, then put back

    def _require_one_tree(self, state: LedgerState, signed: Sequence[_Signed]) -> None:
        """Raise unless register, bundles and checkpoints are of one tree; change nothing."""
        edge, tips = TreeEdge.decode(state.edge), _KnownTips(self._ledger)
        self._require_begun(state, edge, signed)
        due = [one for one in signed if one.size > edge.size]
        for leaves in self._bundles(state.log, edge.size, signed[-1].size):
            for data in leaves:
                index = edge.size
                if index < state.size:
                    self._require_same(index, data)
                else:
                    tips.take(index, data)
                edge.append([leaf_hash(data)])
                while due and due[0].size == edge.size:
                    if (one := due.pop(0)).root != edge.root():
                        raise _another_tree(one.where, one.size)

    def _require_begun(self, state: LedgerState, edge: TreeEdge, signed: Sequence[_Signed]) -> None:
        """Raise unless the register's tree and those signed before are of one tree.

        The tree compared with is one whose tiles were published: that of the largest checkpoint,
        or the register's own where that is larger. A recovery that was cut short ends at a size
        that no round ended at, whose tiles are not in the store.
        """
        known = {(one.size, one.root) for one in signed if one.size <= edge.size}
        size, root = edge.size, edge.root()
        if 0 < edge.size < signed[-1].size:
            known.add((edge.size, edge.root()))
            size, root = signed[-1].size, signed[-1].root
        tree = stored_tree(self._store, state.log, size)
        for smaller, its_root in known:
            try:
                proof = tree.consistency_proof(smaller)
            except NotFound as exc:
                raise Conflict(
                    f"the tree of {size} leaves is not in the object store: {exc}", hint=_FORK
                ) from exc
            if not is_consistent(smaller, its_root, size, root, proof):
                raise _another_tree(f"a tree of {smaller} leaves", smaller)

    def _require_same(self, index: int, data: bytes) -> None:
        if self._ledger.leaves(index, index + 1) != [data]:
            raise Conflict(
                f"leaf {index} of the register is not the one that was published", hint=_FORK
            )

    def _put_back(self, state: LedgerState, newest: _Signed) -> None:
        edge, tips = TreeEdge.decode(state.edge), _KnownTips(self._ledger)
        at = edge.size
        for some in _batches(self._bundles(state.log, at, newest.size)):
            known = min(len(some), max(0, state.size - at))
            if new := [(tips.take(at + n, some[n]), some[n]) for n in range(known, len(some))]:
                self._ledger.place(at + known, [], new, tips.changed())
            # Tiles are stored up to the checkpoint for certain; a round puts what is behind.
            if under := some[: max(0, newest.size - at)]:
                edge.append(leaf_hash(data) for data in under)
                if edge.size == newest.size and edge.root() != newest.root:
                    raise _another_tree(newest.where, newest.size)
                self._ledger.set_stored(edge.size, edge.encode())
            at += len(some)
        if state.signed_at is None or newest.at > state.signed_at:
            note = self._store.get(newest.where).decode()
            self._ledger.set_checkpoint(note, newest.at)


class _KnownTips:
    """The newest leaves of cameras while leaves are read one after the other."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._tips: dict[CameraId, Tips] = {}
        self._changed: set[CameraId] = set()

    def take(self, index: int, data: bytes) -> Leaf:
        """Return the leaf at an index, which has to follow those before.

        Raises:
            Conflict: The leaf names other leaves before it than there are, or is no leaf.
        """
        try:
            leaf = Leaf.decode(data)
        except BadInput as exc:
            raise Conflict(f"leaf {index} of the published tree: {exc}", hint=_FORK) from exc
        camera = leaf.draft.camera
        if camera not in self._tips:
            self._tips[camera] = self._ledger.tips({camera}).get(camera, Tips())
        done = LedgerCheck()
        check_leaf(index, leaf, self._tips[camera], done)
        for finding in done.findings:
            raise Conflict(f"{finding.where} of the published tree {finding.message}", hint=_FORK)
        self._tips[camera] = self._tips[camera].after(leaf, index, leaf_hash(data))
        self._changed.add(camera)
        return leaf

    def changed(self) -> dict[CameraId, Tips]:
        """Return the newest leaves of the cameras that had a leaf since the last call."""
        changed, self._changed = self._changed, set()
        return {camera: self._tips[camera] for camera in changed}


def _batches(bundles: Iterator[list[bytes]]) -> Iterator[list[bytes]]:
    """Yield the leaves of `_AT_ONCE` bundles at a time."""
    while some := list(islice(bundles, _AT_ONCE)):
        yield list(chain.from_iterable(some))


def _another_tree(what: str, size: int) -> Conflict:
    return Conflict(
        f"{what} is not of the tree of register and published leaves: another tree of {size} "
        "leaves was signed",
        hint=_FORK,
    )
