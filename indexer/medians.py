"""Exact medians of many layers, point by point, by sorting whole layers instead of points. Pure.

numpy's median takes the points one by one. Here two layers are compared at a time, all points at
once, in the order of a sorting network: the same numbers in a tenth of the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator

Number = TypeVar("Number", np.uint8, np.float32)
Scalars = NDArray[np.float32]


def sort_layers(stack: NDArray[Number]) -> None:
    """Sort the layers of `stack` in place: layer k then holds each point's k-th smallest value."""
    spare = np.empty_like(stack[: (len(stack) + 1) // 2])
    for at, apart, count in _exchanges(len(stack)):
        low, high = stack[at : at + count], stack[at + apart : at + apart + count]
        smaller = spare[:count]
        np.minimum(low, high, out=smaller)
        np.maximum(low, high, out=high)
        low[...] = smaller


def median(layers: NDArray[Number]) -> Scalars:
    """Return the median of sorted layers."""
    return _mean(layers[(len(layers) - 1) // 2], layers[len(layers) // 2])


def median_with(layers: NDArray[Number], voter: Scalars, votes: int) -> Scalars:
    """Return the median of sorted layers and `votes` equal layers `voter`."""
    number = len(layers) + votes
    middle = [_ranked(layers, voter, votes, k) for k in ((number - 1) // 2, number // 2)]
    return _mean(*middle)


def middle_of_rows(rows: Scalars) -> Scalars:
    """Return the median of each row of `rows`, as a column."""
    number = rows.shape[1]
    ordered = np.sort(rows, axis=1)  # by vector instructions: half of the time of a partition
    return _mean(ordered[:, (number - 1) // 2], ordered[:, number // 2])[:, None]


def _ranked(layers: NDArray[Number], voter: Scalars, votes: int, k: int) -> Scalars:
    """Return the k-th smallest value of each point, of sorted layers and `votes` voters."""
    found = voter
    if k < len(layers):
        found = np.minimum(found, layers[k])
    if k >= votes:
        found = np.maximum(found, layers[k - votes])
    return found


def _mean(one: NDArray[Number], other: NDArray[Number]) -> Scalars:
    total = np.add(one, other, dtype=np.float32)
    total /= np.float32(2)
    return total


def _exchanges(count: int) -> Iterator[tuple[int, int, int]]:
    """Yield steps (at, apart, n): compare n neighbouring layers from `at` with those `apart`.

    Batcher's merge exchange (Knuth, The Art of Computer Programming, 5.2.2, algorithm M), with the
    comparisons of a round that touch neighbouring layers joined.
    """
    top = (1 << (count - 1).bit_length()) >> 1
    width = top
    while width:
        merge, offset, apart = top, 0, width
        while True:
            for at in range(offset, count - apart, 2 * width):
                yield at, apart, min(width, count - apart - at)
            if merge == width:
                break
            apart, merge, offset = merge - width, merge // 2, width
        width //= 2
