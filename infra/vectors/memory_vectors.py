"""The exact vector index in memory: for tests, trials and as the reference for other indexes."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING

import numpy as np

from footage.day import day_of
from footage.instant import Interval
from footage.ports import VectorAnswer
from infra.vectors import vector_rules as rules

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from footage.encoder import EncoderIdentity, Vectors
    from footage.ids import CameraId, SegmentKey
    from footage.instant import Instant
    from footage.ports import DamagedShard, VectorRow


class MemoryVectors:
    """A `VectorIndex` with a dictionary for each encoder's whole digest (invariant 9)."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._entries: dict[str, dict[rules.RowId, rules.Entry]] = {}

    def add(self, encoder: EncoderIdentity, rows: Sequence[VectorRow], vectors: Vectors) -> None:
        """Add or replace rows and their vectors."""
        new = {rules.row_id(entry.row): entry for entry in rules.entries(encoder, rows, vectors)}
        with self._lock:
            self._entries.setdefault(encoder.digest, {}).update(new)

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
        with self._lock:
            eligible = [
                entry
                for entry in self._entries.get(encoder.digest, {}).values()
                if entry.row.instant in interval
                and (cameras is None or entry.row.camera in cameras)
            ]
        matrix = np.array([entry.vector for entry in eligible], dtype=np.float32)
        hits = rules.hits_of([entry.row for entry in eligible], matrix, asked)
        return VectorAnswer(rules.best(hits, k), scanned=len(eligible), exhaustive=True)

    def held(
        self, encoder: EncoderIdentity, interval: Interval
    ) -> Mapping[Instant, frozenset[CameraId]]:
        """The cameras with rows, by day."""
        found: dict[Instant, set[CameraId]] = {}
        with self._lock:
            for entry in self._entries.get(encoder.digest, {}).values():
                found.setdefault(day_of(entry.row.instant), set()).add(entry.row.camera)
        whole = Interval(day_of(interval.start), interval.end)
        return {day: frozenset(cameras) for day, cameras in found.items() if day in whole}

    def remove(self, segments: Collection[SegmentKey]) -> int:
        """Remove the rows of the segments, of all encoders."""
        gone = frozenset(segments)
        with self._lock:
            dropped = 0
            for encoder, entries in self._entries.items():
                kept = {key: entry for key, entry in entries.items() if key[0] not in gone}
                dropped += len(entries) - len(kept)
                self._entries[encoder] = kept
        return dropped

    def damaged(self, encoder: EncoderIdentity, interval: Interval) -> tuple[DamagedShard, ...]:
        """Always empty: no file can be damaged."""
        del encoder, interval
        return ()

    def set_aside(self, encoder: EncoderIdentity, shard: DamagedShard) -> str | None:
        """Do nothing: no shard is ever damaged."""
        del encoder, shard
        return None
