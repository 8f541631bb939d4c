"""The vector index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from footage.encoder import EncoderIdentity, Vectors
    from footage.ids import CameraId, SegmentKey
    from footage.instant import Instant, Interval
    from footage.keyframe import Box


@dataclass(frozen=True, slots=True)
class VectorRow:
    """What one vector stands for: a keyframe or one region of it."""

    camera: CameraId
    instant: Instant
    segment: SegmentKey
    offset: int
    length: int
    box: Box


@dataclass(frozen=True, slots=True)
class VectorHit:
    """A row and its score: cosine similarity with the query, -1 to 1."""

    row: VectorRow
    score: float


@dataclass(frozen=True, slots=True)
class VectorAnswer:
    """The best rows, best first, and what was looked at.

    Attributes:
        scanned: Eligible rows, all of which were compared when `exhaustive`.
        exhaustive: True when no row better than the last hit was missed (fp32 or fp16 comparison of
            every row).
        unreadable: Shards that could not be read: what lies in them was not searched (invariant 6).
    """

    hits: tuple[VectorHit, ...]
    scanned: int
    exhaustive: bool
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DamagedShard:
    """A shard that is cut short or altered.

    Attributes:
        interval: The instants whose rows lie in it: at least these were lost with it.
    """

    name: str
    interval: Interval


class VectorIndex(Protocol):
    """Vectors by encoder and UTC day, rows in time order.

    - `add` is atomic and idempotent by (segment, offset, box): rows already there are replaced.
      Rows of several days may come in one call; each day is published whole, by atomic rename.
    - `search` compares only rows of this encoder (invariant 9), these cameras (None: all) and this
      interval; the filter acts inside the scan, so `k` eligible rows come back whenever there are
      as many. Equal scores come in the order (instant, camera, segment, offset, box).
    - `remove` drops all rows of the given segments, of all encoders, and returns how many there
      were.
    - A shard that is cut short or altered is never searched in part: it is named in `unreadable`,
      and `add` to it raises DataLoss, until it is set aside.
    """

    def add(self, encoder: EncoderIdentity, rows: Sequence[VectorRow], vectors: Vectors) -> None:
        """Add rows and their vectors, one each; BadInput when the numbers or dimensions differ."""
        ...

    def search(
        self,
        encoder: EncoderIdentity,
        query: Vectors,
        interval: Interval,
        cameras: frozenset[CameraId] | None,
        *,
        k: int,
    ) -> VectorAnswer:
        """The `k` best eligible rows for the one row of `query`."""
        ...

    def remove(self, segments: Collection[SegmentKey]) -> int:
        """Drop the rows of these segments."""
        ...

    def damaged(self, encoder: EncoderIdentity, interval: Interval) -> tuple[DamagedShard, ...]:
        """This encoder's damaged shards with rows of `interval`; reads all bytes of them all."""
        ...

    def set_aside(self, encoder: EncoderIdentity, shard: DamagedShard) -> str | None:
        """Keep a damaged shard where it is searched and written no more, so that a new one grows.

        Nothing is deleted. Whoever calls this takes the index marks of its segments first, or they
        would say "searched" of rows that are no longer there (invariant 6).

        Returns:
            Where it lies now, for people; None when the shard is whole or gone: nothing was done.
        """
        ...
