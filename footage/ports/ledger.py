"""The ledger's port: leaves that wait, their places in the tree, and how far the tree is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from contextlib import AbstractContextManager

    from footage.ids import CameraId, SegmentKey
    from footage.instant import Instant, Interval
    from footage.leaf import Draft, Leaf, Tips


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft that has no place in the tree yet; `number` tells it apart from all others."""

    number: int
    draft: Draft


@dataclass(frozen=True, slots=True)
class Place:
    """Where a segment's leaf stands in the tree."""

    key: SegmentKey
    start: Instant
    index: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """Leaves without a place in the tree: how many, and since when the oldest waits."""

    count: int
    since: Instant | None


@dataclass(frozen=True, slots=True)
class LedgerState:
    """Progress of the ledger.

    Attributes:
        log: Random name of the log, made with the register, "" never: two ledgers never share one.
        size: Number of leaves that have a place.
        stored: Number of leaves whose tiles are in the object store; the rest follows.
        edge: The tree's right edge at `stored` (`footage.tlog_tiles.TreeEdge`), as bytes.
        checkpoint: The last checkpoint that was signed, as text; "" before the first.
        signed_at: When the last checkpoint was signed.
    """

    log: str
    size: int = 0
    stored: int = 0
    edge: bytes = b""
    checkpoint: str = ""
    signed_at: Instant | None = None


class Ledger(Protocol):
    """The record of the ledger: what waits, what has a place, how far the tree is stored.

    - Each call is one transaction: wholly done on return, or not at all.
    - `append` never waits for another recorder's `append`, nor for the tree to be extended: it adds
      to what waits. The same draft again changes nothing, also after it has a place, so a crash
      anywhere is mended by appending again (invariant 2).
    - `sequencing` is an exclusive section across all processes: inside, drafts get their places.
      The section is freed when the process inside dies.
    - `place` succeeds only where `size` is that of the state, and `set_stored` never goes back: a
      process that lost the section cannot give a place twice, nor undo what another did.
    - The bytes of a leaf are kept until `stored` says that its whole entry bundle is in the object
      store; places are kept for ever.
    - Nothing but `place` and `stored` changes what the tree says, and neither removes a leaf: no
      retention reaches here.
    - Unavailable: the ledger cannot be reached.
    """

    def append(self, drafts: Sequence[Draft]) -> None:
        """Add drafts to what waits, unless a draft of the same segment waits or has a place.

        Raises:
            Conflict: A draft of this key with another digest waits, or has a place: the key would
                have stood for two segments (invariant 1). None of the drafts was added. An import
                of a key that has a place is added: the former segment was deleted, as no store
                takes other bytes under a key that is there. Once placed, the key's place is the
                new leaf's, and the former leaf stays in the tree.
        """
        ...

    def lacking(self, keys: Collection[SegmentKey]) -> frozenset[SegmentKey]:
        """Return those of the keys that have no place, and of which no draft waits."""
        ...

    def waiting(self, limit: int) -> list[Waiting]:
        """Return drafts that wait, the oldest first, at most `limit`."""
        ...

    def backlog(self) -> Backlog:
        """Return how many drafts wait, and since when."""
        ...

    def state(self) -> LedgerState:
        """Return how far the ledger has come."""
        ...

    def tips(self, cameras: Collection[CameraId]) -> Mapping[CameraId, Tips]:
        """Return the newest leaves of these cameras; a camera without leaves is absent."""
        ...

    def sequencing(self) -> AbstractContextManager[None]:
        """Return the exclusive section described in the class, to be entered by `with`."""
        ...

    def place(
        self,
        size: int,
        taken: Sequence[Waiting],
        leaves: Sequence[tuple[Leaf, bytes]],
        tips: Mapping[CameraId, Tips],
    ) -> None:
        """Give leaves the places from `size` on, and take what waited for them off.

        Args:
            size: Number of leaves before.
            taken: Drafts that wait no longer.
            leaves: Leaves with their bytes, in the order of the tree.
            tips: Newest leaves of the leaves' cameras, afterwards.

        Raises:
            Conflict: The tree has another size, or a segment has a place already.
        """
        ...

    def leaves(self, start: int, end: int) -> list[bytes]:
        """Return bytes of leaves that are kept here, from index `start` to before `end`.

        Raises:
            NotFound: Some of these leaves are not kept here any more, or not yet there.
        """
        ...

    def set_stored(self, size: int, edge: bytes) -> None:
        """Record that the tiles of the first `size` leaves are in the object store, with the edge.

        Bytes of leaves whose entry bundle is full are not kept any longer.

        Raises:
            Conflict: More leaves are recorded as stored: by another process, after this process
                lost the section.
        """
        ...

    def set_checkpoint(self, checkpoint: str, at: Instant) -> None:
        """Record a signed checkpoint; done before the checkpoint is shown to anybody."""
        ...

    def place_of(self, key: SegmentKey) -> Place | None:
        """Return where the leaf of a segment stands; None where it has no place."""
        ...

    def places(self, camera: CameraId, interval: Interval, limit: int | None = None) -> list[Place]:
        """Return the places of a camera's segments that start in `interval`, by start and key.

        At most the first `limit`; what is asked costs no more than that (invariant 12).
        """
        ...
