"""Sealed parts of a shard: folders that never change once named.

    manifest.json   encoder, numbers of rows, cameras, days, size and digest of each file
    rows            the columns of `Columns` and the rows by segment, mapped
    vectors.faiss   fp16 rows in the order of time, mapped, as a flat index
    codes.faiss     codes of the same rows, in large parts only, resident once used

A part is named by the digest of its manifest. Opening a part checks the manifest and the files'
sizes; the bytes themselves are checked by `verify`, which reads them all.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from footage.digest import Digest
from footage.errors import DataLoss
from infra.vectors.faiss_scan import Codes, Flat
from infra.vectors.vector_columns import PLACE, Columns

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from infra.vectors.vector_cache import Cache
    from infra.vectors.vector_columns import Mask, Positions
    from infra.vectors.vector_rules import Halves, Matrix

MANIFEST: Final = "manifest.json"
ROWS: Final = "rows"
VECTORS: Final = "vectors.faiss"
CODES: Final = "codes.faiss"
_ALIGNED: Final = 64
_VERSION: Final = 2
_CHUNK: Final = 1 << 22
_NOWHERE: Final = np.empty(0, np.intp)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of a part.

    Attributes:
        encoder: Name of the encoder, for people.
        digest: Digest of the encoder (invariant 9).
        segments: Number of segments with rows.
        key_bytes: Bytes of the longest segment key.
        cameras: Names of cameras, sorted; the column "camera" refers to them.
        days: First and last day in the keys of the segments, or None for a malformed key: a part
            outside a segment's day holds nothing of the segment.
        shortlist: Least number of rows compared after a scan of codes; 0 without codes.
        recall: Expected share of the ten best rows that a scan of codes finds, by sample queries.
        files: Size in bytes and digest of each file.
    """

    encoder: str
    digest: str
    dimension: int
    rows: int
    segments: int
    key_bytes: int
    cameras: tuple[str, ...]
    days: tuple[str, str] | None
    shortlist: int
    recall: float
    files: Mapping[str, tuple[int, str]]

    def encoded(self) -> bytes:
        """The manifest as stored; the same manifest gives the same bytes."""
        fields = {"version": _VERSION, **asdict(self)}
        return json.dumps(fields, indent=1, sort_keys=True).encode()

    @property
    def part(self) -> str:
        """The part's folder name, derived from the content."""
        return Digest.of(self.encoded()).hex[:16]

    @classmethod
    def read(cls, data: bytes) -> Manifest:
        """Read the result of `encoded`; raises DataLoss."""
        try:
            fields = json.loads(data)
            if fields.pop("version") != _VERSION:
                raise DataLoss("a manifest of vectors is of another version")
            days, cameras = fields.pop("days"), tuple(fields.pop("cameras"))
            files = {name: (size, digest) for name, (size, digest) in fields.pop("files").items()}
            span = None if days is None else (days[0], days[1])
            return cls(cameras=cameras, days=span, files=files, **fields)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as exc:
            raise DataLoss(f"not a manifest of vectors: {exc}") from exc


@dataclass(frozen=True, slots=True)
class Part:
    """A sealed part, opened: a source of rows that does not change.

    Attributes:
        folder: The part's folder; mapped files stay readable when the folder is removed.
        columns: The rows, in the order of time.
        by_segment: Places of rows, by segment.
        segment_end: For each segment, the end of its places in `by_segment`.
        numbers: The vectors.
        flat: The vectors, for scans.
        resident: Codes in memory.
    """

    folder: Path
    manifest: Manifest
    columns: Columns
    by_segment: NDArray[np.uint32]
    segment_end: NDArray[np.uint32]
    numbers: Halves
    flat: Flat
    resident: Cache[Codes]

    @property
    def name(self) -> str:
        """The part's name."""
        return self.folder.name

    @property
    def shortlist(self) -> int:
        """Least number of rows compared after a scan of codes; 0 without codes.

        Codes that memory cannot hold are not used: to read them for each query costs more.
        """
        size, _ = self.manifest.files.get(CODES, (0, ""))
        return self.manifest.shortlist if size <= self.resident.limit_bytes else 0

    @property
    def recall(self) -> float:
        """Expected recall of a scan of codes."""
        return self.manifest.recall

    def nearest(self, asked: Matrix, only: Mask | None, k: int, eligible: int) -> Positions:
        """Return places of at least the `k` best rows of `only`."""
        return self.flat.nearest(asked, only, k, eligible)

    def nearest_by_codes(self, asked: Matrix, only: Mask | None, count: int, k: int) -> Positions:
        """Return places of at least the `k` best among the about `count` best rows by codes."""
        rows, dimension = self.manifest.rows, self.manifest.dimension
        path = self.folder / CODES
        # A fetched part has the name of the damaged one it replaced, and another file.
        codes = self.resident.get(
            (path, path.stat().st_ino), lambda: Codes.read(path, rows, dimension)
        )
        return codes.nearest(self.flat, asked, only, count, k)

    def halves(self, at: Positions) -> Halves:
        """Return the vectors at the places `at`."""
        return self.numbers[at]

    def of_segments(self, segments: Collection[str]) -> Positions:
        """Return places of the rows of the segments: a binary search for each segment.

        In plain Python, since a call of numpy costs more than a search takes.
        """
        known, found = self.columns.segments, []
        for segment in segments:
            key = segment.encode()
            number = bisect_left(known, key)
            if number < len(known) and known[number] == key:
                start = int(self.segment_end[number - 1]) if number else 0
                found.append(self.by_segment[start : int(self.segment_end[number])])
        return np.concatenate(found).astype(np.intp) if found else _NOWHERE


def open_part(folder: Path, resident: Cache[Codes]) -> Part:
    """Open the part in `folder`.

    Raises:
        FileNotFoundError: A file of the part is missing; perhaps a writer removed the part.
        DataLoss: The part is cut short, or the manifest is altered.
    """
    manifest = read_manifest(folder)
    for name, (size, _) in manifest.files.items():
        if (folder / name).stat().st_size != size:
            raise DataLoss(f"{folder / name} is cut short or grown")
    mapped = np.memmap(folder / ROWS, np.uint8, "r").view(np.ndarray)
    columns = {
        name: mapped[at : at + count * dtype.itemsize].view(dtype)
        for name, dtype, count, at in layout(manifest.rows, manifest.segments, manifest.key_bytes)
    }
    vectors = folder / VECTORS
    start = vectors.stat().st_size - manifest.rows * manifest.dimension * 2
    shape = (manifest.rows, manifest.dimension)
    flat = Flat.mapped(vectors)
    if (flat.index.ntotal, flat.index.d) != shape:
        raise DataLoss(f"{folder} contradicts itself")
    by_segment, segment_end = columns.pop("by_segment"), columns.pop("segment_end")
    return Part(
        folder,
        manifest,
        Columns(manifest.cameras, in_order=True, **columns),
        by_segment,
        segment_end,
        np.memmap(vectors, np.float16, "r", offset=start, shape=shape).view(np.ndarray),
        flat,
        resident,
    )


def segments_of(folder: Path) -> list[str]:
    """Keys of the segments with rows in a part, sorted."""
    return [key.decode() for key in _column(folder, "segments").tolist()]


def live_segments(folder: Path, dead: NDArray[np.bool_]) -> set[str]:
    """Keys of the segments of a part with rows that are not in `dead`."""
    keys = segments_of(folder)
    return {keys[number] for number in np.unique(segment_numbers(folder)[~dead])}


def segment_numbers(folder: Path) -> NDArray[Any]:
    """For each row of a part, the place of its segment among `segments_of`."""
    return _column(folder, "segment")


def _column(folder: Path, wanted: str) -> NDArray[Any]:
    manifest = read_manifest(folder)
    shape = (manifest.rows, manifest.segments, manifest.key_bytes)
    name, dtype, count, at = next(one for one in layout(*shape) if one[0] == wanted)
    del name
    return np.fromfile(folder / ROWS, dtype, count, offset=at)


def read_manifest(folder: Path) -> Manifest:
    """Read a part's manifest; raises DataLoss when altered, FileNotFoundError."""
    manifest = Manifest.read((folder / MANIFEST).read_bytes())
    if manifest.part != folder.name:
        raise DataLoss(f"{folder / MANIFEST} is altered")
    return manifest


def verify(folder: Path) -> None:
    """Read every byte of a part.

    Raises:
        FileNotFoundError: A file is missing; perhaps a writer removed the part.
        DataLoss: A file is cut short or altered.
    """
    for name, (size, digest) in read_manifest(folder).files.items():
        if digest_of(folder / name) != (size, digest):
            raise DataLoss(f"{folder / name} is altered or cut short")


def digest_of(path: Path) -> tuple[int, str]:
    """Return a file's size and digest."""
    hasher, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
            size += len(chunk)
    return size, str(Digest(hasher.hexdigest()))


def layout(rows: int, segments: int, key_bytes: int) -> list[tuple[str, np.dtype[Any], int, int]]:
    """Return the arrays in the file `rows`: name, type, length and offset in bytes of each."""
    arrays = {
        "segments": (np.dtype(f"S{key_bytes}"), segments),
        "camera": (np.dtype("<u2"), rows),
        "segment": (np.dtype("<u4"), rows),
        "instant": (np.dtype("<i8"), rows),
        "place": (PLACE, rows),
        "by_segment": (np.dtype("<u4"), rows),
        "segment_end": (np.dtype("<u4"), segments),
    }
    found, at = [], 0
    for name, (dtype, count) in arrays.items():
        found.append((name, dtype, count, at))
        at += -(-count * dtype.itemsize // _ALIGNED) * _ALIGNED
    return found


def row_chunks(
    columns: Mapping[str, Callable[[], NDArray[Any]]], shape: Sequence[int]
) -> Iterator[bytes]:
    """Yield the bytes of the file `rows`, column by column.

    Args:
        columns: Makes each array that `layout` names.
        shape: Arguments of `layout`.
    """
    for name, dtype, count, at in layout(*shape):
        array = np.ascontiguousarray(columns[name](), dtype)
        if len(array) != count:
            raise AssertionError(f"{len(array)} of {count} values of {name} at {at}")
        yield array.tobytes()
        yield bytes(-array.nbytes % _ALIGNED)
