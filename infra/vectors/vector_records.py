"""Records of an open log: bytes in, values out, no files.

A record is what one call changes in a shard: rows to add with their vectors, and earlier rows that
die. Both count, or neither: a record is whole, by length and checksum, or does not exist.
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from infra.vectors.vector_columns import TABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from infra.vectors.vector_rules import Entry, Halves

    Numbers = NDArray[np.uint32]

_HEAD: Final = struct.Struct("<4sIQ")
_CHECK: Final = struct.Struct("<I")
_MAGIC: Final = b"rec2"
HEAD_BYTES: Final = _HEAD.size + _CHECK.size


@dataclass(frozen=True, slots=True)
class Record:
    """A change of a shard.

    Attributes:
        cameras: Names, to which the column "camera" of `table` refers.
        segments: Keys, to which the column "segment" of `table` refers.
        table: New rows, of the type `TABLE`.
        halves: The new rows' vectors.
        dead: Rows that die, as numbers by name of part or log.
    """

    cameras: Sequence[str] = ()
    segments: Sequence[str] = ()
    table: NDArray[Any] = field(default_factory=lambda: np.empty(0, TABLE))
    halves: Halves | None = None
    dead: Mapping[str, Numbers] = field(default_factory=dict)


def of_entries(entries: Sequence[Entry], dead: Mapping[str, Numbers]) -> Record:
    """Return a record that adds the entries, in their order, in place of the rows `dead`."""
    rows = [entry.row for entry in entries]
    cameras = sorted({row.camera for row in rows})
    segments = sorted({row.segment for row in rows})
    camera_at = {name: n for n, name in enumerate(cameras)}
    segment_at = {name: n for n, name in enumerate(segments)}
    table = np.array(
        [
            (
                camera_at[row.camera],
                segment_at[row.segment],
                row.instant.us,
                (row.offset, row.length, (row.box.x, row.box.y, row.box.w, row.box.h)),
            )
            for row in rows
        ],
        dtype=TABLE,
    )
    halves = np.stack([entry.vector for entry in entries]).astype("<f2")
    return Record(cameras, segments, table, halves, dead)


def encoded(record: Record) -> bytes:
    """Return the record as stored."""
    meta = json.dumps(
        {
            "cameras": list(record.cameras),
            "segments": list(record.segments),
            "rows": len(record.table),
            "dead": [[name, len(numbers)] for name, numbers in record.dead.items()],
        }
    ).encode()
    numbers = [np.ascontiguousarray(rows, "<u4").tobytes() for rows in record.dead.values()]
    halves = b"" if record.halves is None else record.halves.tobytes()
    body = b"".join(
        [len(meta).to_bytes(4, "little"), meta, *numbers, record.table.tobytes(), halves]
    )
    head = _HEAD.pack(_MAGIC, zlib.crc32(body), len(body))
    return head + _CHECK.pack(zlib.crc32(head)) + body


def body_bytes(head: bytes) -> int | None:
    """Return the length of the body that follows `head`; None when `head` is no record's."""
    if (
        len(head) < HEAD_BYTES
        or zlib.crc32(head[: _HEAD.size]) != _CHECK.unpack_from(head, _HEAD.size)[0]
    ):
        return None
    magic, _, length = _HEAD.unpack_from(head)
    return int(length) if magic == _MAGIC else None


def decoded(head: bytes, body: bytes, dimension: int) -> Record | None:
    """Return the record; None when the body is not whole.

    Raises:
        ValueError: The checksum is right and the content is not: another version wrote the record.
    """
    if zlib.crc32(body) != _HEAD.unpack_from(head)[1]:
        return None
    size = int.from_bytes(body[:4], "little")
    meta = json.loads(body[4 : 4 + size])
    at, dead = 4 + size, {}
    for name, count in meta["dead"]:
        dead[name] = np.frombuffer(body, "<u4", count, at)
        at += 4 * count
    table = np.frombuffer(body, TABLE, meta["rows"], at)
    halves = np.frombuffer(body, "<f2", offset=at + table.nbytes).reshape(len(table), dimension)
    return Record(meta["cameras"], meta["segments"], table, halves, dead)
