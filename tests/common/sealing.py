"""Vector indexes that do at once what ordinary sizes do after hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infra.vectors.faiss_index import FaissIndex
from infra.vectors.shard_upkeep import Sizes, keep_up
from infra.vectors.vector_shards import shards

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.encoder import EncoderIdentity, Vectors
    from footage.ports import VectorRow

SCANNED: Final = Sizes(gathered_rows=0)
"""Every search is a scan, however few rows are eligible."""
SEALED: Final = Sizes(gathered_rows=0, code_rows=300)


class SealedAtOnce(FaissIndex):
    """An index whose logs are sealed after each addition."""

    def add(self, encoder: EncoderIdentity, rows: Sequence[VectorRow], vectors: Vectors) -> None:
        super().add(encoder, rows, vectors)
        seal(self)


def seal(index: FaissIndex) -> None:
    """Seal every log of the index, however short, and merge parts."""
    for shard in shards(index._root):
        keep_up(index._view(shard), index._sizes, seal=True)
