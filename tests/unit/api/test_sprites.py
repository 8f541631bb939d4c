"""Which pictures a sheet of sprites shows, and where."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.nearest_keyframe import Place
from api.sprites import MOST_TILES, SIZES, Plan, Tile, chosen, middle, slots
from footage.instant import Elapsed, Interval
from tests.common.builders import a_segment, at, during, segments_in_a_row

FIRST, SECOND, THIRD = ROW = segments_in_a_row(3)


@given(st.integers(1, 10**9), st.integers(1, MOST_TILES))
def test_slots_tile_the_window_and_are_as_long(length_us: int, count: int) -> None:
    window = Interval(at(0), at(0) + Elapsed(length_us))
    parts = slots(window, count)
    assert len(parts) == min(count, length_us)
    assert (parts[0].start, parts[-1].end) == (window.start, window.end)
    assert all(a.end == b.start for a, b in pairwise(parts))
    lengths = {part.length.us for part in parts}
    assert max(lengths) - min(lengths) <= 1
    assert all(middle(part) in part for part in parts)


def test_a_slot_shows_the_segment_that_holds_its_middle() -> None:
    assert chosen(slots(during(0, 180), 6), ROW) == [FIRST, FIRST, SECOND, SECOND, THIRD, THIRD]


def test_a_slot_with_a_gap_in_its_middle_shows_the_nearest_segment_of_the_slot() -> None:
    for slot, shown in ((during(0, 130), FIRST), (during(60, 120), None), (during(40, 170), THIRD)):
        assert chosen([slot], [FIRST, THIRD]) == [shown]


def test_of_two_recordings_the_one_that_began_last_is_shown() -> None:
    long, short = a_segment(seconds=100), a_segment(start=at(20), seconds=10, run="run-2")
    parts = slots(during(0, 100), 10)
    assert chosen(parts, [long, short]) == [long, long, short, *[long] * 7]


def test_a_segment_shown_long_ago_is_not_forgotten_while_it_lasts() -> None:
    long = a_segment(seconds=1000)
    others = [a_segment(start=at(n), seconds=1, run=f"run-{n}") for n in range(1, 9)]
    assert chosen([during(500, 510)], [long, *others]) == [long]


@pytest.mark.parametrize(("tiles", "columns", "rows"), [(1, 1, 1), (10, 10, 1), (60, 10, 6)])
def test_tiles_lie_side_by_side_and_never_on_each_other(
    tiles: int, columns: int, rows: int
) -> None:
    plan = Plan(tuple(map(Tile, slots(during(0, 60), tiles))), 160)
    assert (plan.columns, plan.rows, plan.height) == (columns, rows, SIZES[160])
    corners = [plan.corner(number) for number in range(tiles)]
    assert len(set(corners)) == tiles
    assert max(x for x, _ in corners) == (columns - 1) * 160
    assert max(y for _, y in corners) == (rows - 1) * 90


def test_a_plan_is_named_by_all_that_its_sheet_shows() -> None:
    parts = slots(during(0, 120), 2)
    place, later = Place(at(1), 800, 90), Place(at(3), 900, 90)
    shown = (Tile(parts[0], FIRST, place), Tile(parts[1]))
    plans = [
        Plan(shown, 160),
        Plan(shown, 128),
        Plan((Tile(parts[0], FIRST, later), shown[1]), 160),
        Plan((Tile(parts[0], SECOND, place), shown[1]), 160),
        Plan(shown[::-1], 160),
    ]
    assert len({plan.digest for plan in plans}) == len(plans)
    assert Plan(shown, 160).digest == plans[0].digest
