"""Rules of all vector index adapters: checks of rows, scores and order of hits. Pure."""

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
    Halves = NDArray[np.float16]
    Scores = NDArray[np.float64]

_LENGTH_TOLERANCE: Final = 1e-2

Corners = tuple[float, float, float, float]
RowId = tuple["SegmentKey", int, Corners]


def corners(row: VectorRow) -> Corners:
    """The box as four numbers."""
    return (row.box.x, row.box.y, row.box.w, row.box.h)


def row_id(row: VectorRow) -> RowId:
    """Id of a row: a row added again replaces the row of the same id."""
    return (row.segment, row.offset, corners(row))


def row_order(row: VectorRow) -> tuple[int, str, str, int, Corners]:
    """Sort key of rows of equal score, and of rows in a shard: by time first."""
    return (row.instant.us, row.camera, row.segment, row.offset, corners(row))


@dataclass(frozen=True, slots=True)
class Entry:
    """A row with its vector, whose numbers are fp16 numbers."""

    row: VectorRow
    vector: Matrix


def entries(encoder: EncoderIdentity, rows: Sequence[VectorRow], vectors: Vectors) -> list[Entry]:
    """Rows paired with vectors, in time order; of several rows with the same id the last.

    Vectors are kept as fp16 by every adapter, half the bytes of fp32: scores differ in the fourth
    digit, a fiftieth of the spread of an ordinary query's scores, and a row and a query give the
    same score in every adapter, before and after sealing.

    Raises:
        BadInput: The numbers of rows and vectors differ, the dimension is not the encoder's, or a
            vector's length is not 1.
    """
    matrix = _matrix(encoder, vectors)
    if len(matrix) != len(rows):
        raise BadInput(f"{len(rows)} rows with {len(matrix)} vectors")
    matrix = matrix.astype(np.float16).astype(np.float32)
    last = {row_id(row): n for n, row in enumerate(rows)}
    chosen = sorted(last.values(), key=lambda n: row_order(rows[n]))
    return [Entry(rows[n], matrix[n]) for n in chosen]


def question(encoder: EncoderIdentity, query: Vectors, k: int) -> Matrix:
    """The single row of the query.

    Raises:
        BadInput: The query is not a single row of the encoder's dimension, or `k` is below 1.
    """
    if k < 1:
        raise BadInput(f"{k} hits asked for", hint="ask for at least one")
    matrix = _matrix(encoder, query)
    if len(matrix) != 1:
        raise BadInput(f"a query of {len(matrix)} rows", hint="ask with one vector at a time")
    row: Matrix = matrix[0]
    return row


def scores(matrix: Matrix | Halves, query: Matrix) -> Scores:
    """Cosines, each computed from a single row: a pair gives the same number anywhere."""
    products = matrix.astype(np.float64) * query.astype(np.float64)
    total: Scores = products.sum(axis=1)
    return total


def best(hits: Iterable[VectorHit], k: int) -> tuple[VectorHit, ...]:
    """The `k` best entries, best first, equal scores in row order."""
    return tuple(sorted(hits, key=lambda hit: (-hit.score, row_order(hit.row)))[:k])


def hits_of(rows: Sequence[VectorRow], matrix: Matrix, query: Matrix) -> list[VectorHit]:
    """Hits from rows and scores."""
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
