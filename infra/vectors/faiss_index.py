"""The vector index in files, searched by FAISS.

By encoder and UTC day a shard (`vector_shards`): rows and removals are appended to its open log,
logs are sealed into immutable parts, parts are merged by upkeep (`shard_upkeep`), on a thread of
the index. A search plans each part by itself (`vector_plan`): the few eligible rows, all rows, or
codes and then the best rows; never a graph or coarse lists, which lose text queries.
"""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from dataclasses import replace
from functools import partial
from itertools import groupby
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final

import numpy as np

from footage import durable
from footage.errors import DataLoss, FootageError, Refused, Unavailable
from footage.ports import DamagedShard, PartScan, VectorAnswer
from infra.vectors import old_shards, open_log, vector_scan
from infra.vectors import vector_rules as rules
from infra.vectors import vector_shards as shards
from infra.vectors.shard_upkeep import Sizes, keep_up, new_log
from infra.vectors.shard_view import ShardView
from infra.vectors.vector_cache import Cache
from infra.vectors.vector_days import day_in, day_of, may_hold
from infra.vectors.vector_plan import Method
from infra.vectors.vector_records import Record, of_entries
from infra.vectors.vector_scan import Found, Question
from infra.vectors.vector_shards import State

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from footage.encoder import EncoderIdentity, Vectors
    from footage.ids import CameraId, SegmentKey
    from footage.instant import Instant, Interval
    from footage.ports import VectorRow
    from infra.stores import StoreContext
    from infra.vectors.faiss_scan import Codes
    from infra.vectors.vector_records import Numbers
    from infra.vectors.vector_shards import Shard

_RESIDENT_SHARE: Final = 4
_LATE_ROWS: Final = 4_096
"""Rows in the log of a past day from which a new day's first rows start an upkeep: fewer rows are
read by a new process in some milliseconds."""

_log = logging.getLogger(__name__)


class FaissIndex:
    """A `VectorIndex` in the folder `root`; safe for several threads and processes.

    Args:
        root: The folder of the index, created with the first rows.
        sizes: When logs are sealed and which parts get codes.
        resident_bytes: Memory for codes; the least recently used are dropped. None: a quarter of
            the machine's memory. Vectors are mapped and need no memory of their own.
    """

    def __init__(
        self, root: Path, *, sizes: Sizes | None = None, resident_bytes: int | None = None
    ) -> None:
        self._root = root
        self._sizes = sizes or Sizes()
        self._resident: Cache[Codes] = Cache(resident_bytes or _memory() // _RESIDENT_SHARE)
        self._views: dict[Path, ShardView] = {}
        self._lock = Lock()
        self._thread: Thread | None = None
        self._due = False
        self._closed = False

    def close(self) -> None:
        """Wait until the running upkeep of a shard ends; start none any more."""
        with self._lock:
            self._closed, thread = True, self._thread
        if thread:
            thread.join()

    def add(self, encoder: EncoderIdentity, rows: Sequence[VectorRow], vectors: Vectors) -> None:
        """Add or replace rows, day by day.

        Raises:
            BadInput: The numbers or dimensions differ.
            DataLoss: A day's shard is damaged.
            Refused: A day's shard is of another encoder whose digest begins alike (invariant 9).
        """
        entries = rules.entries(encoder, rows, vectors)
        for day, group in groupby(entries, key=lambda entry: day_of(entry.row.instant)):
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
        """The `k` best of all eligible rows; by exact comparison, where `exhaustive` says so."""
        asked = rules.question(encoder, query, k)
        question = Question(asked, interval, cameras, k, self._sizes.gathered_rows)
        found: list[Found] = []
        told: list[PartScan] = []
        unreadable = []
        for shard in shards.shards(self._root, encoder.short, interval):
            view = self._view(shard)
            try:
                some = view.consistent(partial(_scanned, view, encoder, question))
            except (DataLoss, Refused) as exc:
                _log.warning("not searched: %s", exc)
                unreadable.append(shard.name)  # invariant 6: reported, not skipped
                continue
            found += some
            told += [_told(shard, one) for one in some]
        by_codes = [one.rows.recall for one in found if one.method is Method.CODES]
        return VectorAnswer(
            vector_scan.best(found, k),
            scanned=sum(one.eligible for one in found),
            exhaustive=not by_codes,
            unreadable=tuple(unreadable),
            recall=min(by_codes, default=1.0),
            parts=tuple(told),
        )

    def held(
        self, encoder: EncoderIdentity, interval: Interval
    ) -> Mapping[Instant, frozenset[CameraId]]:
        """The cameras with rows, by day; of shards that can be opened."""
        found: dict[Instant, frozenset[CameraId]] = {}
        for shard in shards.shards(self._root, encoder.short, interval):
            view = self._view(shard)
            try:
                state, cameras = view.consistent(view.cameras)
            except DataLoss:
                continue  # a search names the shard
            if state is not None and cameras and state.digest == encoder.digest:
                found[shard.day.start] = cameras
        return found

    def remove(self, segments: Collection[SegmentKey]) -> int:
        """Remove the rows of the segments, of all encoders.

        Raises:
            DataLoss: A shard that may hold such rows is damaged; other shards are done.
        """
        gone = frozenset(segments)
        days = frozenset(day_in(key) for key in gone)
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
            if self._is_damaged(shard)
        )

    def set_aside(self, encoder: EncoderIdentity, shard: DamagedShard) -> str | None:
        """Rename a damaged shard's folder to a name that says damaged."""
        found = shards.shard(self._root, encoder.short, day_of(shard.interval.start))
        if not found.folder.is_dir() or not self._is_damaged(found):
            return None
        with found.upkeep(), found.writing():
            if not found.is_altered:
                return None  # another process was faster
            return str(found.set_aside())

    def upkeep(self, today: str = "") -> None:
        """Seal, merge and rewrite what is due, in all shards; a damaged shard is passed over.

        Args:
            today: The UTC day now: logs of days before are sealed, the newest day's log too.
        """
        for folder in sorted(self._root.glob("*/")):
            mine = shards.shards(self._root, folder.name)
            for shard in mine:
                if self._closed:
                    return
                try:
                    keep_up(
                        self._view(shard),
                        self._sizes,
                        seal=shard != mine[-1] or shard.folder.name < today,
                    )
                except (DataLoss, Unavailable) as exc:
                    _log.warning("no upkeep: %s", exc)

    def _add(self, shard: Shard, encoder: EncoderIdentity, entries: list[rules.Entry]) -> None:
        view = self._view(shard)
        with shard.writing(), view.lock:
            state = view.consistent(view.refresh)
            is_new = state is None
            if state is None:
                durable.make_folder(shard.folder)
                shard.forget_dropped()
                made = State(encoder.name, encoder.digest, encoder.dimension, (), ())
                state = new_log(view, made)
                view.refresh()
            _check(shard, state, encoder)
            view.append(of_entries(entries, _replaced(view, entries)))
            is_long = len(view.open_log()) >= self._sizes.seal_rows
        if is_long or (is_new and self._has_late_rows(encoder, shard)):
            self._wake()

    def _remove(
        self, shard: Shard, gone: frozenset[SegmentKey], days: frozenset[str | None]
    ) -> int:
        view = self._view(shard)
        if not _may_hold(shard, days):
            return 0
        with shard.writing(), view.lock:
            state = view.consistent(view.refresh)
            if state is None:
                return 0
            dead = view.rows_of(gone)
            if dead:
                view.append(Record(dead=dead))
            else:
                view.open_log().settle()  # a crash may have cut short the call that dropped them
            if not view.alive:
                shard.drop()
                view.refresh()
            elif emptied := view.dead_parts:
                kept = tuple(part for part in state.parts if part.name not in emptied)
                shard.unlink(replace(state, parts=kept), emptied)
                view.refresh()
        return sum(len(numbers) for numbers in dead.values())

    def _is_damaged(self, shard: Shard) -> bool:
        """Whether a byte on disk is wrong; if so, remembered from now on."""
        view = self._view(shard)
        if shard.is_altered:
            return True
        try:
            view.consistent(partial(_verify, shard))
        except DataLoss:
            with shard.writing():
                shard.remember_altered()
            return True
        return False

    def _has_late_rows(self, encoder: EncoderIdentity, new: Shard) -> bool:
        with self._lock:
            known = list(self._views.values())
        mine = (v for v in known if v.shard.folder.parent.name == encoder.short)
        return any(v.log_rows >= _LATE_ROWS for v in mine if v.shard != new)

    def view_of(self, shard: Shard) -> ShardView:
        """View of this process on a shard of the index."""
        return self._view(shard)

    def _view(self, shard: Shard) -> ShardView:
        with self._lock:
            view = self._views.get(shard.folder)
        if view is None:
            if old_shards.is_old(shard):
                try:
                    old_shards.rewrite(shard)
                except DataLoss as exc:
                    _log.warning("an old shard stays as it is: %s", exc)
            with self._lock:
                view = self._views.setdefault(shard.folder, ShardView(shard, self._resident))
        return view

    def _wake(self) -> None:
        """Let the thread of the index do the upkeep, again if it is at work."""
        with self._lock:
            self._due = not self._closed
            if self._due and self._thread is None:
                self._thread = Thread(target=self._work, name="vector upkeep")
                self._thread.start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._due or self._closed:
                    self._thread = None
                    return
                self._due = False
            try:
                self.upkeep()
            except FootageError as exc:
                _log.warning("upkeep of vectors failed: %s", exc)


def from_settings(section: object, context: StoreContext) -> FaissIndex:
    """The vector index in the home folder; no setting is needed."""
    del section
    index = FaissIndex(context.home / "vectors")
    context.closing.callback(index.close)
    return index


def _scanned(view: ShardView, encoder: EncoderIdentity, question: Question) -> list[Found]:
    state, sources = view.snapshot()
    if state is None:
        return []
    _check(view.shard, state, encoder)
    return [vector_scan.scan(source, question) for source in sources]


def _told(shard: Shard, found: Found) -> PartScan:
    name = f"{shard.name}/{found.rows.name}"
    return PartScan(name, len(found.rows.columns), found.eligible, found.method.value)


def _check(shard: Shard, state: State, encoder: EncoderIdentity) -> None:
    if (state.digest, state.dimension) != (encoder.digest, encoder.dimension):  # invariant 9
        raise Refused(
            f"vector shard {shard.name} is of encoder {state.digest}, not {encoder.digest}",
            hint="their digests begin alike: keep this encoder's vectors elsewhere",
        )


def _replaced(view: ShardView, entries: Sequence[rules.Entry]) -> Mapping[str, Numbers]:
    """Live rows that the entries replace, by part or log."""
    ids = {rules.row_id(entry.row) for entry in entries}
    replaced: dict[str, list[Numbers]] = defaultdict(list)
    for segment in sorted({segment for segment, _, _ in ids}):
        for name, numbers in view.rows_of([segment]).items():
            known = view.source(name).rows.columns.ids(numbers.astype(np.intp))
            mine = [(segment, *known_id) in ids for known_id in known]
            if any(mine):
                replaced[name].append(numbers[mine])
    return {name: np.concatenate(some) for name, some in replaced.items()}


def _may_hold(shard: Shard, days: Collection[str | None]) -> bool:
    """Whether a shard may hold rows of segments of these days."""
    state = shard.state()
    if state is None:
        return False
    if any(may_hold(part.days, days) for part in state.parts):
        return True
    return any(open_log.has_records(shard.folder / log) for log in state.logs)


def _verify(shard: Shard) -> None:
    """Read every byte of a shard. Raises DataLoss, FileNotFoundError."""
    state = shard.state()
    if state is not None:
        shards.verify(shard, state)


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
