"""Which stretches of an interval play as one MP4."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.films import page, stretches
from footage.ids import RunId
from footage.instant import Elapsed, Interval
from footage.span import timeline
from tests.common.builders import a_camera, a_media, a_segment, at, during, segments_in_a_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.segment import Segment
    from footage.span import Timeline

HOUR = Elapsed.parse("1h")
CAMERA = a_camera().id
ROW = segments_in_a_row(4)
WHOLE = during(0, 240)


def _line(segments: Sequence[Segment], window: Interval) -> Timeline:
    return timeline(CAMERA, window, [s for s in segments if s.interval.overlaps(window)], ())


def _intervals(
    segments: Sequence[Segment], window: Interval = WHOLE, longest: Elapsed = HOUR
) -> list[Interval]:
    return [one.interval for one in stretches(_line(segments, window), segments, longest)]


def test_a_run_without_a_break_is_one_stretch() -> None:
    (whole,) = stretches(_line(ROW, during(30, 200)), ROW, HOUR)
    assert (whole.interval, whole.segments) == (during(30, 200), 4)


@pytest.mark.parametrize(
    "later",
    [
        pytest.param([replace(one, run=RunId("run-2")) for one in ROW[2:]], id="a restart"),
        pytest.param([replace(one, media=a_media(codec="hvc1")) for one in ROW[2:]], id="codec"),
        pytest.param([replace(one, sequence=one.sequence + 1) for one in ROW[2:]], id="missing"),
    ],
)
def test_a_break_parts_two(later: Sequence[Segment]) -> None:
    assert _intervals([*ROW[:2], *later]) == [during(0, 120), during(120, 240)]


def test_a_gap_belongs_to_no_stretch() -> None:
    assert _intervals([ROW[0], *ROW[2:]]) == [during(0, 60), during(120, 240)]


def test_no_stretch_is_longer_than_allowed() -> None:
    two = Elapsed.parse("2m")
    assert _intervals(ROW, longest=two) == [during(0, 120), during(120, 240)]
    assert _intervals(ROW, during(30, 240), two) == [during(30, 120), during(120, 240)]


def test_a_segment_longer_than_allowed_is_parted_by_time() -> None:
    one = a_segment(seconds=150)
    found = _intervals([one], during(0, 150), Elapsed.parse("1m"))
    assert found == [during(0, 60), during(60, 120), during(120, 150)]


def test_a_page_ends_where_the_next_stretch_begins() -> None:
    segments = [ROW[0], ROW[2], replace(ROW[3], run=RunId("run-2"))]
    line = _line(segments, during(0, 300))
    found = stretches(line, segments, HOUR)
    first = page(line, found, 1, None)
    assert first.interval == during(0, 120)
    assert [gap.interval for gap in first.gaps] == [during(60, 120)]
    assert first.cursor == at(120)
    rest = page(line, found, 3, None)
    assert rest.interval == during(0, 300)
    assert [gap.interval for gap in rest.gaps] == [during(60, 120), during(240, 300)]
    assert rest.cursor is None
    assert page(line, found, 3, at(300)).cursor == at(300)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 40), st.integers(0, 2)), max_size=12),
    st.integers(1, 60),
    st.integers(1, 5),
)
def test_stretches_and_gaps_tile_the_page(
    parts: list[tuple[int, int, int]], longest_s: int, limit: int
) -> None:
    """Also where runs overlap and segments are missing (invariant 5)."""
    segments = [
        a_segment(start=at(start), seconds=length, run=f"run-{run}", sequence=n)
        for n, (start, length, run) in enumerate(sorted(parts))
    ]
    line = _line(segments, during(5, 60))
    found = stretches(line, segments, Elapsed.seconds(longest_s))
    shown = page(line, found, limit, None)
    tiles = [one.interval for one in shown.stretches] + [gap.interval for gap in shown.gaps]
    tiles.sort(key=lambda one: one.start)
    assert tiles[0].start == shown.interval.start
    assert tiles[-1].end == shown.interval.end
    assert all(a.end == b.start for a, b in pairwise(tiles))
    assert all(one.interval.length <= Elapsed.seconds(longest_s) for one in found)
