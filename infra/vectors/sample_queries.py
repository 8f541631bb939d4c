"""Queries like texts, made from a part's own rows, and what codes miss on such queries.

The vector of a text lies apart from the vectors of pictures: at a wide angle from all of them, and
nearer to a few. Indexes that find pictures by pictures well may lose much by texts, so only such
queries tell what to expect. A sample query is the mean of the rows, which gives all rows a common
cosine, and a share of what sets many rows apart from the mean, and noise for the rest. Measured
beside the texts of the benchmark (`footage bench vectors`), such queries are a little harder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from infra.vectors import vector_plan as plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from infra.vectors.faiss_scan import Codes, Flat
    from infra.vectors.vector_rules import Halves, Matrix

MOST_ROWS: Final = 1 << 16
"""Rows to train a codebook with; more rows do not find better centroids."""
_QUERIES: Final = 16
_FROM_ROWS: Final = 4_096
_BEST: Final = 10
_SEED: Final = 20_261_128
_MEAN, _APART, _NOISE = 0.17, 0.45, 0.87
_MIXED: Final = 48
"""Rows whose distances from the mean a query blends: with few rows, these few stand out from all
others, and any index finds them."""


def sample(halves: Halves, count: int) -> Halves:
    """Return at most `count` rows, spread evenly: the same rows for the same part."""
    at = np.unique(np.linspace(0, len(halves) - 1, min(count, len(halves))).astype(np.intp))
    return np.asarray(halves[at])


def queries(halves: Halves, seed: int = _SEED) -> Matrix:
    """Return sample queries for the rows, of length 1; other queries for another seed."""
    rng = np.random.default_rng(seed)
    rows = sample(halves, _FROM_ROWS).astype(np.float64)
    mean = rows.mean(axis=0)
    weights = rng.random((_QUERIES, _MIXED))
    chosen = rng.integers(len(rows), size=(_QUERIES, _MIXED))
    apart = ((rows[chosen] - mean) * weights[:, :, np.newaxis]).sum(axis=1)
    noise = rng.normal(size=apart.shape)
    made = _MEAN * _unit(mean) + _APART * _unit(apart) + _NOISE * _unit(noise)
    unit: Matrix = _unit(made).astype(np.float32)
    return unit


def measured(flat: Flat, codes: Codes, halves: Halves) -> tuple[int, float]:
    """Return the least shortlist that holds enough of the ten best rows, and the share it holds.

    The shortlist is chosen by some queries; the share is measured on others, so that the choice
    does not flatter it. Where the others find less than enough, the next longer shortlist is taken.

    Returns:
        Length of the shortlist and recall; the length is 0 when no shortlist holds enough.
    """
    chosen_by = _recalls(flat, codes, halves, queries(halves))
    if max(chosen_by) < plan.RECALL:
        return 0, chosen_by[-1]
    told = _recalls(flat, codes, halves, queries(halves, _SEED + 1))
    for least, chosen, recall in zip(plan.SHORTLISTS, chosen_by, told, strict=True):
        if min(chosen, recall) >= plan.RECALL:
            return least, recall
    return 0, told[-1]


def _recalls(flat: Flat, codes: Codes, halves: Halves, asked: Matrix) -> list[float]:
    """Return the share of the ten best rows that each of `SHORTLISTS` holds, over all queries."""
    rows = len(halves)
    best = min(_BEST, rows)
    lengths = [min(rows, length) for length in plan.SHORTLISTS]
    found = np.zeros(len(lengths))
    for query in asked:
        at = codes.roughly_nearest(query, None, max(lengths))
        truth = flat.nearest(query, None, best, rows)[:best]
        for number, length in enumerate(lengths):
            found[number] += len(np.intersect1d(at[:length], truth)) / best
    shares: list[float] = (found / len(asked)).tolist()
    return shares


def _unit(rows: NDArray[Any]) -> NDArray[np.float64]:
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit: NDArray[np.float64] = rows / np.maximum(length, np.finfo(np.float64).tiny)
    return unit
