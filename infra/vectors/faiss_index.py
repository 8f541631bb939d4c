"""The vector index in files, searched by FAISS: the only module that imports `faiss`.

Every part of a shard is a flat inner-product index of fp32, so each eligible row is compared and
the answer is exact. The way to grow: fp16 codes (half the bytes, same answer to 3 digits) read by
`IO_FLAG_MMAP_IFC`, then `IVF1,PQ<d/4>x4fs` codes with this index as the rescoring side; never a
graph or coarse lists, which lose text queries.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import faiss
import numpy as np

from footage.digest import Digest
from footage.errors import DataLoss, Refused
from footage.ports import DamagedShard, VectorAnswer
from infra.vectors import vector_rules as rules
from infra.vectors import vector_shards as shards
from infra.vectors.vector_cache import Cache
from infra.vectors.vector_columns import Columns, joined
from infra.vectors.vector_merge import to_merge
from infra.vectors.vector_shards import Manifest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from footage.encoder import EncoderIdentity, Vectors
    from footage.ids import CameraId, SegmentKey
    from footage.instant import Interval
    from footage.ports import VectorHit, VectorRow
    from infra.stores import StoreContext
    from infra.vectors.vector_columns import Mask, Positions
    from infra.vectors.vector_rules import Matrix
    from infra.vectors.vector_shards import Shard

_VECTORS: Final = "vectors.faiss"
_ROWS: Final = "rows.npy"
_NAMES: Final = "names.json"
_CACHE_BYTES: Final = 2 << 30
_NEAR: Final = 1e-5
"""fp32 sums in different orders differ by less: rows this near the last place are all rescored."""
_MORE: Final = 16


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a shard in memory, immutable."""

    name: str
    manifest: Manifest
    columns: Columns
    index: Any

    @property
    def size_bytes(self) -> int:
        """Approximate bytes of memory of the part."""
        return len(self.columns) * (self.manifest.dimension * 4 + self.columns.table.itemsize)


@dataclass(frozen=True, slots=True)
class Block:
    """Rows with their vectors on the way into a part, and the days of their segments."""

    columns: Columns
    matrix: Matrix
    days: tuple[str, str] | None


class FaissIndex:
    """A `VectorIndex` in the folder `root`; safe for several threads and processes.

    Args:
        root: The folder of the index, created with the first rows.
        cache_bytes: Memory for parts already read and checked; the least recently used are dropped.
    """

    def __init__(self, root: Path, *, cache_bytes: int = _CACHE_BYTES) -> None:
        self._root = root
        self._cache: Cache[Part] = Cache(cache_bytes)

    def add(self, encoder: EncoderIdentity, rows: Sequence[VectorRow], vectors: Vectors) -> None:
        """Add or replace rows, day by day.

        Raises:
            BadInput: The numbers or dimensions differ.
            DataLoss: A day's shard is damaged.
            Refused: A day's shard is of another encoder whose digest begins alike (invariant 9).
        """
        entries = rules.entries(encoder, rows, vectors)
        for day, group in groupby(entries, key=lambda entry: shards.day_of(entry.row.instant)):
            self._add(shards.shard(self._root, encoder.short, day), encoder, list(group))

    def search(
        self,
        encoder: EncoderIdentity,
        query: Vectors,
        interval: Interval,
        cameras: frozenset[CameraId] | None,
        *,
        k: int,
    ) -> VectorAnswer:
        """The `k` best of all eligible rows, by exact comparison."""
        asked = rules.question(encoder, query, k)
        hits: list[VectorHit] = []
        scanned, unreadable = 0, []
        for shard in shards.shards(self._root, encoder.short, interval):
            try:
                parts = self._load(shard, encoder)
                masks = [part.columns.eligible(interval, cameras) for part in parts]
                found = [_nearest(p, m, asked, k) for p, m in zip(parts, masks, strict=True)]
            except (DataLoss, Refused):
                unreadable.append(shard.name)  # invariant 6: reported, not skipped
                continue
            hits = list(rules.best([*hits, *(hit for some in found for hit in some)], k))
            scanned += sum(int(mask.sum()) for mask in masks)
        return VectorAnswer(tuple(hits), scanned, exhaustive=True, unreadable=tuple(unreadable))

    def remove(self, segments: Collection[SegmentKey]) -> int:
        """Remove the rows of the segments, of all encoders.

        Raises:
            DataLoss: A shard that may hold such rows is damaged; other shards are done.
        """
        gone = frozenset(segments)
        days = frozenset(shards.day_in(key) for key in gone)
        dropped, damaged = 0, []
        for shard in shards.shards(self._root) if gone else []:
            try:
                dropped += self._remove(shard, gone, days)
            except DataLoss as exc:
                damaged.append(exc)
        if damaged:
            names = "; ".join(str(exc) for exc in damaged)
            raise DataLoss(
                f"not all rows could be dropped: {names}", hint=shards.HINT
            ) from damaged[0]
        return dropped

    def damaged(self, encoder: EncoderIdentity, interval: Interval) -> tuple[DamagedShard, ...]:
        """Shards of the encoder and days that cannot be read completely from disk."""
        return tuple(
            DamagedShard(shard.name, shard.day)
            for shard in shards.shards(self._root, encoder.short, interval)
            if not _is_whole(shard)
        )

    def set_aside(self, encoder: EncoderIdentity, shard: DamagedShard) -> str | None:
        """Rename a damaged shard's folder to a name that says damaged."""
        found = shards.shard(self._root, encoder.short, shards.day_of(shard.interval.start))
        with found.writing():
            return None if _is_whole(found) else str(found.set_aside())

    def _add(self, shard: Shard, encoder: EncoderIdentity, entries: list[rules.Entry]) -> None:
        with shard.writing():
            parts = self._load(shard, encoder)
            ids = {rules.row_id(entry.row) for entry in entries}
            doomed = {part.name: _replaced(part.columns, ids) for part in parts}
            table = Columns.of([entry.row for entry in entries])
            matrix = np.stack([entry.vector for entry in entries])
            new = Block(table, matrix, shards.days_in(table.segments))
            identity = (encoder.name, encoder.digest, encoder.dimension)
            _rewrite(shard, identity, parts, doomed, [new])

    def _remove(
        self, shard: Shard, gone: frozenset[SegmentKey], days: frozenset[str | None]
    ) -> int:
        with shard.writing():
            manifests = shard.consistent(shard.manifest)
            if not any(manifest.may_hold(days) for manifest in manifests):
                return 0
            parts = shard.consistent(lambda name: self._part(shard, name))
            doomed = {part.name: part.columns.of_segments(gone) for part in parts}
            dropped = sum(int(mask.sum()) for mask in doomed.values())
            if dropped:
                first = manifests[0]
                identity = (first.encoder, first.digest, first.dimension)
                _rewrite(shard, identity, parts, doomed, [])
        return dropped

    def _load(self, shard: Shard, encoder: EncoderIdentity) -> list[Part]:
        """Parts of a shard; raises when any part is of another encoder (invariant 9)."""
        parts = shard.consistent(lambda name: self._part(shard, name))
        for part in parts:
            theirs = (part.manifest.digest, part.manifest.dimension)
            if theirs != (encoder.digest, encoder.dimension):
                raise Refused(
                    f"vector shard {shard.name} is of encoder {theirs[0]}, not {encoder.digest}",
                    hint="their digests begin alike: keep this encoder's vectors elsewhere",
                )
        return parts

    def _part(self, shard: Shard, name: str) -> Part:
        return self._cache.get((shard.folder, name), lambda: _read(shard, name))


def from_settings(section: object, context: StoreContext) -> FaissIndex:
    """The vector index in the home folder; no setting is needed."""
    del section
    return FaissIndex(context.home / "vectors")


def _read(shard: Shard, name: str) -> Part:
    """Read a part and check every byte."""
    manifest = shard.manifest(name)
    table = shard.file(name, manifest, _ROWS)
    names = shard.file(name, manifest, _NAMES)
    vectors = shard.file(name, manifest, _VECTORS)
    try:
        index = faiss.deserialize_index(np.frombuffer(vectors, dtype=np.uint8))
    except RuntimeError as exc:
        raise DataLoss(f"vector shard {shard.name}: {exc}", hint=shards.HINT) from exc
    part = Part(name, manifest, Columns.read(table, names), index)
    if not len(part.columns) == index.ntotal == manifest.rows or index.d != manifest.dimension:
        raise DataLoss(f"vector shard {shard.name}: {name} contradicts itself", hint=shards.HINT)
    return part


def _is_whole(shard: Shard) -> bool:
    """Whether every byte on disk is right; cached parts do not count."""
    try:
        shard.consistent(lambda name: _read(shard, name))
    except DataLoss:
        return False
    return True


def _rewrite(
    shard: Shard,
    identity: tuple[str, str, int],
    parts: Sequence[Part],
    doomed: Mapping[str, Mask],
    new: list[Block],
) -> None:
    """Publish the shard with the `new` rows and without the `doomed` rows."""
    left = {part.name: len(part.columns) - int(doomed[part.name].sum()) for part in parts}
    forced = [part.name for part in parts if left[part.name] < len(part.columns)]
    again = to_merge(left, forced, sum(len(block.columns) for block in new))
    keep = [part.name for part in parts if part.name not in again]
    blocks = [_remaining(part, ~doomed[part.name]) for part in parts if part.name in again]
    blocks = [block for block in (*blocks, *new) if len(block.columns)]
    if blocks:
        shard.publish(keep, *_packed(identity, blocks))
    else:
        shard.publish(keep, None, {})


def _remaining(part: Part, mask: Mask) -> Block:
    at = np.flatnonzero(mask)
    return Block(part.columns.take(at), part.index.reconstruct_batch(at), part.manifest.days)


def _packed(
    identity: tuple[str, str, int], blocks: Sequence[Block]
) -> tuple[Manifest, dict[str, bytes]]:
    """The files of a part that holds all rows of the blocks in time order."""
    table = joined([block.columns for block in blocks])
    order = table.in_time_order()
    matrix = np.concatenate([block.matrix for block in blocks])[order]
    index = faiss.IndexFlatIP(matrix.shape[1])
    index.add(np.ascontiguousarray(matrix, dtype=np.float32))
    rows, names = table.take(order).files()
    files = {_ROWS: rows, _NAMES: names, _VECTORS: faiss.serialize_index(index).tobytes()}
    digests = {name: str(Digest.of(data)) for name, data in files.items()}
    days = shards.covering(block.days for block in blocks)
    return Manifest(*identity, rows=len(order), days=days, files=digests), files


def _replaced(table: Columns, ids: set[rules.RowId]) -> Mask:
    """Mask of a part's rows that are replaced by rows of the given ids."""
    mask = table.of_segments({segment for segment, _, _ in ids})
    for at in np.flatnonzero(mask):
        mask[at] = rules.row_id(table.row(int(at))) in ids
    return mask


def _nearest(part: Part, mask: Mask, asked: Matrix, k: int) -> list[VectorHit]:
    """At least the `k` best of the eligible rows, each scored from its own numbers alone."""
    eligible = int(mask.sum())
    if not eligible:
        return []  # never search an empty selection: some selectors crash FAISS
    at = _candidates(part.index, asked, mask, min(k, eligible), eligible)
    rows = [part.columns.row(int(n)) for n in at]
    return rules.hits_of(rows, part.index.reconstruct_batch(at), asked)


def _candidates(index: faiss.Index, asked: Matrix, mask: Mask, k: int, eligible: int) -> Positions:
    """Rows that can be among the `k` best after exact scoring."""
    only = _only(mask)
    wanted = min(eligible, k + _MORE)
    while True:
        found, ids = _scan(index, asked, wanted, only)
        enough = found >= found[k - 1] - _NEAR
        if wanted == eligible or not enough[-1]:
            return np.asarray(ids[enough], dtype=np.intp)
        wanted = min(eligible, 4 * wanted)  # unchanged scenes: more equal rows than were asked for


def _only(mask: Mask) -> faiss.SearchParameters:
    """Search parameters that limit the scan to the rows."""
    bits = np.packbits(mask, bitorder="little")
    selector = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]  # FAISS's stubs lack it
    return faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # FAISS's stubs lack it


def _scan(
    index: faiss.Index, asked: Matrix, wanted: int, only: faiss.SearchParameters
) -> tuple[Matrix, Positions]:
    try:
        found, ids = index.search(asked[np.newaxis], wanted, params=only)
    except RuntimeError as exc:
        raise DataLoss(f"FAISS cannot search: {exc}", hint=shards.HINT) from exc
    there = int((ids[0] >= 0).sum())  # a missing hit has the id -1 and a meaningless score
    if there != wanted:
        raise DataLoss(f"FAISS found {there} of {wanted} rows", hint=shards.HINT)
    return found[0], ids[0]
