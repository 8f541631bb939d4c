"""Thumb: the small picture on which change is judged, 160 x 90, luma and colour difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from footage.picture import Picture
from indexer.opencv import luma_and_colour, shrunk

if TYPE_CHECKING:
    from indexer.opencv import Pixels

COLUMNS: Final = 160
ROWS: Final = 90
"""Rows of a thumb: fine enough that a mover of 0.4 % of the picture covers 58 points; 43 kB a
thumb."""

Thumb = NDArray[np.uint8]
"""A thumb: Y, Cr, Cb as [ROWS, COLUMNS, 3]."""


def shrink(picture: Picture) -> Thumb:
    """Return the thumb of a picture; each point is the mean of an area, so noise averages out."""
    pixels = _pixels(picture)
    if pixels.shape[:2] != (ROWS, COLUMNS):
        pixels = shrunk(pixels, COLUMNS, ROWS)
    return luma_and_colour(pixels)


def resized(picture: Picture, width: int, height: int) -> Picture:
    """Return the picture in a smaller size; each pixel is the mean of the area it covers."""
    return Picture(width, height, shrunk(_pixels(picture), width, height).tobytes())


def _pixels(picture: Picture) -> Pixels:
    return np.frombuffer(picture.rgb, dtype=np.uint8).reshape(picture.height, picture.width, 3)
