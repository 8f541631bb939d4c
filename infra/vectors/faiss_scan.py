"""Scans by FAISS: the only module that imports `faiss`.

Two kinds of index: a flat one of fp16 numbers, in memory or mapped from a file, whose scan compares
every row asked for; and `IVF1,PQ<n>x4fs` codes, a sixteenth or an eighth of the bytes, whose scan
orders rows roughly and whose scores never leave this module. Both take the filter as a bitmap,
inside the scan.

FAISS works on the calling thread alone: it does not split a single query over rows anyway, and its
pool of threads spins while it waits, which on a busy machine costs ten times the work itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import faiss
import numpy as np

from footage.errors import DataLoss

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from infra.vectors.vector_columns import Mask, Positions
    from infra.vectors.vector_rules import Halves, Matrix

NEAR: Final = 1e-5
"""fp32 sums in different orders differ by less: rows this near the last place are all rescored."""
_MORE: Final = 16
_COUNT_AT: Final = 8
_COUNT_BYTES: Final = 8
_CODES_AT_ONCE: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Flat:
    """A flat index of fp16 rows; the score is the inner product, summed in fp32."""

    index: Any

    @classmethod
    def mapped(cls, path: Path) -> Flat:
        """Map the file; bytes are read as scans touch them. Raises DataLoss, FileNotFoundError."""
        path.stat()  # FAISS does not tell an absent file from a damaged file
        try:
            return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
        except RuntimeError as exc:
            raise DataLoss(f"{path} is no index of vectors") from exc

    def nearest(self, asked: Matrix, only: Mask | None, k: int, eligible: int) -> Positions:
        """Return places of at least the `k` best rows of `only`, those of nearly equal score too.

        Args:
            asked: The query.
            only: Rows to compare; None for all. Shorter than the index: no row beyond.
            k: Number of rows wanted, at most `eligible`.
            eligible: Number of rows in `only`; above 0, since FAISS may crash on an empty choice.
        """
        wanted = min(eligible, k + _MORE)
        params = _only(only)
        while True:
            found, ids = _scan(self.index, asked, wanted, params)
            enough = found >= found[k - 1] - NEAR
            if wanted == eligible or not enough[-1]:
                near: Positions = ids[enough]
                return near
            wanted = min(eligible, 4 * wanted)  # unchanged scenes: more equal rows than asked for


class GrowingFlat:
    """A flat index in memory that rows are added to; safe in several threads."""

    def __init__(self, dimension: int) -> None:
        self._lock = Lock()
        self._flat = Flat(_flat(dimension))

    def add(self, rows: Halves) -> None:
        """Append rows."""
        with self._lock:
            self._flat.index.add(rows.astype(np.float32))

    def nearest(self, asked: Matrix, only: Mask, k: int, eligible: int) -> Positions:
        """Return the same as `Flat.nearest`."""
        with self._lock:
            return self._flat.nearest(asked, only, k, eligible)


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes of rows in memory.

    Attributes:
        size_bytes: Approximate memory of the codes.
    """

    index: Any
    size_bytes: int

    @classmethod
    def read(cls, path: Path, rows: int, dimension: int) -> Codes:
        """Read a file that `write_codes` wrote. Raises DataLoss, FileNotFoundError."""
        size = path.stat().st_size
        try:
            index = faiss.read_index(str(path))
        except RuntimeError as exc:
            raise DataLoss(f"{path} holds no codes") from exc
        if (index.ntotal, index.d) != (rows, dimension):
            raise DataLoss(f"{path} holds codes of other vectors")
        if not _are_places(index):
            raise DataLoss(f"codes in {path} name rows that do not exist")
        return cls(index, size)

    def roughly_nearest(self, asked: Matrix, only: Mask | None, count: int) -> Positions:
        """Return places of the about `count` best rows of `only`, best first.

        Args:
            asked: The query.
            only: Rows to choose from; None for all.
            count: Number of rows wanted, at most the number of rows in `only`.
        """
        params = _only(only, faiss.SearchParametersIVF, nprobe=1)
        _, ids = _search(self.index, asked, count, params)
        at: Positions = ids[ids >= 0]  # a missing row has the id -1, and a score that means nothing
        return at

    def nearest(
        self, flat: Flat, asked: Matrix, only: Mask | None, count: int, k: int
    ) -> Positions:
        """Return places of at least the `k` best of the rows that `roughly_nearest` returns.

        Rows are compared themselves, as `flat` holds them; those of nearly equal score come too.

        Args:
            flat: The vectors of all rows.
            asked: The query.
            only: Rows to choose from; None for all.
            count: Number of rows to choose by codes, at most the number of rows in `only`.
            k: Number of rows wanted, at most `count`.
        """
        by_codes = _only(only, faiss.SearchParametersIVF, nprobe=1)
        both = faiss.IndexRefine(self.index, flat.index)
        wanted = min(count, k + _MORE)
        while True:
            # FAISS takes `count` as a multiple of `wanted`, which half a row saves from rounding.
            share = (count + 0.5) / wanted
            params = faiss.IndexRefineSearchParameters(  # type: ignore[call-arg]
                k_factor=share, base_index_params=by_codes
            )
            found, ids = _search(both, asked, wanted, params)
            there = ids >= 0
            found, ids = found[there], ids[there]
            if len(ids) <= k:
                return ids
            enough = found >= found[k - 1] - NEAR
            if wanted == count or not enough[-1]:
                near: Positions = ids[enough]
                return near
            wanted = min(count, 4 * wanted)


def file_header(dimension: int, rows: int) -> bytes:
    """Return the bytes before the numbers in the file of a flat index of `rows` rows.

    FAISS writes a file from an index in memory only; so that memory need not hold all rows, the
    header of an empty index is written, with the true count, and the numbers after the header.
    """
    empty = faiss.serialize_index(_flat(dimension)).tobytes()
    count = rows.to_bytes(_COUNT_BYTES, "little")
    numbers = (rows * dimension * 2).to_bytes(_COUNT_BYTES, "little")
    return empty[:_COUNT_AT] + count + empty[_COUNT_AT + _COUNT_BYTES : -_COUNT_BYTES] + numbers


def read_fp32(data: bytes) -> Matrix:
    """Return the rows of a flat fp32 index in the bytes of its file. Raises DataLoss."""
    try:
        index = faiss.deserialize_index(np.frombuffer(data, np.uint8))
    except RuntimeError as exc:
        raise DataLoss("an index of vectors is unreadable") from exc
    rows: Matrix = index.reconstruct_n(0, index.ntotal)
    return rows


def train_codebook(sample: Matrix, numbers: int) -> bytes:
    """Return an empty index of codes of 4 bits for each `numbers` numbers, trained on `sample`."""
    dimension = sample.shape[1]
    kind = f"IVF1,PQ{dimension // numbers}x4fs"
    index: Any = faiss.index_factory(dimension, kind, faiss.METRIC_INNER_PRODUCT)
    index.cp.min_points_per_centroid = 1
    index.pq.cp.min_points_per_centroid = 1
    _alone()
    index.train(np.ascontiguousarray(sample))
    trained: bytes = faiss.serialize_index(index).tobytes()
    return trained


def write_codes(path: Path, codebook: bytes, chunks: Iterable[Halves]) -> Codes:
    """Write codes of the rows, made by the codebook, to the new file `path`, which is not synced.

    Raises:
        DataLoss: The codebook is unreadable.
    """
    try:
        index = faiss.deserialize_index(np.frombuffer(codebook, np.uint8))
    except RuntimeError as exc:
        raise DataLoss("the codebook is unreadable") from exc
    _alone()
    for rows in chunks:
        index.add(rows.astype(np.float32))
    faiss.write_index(index, str(path))
    return Codes(index, path.stat().st_size)


def _alone() -> None:
    faiss.omp_set_num_threads(1)  # of the calling thread


def _are_places(index: Any) -> bool:  # noqa: ANN401 - as in `_flat`
    """Whether all ids of an index of codes are places of rows: FAISS reads what they name."""
    lists = index.invlists
    ids = (
        faiss.rev_swig_ptr(lists.get_ids(number), lists.list_size(number))
        for number in range(index.nlist)
    )
    return all(not len(some) or (some.min() >= 0 and some.max() < index.ntotal) for some in ids)


def _flat(dimension: int) -> Any:  # noqa: ANN401 - FAISS's own type is not checked
    kind = faiss.ScalarQuantizer.QT_fp16
    return faiss.IndexScalarQuantizer(dimension, kind, faiss.METRIC_INNER_PRODUCT)


def _only(only: Mask | None, kind: Any = None, **more: int) -> Any:  # noqa: ANN401 - as in `_flat`
    kind = kind or faiss.SearchParameters
    if only is None:
        return kind(**more)
    bits = np.packbits(only, bitorder="little")
    selector = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]  # FAISS's stubs lack it
    return kind(sel=selector, **more)


def _scan(index: Any, asked: Matrix, wanted: int, params: Any) -> tuple[Matrix, Positions]:  # noqa: ANN401
    found, ids = _search(index, asked, wanted, params)
    there = int((ids >= 0).sum())  # a missing row has the id -1 and a meaningless score
    if there != wanted:
        raise DataLoss(f"FAISS found {there} of {wanted} rows")
    return found, ids


def _search(index: Any, asked: Matrix, wanted: int, params: Any) -> tuple[Matrix, Positions]:  # noqa: ANN401
    _alone()
    try:
        found, ids = index.search(asked[np.newaxis], wanted, params=params)
    except RuntimeError as exc:
        raise DataLoss(f"FAISS cannot search: {exc}") from exc
    return found[0], np.asarray(ids[0], dtype=np.intp)
