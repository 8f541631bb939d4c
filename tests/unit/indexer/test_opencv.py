from __future__ import annotations

import cv2
import numpy as np

from indexer.opencv import Mask, components, grown, luma_and_colour, rectangle, shrunk


def mask(*rows: str) -> Mask:
    return np.array([[c == "#" for c in row] for row in rows])


def test_points_that_touch_slantwise_are_two_components() -> None:
    found = list(
        components(
            mask(
                "##...",
                "##...",
                "..##.",
            ),
            1,
        )
    )
    assert [(c.rows, c.columns, int(c.points.sum())) for c in found] == [
        (slice(0, 2), slice(0, 2), 4),
        (slice(2, 3), slice(2, 4), 2),
    ]


def test_a_component_holds_its_own_points_and_none_of_a_neighbour_in_its_rectangle() -> None:
    ring, dot = components(
        mask(
            "#####",
            "#...#",
            "#.#.#",
            "#...#",
            "#####",
        ),
        1,
    )
    assert int(ring.points.sum()) == 16
    assert not ring.points[2, 2]
    assert (dot.rows, dot.columns) == (slice(2, 3), slice(2, 3))


def test_small_components_are_left_out() -> None:
    drawn = mask("###.##.#")
    assert [int(c.points.sum()) for c in components(drawn, 2)] == [3, 2]
    assert list(components(drawn, 4)) == []
    assert list(components(mask("...."), 1)) == []


def test_a_mask_grows_across_down_and_slantwise_and_not_over_the_edge() -> None:
    assert np.array_equal(
        grown(mask("....", "....", "...#"), 1),
        mask("....", "..##", "..##"),
    )
    assert np.array_equal(grown(mask("#....."), 2), mask("###..."))


def test_the_rectangle_is_the_smallest_around_the_points() -> None:
    assert rectangle(mask(".....", "..#..", "...#.")) == (2, 1, 2, 2)


def test_a_shrunk_point_is_the_mean_of_the_area_it_covers() -> None:
    rgb = np.zeros((4, 6, 3), dtype=np.uint8)
    rgb[0, 0] = rgb[1, 1] = (200, 100, 40)
    small = shrunk(rgb, 3, 2)
    assert small.shape == (2, 3, 3)
    assert small[0, 0].tolist() == [100, 50, 20]
    assert not small[1:].any()
    assert not small[:, 1:].any()


def test_grey_has_its_brightness_and_no_colour() -> None:
    greys = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    assert np.array_equal(luma_and_colour(greys)[..., 0], greys[..., 0])
    assert (luma_and_colour(greys)[..., 1:] == 128).all()
    red = luma_and_colour(np.array([[[255, 0, 0]]], dtype=np.uint8))
    assert red[0, 0].tolist() == [76, 255, 85]


def test_opencv_works_on_the_thread_that_calls_it() -> None:
    assert cv2.getNumThreads() == 1
