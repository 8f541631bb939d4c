"""The small picture on which change is judged: 160 x 90, luma and colour difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from footage.picture import Picture

COLUMNS: Final = 160
ROWS: Final = 90
"""Fine enough that a mover of 0.4 % of the picture covers 58 points; 43 kB a thumb."""

Thumb = NDArray[np.uint8]
"""Y, Cb, Cr as [ROWS, COLUMNS, 3]."""


def shrink(picture: Picture) -> Thumb:
    """The thumb of a picture; each point is the mean of what it covers, so noise averages out."""
    image = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
    small = image.resize((COLUMNS, ROWS), Image.Resampling.BOX).convert("YCbCr")
    return np.asarray(small, dtype=np.uint8)


def crop(picture: Picture, left: int, top: int, right: int, bottom: int) -> bytes:
    """The RGB bytes of a rectangle in pixels, right and bottom exclusive."""
    pixels = np.frombuffer(picture.rgb, dtype=np.uint8)
    pixels = pixels.reshape(picture.height, picture.width, 3)
    return pixels[top:bottom, left:right].tobytes()
