"""Reindexing of an interval, e.g. after damage to the vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footage.scope import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footage.encoder import EncoderIdentity
    from footage.ids import SegmentKey
    from footage.instant import Interval
    from footage.ports import Catalogue, VectorIndex


@dataclass(frozen=True, slots=True)
class Reindexed:
    """Segments that will be indexed again, and damaged vector shards set aside.

    Attributes:
        segments: Number of segments that wait now, whether waiting before or not.
        set_aside: Damaged vector shards: name and new place of each.
    """

    segments: int
    set_aside: tuple[tuple[str, str], ...]


def reindex(
    catalogue: Catalogue, vectors: VectorIndex, encoder: EncoderIdentity, interval: Interval
) -> Reindexed:
    """Have the segments of `interval` indexed again, and those of each damaged shard found in it.

    Healthy shards stay: the same rows are replaced. Reindexing twice is harmless.

    Raises:
        Unavailable: Catalogue or vectors cannot be reached; call again.
    """
    damaged = vectors.damaged(encoder, interval)
    lost = _keys(catalogue, (shard.interval for shard in damaged))
    wanted = lost | _keys(catalogue, [interval])
    # Invariant 6: the marks go before the rows do, so that a crash in between hides nothing.
    catalogue.unmark_indexed(sorted(wanted), encoder.digest)
    catalogue.unmark_indexed(sorted(wanted), encoder.vectors_mark)
    catalogue.unmark_indexed(sorted(wanted), encoder.apart_mark)  # what is looked at may change
    moved = [(shard.name, vectors.set_aside(encoder, shard)) for shard in damaged]
    if lost:  # an indexer may just have published into a shard set aside: see indexer/pipeline.py
        catalogue.remove_keyframes(sorted(lost))
        catalogue.unmark_indexed(sorted(lost), encoder.digest)
    return Reindexed(
        len(wanted), tuple((name, where) for name, where in moved if where is not None)
    )


def _keys(catalogue: Catalogue, intervals: Iterable[Interval]) -> set[SegmentKey]:
    return {
        segment.key
        for interval in intervals
        for segment in catalogue.segments(EVERYWHERE, interval)
    }
