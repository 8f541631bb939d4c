"""Where the segments of a file from outside lie."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.errors import BadInput
from footage.instant import Elapsed
from footage.mp4 import Layout, walk
from recorder.imports.cut import Cutting, late, placed
from recorder.imports.opening import Opening
from tests.common.builders import START, at
from tests.common.mp4_builder import Frame, fragment, gop, init

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.instant import Interval


def layouts(*starts_ms: int, frames: int = 25) -> list[Layout]:
    """A second of pictures each, from these media times on."""
    return [walk(io.BytesIO(init() + fragment(gop(frames), dts=start))) for start in starts_ms]


def seconds(found: Sequence[Interval]) -> list[tuple[float, float]]:
    return [((i.start - START).in_seconds, (i.end - START).in_seconds) for i in found]


def test_media_time_alone_decides() -> None:
    assert seconds(placed(layouts(0, 1000, 2000), START, Opening())) == [(0, 1), (1, 2), (2, 3)]


def test_a_start_a_little_off_zero_is_the_first_picture() -> None:
    """Reordered pictures and sound that begins first."""
    found, little = layouts(80, 1080), Opening(dropped=Elapsed.parse("80ms"))
    assert seconds(placed(found, START, little)) == [(0, 1), (1, 2)]
    assert late(found, little) == ""


def test_pictures_that_could_not_be_decoded_count_nevertheless() -> None:
    found = layouts(1500, 2500)
    begun = Opening(dropped=Elapsed.parse("1s500ms"))
    assert seconds(placed(found, START, begun)) == [(1.5, 2.5), (2.5, 3.5)]
    assert "1s500ms" in late(found, begun)


def test_a_lead_in_that_an_edit_list_hides_lies_before_the_start() -> None:
    begun = Opening(hidden=Elapsed.parse("1s500ms"))
    assert seconds(placed(layouts(0, 1000), START, begun)) == [(-1.5, -0.5), (-0.5, 0.5)]


def test_the_first_keyframe_has_the_time_where_pictures_before_need_another_segment() -> None:
    """An open group: two pictures follow the keyframe in the file and are shown before it."""
    open_gop = [Frame(key=True, shift=120), Frame(), Frame(), *(Frame(shift=40) for _ in range(9))]
    films = [init() + fragment(open_gop, dts=start) for start in (0, 480)]
    found = [walk(io.BytesIO(film)) for film in films]
    assert seconds(placed(found, START, Opening())) == [(0, 0.48), (0.48, 0.88)]


def test_a_picture_that_stands_still_is_no_hole() -> None:
    assert seconds(placed(layouts(0, 1900), START, Opening())) == [(0, 1.9), (1.9, 2.9)]


def test_missing_media_is_a_hole() -> None:
    assert seconds(placed(layouts(0, 4000), START, Opening())) == [(0, 1), (4, 5)]


def test_slow_pictures_are_no_holes_either() -> None:
    slow = [
        walk(io.BytesIO(init() + fragment([Frame(duration=5000, key=True)], dts=start)))
        for start in (0, 9000)
    ]
    assert seconds(placed(slow, START, Opening())) == [(0, 9), (9, 14)]


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=8), st.integers(0, 5000))
def test_segments_never_overlap_and_never_run_back(gaps: list[int], first: int) -> None:
    starts = [first]
    for gap in gaps:
        starts.append(starts[-1] + 1000 + gap - 1)
    found = placed(layouts(*starts), at(0), Opening())
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert [(b.start - a.start).us for a, b in pairwise(found)] == [
        (b - a) * 1000 for a, b in pairwise(starts)
    ]


@pytest.mark.parametrize("length", ["1s", "10m", "7s"])
def test_a_length_no_store_of_ours_has_is_refused(length: str) -> None:
    with pytest.raises(BadInput):
        Cutting(Elapsed.parse(length))
