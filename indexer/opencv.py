"""Image operations of OpenCV for the indexer; no other module imports `cv2`.

OpenCV would start a thread for each core of the machine. Recording has priority, so each function
here runs on the calling thread alone, like the decoder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator

Pixels = NDArray[np.uint8]
"""Pixels of a picture as [rows, columns, 3]."""
Mask = NDArray[np.bool_]
"""Points of a picture that are set, as [rows, columns]."""

cv2.setNumThreads(1)


class Component(NamedTuple):
    """Connected points of a mask: the rectangle around the points, and a mask of that size."""

    rows: slice
    columns: slice
    points: Mask


def shrunk(rgb: Pixels, columns: int, rows: int) -> Pixels:
    """Return the picture in the given size; each point is the mean of the area that it covers."""
    small = cv2.resize(rgb, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)


def luma_and_colour(rgb: Pixels) -> Pixels:
    """Return Y, Cr, Cb of an RGB picture, each from 0 to 255; Cr and Cb of grey are 128."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb), dtype=np.uint8)


def grown(mask: Mask, points: int) -> Mask:
    """Return the mask grown by `points` points in each direction: across, down and diagonally."""
    side = 2 * points + 1
    square = np.ones((side, side), dtype=np.uint8)
    return cv2.dilate(mask.view(np.uint8), square).view(np.bool_)


def components(mask: Mask, least: int) -> Iterator[Component]:
    """Yield components of at least `least` points, connected across and down, not diagonally."""
    _, labels, figures, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=4)
    large = np.flatnonzero(figures[1:, cv2.CC_STAT_AREA] >= least) + 1
    # Label 0 are the points outside the mask. Plain lists: numpy hands out single numbers slowly.
    for label, (left, top, width, height, _) in zip(
        large.tolist(), figures[large].tolist(), strict=True
    ):
        rows, columns = slice(top, top + height), slice(left, left + width)
        yield Component(rows, columns, labels[rows, columns] == label)


def rectangle(mask: Mask) -> tuple[int, int, int, int]:
    """Return left, top, width and height of the smallest rectangle around the mask's points."""
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    return left, top, width, height
