"""Plan of a query to the vector index, and the vectors of questions. Pure.

Filters act inside the scan, never on the result of the scan. The vector index decides whether the
scan is exact, since the index knows how many rows are eligible, and says so in the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from footage.encoder import Vectors

if TYPE_CHECKING:
    from collections.abc import Collection

    from footage.ids import CameraId
    from search.query import Query

_ROWS_A_MOMENT: Final = 40
"""Rows to ask for per moment: a slow mover is seen in a dozen keyframes, each embedded as a whole
and in some regions."""
_LEAST_ROWS: Final = 2_000
"""Least rows to ask for: enough that the many rows that do not show the thing asked for tell what
chance looks like (`cutoff`)."""
_UNWANTED_WEIGHT: Final = 0.5
_TINY: Final = 1e-6

Row = NDArray[np.float32]
"""Numbers of a single vector."""


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """Query to the vector index.

    Attributes:
        cameras: Cameras to search; None for all, which spares the index a filter.
        rows: Number of best rows wanted.
    """

    cameras: frozenset[CameraId] | None
    rows: int


def plan_scan(query: Query, chosen: Collection[CameraId], known: int) -> ScanPlan:
    """Plan the query for a question about the `chosen` cameras, out of `known` cameras."""
    everywhere = len(chosen) == known
    rows = max(query.limit * _ROWS_A_MOMENT, _LEAST_ROWS)
    return ScanPlan(None if everywhere else frozenset(chosen), rows)


def blend(wanted: Vectors, unwanted: Vectors) -> Vectors:
    """Return a single row that points to `wanted`, if any, and away from each row of `unwanted`.

    Scores with the returned row order stored rows by similarity to the wanted text, less half of
    the similarity to each unwanted text.
    """
    if not len(unwanted):
        return wanted
    target = -_UNWANTED_WEIGHT * _rows(unwanted).sum(axis=0)
    if len(wanted):
        target = _rows(wanted)[0] + target
    return _of_length_1(target, instead=wanted)


def weighed(text: Vectors, example: Vectors, weight: float) -> Vectors:
    """Return a single row between the row of a text and the row of an example picture.

    Args:
        text: A row of length 1.
        example: A row of length 1.
        weight: Weight of the text, 0 to 1; the example has the rest.
    """
    target = weight * _rows(text)[0] + (1 - weight) * _rows(example)[0]
    return _of_length_1(target, instead=example)


def _of_length_1(target: Row, *, instead: Vectors) -> Vectors:
    """Return `target` scaled to length 1; `instead` where parts cancel out and nothing is left."""
    length = float(np.linalg.norm(target))
    if length < _TINY:
        return instead
    return Vectors(instead.dimension, (target / length).astype("<f4").tobytes())


def _rows(vectors: Vectors) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    flat = np.frombuffer(vectors.data, dtype="<f4").astype(np.float32)
    return flat.reshape(len(vectors), vectors.dimension)
