"""FAISS and the exact reference give the same rows in the same order."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from footage.encoder import EncoderIdentity, Vectors
from footage.ids import CameraId
from footage.instant import Elapsed, Interval
from footage.keyframe import WHOLE, Box
from footage.ports import VectorRow
from infra.vectors.faiss_index import FaissIndex
from infra.vectors.memory_vectors import MemoryVectors
from infra.vectors.shard_upkeep import Sizes
from infra.vectors.vector_merge import to_merge
from tests.common.builders import START, a_segment
from tests.common.sealing import SCANNED, seal
from tests.common.tiers import examples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footage.ports import VectorIndex

DIMENSION = 24
ENCODER = EncoderIdentity("random", "sha256:" + "d" * 64, DIMENSION)
CAMERAS = [f"camera-{n}" for n in range(5)]
HOURS = Elapsed.parse("7h")


def unit(matrix: NDArray[np.float64]) -> Vectors:
    matrix = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    return Vectors(DIMENSION, matrix.astype("<f4").tobytes())


def some_rows(rng: np.random.Generator, count: int) -> list[VectorRow]:
    rows = []
    for _ in range(count):
        start = START + HOURS * int(rng.integers(8))
        segment = a_segment(CAMERAS[rng.integers(len(CAMERAS))], start)
        offset = int(rng.integers(12)) * 1_000
        box = WHOLE if rng.random() < 0.5 else Box(0.25, 0.25, 0.5, 0.5)
        instant = start + Elapsed(offset * 1_000)
        rows.append(VectorRow(segment.camera, instant, segment.key, offset, 900, box))
    return rows


def some_vectors(rng: np.random.Generator, count: int) -> Vectors:
    """Few directions, a little apart or not at all: near ties and ties as unchanged scenes make."""
    centres = rng.normal(size=(6, DIMENSION))
    chosen = centres[rng.integers(len(centres), size=count)]
    noise = rng.normal(size=(count, DIMENSION)) * rng.choice([0, 1e-7, 1e-3, 1], size=(count, 1))
    return unit(chosen + noise)


@examples(60)
@given(
    seed=st.integers(0, 1 << 32),
    count=st.integers(1, 250),
    calls=st.integers(1, 4),
    cameras=st.none() | st.frozensets(st.sampled_from(CAMERAS).map(CameraId)),
    first_h=st.integers(-1, 60),
    hours=st.integers(1, 60),
    k=st.integers(1, 60),
    sealed=st.lists(st.booleans(), min_size=4, max_size=4),
    sizes=st.sampled_from([Sizes(), SCANNED]),
)
def test_faiss_answers_like_the_exact_reference(  # noqa: PLR0913 - each is one thing drawn
    *,
    seed: int,
    count: int,
    calls: int,
    cameras: frozenset[CameraId] | None,
    first_h: int,
    hours: int,
    k: int,
    sealed: list[bool],
    sizes: Sizes,
) -> None:
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        faiss = FaissIndex(Path(folder), sizes=sizes)
        both: list[VectorIndex] = [MemoryVectors(), faiss]
        for _, seals in zip(range(calls), sealed, strict=False):
            rows, vectors = some_rows(rng, count), some_vectors(rng, count)
            for index in both:
                index.add(ENCODER, rows, vectors)
            if seals:
                seal(faiss)
        gone = [row.segment for row in some_rows(rng, 3)]
        assert both[0].remove(gone) == both[1].remove(gone)
        start = START + Elapsed.seconds(3_600) * first_h
        window = Interval(start, start + Elapsed.seconds(3_600) * hours)
        query = some_vectors(rng, 1)
        exact, answer = (index.search(ENCODER, query, window, cameras, k=k) for index in both)
    assert [hit.row for hit in answer.hits] == [hit.row for hit in exact.hits]
    assert [hit.score for hit in answer.hits] == [hit.score for hit in exact.hits]
    assert answer.scanned == exact.scanned
    assert len(answer.hits) == min(k, answer.scanned)
    assert answer.unreadable == ()


@given(st.lists(st.integers(1, 100), min_size=1, max_size=300))
def test_a_shard_has_few_parts_however_rows_come(additions: list[int]) -> None:
    parts: dict[str, int] = {}
    for n, rows in enumerate(additions):
        again = to_merge(parts, [], rows)
        merged = rows + sum(parts.pop(name) for name in again)
        parts[str(n)] = merged
    assert sum(parts.values()) == sum(additions)
    assert len(parts) <= max(1, sum(additions).bit_length())


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 1_000)), st.data())
def test_what_must_be_written_anew_always_is(sizes: dict[str, int], data: st.DataObject) -> None:
    forced = data.draw(st.lists(st.sampled_from(sorted(sizes)))) if sizes else []
    assert set(forced) <= to_merge(sizes, frozenset(forced), 0) <= set(sizes)
