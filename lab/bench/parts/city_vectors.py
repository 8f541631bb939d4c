"""Seeded vectors of a city's day, shaped like those of CLIP, and queries like those of texts.

All pictures share a mean; a camera's pictures share a centre; things are directions shared by all
cameras. A text lies apart from all pictures (cosine 0.17 on average, 0.04 deviation) and a little
nearer to those that show its thing. Synthetic: speeds carry over to real vectors, recall does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from footage.encoder import EncoderIdentity, Vectors
from footage.ids import CameraId, SegmentKey
from footage.instant import Elapsed, Instant
from footage.keyframe import WHOLE
from footage.objectkey import ObjectKey
from footage.ports import VectorRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

RowName = tuple[int, int, str]

CAMERAS: Final = 950
CAMERAS_A_SITE: Final = 5
ROWS_A_SEGMENT: Final = 3
START: Final = Instant.parse("2026-11-22T00:00:00Z")
DAY_S: Final = 86_400
TEXTS: Final = 20
_THINGS: Final = 2_000
_NOISE: Final = 0.3
_SEED: Final = 20_261_122
_CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class CityVectors:
    """A day of vectors: `rows` rows of `dimension` numbers, spread over all cameras and the day."""

    rows: int
    dimension: int

    @property
    def encoder(self) -> EncoderIdentity:
        """Identity of an encoder that might have made the vectors."""
        return EncoderIdentity("synthetic", "sha256:" + "5" * 64, self.dimension)

    def texts(self) -> Matrix:
        """Return the queries, a text each."""
        mean, _, things = self._directions()
        rng = np.random.default_rng(_SEED + 1)
        noise = _unit(rng.standard_normal((TEXTS, self.dimension), np.float32))
        chosen = things[rng.integers(_THINGS, size=TEXTS)]
        return _unit(0.24 * mean + 0.35 * chosen + 0.9 * noise)

    def chunks(self) -> Iterator[tuple[list[VectorRow], Matrix]]:
        """Yield rows in the order of time, with their vectors."""
        mean, centres, things = self._directions()
        for number, start in enumerate(range(0, self.rows, _CHUNK)):
            count = min(_CHUNK, self.rows - start)
            rng = np.random.default_rng([_SEED, number])
            at = np.arange(start, start + count)
            camera = at // ROWS_A_SEGMENT % CAMERAS
            made = rng.standard_normal((count, self.dimension), np.float32)
            made *= _NOISE / self.dimension**0.5
            made += 0.7 * mean
            made += 0.45 * centres[camera]
            for weight in (0.35, 0.25, 0.2):
                share = weight * rng.random((count, 1), np.float32)
                made += share * things[rng.integers(_THINGS, size=count)]
            yield self._rows(at), _unit(made)

    def _directions(self) -> tuple[Matrix, ...]:
        rng = np.random.default_rng(_SEED)
        counts = (1, CAMERAS, _THINGS)
        drawn = (rng.standard_normal((n, self.dimension), np.float32) for n in counts)
        mean, *others = (_unit(rows) for rows in drawn)
        return (mean[0], *others)

    def _rows(self, at: NDArray[np.int64]) -> list[VectorRow]:
        made = []
        step_us = DAY_S * 1_000_000 // (-(-self.rows // ROWS_A_SEGMENT) + 1)
        for number in at.tolist():
            segment, within = divmod(number, ROWS_A_SEGMENT)
            begun = START + Elapsed(segment * step_us)
            camera = CameraId(f"camera-{segment % CAMERAS}")
            key = segment_key(segment, begun)
            instant = begun + Elapsed(within * step_us // ROWS_A_SEGMENT)
            made.append(VectorRow(camera, instant, key, within * 40_000, 40_000, WHOLE))
        return made


class BestRows:
    """The rows nearest to each text by exact comparison, gathered while rows are made.

    Attributes:
        count: Rows kept of each text.
    """

    def __init__(self, texts: Matrix, count: int = 10) -> None:
        self.count = count
        self._texts = texts
        self._scores: Matrix = np.full((len(texts), 0), 0.0, np.float32)
        self._names: list[RowName] = []

    def take(self, rows: Sequence[VectorRow], matrix: Matrix) -> None:
        """Compare some rows and their vectors."""
        both = np.hstack([self._scores, self._texts @ matrix.T])
        names = [*self._names, *map(name_of, rows)]
        kept = np.unique(np.argsort(-both, axis=1)[:, : self.count])
        self._scores, self._names = both[:, kept], [names[n] for n in kept]

    def found(self) -> list[list[RowName]]:
        """Return the best rows of each text, the best first."""
        order = np.argsort(-self._scores, axis=1)[:, : self.count]
        return [[self._names[n] for n in row] for row in order]


def name_of(row: VectorRow) -> RowName:
    """Return by what a row of the day is told from all others."""
    return (row.instant.us, row.offset, row.segment)


def segment_key(segment: int, begun: Instant) -> SegmentKey:
    """Return the key of the day's segment of this number."""
    key = ObjectKey.parse("site-0/2026-11-22/camera-0/00/00-00.000Z.0.mp4")
    site, camera = segment % CAMERAS // CAMERAS_A_SITE, segment % CAMERAS
    text = str(type(key)(key.site, key.camera, begun, key.number))
    return SegmentKey(
        text.replace("site-0", f"site-{site}").replace("camera-0", f"camera-{camera}")
    )


def as_vectors(matrix: Matrix) -> Vectors:
    """Return the rows as the ports take them."""
    return Vectors(matrix.shape[1], matrix.astype("<f4").tobytes())


def _unit(rows: Matrix) -> Matrix:
    made: Matrix = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return made
