"""A small real encoder: pictures by the share of each named colour, texts by colour words.

The encoder finds "red" in pictures with much red, in microseconds, and knows nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from footage.digest import Digest
from footage.encoder import EncoderIdentity, Vectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footage.picture import Picture

COLOURS = {
    "red": (220, 20, 20),
    "green": (20, 180, 40),
    "blue": (20, 40, 220),
    "yellow": (230, 220, 30),
    "white": (245, 245, 245),
    "black": (10, 10, 10),
    "grey": (110, 110, 110),
}
DIMENSION = len(COLOURS) + 1
NEAR = 60.0


class ColourEncoder:
    """Encodes the share of each colour, and of no named colour, as a vector of length 1."""

    @property
    def identity(self) -> EncoderIdentity:
        digest = str(Digest.of(repr(COLOURS).encode()))
        return EncoderIdentity("colours", digest, DIMENSION, "knows seven colours")

    @property
    def input_size(self) -> tuple[int, int]:
        """Large, so that no picture of a test's film is reduced: every pixel is counted."""
        return 4096, 4096

    def encode_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        return _vectors([_shares(picture) for picture in pictures])

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return _vectors([_words(text) for text in texts])

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """Words that name no colour."""
        return tuple(word for word in text.split() if word not in COLOURS)


def _shares(picture: Picture) -> NDArray[np.float64]:
    """Count the pixels near each colour; squares of distances are whole, so `float32` is exact."""
    pixels = np.frombuffer(picture.rgb, dtype=np.uint8).reshape(-1, 3)
    red, green, blue = np.ascontiguousarray(pixels.T).astype(np.float32)
    near = [
        np.square(red - r) + np.square(green - g) + np.square(blue - b) < NEAR**2
        for r, g, b in COLOURS.values()
    ]
    shares = np.array([each.mean() for each in near])
    return np.append(shares, max(1.0 - shares.sum(), 0.0)) + 1e-3


def _words(text: str) -> NDArray[np.float64]:
    words = text.lower().split()
    row = np.array([float(colour in words) for colour in COLOURS] + [0.0])
    return row if row.any() else np.append(row[:-1], 1.0)


def _vectors(rows: list[NDArray[np.float64]]) -> Vectors:
    matrix = np.array(rows, dtype=np.float64).reshape(len(rows), DIMENSION)
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-12)
    return Vectors(DIMENSION, matrix.astype("<f4").tobytes())
