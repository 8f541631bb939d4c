"""Have an interval indexed again, as after damage to the vectors."""

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
    """Segments that the encoder will look at again.

    Attributes:
        segments: Number that wait for the indexer now, including any that waited before.
        set_aside: Damaged vector shards: name and present place of each.
    """

    segments: int
    set_aside: tuple[tuple[str, str], ...]


def reindex(
    catalogue: Catalogue, vectors: VectorIndex, encoder: EncoderIdentity, interval: Interval
) -> Reindexed:
    """Have the segments of `interval` indexed again, and those of damaged shards within.

    Healthy shards stay: the same rows are replaced. A second call is harmless.

    Raises:
        Unavailable: Catalogue or vectors cannot be reached; call again.
    """
    damaged = vectors.damaged(encoder, interval)
    lost = _keys(catalogue, (shard.interval for shard in damaged))
    wanted = lost | _keys(catalogue, [interval])
    # Invariant 6: the marks go before the rows do, so that a crash in between hides nothing.
    catalogue.unmark_indexed(sorted(wanted), encoder.digest)
    moved = [(shard.name, vectors.set_aside(encoder, shard)) for shard in damaged]
    if lost:  # an indexer may just have published into what was set aside: see indexer/pipeline.py
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
