"""Measure one node of Elasticsearch beside the embedded stores: publishing, and the vectors.

A real node with a heap of 2 GB runs for the benchmark. Groups of 64 segments, each with 30
keyframes and 3 vectors of 512 numbers, are published as an indexer publishes; reading, decoding and
encoding are left out. Then the vectors are those of `lab.bench.parts.city_vectors`: added in
groups, searched by texts over the day, a site and a camera's hour, and removed fifty segments at a
time. CPU time is that of this process and of the node together.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from footage.camera import Camera
from footage.clock import SystemClock
from footage.errors import Misconfigured
from footage.ids import CameraId, DistrictId, SiteId
from footage.instant import Elapsed
from footage.keyframe import WHOLE, Gate, Keyframe
from footage.picture import Picture
from footage.place import Point
from footage.ports import VectorRow
from indexer.publish import Group, Publisher, Unpublished
from infra.catalogues.elastic_catalog import ElasticCatalogue
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from infra.config import loading
from infra.vectors.elastic_vectors import ElasticVectors
from infra.vectors.faiss_index import FaissIndex
from lab.bench.harness import Figure, median
from lab.bench.parts.city_day import segments_of
from lab.bench.parts.city_vectors import BestRows, CityVectors, as_vectors, name_of
from lab.bench.parts.procfs import family, usage
from lab.bench.parts.seeded_city import p95
from lab.bench.vectors import ASKED, SCOPES
from lab.servers import elasticsearch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from footage.encoder import EncoderIdentity, Vectors
    from footage.ids import SegmentKey
    from footage.ports import Catalogue, VectorIndex
    from footage.segment import Segment

ROWS: Final = 200_000
DIMENSION: Final = 512
SEGMENTS: Final = 1_920
GROUP: Final = 64
KEYFRAMES: Final = 30
ROWS_A_SEGMENT: Final = 3
_CAMERAS: Final = 64
_REMOVALS: Final = 10
_AT_ONCE: Final = 50
_HEAP: Final = "2g"
_PICTURE: Final = Picture(1, 1, bytes(3))


class ReadyVectors:
    """An encoder whose vectors lie ready: of any pictures, the next rows of a matrix."""

    def __init__(self) -> None:
        self._city = CityVectors(SEGMENTS * ROWS_A_SEGMENT, DIMENSION)
        self._rows = np.concatenate([matrix for _, matrix in self._city.chunks()])
        self._next = 0

    @property
    def identity(self) -> EncoderIdentity:
        """Identity of the encoder."""
        return self._city.encoder

    @property
    def input_size(self) -> tuple[int, int]:
        """Size of the pictures."""
        return (1, 1)

    def encode_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        """Return a row for each picture."""
        taken = self._rows[self._next : self._next + len(pictures)]
        self._next += len(pictures)
        return as_vectors(taken)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Return a row for each text."""
        return as_vectors(self._city.texts()[: len(texts)])

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """Return no word."""
        del text
        return ()


def figures(rows: int = ROWS, segments: int = SEGMENTS) -> list[Figure]:
    """Return the figures of Elasticsearch, and beside these those of the embedded stores.

    Args:
        rows: Number of vectors that are searched.
        segments: Number of segments that are published.
    """
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder, _node(Path(folder)) as (url, pids):
        root, clock = Path(folder), SystemClock()
        elastic = ElasticCatalogue(url, clock=clock), ElasticVectors(url, clock=clock)
        embedded = SqliteCatalogue(root / "catalogue.db"), FaissIndex(root / "vectors")
        for name, (catalogue, vectors), others in (
            ("elastic", elastic, pids),
            ("embedded", embedded, []),
        ):
            found += _published(name, catalogue, vectors, segments, others)
        whole = ElasticVectors(url, clock=clock, prefix="whole"), FaissIndex(root / "whole")
        for name, index, others in (("elastic", whole[0], pids), ("embedded", whole[1], [])):
            found += _searched(name, index, CityVectors(rows, DIMENSION), others)
        for each in (*elastic, *embedded, *whole):
            each.close()
    return found


@contextmanager
def _node(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """Start a node; give the address and the ids of its processes.

    Raises:
        Misconfigured: Elasticsearch is not installed.
    """
    home = elasticsearch.find(loading.load().cache)
    if home is None:
        raise Misconfigured("Elasticsearch is not installed", hint="make servers")
    clock = SystemClock()
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="node-") as own:
        Path(own).chmod(0o755)  # the node runs as another user
        running = elasticsearch.start(home, Path(own), clock=clock, heap=_HEAP)
        try:
            yield f"http://127.0.0.1:{running.port}", family(running.child.pid)
        finally:
            running.child.stop()


def _published(
    name: str, catalogue: Catalogue, vectors: VectorIndex, number: int, others: list[int]
) -> list[Figure]:
    """Publish segments in groups; return segments a second, and CPU time of a segment."""
    place = Point(31.83, 70.90)
    cameras = [
        Camera(CameraId(f"camera-{n}"), "", SiteId("site-1"), DistrictId("district-1"), place)
        for n in range(_CAMERAS)
    ]
    each = -(-number // _CAMERAS)
    made = [islice(segments_of(camera, n), each) for n, camera in enumerate(cameras)]
    stored = sorted((one for some in made for one in some), key=lambda one: one.interval.start)
    catalogue.add_segments(stored)
    publisher = Publisher(catalogue, vectors, encoder := ReadyVectors())
    pids = [os.getpid(), *others]
    spent, begun, done = usage(pids), time.perf_counter(), 0
    for at in range(0, number, GROUP):
        group = Group(encoder)
        for segment in stored[at : min(at + GROUP, number)]:
            looked = _looked(segment)
            group.add(looked, [_PICTURE] * len(looked.rows))
        report, _ = publisher.publish(group)
        done += report.segments
    took, cpu_s = time.perf_counter() - begun, usage(pids).since(spent).cpu_s
    if done != number:
        raise RuntimeError(f"{done} of {number} segments were published")
    return [
        Figure(f"{name}_segments_per_s", round(done / took, 1), "segments/s", 1),
        Figure(f"{name}_publish_cpu_ms", round(cpu_s * 1e3 / done, 2), "CPU ms a segment", 1),
    ]


def _looked(segment: Segment) -> Unpublished:
    start, step = segment.interval.start, Elapsed(segment.interval.length.us // KEYFRAMES)
    instants = [start + step * n for n in range(KEYFRAMES)]
    gates = [Gate.CHANGED if n < ROWS_A_SEGMENT else Gate.UNCHANGED for n in range(KEYFRAMES)]
    keyframes = tuple(
        Keyframe(segment.camera, at, segment.key, 800 + 40_000 * n, 40_000, gate)
        for n, (at, gate) in enumerate(zip(instants, gates, strict=True))
    )
    rows = tuple(
        VectorRow(one.camera, one.instant, one.segment, one.offset, one.length, WHOLE)
        for one in keyframes[:ROWS_A_SEGMENT]
    )
    return Unpublished(segment, keyframes, rows)


def _searched(name: str, index: VectorIndex, city: CityVectors, others: list[int]) -> list[Figure]:
    """Add, search and remove the vectors of a day."""
    texts, pids = city.texts(), [os.getpid(), *others]
    best, took, cpu_s = BestRows(texts), 0.0, 0.0
    first: list[SegmentKey] = []
    for rows, matrix in city.chunks():
        spent, begun = usage(pids), time.perf_counter()
        index.add(city.encoder, rows, as_vectors(matrix))
        took += time.perf_counter() - begun
        cpu_s += usage(pids).since(spent).cpu_s
        first = first or list(dict.fromkeys(row.segment for row in rows))
        best.take(rows, matrix)
    if isinstance(index, FaissIndex):
        index.upkeep()
    found = [
        Figure(f"{name}_vectors_per_s", round(city.rows / took), "rows/s", 1),
        Figure(f"{name}_vectors_add_cpu_us", round(cpu_s * 1e6 / city.rows, 1), "CPU us a row", 1),
    ]
    for scope, (interval, cameras) in SCOPES.items():
        asked = [as_vectors(text[np.newaxis]) for text in texts]
        index.search(city.encoder, asked[0], interval, cameras, k=ASKED)
        times = [
            _ms(lambda: index.search(city.encoder, text, interval, cameras, k=ASKED))  # noqa: B023
            for text in asked
        ]
        found.append(Figure(f"{name}_search{scope}_p95_ms", p95(times), "ms", len(times)))
    hits = 0
    for text, wanted in zip(texts, best.found(), strict=True):
        asked_for = as_vectors(text[np.newaxis])
        answer = index.search(city.encoder, asked_for, *SCOPES[""], k=best.count)
        hits += len({name_of(hit.row) for hit in answer.hits} & set(wanted))
    recall = hits / (best.count * len(texts))
    found.append(Figure(f"{name}_recall_at_{best.count}", recall, "share", len(texts)))
    calls = [first[at : at + _AT_ONCE] for at in range(0, _AT_ONCE * _REMOVALS, _AT_ONCE)]
    removed = median([_ms(lambda: index.remove(keys)) for keys in calls])  # noqa: B023
    return [*found, Figure(f"{name}_remove_50_ms", round(removed, 1), "ms", _REMOVALS)]


def _ms(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1e3
