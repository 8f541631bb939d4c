"""Medians of layers are numpy's, number by number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from indexer.medians import median, median_with, middle_of_rows, sort_layers

RNG = np.random.default_rng(3)
DTYPES: list[Any] = [np.uint8, np.float32]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("count", [*range(1, 20), 30, 47, 48, 64, 65])
def test_layers_are_sorted_point_by_point(count: int, dtype: Any) -> None:  # noqa: ANN401
    stack = RNG.integers(0, 256, (count, 7, 11)).astype(dtype)
    layers = stack.copy()
    sort_layers(layers)
    assert np.array_equal(layers, np.sort(stack, axis=0))
    assert np.array_equal(median(layers), np.median(stack, axis=0).astype(np.float32))


@pytest.mark.parametrize("votes", [1, 2, 9, 24])
@pytest.mark.parametrize("count", [1, 2, 8, 15, 48])
def test_a_voter_counts_as_often_as_it_has_votes(count: int, votes: int) -> None:
    layers = np.sort(RNG.integers(0, 256, (count, 50)).astype(np.uint8), axis=0)
    voter = RNG.integers(0, 1024, 50).astype(np.float32) / np.float32(4)
    everyone = np.concatenate([layers, np.repeat(voter[None], votes, axis=0)])
    assert np.array_equal(
        median_with(layers, voter, votes), np.median(everyone, axis=0).astype(np.float32)
    )


@pytest.mark.parametrize("count", [1, 2, 9, 14_400])
def test_the_middle_of_rows_is_their_median(count: int) -> None:
    rows = RNG.normal(size=(3, count)).astype(np.float32)
    assert np.array_equal(middle_of_rows(rows), np.median(rows, axis=1, keepdims=True))
