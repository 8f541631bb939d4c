"""The open log of a shard: the rows and removals since the last sealing, in a file that grows.

To append a record means, under the shard's lock: cut what a crash left behind the last whole
record; write the record; sync the file; note the new end in the file's head. A record that was cut
short by a crash is not whole and is passed over by readers; the call that wrote it never returned.
The noted end is never ahead of what was synced, so a file that is shorter than the noted end, or
not whole before it, was damaged later and is DataLoss, not a crash. The note itself is synced with
the next record: after a power cut the note may be old, which only makes the check weaker.

A log is named at random and never written again once a newer log exists. Readers of other processes
read the records that were added since they looked last.
"""

from __future__ import annotations

import os
import secrets
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from footage import durable
from footage.errors import DataLoss
from infra.vectors import vector_records as records
from infra.vectors.faiss_scan import GrowingFlat
from infra.vectors.vector_columns import TABLE, Columns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from infra.vectors.vector_columns import Mask, Positions
    from infra.vectors.vector_records import Numbers, Record
    from infra.vectors.vector_rules import Halves, Matrix

_MAGIC: Final = b"openlog2"
_START: Final = len(_MAGIC) + 8


@dataclass(frozen=True, slots=True)
class LogRows:
    """The rows of a log up to a record: a source of rows that does not change."""

    columns: Columns
    log: OpenLog

    @property
    def name(self) -> str:
        """The log's name."""
        return self.log.name

    @property
    def shortlist(self) -> int:
        """A log has no codes: 0."""
        return 0

    @property
    def recall(self) -> float:
        """Every eligible row of a log is compared."""
        return 1.0

    def nearest(self, asked: Matrix, only: Mask | None, k: int, eligible: int) -> Positions:
        """Return places of at least the `k` best rows of `only`."""
        if only is None:
            only = np.ones(len(self.columns), dtype=np.bool_)
        return self.log.nearest(asked, only, k, eligible)

    def nearest_by_codes(self, asked: Matrix, only: Mask | None, count: int, k: int) -> Positions:
        """Return the same as `nearest`; never called, since a log has no codes."""
        return self.nearest(asked, only, k, count)

    def halves(self, at: Positions) -> Halves:
        """Return the vectors at the places `at`."""
        return self.log.halves(at)

    def of_segments(self, segments: Collection[str]) -> Positions:
        """Return places of the rows of the segments."""
        return self.log.of_segments(segments)


class OpenLog:
    """A log, as far as it was read. Safe in several threads.

    Args:
        path: The file.
        dimension: Length of the vectors.
    """

    def __init__(self, path: Path, dimension: int) -> None:
        self._path, self._dimension = path, dimension
        self._lock = RLock()
        self._end = _START
        self._cameras: dict[str, int] = {}
        self._segments: dict[str, int] = {}
        self._of_segment: dict[int, list[int]] = defaultdict(list)
        self._tables: list[NDArray[Any]] = []
        self._halves: list[Halves] = []
        self._rows = 0
        self._scanned = 0
        self._flat = GrowingFlat(dimension)
        self._snapshot: LogRows | None = None
        self.dead: list[Mapping[str, Numbers]] = []
        """Rows that die, record by record."""

    @classmethod
    def create(cls, folder: Path, dimension: int) -> OpenLog:
        """Make a new, empty log in `folder`; the name is durable once the folder is synced."""
        path = folder / f"{secrets.token_hex(8)}.log"
        durable.write_new(path, _MAGIC + _START.to_bytes(8, "little"))
        return cls(path, dimension)

    @property
    def name(self) -> str:
        """Name of the file."""
        return self._path.name

    @property
    def end(self) -> int:
        """Bytes read so far."""
        return self._end

    @property
    def is_empty(self) -> bool:
        """Whether the log holds no record."""
        return self._end == _START

    def __len__(self) -> int:
        return self._rows

    def follow(self) -> None:
        """Read the records added since the last call.

        Raises:
            FileNotFoundError: The log was folded into parts.
            DataLoss: The log is cut short or altered.
        """
        with self._lock, _opened(self._path, os.O_RDONLY) as handle:
            self._follow(handle)

    def append(self, record: Record) -> None:
        """Add a record durably; call under the shard's lock, after `follow`."""
        with self._lock, _opened(self._path, os.O_RDWR) as handle:
            os.ftruncate(handle, self._end)
            data = records.encoded(record)
            _write(handle, data, self._end)
            _sync(handle, self._end + len(data))
            self._follow(handle)

    def settle(self) -> None:
        """Sync what a crashed writer may have left unsynced; call under the shard's lock."""
        with self._lock, _opened(self._path, os.O_RDWR) as handle:
            if _noted(handle) < self._end:
                _sync(handle, self._end)

    def snapshot(self) -> LogRows:
        """The rows read so far."""
        with self._lock:
            if self._snapshot is None or len(self._snapshot.columns) < self._rows:
                self._tables = [np.concatenate([np.empty(0, TABLE), *self._tables])]
                table = self._tables[0]
                columns = Columns(
                    tuple(self._cameras),
                    np.array([key.encode() for key in self._segments], dtype=np.bytes_),
                    **{name: np.ascontiguousarray(table[name]) for name in _FIELDS},
                    in_order=False,
                )
                self._snapshot = LogRows(columns, self)
            return self._snapshot

    def of_segments(self, segments: Collection[str]) -> Positions:
        """Return places of the rows of the segments, dead rows too."""
        with self._lock:
            known = (self._segments[key] for key in segments if key in self._segments)
            return np.array(sorted(n for key in known for n in self._of_segment[key]), np.intp)

    def segments(self) -> tuple[str, ...]:
        """Keys of all segments with rows in the log."""
        with self._lock:
            return tuple(self._segments)

    def halves(self, at: Positions) -> Halves:
        """Return the vectors at the places `at`."""
        with self._lock:
            self._halves = [_joined(self._halves, self._dimension)]
            return self._halves[0][at]

    def nearest(self, asked: Matrix, only: Mask, k: int, eligible: int) -> Positions:
        """Return places of at least the `k` best rows of `only`."""
        with self._lock:  # rows are copied for the scan only when someone asks
            if self._scanned < self._rows:
                self._halves = [_joined(self._halves, self._dimension)]
                self._flat.add(self._halves[0][self._scanned : self._rows])
                self._scanned = self._rows
        return self._flat.nearest(asked, only, k, eligible)

    def _follow(self, handle: int) -> None:
        size, noted = os.fstat(handle).st_size, _noted(handle)
        while self._end < max(size, noted):
            head = os.pread(handle, records.HEAD_BYTES, self._end)
            length = records.body_bytes(head)
            body = b"" if length is None else os.pread(handle, length, self._end + len(head))
            record = None
            if length is not None and len(body) == length:
                try:
                    record = records.decoded(head, body, self._dimension)
                except (ValueError, KeyError, TypeError) as exc:
                    raise DataLoss(f"{self._path} has a record of another version") from exc
            if record is None:
                if self._end < noted:
                    raise DataLoss(f"{self._path} is altered or cut short")
                return  # being written, or cut short by a crash
            self._end += len(head) + len(body)
            self._take(record)

    def _take(self, record: Record) -> None:
        self.dead.append(record.dead)
        if not len(record.table):
            return
        table = record.table.copy()
        table["camera"] = _numbered(self._cameras, record.cameras)[table["camera"]]
        table["segment"] = _numbered(self._segments, record.segments)[table["segment"]]
        for number, segment in enumerate(table["segment"].tolist(), start=self._rows):
            self._of_segment[segment].append(number)
        self._tables.append(table)
        if record.halves is not None:
            self._halves.append(record.halves)
        self._rows += len(table)


_FIELDS: Final = ("camera", "segment", "instant", "place")


def verify(path: Path, dimension: int) -> None:
    """Read a log anew, every byte; raises DataLoss, FileNotFoundError."""
    OpenLog(path, dimension).follow()


def has_records(path: Path) -> bool:
    """Whether a log may hold a record; True for a log that was sealed meanwhile."""
    try:
        return path.stat().st_size > _START
    except FileNotFoundError:
        return True


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    handle = os.open(path, flags | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)


def _noted(handle: int) -> int:
    start = os.pread(handle, _START, 0)
    if len(start) < _START or not start.startswith(_MAGIC):
        raise DataLoss("an open log of vectors has lost its head")
    return int.from_bytes(start[len(_MAGIC) :], "little")


def _write(handle: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        done = os.pwrite(handle, view, at)
        view, at = view[done:], at + done


def _sync(handle: int, end: int) -> None:
    os.fdatasync(handle)
    os.pwrite(handle, end.to_bytes(8, "little"), len(_MAGIC))


def _numbered(known: dict[str, int], names: Collection[str]) -> NDArray[np.uint32]:
    return np.array([known.setdefault(name, len(known)) for name in names], dtype=np.uint32)


def _joined(chunks: list[Halves], dimension: int) -> Halves:
    if len(chunks) == 1:
        return chunks[0]
    return np.concatenate([np.empty((0, dimension), np.float16), *chunks])
