"""A seeded full day of the city: segments, index marks and vectors, through the product's stores.

The day holds what 950 cameras record and what an indexer makes of that: 1 440 segments a camera,
each camera's segments staggered as a recorder staggers them, a camera in ten with an outage, and
vectors shaped like CLIP's. No bytes of video: objects are written only where a benchmark deletes.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from footage.digest import Digest
from footage.encoder import Vectors
from footage.ids import RunId
from footage.instant import DAY, Elapsed, Instant, Interval
from footage.keyframe import WHOLE
from footage.objectkey import ObjectKey
from footage.ports import VectorRow
from footage.segment import ClockReading, Media, Segment, TimeSource
from footage.span import Gap, GapReason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footage.camera import Camera
    from footage.encoder import EncoderIdentity
    from footage.ports import Catalogue, VectorIndex

MIDNIGHT: Final = Instant.parse("2026-11-21T00:00:00Z")
LENGTH: Final = Elapsed.parse("60s")
SIZE_BYTES: Final = 30_000_000
_MEDIA: Final = Media("avc1", 1920, 1080, 90_000, 60 * 90_000, 1500, 800)
_CLOCK: Final = ClockReading(TimeSource.ARRIVAL, uncertainty=Elapsed(40_000))
_HOUR: Final = Elapsed.parse("1h")
_OUTAGE: Final = Elapsed.parse("7m")
_ROWS_AT_ONCE: Final = 100_000


def segments_of(
    camera: Camera, number: int, midnight: Instant = MIDNIGHT, length: Elapsed = LENGTH
) -> Iterator[Segment]:
    """Yield a day's segments of the city's camera `number`; every tenth camera has an outage."""
    lost = midnight + LENGTH * (number % 1_400)
    outage = Interval(lost, lost + _OUTAGE)
    for n in range(DAY.us // length.us):
        start = midnight + _stagger(number) + length * n
        if number % 10 == 0 and start in outage:
            continue
        key = ObjectKey(camera.site, camera.id, start).segment
        after = number % 10 == 0 and start >= outage.end
        yield Segment(
            key=key,
            camera=camera.id,
            site=camera.site,
            district=camera.district,
            place=camera.place,
            interval=Interval(start, start + length),
            run=RunId(f"run-{number}-{int(after)}"),
            sequence=n,
            size_bytes=SIZE_BYTES * length.us // LENGTH.us,
            digest=Digest.of(key.encode()),
            media=_media(length),
            clock=_CLOCK,
            retention_class=camera.retention_class,
        )


def _media(length: Elapsed) -> Media:
    share = Fraction(length.us, LENGTH.us)
    ticks, samples = int(_MEDIA.duration_ticks * share), int(_MEDIA.samples * share)
    return replace(_MEDIA, duration_ticks=ticks, samples=samples)


def _stagger(number: int) -> Elapsed:
    """Time after midnight at which the segments of the city's camera `number` begin."""
    return Elapsed(number * 63_157 % LENGTH.us)


def fill_catalogue(
    catalogue: Catalogue, cameras: Sequence[Camera], mark: str, lasting: Elapsed = DAY
) -> int:
    """Store segments, gaps and index marks of the day's first part; return the segments' number.

    Args:
        catalogue: Where they go.
        cameras: The cameras.
        mark: Index mark of an encoder that looked at all segments.
        lasting: Length of the part.
    """
    count = 0
    for number, camera in enumerate(cameras):
        mine = list(islice(segments_of(camera, number), lasting.us // LENGTH.us))
        catalogue.add_segments(mine)
        catalogue.mark_indexed([segment.key for segment in mine], mark)
        if number % 10 == 0:
            catalogue.add_gaps(
                Gap(camera.id, Interval(a.interval.end, b.interval.start), GapReason.CAMERA_LOST)
                for a, b in pairwise(mine)
                if a.interval.end < b.interval.start
            )
        count += len(mine)
    return count


def fill_month_before(catalogue: Catalogue, cameras: Sequence[Camera], mark: str) -> int:
    """Store an hour of each camera for each of the 29 days before; return the number of segments.

    Reading a day's summary costs the same however many segments the summary adds up.
    """
    count = 0
    for number, camera in enumerate(cameras):
        mine = [
            replace(
                segment, interval=Interval(segment.interval.start, segment.interval.start + _HOUR)
            )
            for days in range(1, 30)
            for segment in islice(segments_of(camera, number, MIDNIGHT - DAY * days), 1)
        ]
        catalogue.add_segments(mine)
        catalogue.mark_indexed([segment.key for segment in mine], mark)
        count += len(mine)
    return count


def fill_vectors(
    index: VectorIndex,
    encoder: EncoderIdentity,
    cameras: Sequence[Camera],
    rows: int,
    lasting: Elapsed = DAY,
) -> int:
    """Store about `rows` vectors in the order of time, as an indexer does that keeps up.

    Args:
        index: Where they go.
        encoder: The encoder that might have made them.
        cameras: The cameras.
        rows: Number of vectors wanted.
        lasting: Time after midnight over which they are spread.

    Returns:
        The number of vectors stored.
    """
    made = TextLike(encoder.dimension, len(cameras))
    each = max(1, _ROWS_AT_ONCE // len(cameras))
    steps = max(1, rows // (len(cameras) * each))
    step = Elapsed(lasting.us // steps)
    for number in range(steps):
        at = MIDNIGHT + step * number
        found = [
            row for n, camera in enumerate(cameras) for row in _rows_of(camera, n, at, step, each)
        ]
        data = made.pictures(np.repeat(np.arange(len(cameras)), each))
        order = sorted(range(len(found)), key=lambda n: found[n].instant)
        index.add(
            encoder,
            [found[n] for n in order],
            Vectors(encoder.dimension, data[order].astype("<f4").tobytes()),
        )
    return steps * each * len(cameras)


def _rows_of(
    camera: Camera, number: int, at: Instant, step: Elapsed, count: int
) -> Iterator[VectorRow]:
    """Yield rows of the segments of `segments_of`, evenly over `step`."""
    for n in range(count):
        instant = at + _stagger(number) + Elapsed(step.us * n // count)
        start = (instant - _stagger(number)).floor(LENGTH) + _stagger(number)
        key = ObjectKey(camera.site, camera.id, start).segment
        yield VectorRow(camera.id, instant, key, 800 + 1_000 * n, 900, WHOLE)


class TextLike:
    """Vectors of unit length shaped like CLIP's, by a seed.

    Pictures share a mean and lie around their camera and around a concept; texts lie around a
    concept too, and far from all pictures: the cosine of a text and a picture is about 0.17, of the
    best about 0.3.
    """

    def __init__(self, dimension: int, cameras: int, *, concepts: int = 200, seed: int = 7) -> None:
        self._random = np.random.default_rng(seed)
        self._mean = _unit(self._random.standard_normal(dimension))
        self._gap = _unit(self._random.standard_normal(dimension))
        self._cameras = _unit(self._random.standard_normal((cameras, dimension)))
        self._concepts = _unit(self._random.standard_normal((concepts, dimension)))

    def pictures(self, cameras: np.ndarray) -> np.ndarray:
        """Return a picture's vector for each camera number, as float32 rows."""
        count, dimension = len(cameras), self._mean.shape[0]
        concept = self._random.integers(0, len(self._concepts), count)
        strength = self._random.gamma(2.0, 0.12, count)[:, np.newaxis]
        noise = self._random.standard_normal((count, dimension)) / np.sqrt(dimension)
        made = 0.55 * self._mean + 0.6 * self._cameras[cameras]
        return _unit(made + strength * self._concepts[concept] + 0.35 * noise).astype(np.float32)

    def text(self, concept: int) -> np.ndarray:
        """Return the vector of a text about a concept, as one float32 row."""
        made = 0.15 * self._mean + 0.45 * self._concepts[concept % len(self._concepts)]
        return _unit(made + 0.8 * self._gap).astype(np.float32)


def _unit(rows: np.ndarray) -> np.ndarray:
    unit: np.ndarray = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return unit
