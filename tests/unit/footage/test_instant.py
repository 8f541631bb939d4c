from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.errors import BadInput
from footage.instant import ZERO, Elapsed, Instant, Interval, total, union

instants = st.integers(-(10**15), 4 * 10**15).map(Instant)
intervals = st.builds(
    lambda start, length: Interval(Instant(start), Instant(start + length)),
    st.integers(0, 10**6),
    st.integers(1, 10**5),
)


@given(instants)
def test_an_instant_survives_text(instant: Instant) -> None:
    assert Instant.parse(str(instant)) == instant


@given(st.integers(-(10**15), 10**15).map(Elapsed))
def test_a_duration_survives_text(elapsed: Elapsed) -> None:
    if elapsed.us >= 0:
        assert Elapsed.parse(str(elapsed)) == elapsed


def test_an_offset_is_honoured() -> None:
    assert Instant.parse("2026-11-22T20:08:23+05:00") == Instant.parse("2026-11-22T15:08:23Z")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T15:08:23",
        "yesterday",
        "",
        "2026-13-01T00:00:00Z",
        "0001-01-01T00:00:00+05:00",  # the year 0 in UTC
        "9999-12-31T23:59:59-05:00",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Instant.parse(text)


@pytest.mark.parametrize("text", ["", "30", "d30", "1h x", "-5s", "9" * 400 + "d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Elapsed.parse(text)


def test_durations_add_up() -> None:
    assert Elapsed.parse("1h30m") == Elapsed.parse("90m") == Elapsed.seconds(5400)


def test_an_empty_interval_is_refused() -> None:
    with pytest.raises(BadInput):
        Interval(Instant(5), Instant(5))


@given(intervals, st.lists(intervals, max_size=6))
def test_what_is_left_and_the_holes_tile_the_interval(
    window: Interval, holes: list[Interval]
) -> None:
    left = window.less(holes)
    inside = [part for hole in holes if (part := hole.clip(window))]
    assert total(left) + total(inside) == window.length
    assert all(not part.overlaps(hole) for part in left for hole in holes)


@given(st.lists(intervals, max_size=8))
def test_a_union_is_sorted_disjoint_and_covers_all(parts: list[Interval]) -> None:
    merged = union(parts)
    assert all(a.end < b.start for a, b in itertools.pairwise(merged))
    assert all(any(m.covers(part) for m in merged) for part in parts)


def test_a_bridge_joins_near_neighbours() -> None:
    near = [Interval(Instant(0), Instant(10)), Interval(Instant(12), Instant(20))]
    assert len(union(near)) == 2
    assert union(near, bridge=Elapsed(2)) == [Interval(Instant(0), Instant(20))]
    assert total([]) == ZERO
