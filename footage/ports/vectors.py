"""The vector index's port: vectors by encoder and day, and searching vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from footage.encoder import EncoderIdentity, Vectors
    from footage.ids import CameraId, SegmentKey
    from footage.instant import Instant, Interval
    from footage.keyframe import Box


class VectorRow(NamedTuple):
    """The picture a vector stands for: a keyframe or a region of a keyframe.

    A tuple, and so is a hit: each question makes two thousand, in a third of the time.
    """

    camera: CameraId
    instant: Instant
    segment: SegmentKey
    offset: int
    length: int
    box: Box


class VectorHit(NamedTuple):
    """A row and a score: cosine similarity with the query, -1 to 1."""

    row: VectorRow
    score: float


@dataclass(frozen=True, slots=True)
class PartScan:
    """The scan of a part of the index, for people who ask how an answer came about.

    Attributes:
        rows: All rows of the part.
        eligible: Rows of the part that encoder, cameras and interval leave.
        method: Word of the adapter for how the eligible rows were compared.
    """

    name: str
    rows: int
    eligible: int
    method: str


@dataclass(frozen=True, slots=True)
class VectorAnswer:
    """The best rows, best first, and how many rows were looked at.

    Attributes:
        scanned: Eligible rows, all of which were compared when `exhaustive`.
        exhaustive: True when no row better than the last hit was missed (fp32 or fp16 comparison of
            every row).
        unreadable: Shards that could not be read: their rows were not searched (invariant 6).
        recall: Share of the ten best rows that such a search is expected to find, measured on
            sample queries; 1 when `exhaustive`, None where nobody measured (invariant 11).
        parts: Scans that made the answer; empty where the adapter does not tell.
    """

    hits: tuple[VectorHit, ...]
    scanned: int
    exhaustive: bool
    unreadable: tuple[str, ...] = ()
    recall: float | None = 1.0
    parts: tuple[PartScan, ...] = ()


@dataclass(frozen=True, slots=True)
class DamagedShard:
    """A shard that is cut short or altered.

    Attributes:
        interval: The instants of the shard's rows: at least these rows were lost with the shard.
    """

    name: str
    interval: Interval


class VectorIndex(Protocol):
    """Vectors by encoder and UTC day, rows in time order.

    - `add` is idempotent by (segment, offset, box): rows stored already are replaced. Rows of
      several days may come in one call. A crash inside the call may leave some of the rows, each
      whole; the same call again completes them. `add` costs the same however many rows are stored
      (invariant 12).
    - Vectors are stored as fp16: a score differs from the score of fp32 in the fourth digit.
    - `search` compares only rows of this encoder (invariant 9), these cameras (None: all) and this
      interval; the filter acts inside the scan, so `k` eligible rows come back whenever there are
      as many. Equal scores come in the order (instant, camera, segment, offset, box).
    - Rows that `add` or `remove` published are seen by every later search of any process.
    - `remove` drops all rows of the given segments, of all encoders, and returns the number of
      rows dropped. What is dropped is dropped durably; no other row is read or written for it.
    - A shard that is cut short is never searched in part: the shard is named in `unreadable`, and
      `add` to the shard raises DataLoss, until the shard is set aside. Altered bytes are found by
      `damaged`, since no query reads every byte; from then on the same holds.
    """

    def add(self, encoder: EncoderIdentity, rows: Sequence[VectorRow], vectors: Vectors) -> None:
        """Add rows, each with a vector; BadInput when the numbers or dimensions differ."""
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
        """Return the `k` best eligible rows for `query`, which has a single row."""
        ...

    def held(
        self, encoder: EncoderIdentity, interval: Interval
    ) -> Mapping[Instant, frozenset[CameraId]]:
        """Return, for the UTC days that `interval` touches, the cameras with rows of that day.

        By midnight. The index is opened for the answer: a day without rows is absent, and a day
        whose shard cannot be read. A row counts for the day of its segment's start, or of its own
        instant: only a segment that reaches past midnight makes the two differ.
        """
        ...

    def remove(self, segments: Collection[SegmentKey]) -> int:
        """Drop the rows of these segments; return the number of rows dropped."""
        ...

    def damaged(self, encoder: EncoderIdentity, interval: Interval) -> tuple[DamagedShard, ...]:
        """Return the encoder's damaged shards with rows of `interval`; reads every byte.

        A shard found altered is remembered: searches of all processes name the shard.
        """
        ...

    def set_aside(self, encoder: EncoderIdentity, shard: DamagedShard) -> str | None:
        """Move a damaged shard aside, no longer searched or written, so that a new shard grows.

        Nothing is deleted. The caller first removes the index marks of the shard's segments, which
        would otherwise say "searched" of rows that no longer exist (invariant 6).

        Returns:
            The shard's new place, for people; None when the shard is whole or gone and nothing was
            done.
        """
        ...
