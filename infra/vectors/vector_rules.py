"""What all vector index adapters agree on: what is let in, its score, its order. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from footage.errors import BadInput
from footage.ports import VectorHit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from footage.encoder import EncoderIdentity, Vectors
    from footage.ids import SegmentKey
    from footage.ports import VectorRow

    Matrix = NDArray[np.float32]
    Scores = NDArray[np.float64]

_LENGTH_TOLERANCE: Final = 1e-2

Corners = tuple[float, float, float, float]
RowId = tuple["SegmentKey", int, Corners]


def corners(row: VectorRow) -> Corners:
    """The box as four numbers."""
    return (row.box.x, row.box.y, row.box.w, row.box.h)


def row_id(row: VectorRow) -> RowId:
    """What a row replaces when it is added again."""
    return (row.segment, row.offset, corners(row))


def row_order(row: VectorRow) -> tuple[int, str, str, int, Corners]:
    """How rows of equal score, and rows in a shard, are ordered: by time first."""
    return (row.instant.us, row.camera, row.segment, row.offset, corners(row))


@dataclass(frozen=True, slots=True)
class Entry:
    """A row and its vector."""

    row: VectorRow
    vector: Matrix


def entries(encoder: EncoderIdentity, rows: Sequence[VectorRow], vectors: Vectors) -> list[Entry]:
    """Rows with their vectors, in time order; of several with one id the last.

    Raises:
        BadInput: There are more of the ones than of the others, the dimension is not the
            encoder's, or a vector's length is not 1.
    """
    matrix = _matrix(encoder, vectors)
    if len(matrix) != len(rows):
        raise BadInput(f"{len(rows)} rows with {len(matrix)} vectors")
    last = {row_id(row): n for n, row in enumerate(rows)}
    chosen = sorted(last.values(), key=lambda n: row_order(rows[n]))
    return [Entry(rows[n], matrix[n]) for n in chosen]


def question(encoder: EncoderIdentity, query: Vectors, k: int) -> Matrix:
    """The one row of the query.

    Raises:
        BadInput: It is not one row of the encoder's dimension, or fewer than one hit is asked for.
    """
    if k < 1:
        raise BadInput(f"{k} hits asked for", hint="ask for at least one")
    matrix = _matrix(encoder, query)
    if len(matrix) != 1:
        raise BadInput(f"a query of {len(matrix)} rows", hint="ask with one vector at a time")
    row: Matrix = matrix[0]
    return row


def scores(matrix: Matrix, query: Matrix) -> Scores:
    """Cosines, each from its own row alone: the same pair gives the same number anywhere."""
    products = matrix.astype(np.float64) * query.astype(np.float64)
    total: Scores = products.sum(axis=1)
    return total


def best(hits: Iterable[VectorHit], k: int) -> tuple[VectorHit, ...]:
    """The `k` best, best first, equal ones in row order."""
    return tuple(sorted(hits, key=lambda hit: (-hit.score, row_order(hit.row)))[:k])


def hits_of(rows: Sequence[VectorRow], matrix: Matrix, query: Matrix) -> list[VectorHit]:
    """The rows with their scores."""
    if not rows:
        return []
    return [
        VectorHit(row, float(score)) for row, score in zip(rows, scores(matrix, query), strict=True)
    ]


def _matrix(encoder: EncoderIdentity, vectors: Vectors) -> Matrix:
    if vectors.dimension != encoder.dimension:
        raise BadInput(
            f"vectors of {vectors.dimension} numbers for {encoder.name} with {encoder.dimension}"
        )
    matrix = np.frombuffer(vectors.data, dtype="<f4").reshape(-1, vectors.dimension)
    lengths = np.sqrt(np.square(matrix, dtype=np.float64).sum(axis=1))
    if not np.all(np.abs(lengths - 1) < _LENGTH_TOLERANCE):  # false for NaN too
        raise BadInput("vectors whose length is not 1", hint="normalise them where they are made")
    return matrix
