"""Codes of large parts: what a scan of codes finds, what it says, and when there is none."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from footage.encoder import EncoderIdentity, Vectors
from footage.ids import CameraId
from footage.instant import Elapsed, Interval
from footage.keyframe import WHOLE
from footage.ports import VectorRow
from infra.vectors import codebook, sample_queries, vector_plan
from infra.vectors.faiss_index import FaissIndex
from infra.vectors.memory_vectors import MemoryVectors
from infra.vectors.sample_queries import queries
from infra.vectors.sealed_part import read_manifest
from infra.vectors.shard_upkeep import Sizes
from tests.common.builders import START, a_segment
from tests.common.sealing import seal

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from footage.ports import VectorAnswer, VectorIndex

pytestmark = pytest.mark.slow

DIMENSION: Final = 64
ENCODER: Final = EncoderIdentity("clusters", "sha256:" + "e" * 64, DIMENSION)
ROWS: Final = 6_000
CAMERAS: Final = 20
DAY: Final = Interval(START.floor(Elapsed.parse("1d")), START + Elapsed.parse("8h"))
SIZES: Final = Sizes(code_rows=4_000, gathered_rows=0)


def clusters(rows: int = ROWS, seed: int = 1) -> NDArray[np.float32]:
    """Return rows like those of cameras: a common mean, a centre for each camera, directions."""
    rng = np.random.default_rng(seed)
    mean, centres = rng.normal(size=DIMENSION), rng.normal(size=(CAMERAS, DIMENSION)) * 0.6
    things = rng.normal(size=(40, DIMENSION)) * 0.5
    made = mean + centres[np.arange(rows) % CAMERAS] + things[rng.integers(40, size=rows)]
    return unit(made + rng.normal(size=(rows, DIMENSION)) * 0.15)


def unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    made: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype("<f4")
    return made


def vectors(rows: NDArray[np.float32]) -> Vectors:
    return Vectors(DIMENSION, rows.astype("<f4").tobytes())


def all_rows(rows: int = ROWS) -> list[VectorRow]:
    made = []
    for number in range(rows):
        start = START + Elapsed.seconds(number // CAMERAS)
        segment = a_segment(f"camera-{number % CAMERAS}", start)
        made.append(VectorRow(segment.camera, start, segment.key, number, 9, WHOLE))
    return made


def filled(root: Path, matrix: NDArray[np.float32]) -> FaissIndex:
    index = FaissIndex(root, sizes=SIZES)
    index.add(ENCODER, all_rows(len(matrix)), vectors(matrix))
    seal(index)
    return index


@pytest.fixture(scope="module")
def coded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of an index with a part of `clusters()` that has codes; for reading only."""
    root = tmp_path_factory.mktemp("vectors") / "coded"
    filled(root, clusters())
    return root


@pytest.fixture
def root(coded: Path, tmp_path: Path) -> Path:
    """The same, for changing."""
    shutil.copytree(coded, tmp_path / "coded")
    return tmp_path / "coded"


def opened(root: Path) -> FaissIndex:
    return FaissIndex(root, sizes=SIZES)


def ask(index: VectorIndex, query: NDArray[np.float32], k: int = 10) -> VectorAnswer:
    return index.search(ENCODER, vectors(query[np.newaxis]), DAY, None, k=k)


@pytest.mark.slow
def test_texts_find_by_codes_what_they_find_exactly(coded: Path) -> None:
    matrix = clusters()
    index, exact = opened(coded), MemoryVectors()
    exact.add(ENCODER, all_rows(), vectors(matrix))
    found = 0
    texts = queries(clusters(seed=1).astype(np.float16))
    for text in texts:
        answer, truth = ask(index, text), ask(exact, text)
        assert not answer.exhaustive
        assert [part.method for part in answer.parts if part.eligible] == ["codes"]
        assert answer.recall is not None
        assert 0.98 <= answer.recall <= 1
        assert answer.scanned == ROWS
        by_row = {hit.row: hit.score for hit in truth.hits}
        found += sum(by_row.get(hit.row) == hit.score for hit in answer.hits)
        scores = [hit.score for hit in answer.hits]
        assert scores == sorted(scores, reverse=True)
    assert found >= 0.98 * 10 * len(texts)


def test_codes_that_memory_cannot_hold_are_not_used(coded: Path) -> None:
    index = FaissIndex(coded, sizes=SIZES, resident_bytes=1_000)
    answer = ask(index, clusters()[0])
    assert (answer.exhaustive, answer.scanned) == (True, ROWS)


def test_few_eligible_rows_are_compared_exactly(coded: Path) -> None:
    matrix = clusters()
    index = opened(coded)
    one = frozenset({CameraId("camera-3")})
    query = vectors(matrix[:1])
    answer = index.search(ENCODER, query, DAY, one, k=1_000)
    assert (answer.exhaustive, answer.scanned, answer.recall) == (True, ROWS // CAMERAS, 1)
    assert len(answer.hits) == ROWS // CAMERAS, "k is more than there are"
    assert {hit.row.camera for hit in answer.hits} == one
    many = frozenset(CameraId(f"camera-{n}") for n in range(15))
    most = index.search(ENCODER, query, DAY, many, k=40)
    assert not most.exhaustive
    assert {hit.row.camera for hit in most.hits} <= many
    assert len(most.hits) == 40
    nothing = index.search(ENCODER, query, DAY, frozenset({CameraId("camera-77")}), k=5)
    assert (nothing.hits, nothing.scanned, nothing.exhaustive) == ((), 0, True)
    past = Interval(START + Elapsed.parse("2h"), START + Elapsed.parse("3h"))
    assert index.search(ENCODER, query, past, None, k=5).scanned == 0


def test_dead_rows_are_not_found_by_codes(root: Path) -> None:
    matrix = clusters()
    index = opened(root)
    gone = [hit.row.segment for hit in ask(index, matrix[0], k=5).hits]
    assert index.remove(gone) >= 5
    left = ask(index, matrix[0], k=50)
    assert not left.exhaustive
    assert not {hit.row.segment for hit in left.hits} & set(gone)


@pytest.mark.slow
def test_vectors_that_codes_do_not_tell_apart_get_no_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows in all directions alike: codes of a sixteenth of the bytes would miss too much."""
    monkeypatch.setattr(vector_plan, "SHORTLISTS", (20,))
    spread = unit(np.random.default_rng(3).normal(size=(ROWS, DIMENSION)))
    index = filled(tmp_path, spread)
    (manifest,) = tmp_path.rglob("manifest.json")
    told = read_manifest(manifest.parent)
    assert (told.shortlist, "codes.faiss" in told.files) == (0, False)
    assert told.recall < 0.98
    answer = ask(index, spread[0])
    assert (answer.exhaustive, answer.scanned) == (True, ROWS)


@pytest.mark.slow
def test_vectors_that_coarse_codes_do_not_tell_apart_get_fine_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a city's day of vectors of 128 numbers: what coarse codes found among fewer rows."""
    monkeypatch.setattr(vector_plan, "SHORTLISTS", (500,))
    spread = unit(np.random.default_rng(3).normal(size=(ROWS, DIMENSION)))
    index = filled(tmp_path, spread)
    (manifest,) = tmp_path.rglob("manifest.json")
    told = read_manifest(manifest.parent)
    assert told.shortlist == 500
    assert told.files["codes.faiss"][0] > ROWS * DIMENSION // 4, "half a byte for two numbers"
    encoder = manifest.parents[2]
    assert {path.name for path in encoder.glob("codebook*")} >= {"codebook", "codebook-fine"}
    assert codebook.to_try(encoder, DIMENSION) == (codebook.FINE,), "made in vain no more"
    exact = MemoryVectors()
    exact.add(ENCODER, all_rows(), vectors(spread))
    others = queries(spread.astype(np.float16), seed=99)
    found = 0
    for text in others:
        answer, truth = ask(index, text), ask(exact, text)
        assert (answer.exhaustive, answer.recall) == (False, told.recall)
        found += len({hit.row for hit in answer.hits} & {hit.row for hit in truth.hits})
    assert found >= 0.97 * 10 * len(others)


@pytest.mark.slow
def test_the_recall_told_is_measured_on_queries_that_did_not_choose_the_shortlist(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    halves = clusters().astype(np.float16)
    choosing, others = queries(halves), sample_queries.queries(halves, seed=20_261_129)
    assert not np.intersect1d(choosing, others).size

    class Poor:
        """Codes that find the best rows of the queries that choose, and few of the others."""

        def roughly_nearest(
            self, asked: NDArray[np.float32], only: object, count: int
        ) -> NDArray[np.intp]:
            del only
            best = np.argsort(-(halves.astype(np.float32) @ asked), kind="stable")
            known = any(np.array_equal(asked, query) for query in choosing)
            return best[:count] if known else np.concatenate([best[1_000:], best[:1_000]])[:count]

    class Exact:
        def nearest(
            self, asked: NDArray[np.float32], only: object, k: int, rows: int
        ) -> NDArray[np.intp]:
            del only, rows
            return np.argsort(-(halves.astype(np.float32) @ asked), kind="stable")[:k]

    monkeypatch.setattr(vector_plan, "SHORTLISTS", (50, 5_500))
    shortlist, recall = sample_queries.measured(Exact(), Poor(), halves)  # type: ignore[arg-type]
    assert (shortlist, recall) == (5_500, 1.0)
    monkeypatch.setattr(vector_plan, "SHORTLISTS", (50, 500))
    assert sample_queries.measured(Exact(), Poor(), halves) == (0, 0.0)  # type: ignore[arg-type]


def test_an_encoder_has_one_codebook_until_it_is_damaged(tmp_path: Path) -> None:
    def sample() -> NDArray[np.float32]:
        asked.append(1)
        return clusters(500)

    asked: list[int] = []
    first = codebook.codebook(tmp_path, DIMENSION, sample)
    assert codebook.codebook(tmp_path, DIMENSION, sample) == first
    assert len(asked) == 1
    file = tmp_path / "codebook"
    file.write_bytes(file.read_bytes()[:-1] + b"\xff")
    codebook.codebook(tmp_path, DIMENSION, sample)
    assert len(asked) == 2
    assert codebook.codebook(tmp_path, DIMENSION, sample) == first
    assert len(asked) == 2


@pytest.mark.parametrize("how", ["cut", "remove"])
def test_codes_cut_short_are_named(root: Path, how: str) -> None:
    (codes,) = root.rglob("codes.faiss")
    if how == "cut":
        codes.write_bytes(codes.read_bytes()[:-1])
    else:
        codes.unlink()
    answer = ask(opened(root), clusters()[0])
    assert answer.scanned == 0
    assert len(answer.unreadable) == 1


@pytest.mark.parametrize("id_", [ROWS, -2])
def test_codes_that_name_no_row_are_not_used(root: Path, id_: int) -> None:
    """FAISS would read whatever memory lies there."""
    (codes,) = root.rglob("codes.faiss")
    data = codes.read_bytes()
    last = data.rindex((ROWS - 1).to_bytes(8, "little"))
    codes.write_bytes(data[:last] + id_.to_bytes(8, "little", signed=True) + data[last + 8 :])
    answer = ask(opened(root), clusters()[0])
    assert (answer.scanned, len(answer.unreadable)) == (0, 1)


def test_codes_altered_are_found_by_the_check_of_all_bytes(root: Path) -> None:
    (codes,) = root.rglob("codes.faiss")
    data = bytearray(codes.read_bytes())
    data[len(data) // 2] ^= 1
    codes.write_bytes(data)
    assert len(FaissIndex(root).damaged(ENCODER, DAY)) == 1


def test_a_part_of_many_sources_holds_each_row_once(tmp_path: Path) -> None:
    """Merged in steps while rows are replaced and removed: the same rows as the exact index."""
    matrix, rows = clusters(900), all_rows(900)
    index = FaissIndex(tmp_path, sizes=Sizes(gathered_rows=0, code_rows=400))
    exact = MemoryVectors()
    for at in range(0, 900, 90):
        part = slice(max(0, at - 20), at + 90)  # the last twenty rows again
        for each in (index, exact):
            each.add(ENCODER, rows[part], vectors(matrix[part]))
        if at % 180:
            seal(index)
        gone = [rows[at + 5].segment, rows[at // 2].segment]
        assert index.remove(gone) == exact.remove(gone)
    everything = ask(index, matrix[0], k=900)
    assert everything.hits == ask(exact, matrix[0], k=900).hits
    assert everything.scanned == len(everything.hits)
