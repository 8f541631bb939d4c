from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexer.regions import MOST_REGIONS, boxes, patches, share
from indexer.thumb import COLUMNS, ROWS
from tests.common.tiers import examples

rectangles = st.lists(
    st.tuples(
        st.integers(0, ROWS - 1),
        st.integers(0, COLUMNS - 1),
        st.integers(1, ROWS),
        st.integers(1, COLUMNS),
        st.floats(1.1, 9.0),
    ),
    max_size=12,
)


@given(rectangles)
@examples(150)
def test_whatever_changes_boxes_are_few_valid_and_hold_changed_points(
    drawn: list[tuple[int, int, int, int, float]],
) -> None:
    strength = np.zeros((ROWS, COLUMNS), dtype=np.float32)
    for top, left, height, width, value in drawn:
        strength[top : top + height, left : left + width] = value
    found = patches(strength)
    cut = boxes(found)
    assert len(cut) <= MOST_REGIONS
    assert 0 <= share(found) <= (strength > 1).mean() + 1e-9
    for patch in found:
        assert (strength[patch.rows, patch.columns] > 1).sum() >= patch.points
    for box in cut:
        assert 0 <= box.x < box.x + box.w <= 1 + 1e-6
        assert 0 <= box.y < box.y + box.h <= 1 + 1e-6


@given(st.integers(8, 60), st.integers(0, 120), st.integers(7, 20), st.integers(7, 30))
@examples(100)
def test_one_rectangle_is_one_patch_of_its_size(
    top: int, left: int, height: int, width: int
) -> None:
    strength = np.zeros((ROWS, COLUMNS), dtype=np.float32)
    strength[top : top + height, left : left + width] = 5.0
    (patch,) = patches(strength)
    assert (patch.top, patch.left) == (top, left)
    assert (patch.height, patch.width) == (height, min(width, COLUMNS - left))
