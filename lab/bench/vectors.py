"""Measure the vector index: adding, removing, searching, a new process, and sealing.

Vectors are synthetic (`city_vectors`). Beside the index stand numpy over fp32 rows in memory and,
where installed, sqlite-vec. Every part runs in a process of its own; times are wall times unless
the name says CPU.
"""

from __future__ import annotations

import importlib
import os
import resource
import shutil
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from footage.ids import CameraId
from footage.instant import Elapsed, Interval
from infra.vectors import vector_plan, vector_shards
from infra.vectors.codebook import codebook, to_try
from infra.vectors.faiss_index import FaissIndex
from infra.vectors.part_builder import Identity, Taken, build
from infra.vectors.shard_view import ShardView
from infra.vectors.vector_cache import Cache
from lab.bench.harness import Figure
from lab.bench.parts.city_vectors import (
    CAMERAS_A_SITE,
    START,
    BestRows,
    CityVectors,
    as_vectors,
    name_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from footage.ports import VectorAnswer
    from lab.bench.parts.city_vectors import Matrix

SIZES: Final = ((10_000, 512), (100_000, 512), (1_000_000, 512), (1_000_000, 128))
"""Numbers of rows and of numbers a vector; figures of the largest bear no suffix."""
DAY: Final = Interval(START, START + Elapsed.parse("1d"))
HOUR: Final = Interval(START + Elapsed.parse("12h"), START + Elapsed.parse("13h"))
ONE: Final = frozenset({CameraId("camera-7")})
SITE: Final = frozenset(CameraId(f"camera-{n}") for n in range(CAMERAS_A_SITE))
ASKED: Final = 2_000
"""Rows that the search service asks for."""
SCOPES: Final = {"": (DAY, None), "_site": (DAY, SITE), "_camera_hour": (HOUR, ONE)}
_BEST: Final = 10
_ADDS: Final = 40
_REMOVALS: Final = 10
_MEBIBYTE: Final = 1 << 20
_MOST_NUMPY_BYTES: Final = 3 << 30

Values = dict[str, tuple[float, str, int]]


def figures(sizes: Sequence[tuple[int, int]] = SIZES) -> list[Figure]:
    """Return the figures for each size; those of the size with most bytes bear no suffix.

    Args:
        sizes: Numbers of rows and of numbers a vector.
    """
    found: list[Figure] = []
    adding: dict[tuple[int, int], float] = {}
    largest = max(sizes, key=lambda size: size[0] * size[1])
    for rows, dimension in sizes:
        suffix = "" if (rows, dimension) == largest else f"_{rows}x{dimension}"
        values = _measured(CityVectors(rows, dimension))
        adding[rows, dimension] = values["vectors_add_cpu_ms"][0]
        found += [
            Figure(name + suffix, round(value, 4), unit, runs)
            for name, (value, unit, runs) in values.items()
        ]
    same = [size for size in sizes if size[1] == largest[1]]
    if len(same) > 1:
        ratio = adding[largest] / adding[min(same)]
        smallest = f"vectors_add_cpu_ms_{min(same)[0]}x{min(same)[1]}"
        found.append(Figure("vectors_add_ratio", round(ratio, 2), "ratio", _ADDS, smallest))
    return found


def _measured(city: CityVectors) -> Values:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        values: Values = {}
        truth: list[list[tuple[int, int, str]]] = []
        for part in (_fill, _first_answer, _search, _seal, _add, _remove, _others):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                done, best = process.submit(part, city, root, truth).result()
            values |= done
            truth = best or truth
    return values


def _fill(city: CityVectors, root: Path, _: object) -> tuple[Values, list[Any]]:
    """Fill an index, then merge all of it; return the texts' best rows too, by exact comparison."""
    index = FaissIndex(root)
    best, adding = BestRows(city.texts(), _BEST), 0.0
    for rows, matrix in city.chunks():
        began = time.thread_time()
        index.add(city.encoder, rows, as_vectors(matrix))
        adding += time.thread_time() - began
        best.take(rows, matrix)
    index.close()
    index = FaissIndex(root)
    index.upkeep()
    stored = sum(file.stat().st_size for file in root.rglob("*") if file.is_file())
    numbers = city.rows * city.dimension * 2
    return {
        "vectors_added_per_cpu_s": (city.rows / adding, "rows/CPU-s", 1),
        "vectors_written_ratio": (_written_bytes() / numbers, "ratio", 1),
        "vectors_stored_bytes_a_row": (stored / city.rows, "bytes", 1),
    }, best.found()


def _seal(city: CityVectors, root: Path, _: object) -> tuple[Values, list[Any]]:
    """Merge all rows into one part, with codes where the part is large."""
    (shard,) = vector_shards.shards(root)
    state, sources = ShardView(shard, Cache(0)).snapshot()
    if state is None:
        raise AssertionError("no shard")
    taken = [Taken(one.rows, np.arange(len(one.rows.columns)), None) for one in sources]
    identity = Identity(state.encoder, state.digest, state.dimension)
    new = root / "sealing"
    new.mkdir()
    large = city.rows >= vector_plan.LARGE
    kinds = to_try(root, city.dimension) if large else ()
    kept = [partial(codebook, root, city.dimension, numbers=numbers) for numbers in kinds]
    before, began, numbers = _peak_bytes(), time.process_time(), city.rows * city.dimension * 2
    with _watched_memory() as peak:
        build(new, identity, taken, kept)
    used = time.process_time() - began
    shutil.rmtree(new)
    return {
        "vectors_sealed_per_cpu_s": (city.rows / used, "rows/CPU-s", 1),
        "vectors_seal_memory_ratio": (peak[0] / numbers, "ratio", 1),
        "vectors_seal_resident_ratio": ((_peak_bytes() - before) / numbers, "ratio", 1),
    }, []


@contextmanager
def _watched_memory() -> Iterator[list[int]]:
    """Give a list whose item becomes the most memory, beyond that at the start, in bytes.

    Mapped pages of files are not counted: the system takes these back when memory is short.
    """
    before, over = _anonymous_bytes(), Event()
    peak = [0]

    def watch() -> None:
        while not over.wait(0.02):
            peak[0] = max(peak[0], _anonymous_bytes() - before)

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def _anonymous_bytes() -> int:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.partition("RssAnon:")[2].split()[0]) * 1_024


def _first_answer(city: CityVectors, root: Path, _: object) -> tuple[Values, list[Any]]:
    began, cpu = time.perf_counter(), time.process_time()
    _ask(FaissIndex(root), city, city.texts()[0], *SCOPES[""], k=ASKED)
    return {
        "vectors_first_answer_s": (time.perf_counter() - began, "s", 1),
        "vectors_first_answer_cpu_s": (time.process_time() - cpu, "CPU-s", 1),
    }, []


def _search(city: CityVectors, root: Path, truth: list[Any]) -> tuple[Values, list[Any]]:
    index, texts, values = FaissIndex(root), city.texts(), Values()
    for name, (interval, cameras) in SCOPES.items():
        _ask(index, city, texts[0], interval, cameras, k=ASKED)
        times, cpu = _times(
            [partial(_ask, index, city, q, interval, cameras, k=ASKED) for q in texts]
        )
        values[f"vectors_search{name}_p95_ms"] = (_p95(times), "ms", len(times))
        values[f"vectors_search{name}_cpu_ms"] = (statistics.median(cpu), "CPU-ms", len(cpu))
    times, cpu = _times([partial(_ask, index, city, q, *SCOPES[""], k=20) for q in texts])
    values["vectors_search_k20_cpu_ms"] = (statistics.median(cpu), "CPU-ms", len(cpu))
    answers = [_ask(index, city, query, *SCOPES[""], k=_BEST) for query in texts]
    hits = [{name_of(hit.row) for hit in answer.hits} for answer in answers]
    found = sum(
        len(some & {tuple(n) for n in best}) for some, best in zip(hits, truth, strict=True)
    )
    values["vectors_recall_at_10"] = (found / (_BEST * len(hits)), "share", len(hits))
    values["vectors_recall_expected"] = (
        min(a.recall or 0.0 for a in answers),
        "share",
        len(hits),
    )
    values["vectors_search_peak_mb"] = (_peak_bytes() / _MEBIBYTE, "MiB", 1)
    return values, []


def _add(city: CityVectors, root: Path, _: object) -> tuple[Values, list[Any]]:
    """Add the rows of single segments, as an indexer does."""
    index = FaissIndex(root)
    rows, matrix = next(CityVectors(_ADDS * 3 + 3, city.dimension).chunks())
    calls = [
        partial(index.add, city.encoder, rows[at : at + 3], as_vectors(matrix[at : at + 3]))
        for at in range(0, _ADDS * 3 + 3, 3)
    ]
    calls[0]()
    wrote = _written_bytes()
    times, cpu = _times(calls[1:])
    return {
        "vectors_add_ms": (statistics.median(times), "ms", _ADDS),
        "vectors_add_cpu_ms": (statistics.median(cpu), "CPU-ms", _ADDS),
        "vectors_add_written_kb": ((_written_bytes() - wrote) / _ADDS / 1_024, "KiB", _ADDS),
    }, []


def _remove(city: CityVectors, root: Path, _: object) -> tuple[Values, list[Any]]:
    """Remove the rows of fifty segments at a time, as retention does."""
    index = FaissIndex(root)
    rows, _matrix = next(city.chunks())
    keys = list(dict.fromkeys(row.segment for row in rows))
    calls = [partial(index.remove, keys[at : at + 50]) for at in range(0, 50 * (_REMOVALS + 1), 50)]
    calls[0]()
    wrote = _written_bytes()
    times, cpu = _times(calls[1:])
    written = (_written_bytes() - wrote) / _REMOVALS / _MEBIBYTE
    return {
        "vectors_remove_50_ms": (statistics.median(times), "ms", _REMOVALS),
        "vectors_remove_50_cpu_ms": (statistics.median(cpu), "CPU-ms", _REMOVALS),
        "vectors_remove_50_written_mb": (written, "MiB", _REMOVALS),
    }, []


def _others(city: CityVectors, root: Path, _: object) -> tuple[Values, list[Any]]:
    """Measure others over the same rows: numpy and, where installed, sqlite-vec."""
    values: Values = {}
    texts = city.texts()
    if city.rows * city.dimension * 4 <= _MOST_NUMPY_BYTES:
        matrix = np.concatenate([chunk for _, chunk in city.chunks()])
        _, cpu = _times([partial(_by_numpy, matrix, q) for q in texts])
        values["vectors_numpy_cpu_ms"] = (statistics.median(cpu), "CPU-ms", len(cpu))
    try:
        database = _sqlite_vec(city, root / "sqlite-vec.db")
    except ImportError:
        return values, []
    _, cpu = _times([partial(_by_sqlite_vec, database, q) for q in texts[:5]])
    values["vectors_sqlite_vec_k20_cpu_ms"] = (statistics.median(cpu), "CPU-ms", len(cpu))
    return values, []


def _by_numpy(matrix: Matrix, query: Matrix) -> None:
    scores = matrix @ query
    np.argpartition(-scores, min(ASKED, len(scores) - 1))


def _sqlite_vec(city: CityVectors, path: Path) -> Any:  # noqa: ANN401 - apsw is not installed
    """Fill a table of sqlite-vec; by apsw, since Python's sqlite3 may load no extensions."""
    vec, apsw = importlib.import_module("sqlite_vec"), importlib.import_module("apsw")
    database = apsw.Connection(str(path))
    database.enable_load_extension(True)  # noqa: FBT003 - apsw's own
    database.load_extension(vec.loadable_path())
    database.execute(
        f"create virtual table v using vec0(e float[{city.dimension}] distance_metric=cosine)"
    )
    with database:
        for _, matrix in city.chunks():
            rows = ((row.tobytes(),) for row in matrix)
            database.executemany("insert into v(e) values (?)", rows)
    return database


def _by_sqlite_vec(database: Any, query: Matrix) -> None:  # noqa: ANN401 - as `_sqlite_vec`
    asked = "select rowid, distance from v where e match ? and k = 20"
    list(database.execute(asked, (query.tobytes(),)))


def _ask(
    index: FaissIndex,
    city: CityVectors,
    query: Matrix,
    interval: Interval,
    cameras: frozenset[CameraId] | None,
    *,
    k: int,
) -> VectorAnswer:
    return index.search(city.encoder, as_vectors(query[np.newaxis]), interval, cameras, k=k)


def _times(calls: Sequence[Callable[[], object]]) -> tuple[list[float], list[float]]:
    """Return wall and CPU milliseconds of each call."""
    wall, cpu = [], []
    for call in calls:
        began, used = time.perf_counter(), time.process_time()
        call()
        wall.append(1e3 * (time.perf_counter() - began))
        cpu.append(1e3 * (time.process_time() - used))
    return wall, cpu


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[int(0.95 * (len(times) - 1))]


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024


def _written_bytes() -> int:
    text = Path(f"/proc/{os.getpid()}/io").read_text(encoding="ascii")
    return int(text.partition("write_bytes:")[2].split()[0])
