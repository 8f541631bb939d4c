"""Seconds covered, by equal parts of a window."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.availability import seconds_by_bucket
from footage.instant import Instant, Interval, total, union
from tests.common.builders import during

EDGES = st.integers(0, 10_000)


@pytest.mark.parametrize(
    ("covering", "seconds"),
    [
        ([], [0, 0, 0, 0]),
        ([(0, 8)], [2, 2, 2, 2]),
        ([(1, 5)], [1, 2, 1, 0]),
        ([(0, 1), (3, 4), (6, 8)], [1, 1, 0, 2]),
        ([(-5, 2), (7, 50)], [2, 0, 0, 1]),
        ([(8, 9), (-1, 0)], [0, 0, 0, 0]),
    ],
)
def test_seconds_go_into_their_parts(covering: list[tuple[int, int]], seconds: list[float]) -> None:
    intervals = [during(start, end) for start, end in covering]
    assert seconds_by_bucket(during(0, 8), 4, intervals) == seconds


@given(st.integers(1, 10_000), st.integers(1, 50), st.lists(st.tuples(EDGES, EDGES), max_size=9))
def test_nothing_is_lost_or_counted_twice(
    length: int, buckets: int, pairs: list[tuple[int, int]]
) -> None:
    window = Interval(Instant(0), Instant(length))
    some = [Interval(Instant(min(p)), Instant(max(p))) for p in pairs if p[0] != p[1]]
    intervals = union(some)
    parts = [round(second * 1_000_000) for second in seconds_by_bucket(window, buckets, intervals)]
    inside = [part for one in intervals if (part := one.clip(window))]
    assert sum(parts) == total(inside).us
    assert all(0 <= part <= length // buckets + 1 for part in parts)
