"""Building a sealed part from the live rows of logs and smaller parts, in memory that stays small.

Vectors are copied in chunks; only columns are in memory whole, some 150 bytes a row. All files
are synced before the part's folder gets its name, so a part that has a name is complete; a crash
leaves a folder with the ending `.new`, which the next upkeep removes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from footage import durable
from infra.vectors import faiss_scan, sealed_part
from infra.vectors.sample_queries import MOST_ROWS, measured, sample
from infra.vectors.sealed_part import CODES, MANIFEST, ROWS, VECTORS, Manifest
from infra.vectors.vector_days import covering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import Protocol

    from numpy.typing import NDArray

    from infra.vectors.vector_columns import Columns, Positions
    from infra.vectors.vector_rules import Halves

    Codebook = Callable[[Callable[[], NDArray[np.float32]]], bytes]

    class Rows(Protocol):
        """A source of rows that does not change."""

        @property
        def columns(self) -> Columns:
            """The rows."""
            ...

        def halves(self, at: Positions) -> Halves:
            """Return the vectors at the places `at`."""
            ...


_CHUNK_ROWS: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class Identity:
    """The encoder of a shard."""

    encoder: str
    digest: str
    dimension: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Rows to take over from a source.

    Attributes:
        at: Places of the rows.
        days: First and last day in the keys of the segments, or None for a malformed key.
    """

    source: Rows
    at: Positions
    days: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Order:
    """Where the rows of a new part come from.

    Attributes:
        source: For each new row, the number of its source.
        at: For each new row, its place in the source.
    """

    source: NDArray[np.uint8]
    at: NDArray[np.uint32]

    def places(self, source: int, rows: int) -> NDArray[np.int64]:
        """Return for each of a source's `rows` rows its new place; -1 for a row left out."""
        places = np.full(rows, -1, np.int64)
        mine = np.flatnonzero(self.source == source)
        places[self.at[mine]] = mine
        return places


def build(
    folder: Path,
    identity: Identity,
    taken: Sequence[Taken],
    codebooks: Sequence[Codebook],
) -> tuple[str, Order]:
    """Build a part in the shard's `folder`; return the part's name and where the rows come from.

    Args:
        folder: The shard's folder.
        identity: The encoder.
        taken: Rows, at least one in all.
        codebooks: Each returns a codebook of the encoder, trained on the sample its argument makes
            when there is none yet. The first whose codes find enough is used; none for a part
            without codes.
    """
    columns = _Merged(taken)
    new = folder / f"{secrets.token_hex(8)}.new"
    new.mkdir()
    files = {}
    for name, chunks in (
        (ROWS, sealed_part.row_chunks(columns.arrays(), columns.shape)),
        (VECTORS, _vector_file(identity.dimension, taken, columns.order)),
    ):
        digest, size = durable.write_chunks(new / name, chunks)
        files[name] = (size, str(digest))
    shortlist, recall = 0, 1.0
    for codebook in codebooks:
        shortlist, recall = _codes(new, identity.dimension, len(columns.order.at), codebook)
        if shortlist:
            files[CODES] = sealed_part.digest_of(new / CODES)
            break
    rows, segments, key_bytes = columns.shape
    manifest = Manifest(
        *(identity.encoder, identity.digest, identity.dimension),
        rows=rows,
        segments=segments,
        key_bytes=key_bytes,
        cameras=columns.cameras,
        days=covering(one.days for one in taken),
        shortlist=shortlist,
        recall=round(recall, 4),
        files=files,
    )
    durable.write_new(new / MANIFEST, manifest.encoded())
    durable.sync_folder(new)
    if not (folder / manifest.part).exists():  # else: the same rows, left by a crash
        new.rename(folder / manifest.part)
        durable.sync_folder(folder)
    return manifest.part, columns.order


class _Merged:
    """The columns of the taken rows, merged in the order of time."""

    def __init__(self, taken: Sequence[Taken]) -> None:
        self._taken = taken
        used = [np.unique(one.source.columns.segment[one.at]) for one in taken]
        keys = [one.source.columns.segments[n] for one, n in zip(taken, used, strict=True)]
        self._segments = np.unique(np.concatenate(keys))
        self._segment = np.concatenate(
            [
                _renumbered(one, numbers, np.searchsorted(self._segments, key))
                for one, numbers, key in zip(taken, used, keys, strict=True)
            ]
        )
        seen = [np.unique(one.source.columns.camera[one.at]) for one in taken]
        names = {
            one.source.columns.cameras[n]
            for one, numbers in zip(taken, seen, strict=True)
            for n in numbers.tolist()
        }
        self.cameras = tuple(sorted(names))
        number = {name: n for n, name in enumerate(self.cameras)}
        self._camera = np.concatenate(
            [
                np.array([number.get(name, 0) for name in one.source.columns.cameras], np.uint16)[
                    one.source.columns.camera[one.at]
                ]
                for one in taken
            ]
        )
        self._instant = np.concatenate([one.source.columns.instant[one.at] for one in taken])
        source = np.concatenate([np.full(len(one.at), n, np.uint8) for n, one in enumerate(taken)])
        at = np.concatenate([one.at for one in taken]).astype(np.uint32)
        offset = self._place()["offset"]
        self._by = np.lexsort((offset, self._segment, self._camera, self._instant))
        self.order = Order(source[self._by], at[self._by])

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of rows and segments, and bytes of the longest key."""
        return len(self._by), len(self._segments), self._segments.dtype.itemsize

    def arrays(self) -> dict[str, Callable[[], NDArray[Any]]]:
        """Makers of the arrays of the file `rows`."""
        return {
            "segments": lambda: self._segments,
            "camera": lambda: self._camera[self._by],
            "segment": lambda: self._segment[self._by],
            "instant": lambda: self._instant[self._by],
            "place": lambda: self._place()[self._by],
            "by_segment": lambda: np.argsort(self._segment[self._by], kind="stable"),
            "segment_end": lambda: np.cumsum(
                np.bincount(self._segment, minlength=len(self._segments))
            ),
        }

    def _place(self) -> NDArray[Any]:
        return np.concatenate([one.source.columns.place[one.at] for one in self._taken])


def _renumbered(one: Taken, used: NDArray[Any], new: NDArray[np.intp]) -> NDArray[np.uint32]:
    numbers = np.zeros(len(one.source.columns.segments), np.uint32)
    numbers[used] = new
    column: NDArray[np.uint32] = numbers[one.source.columns.segment[one.at]]
    return column


def _vector_file(dimension: int, taken: Sequence[Taken], order: Order) -> Iterator[bytes]:
    yield faiss_scan.file_header(dimension, len(order.at))
    for start in range(0, len(order.at), _CHUNK_ROWS):
        source = order.source[start : start + _CHUNK_ROWS]
        at = order.at[start : start + _CHUNK_ROWS]
        chunk = np.empty((len(at), dimension), np.float16)
        for number in np.unique(source).tolist():
            mine = source == number
            chunk[mine] = taken[number].source.halves(at[mine].astype(np.intp))
        yield chunk.tobytes()


def _codes(
    new: Path,
    dimension: int,
    rows: int,
    codebook: Codebook,
) -> tuple[int, float]:
    """Write codes of the vectors just written; return their shortlist and recall.

    No file is left when no shortlist is enough: such a part is scanned without codes.
    """
    path = new / VECTORS
    start = path.stat().st_size - rows * dimension * 2
    halves = np.memmap(path, np.float16, "r", offset=start, shape=(rows, dimension))
    trained = codebook(lambda: sample(halves, MOST_ROWS).astype(np.float32))
    codes = faiss_scan.write_codes(new / CODES, trained, _chunks(path, start, rows, dimension))
    shortlist, recall = measured(faiss_scan.Flat.mapped(path), codes, halves)
    if shortlist:
        durable.sync_file(new / CODES)
    else:
        (new / CODES).unlink()
    return shortlist, recall


def _chunks(path: Path, start: int, rows: int, dimension: int) -> Iterator[Halves]:
    """Yield the rows, read and not mapped: mapped pages would stay in memory until all are done."""
    for at in range(0, rows, _CHUNK_ROWS):
        count = min(_CHUNK_ROWS, rows - at) * dimension
        read = np.fromfile(path, np.float16, count, offset=start + at * dimension * 2)
        yield read.reshape(-1, dimension)
