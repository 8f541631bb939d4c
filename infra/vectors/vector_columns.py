"""The rows of a vector shard as a table, aligned with the vectors and in time order."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from footage.errors import DataLoss
from footage.ids import CameraId, SegmentKey
from footage.instant import Instant
from footage.keyframe import Box
from footage.ports import VectorRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from footage.instant import Interval

    Mask = NDArray[np.bool_]
    Positions = NDArray[np.intp]

_TABLE: Final = np.dtype(
    [
        ("camera", "<u4"),
        ("segment", "<u4"),
        ("instant", "<i8"),
        ("offset", "<i8"),
        ("length", "<i8"),
        ("box", "<f8", (4,)),
    ]
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows by instant.

    Attributes:
        cameras: Names of cameras, each once; the column "camera" holds places in this list.
        segments: Keys of segments, each once; the column "segment" holds places in this list.
        table: A record for each row, of the type `_TABLE`.
    """

    cameras: tuple[str, ...]
    segments: tuple[str, ...]
    table: NDArray[Any]

    def __len__(self) -> int:
        return len(self.table)

    @classmethod
    def of(cls, rows: Sequence[VectorRow]) -> Columns:
        """Rows, given in time order, as columns."""
        cameras = tuple(sorted({row.camera for row in rows}))
        segments = tuple(sorted({row.segment for row in rows}))
        camera_at = {name: n for n, name in enumerate(cameras)}
        segment_at = {name: n for n, name in enumerate(segments)}
        records = [
            (
                camera_at[row.camera],
                segment_at[row.segment],
                row.instant.us,
                row.offset,
                row.length,
                (row.box.x, row.box.y, row.box.w, row.box.h),
            )
            for row in rows
        ]
        return cls(cameras, segments, np.array(records, dtype=_TABLE))

    @classmethod
    def read(cls, table: bytes, names: bytes) -> Columns:
        """Read the result of `files`; raises DataLoss."""
        try:
            rows = np.load(io.BytesIO(table), allow_pickle=False)
            known = json.loads(names)
            columns = cls(tuple(known["cameras"]), tuple(known["segments"]), rows)
        except (ValueError, KeyError, TypeError, EOFError) as exc:
            raise DataLoss(f"the rows of a vector shard are unreadable: {exc}") from exc
        if rows.dtype != _TABLE:
            raise DataLoss(f"the rows of a vector shard are of another version: {rows.dtype}")
        return columns

    def files(self) -> tuple[bytes, bytes]:
        """The table and the names as files: the same bytes for the same rows."""
        table = io.BytesIO()
        np.save(table, self.table, allow_pickle=False)
        names = json.dumps({"cameras": self.cameras, "segments": self.segments})
        return table.getvalue(), names.encode()

    def row(self, at: int) -> VectorRow:
        """The row at a place."""
        record = self.table[at]
        return VectorRow(
            camera=CameraId(self.cameras[int(record["camera"])]),
            instant=Instant(int(record["instant"])),
            segment=SegmentKey(self.segments[int(record["segment"])]),
            offset=int(record["offset"]),
            length=int(record["length"]),
            box=Box(*(float(edge) for edge in record["box"])),
        )

    def eligible(self, interval: Interval, cameras: Collection[CameraId] | None) -> Mask:
        """Mask of the rows in the interval and of the cameras (None: all cameras)."""
        instants = self.table["instant"]
        first, last = np.searchsorted(instants, [interval.start.us, interval.end.us])
        mask = np.zeros(len(self), dtype=np.bool_)
        mask[first:last] = True
        if cameras is not None:
            wanted = np.array([name in cameras for name in self.cameras], dtype=np.bool_)
            mask[first:last] = wanted[self.table["camera"][first:last]]
        return mask

    def of_segments(self, segments: Collection[str]) -> Mask:
        """Mask of the rows that belong to the segments."""
        wanted = np.array([name in segments for name in self.segments], dtype=np.bool_)
        if not wanted.any():
            return np.zeros(len(self), dtype=np.bool_)
        mask: Mask = wanted[self.table["segment"]]
        return mask

    def in_time_order(self) -> Positions:
        """Places of the rows, earliest first."""
        table = self.table
        order: Positions = np.lexsort(
            (table["offset"], table["segment"], table["camera"], table["instant"])
        )
        return order

    def take(self, at: Positions) -> Columns:
        """Columns of the rows at the positions `at`, in that order; unused names are dropped."""
        table = self.table[at].copy()
        cameras, table["camera"] = np.unique(table["camera"], return_inverse=True)
        segments, table["segment"] = np.unique(table["segment"], return_inverse=True)
        return Columns(
            tuple(self.cameras[n] for n in cameras),
            tuple(self.segments[n] for n in segments),
            table,
        )


def joined(parts: Sequence[Columns]) -> Columns:
    """The rows of several tables, concatenated; order the result by `take`."""
    cameras = sorted({name for part in parts for name in part.cameras})
    segments = sorted({name for part in parts for name in part.segments})
    tables = []
    for part in parts:
        table = part.table.copy()
        table["camera"] = _renumbered(part.cameras, cameras)[table["camera"]]
        table["segment"] = _renumbered(part.segments, segments)[table["segment"]]
        tables.append(table)
    return Columns(tuple(cameras), tuple(segments), np.concatenate(tables))


def _renumbered(names: Sequence[str], merged: Sequence[str]) -> NDArray[np.uint32]:
    at = {name: n for n, name in enumerate(merged)}
    return np.array([at[name] for name in names], dtype=np.uint32)
