"""A shard as this process has read it: opened parts, followed logs, and which rows are dead.

A view is brought up to date before each use: `current` is read again, and what was appended to the
logs since. What a refresh costs grows with what changed, not with the shard. A snapshot does not
change any more: rows added later are not in it, and mapped files stay readable when they go.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, Final

import numpy as np

from footage.errors import DataLoss, Unavailable
from infra.vectors.open_log import LogRows, OpenLog
from infra.vectors.sealed_part import Part, open_part
from infra.vectors.vector_shards import HINT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import TypeVar

    from footage.ids import CameraId
    from infra.vectors.faiss_scan import Codes
    from infra.vectors.vector_cache import Cache
    from infra.vectors.vector_columns import Mask
    from infra.vectors.vector_records import Numbers, Record
    from infra.vectors.vector_shards import Shard, State

    T = TypeVar("T")

_ATTEMPTS: Final = 10


@dataclass(frozen=True, slots=True)
class Source:
    """A part, or the rows of a log, and which of its rows are dead.

    Attributes:
        dead: Mask of dead rows; None when none is.
    """

    rows: Part | LogRows
    dead: Mask | None
    alive: int


class ShardView:
    """View of this process on a shard. Safe in several threads."""

    def __init__(self, shard: Shard, resident: Cache[Codes]) -> None:
        self.shard = shard
        self._resident = resident
        self.lock = RLock()
        self._state: State | None = None
        self._parts: dict[str, Part] = {}
        self._logs: dict[str, OpenLog] = {}
        self._dead: dict[str, Mask] = {}
        self._alive: dict[str, int] = {}
        self._applied: dict[str, int] = {}
        self._cameras: dict[str, tuple[int, int, frozenset[CameraId]]] = {}

    def consistent(self, use: Callable[[], T]) -> T:
        """Return the result of `use`, tried again while writers replace files that `use` needs.

        Raises:
            DataLoss: A file that counts is missing.
        """
        failed: State | None = None
        for _ in range(_ATTEMPTS):
            try:
                return use()
            except FileNotFoundError as exc:
                state = self.shard.state()
                if failed is not None and state == failed:
                    name = self.shard.name
                    raise DataLoss(f"vector shard {name} lacks {exc.filename}", hint=HINT) from exc
                failed = state
        raise Unavailable(f"vector shard {self.shard.name} is rewritten all the time")

    def refresh(self) -> State | None:
        """Read what changed; return what counts now, None for an absent shard.

        Raises:
            DataLoss: The shard is damaged, as far as opening it tells.
            FileNotFoundError: A file is missing; perhaps upkeep has just replaced it.
        """
        with self.lock:
            state = self.shard.state()
            if state is not None and self.shard.is_altered:
                self._state, self._parts = None, {}  # what is mended is opened anew
                raise DataLoss(f"vector shard {self.shard.name} is altered", hint=HINT)
            if state != self._state:
                if self._state and state and state.mended != self._state.mended:
                    self._parts = {}
                self._state = None  # until all is open
                self._open(state)
                self._state = state
            for log in self._logs.values():
                log.follow()
            self._apply()
            return state

    def append(self, record: Record) -> None:
        """Append a record to the open log; call within the shard's `writing`, after `refresh`."""
        with self.lock:
            self.open_log().append(record)
            self._apply()

    def snapshot(self) -> tuple[State | None, list[Source]]:
        """Refresh; return what counts now, and the parts and logs. Raises like `refresh`."""
        with self.lock:
            state = self.refresh()
            rows: list[Part | LogRows] = list(self._parts.values())
            rows += [log.snapshot() for log in self._logs.values()]
            return state, [self._source(one) for one in rows]

    def live_segments(self) -> frozenset[str]:
        """Refresh; return the keys of all segments with live rows. Raises like `refresh`."""
        _, sources = self.snapshot()
        found: set[str] = set()
        for source in sources:
            column = source.rows.columns.segment
            numbers = np.unique(column if source.dead is None else column[~source.dead])
            found |= {key.decode() for key in source.rows.columns.segments[numbers].tolist()}
        return frozenset(found)

    def cameras(self) -> tuple[State | None, frozenset[CameraId]]:
        """Refresh; return what counts now, and the cameras with rows. Raises like `refresh`.

        A source's rows are looked at again only when rows came or died.
        """
        with self.lock:
            state = self.refresh()
            found: set[CameraId] = set()
            for name in [*self._parts, *self._logs]:
                source = self.source(name)
                size, alive = len(source.rows.columns), source.alive
                known = self._cameras.get(name)
                if known is None or known[:2] != (size, alive):
                    cameras = source.rows.columns.cameras_with_rows(source.dead)
                    self._cameras[name] = known = (size, alive, cameras)
                found |= known[2]
            for name in self._cameras.keys() - self._parts.keys() - self._logs.keys():
                del self._cameras[name]
            return state, frozenset(found)

    @property
    def alive(self) -> int:
        """Number of rows that are not dead."""
        with self.lock:
            return sum(self._alive.values())

    @property
    def log_rows(self) -> int:
        """Number of rows in logs, dead rows too."""
        with self.lock:
            return sum(len(log) for log in self._logs.values())

    def log_segments(self, name: str) -> tuple[str, ...]:
        """Keys of the segments with rows in the log of this name."""
        with self.lock:
            return self._logs[name].segments()

    @property
    def dead_parts(self) -> set[str]:
        """Names of parts without live rows."""
        with self.lock:
            return {name for name in self._parts if not self._alive[name]}

    def open_log(self) -> OpenLog:
        """The log that records go to."""
        with self.lock:
            return list(self._logs.values())[-1]

    def rows_of(self, segments: Collection[str]) -> dict[str, Numbers]:
        """Live rows of the segments, by part or log; only names with such rows."""
        with self.lock:
            found = {}
            held: dict[str, Part | OpenLog] = {**self._parts, **self._logs}
            for name, rows in held.items():
                at = rows.of_segments(segments)
                if at.size:
                    at = at[~self._dead[name][at]]
                if at.size:
                    found[name] = at.astype(np.uint32)
            return found

    def source(self, name: str) -> Source:
        """The part or log of this name, as of the last refresh."""
        with self.lock:
            return self._source(self._parts.get(name) or self._logs[name].snapshot())

    def dead_of(self, name: str) -> Mask:
        """Mask of dead rows of the part or log."""
        with self.lock:
            return self._dead[name]

    def _source(self, rows: Part | LogRows) -> Source:
        alive, dead = self._alive[rows.name], self._dead[rows.name]
        return Source(rows, None if alive == len(rows.columns) else dead, alive)

    def _open(self, state: State | None) -> None:
        folder, parts, logs = self.shard.folder, self._parts, self._logs
        self._parts, self._logs = {}, {}
        self._dead, self._alive, self._applied = {}, {}, {}
        if state is None:
            return
        for part in state.parts:
            opened = parts.get(part.name) or open_part(folder / part.name, self._resident)
            if len(opened.columns) != part.rows:
                raise DataLoss(f"{opened.folder} contradicts the list of parts", hint=HINT)
            self._parts[part.name] = opened
            self._dead[part.name] = dead = self.shard.read_dead(part)
            self._alive[part.name] = part.rows - int(dead.sum())
        for name in state.logs:
            self._logs[name] = logs.get(name) or OpenLog(folder / name, state.dimension)
            self._dead[name] = np.zeros(0, dtype=np.bool_)
            self._alive[name] = 0

    def _apply(self) -> None:
        """Mark the rows that died by the log's new records."""
        for name, log in self._logs.items():
            known = self._dead[name]
            if len(log) > len(known):
                self._alive[name] += len(log) - len(known)
                self._dead[name] = np.concatenate([known, np.zeros(len(log) - len(known), bool)])
        for name, log in self._logs.items():
            new = log.dead[self._applied.get(name, 0) :]
            self._applied[name] = len(log.dead)
            gathered: dict[str, list[Numbers]] = {}
            for record in new:
                for where, numbers in record.items():
                    gathered.setdefault(where, []).append(numbers)
            for where, some in gathered.items():
                if where in self._dead:  # else: sealed since, without these rows
                    self._kill(where, np.unique(np.concatenate(some)))

    def _kill(self, where: str, numbers: Numbers) -> None:
        dead = self._dead[where].copy()  # a snapshot may hold the old mask
        try:
            dead[numbers] = True
        except IndexError as exc:
            raise DataLoss(
                f"vector shard {self.shard.name} drops rows that do not exist", hint=HINT
            ) from exc
        self._dead[where], self._alive[where] = dead, len(dead) - int(dead.sum())
