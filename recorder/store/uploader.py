"""From the spool into the store, beside the recording: it never waits, and never gives up.

Three lanes, each with its own threads, so that none is held up by another's server: objects into
the store, rows of stored segments and rows of gaps into the catalogue. Work that fails because
something is unreachable, full or set up wrongly is tried again after a pause, for ever. Footage
that is itself at fault is set aside, loudly. Recording knows nothing of any of it.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from footage.errors import BadInput, Conflict, DataLoss, FootageError
from footage.span import Gap, GapReason
from recorder.events import (
    GapRecorded,
    SegmentEvicted,
    SegmentSetAside,
    SegmentSpooled,
    SegmentStored,
    Trouble,
    TroubleSource,
    WorkFailed,
)
from recorder.gaps import Written
from recorder.restarting import restart_on_failure
from recorder.store.eviction import Evictor, SpoolLevel
from recorder.store.pending import PendingGap, PendingSegment, gap_key
from recorder.store.retry_queue import RetryQueue, describe, pause
from recorder.store.storing import GapRow, StoredFile, StoreWriter
from recorder.store.usage import SpoolUsage

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from footage.clock import Clock
    from footage.ids import CameraId
    from footage.instant import Elapsed, Instant
    from footage.ports import Catalogue
    from recorder.events import Event
    from recorder.spool.spool import CameraSpool, Spooled
    from recorder.store.eviction_policy import SpoolLimit
    from recorder.store.ingest import Ingest
    from recorder.store.retry_queue import Outage

T = TypeVar("T")

_ROWS: Final = 100
"""At once: Elasticsearch shows what it took four times a second, be it one row or a hundred."""
_ROW_WRITERS: Final = 2
_THREADS: Final = 4
"""Beside those that upload: two for rows of segments, two for gaps and files set aside."""


class Uploader:
    """Workers that empty the spool. Every call from the event loop's thread.

    What waits for a disk or a server is done in threads, by a `StoreWriter`; what came of it
    changes lanes and items here.

    Args:
        ingest: The way into store and catalogue.
        catalogue: For gaps.
        clock: For pauses.
        tell: Told what happens.
        pool: Threads that upload, one for each worker.
        spool_limit: How much the spool may hold; None sets no bound.
    """

    def __init__(
        self,
        ingest: Ingest,
        catalogue: Catalogue,
        clock: Clock,
        tell: Callable[[Event], None],
        pool: Executor,
        *,
        spool_limit: SpoolLimit | None = None,
    ) -> None:
        self._writer = StoreWriter(ingest, catalogue)
        self._clock = clock
        self._tell = tell
        self._pool = pool
        self._side = ThreadPoolExecutor(_THREADS, "rows")
        self._objects = RetryQueue[PendingSegment](TroubleSource.STORING, _whose, clock, tell)
        self._entries = RetryQueue[PendingSegment](TroubleSource.ENTERING, _whose, clock, tell)
        self._gap_rows = RetryQueue[PendingGap](TroubleSource.ENTERING_GAPS, _whose, clock, tell)
        self._items: dict[Path, PendingSegment] = {}
        self._gaps: dict[tuple[CameraId, Instant, GapReason], PendingGap] = {}
        self._empty = asyncio.Event()
        self._empty.set()
        self._usage = SpoolUsage()
        self._at_work = 0
        self._row_writers: list[asyncio.Task[None]] = []
        self._evictor: Evictor | None = None
        if spool_limit is not None:
            self._evictor = Evictor(
                spool_limit=spool_limit,
                usage=self._usage,
                ingest=ingest,
                pending=self,
                clock=clock,
                tell=tell,
            )

    # ---------------------------------------------------------------- what there is

    @property
    def pending(self) -> int:
        """Segments and gaps not yet stored."""
        return len(self._items) + len(self._gaps)

    @property
    def trouble(self) -> str:
        """Why something is not stored at present; "" when nothing is wrong."""
        return self._objects.trouble or self._entries.trouble or self._gap_rows.trouble

    @property
    def level(self) -> SpoolLevel | None:
        """What the spool held and might hold when last looked at; None where that is not known."""
        return self._evictor.level if self._evictor else None

    @property
    def evicting(self) -> bool:
        """Whether the spool is full."""
        return self._evictor is not None and self._evictor.evicting

    # ---------------------------------------------------------------- what comes in

    def segment(self, spool: CameraSpool, spooled: Spooled) -> None:
        """Store a closed segment; one that waits already, found again, changes nothing."""
        if spooled.path in self._items:
            return
        item = PendingSegment(spool, spooled, self._clock.monotonic())
        self._items[spooled.path] = item
        self._usage.add(spooled)
        self._empty.clear()
        self._objects.put(item)
        self._tell(SegmentSpooled(spooled.segment))

    def gap(self, spool: CameraSpool, gap: Gap, *, final: bool) -> None:
        """Record a gap; a `final` one is removed from the spool afterwards."""
        written, name = Written(gap, final), gap_key(gap)
        if name in self._gaps:
            self._gaps[name].written = written
        else:
            self._gaps[name] = PendingGap(spool, written)
            self._empty.clear()
            self._gap_rows.put(self._gaps[name])
        self._tell(GapRecorded(gap, final))

    # ---------------------------------------------------------------- working

    async def work(self) -> None:
        """One that uploads; start several, cancel them to stop. The first brings the clerks."""
        self._at_work += 1
        if self._at_work == 1:
            self._row_writers = [
                asyncio.create_task(row_writer) for row_writer in self._row_writer_tasks()
            ]
        try:
            await self._upload()
        finally:
            self._at_work -= 1
            if not self._at_work:
                for row_writer in self._row_writers:
                    row_writer.cancel()

    async def flush(self, within: Elapsed) -> bool:
        """Wait until all is stored; False when that took longer than `within`."""
        waiting = asyncio.ensure_future(self._empty.wait())
        alarm = asyncio.ensure_future(self._clock.pause(within))
        await asyncio.wait({waiting, alarm}, return_when=asyncio.FIRST_COMPLETED)
        for task in (waiting, alarm):
            task.cancel()
        return self._empty.is_set()

    def _row_writer_tasks(self) -> list[Coroutine[object, object, None]]:
        keep = partial(restart_on_failure, clock=self._clock, tell=self._tell)
        entering = [Trouble(TroubleSource.ENTERING_TASK, worker=n) for n in range(_ROW_WRITERS)]
        row_writers = [keep(trouble, self._enter) for trouble in entering]
        row_writers.append(keep(Trouble(TroubleSource.GAPS_TASK), self._enter_gaps))
        if self._evictor is not None:
            row_writers.append(keep(Trouble(TroubleSource.SPOOL_TASK), self._evictor.work))
        return row_writers

    async def _upload(self) -> None:
        """Invariant 2, the object."""
        failures = 0
        while True:
            (item,) = await self._objects.take()
            waits = self._items.get(item.path) is item and item.stored is None
            if not waits or item.uploading or item.going:
                continue  # given up, or queued twice
            item.uploading = True
            put = partial(self._writer.put, item.spool, item.spooled)
            done = await self._outcome(self._pool, put)
            item.uploading = False
            if (exc := done.exception()) is None:
                failures = 0
                item.stored = done.result()
                self._uploaded(item)
            elif not _at_fault(exc) or not await self._set_aside(item, exc):
                self._objects.failed([item], exc)
                failures += 1
                await self._clock.pause(pause(failures))

    async def _enter(self) -> None:
        """Invariant 2, the row, and the file's removal."""
        failures = 0
        while True:
            items = await self._entries.take(_ROWS)
            files = [StoredFile(one.spool, one.spooled, one.stored) for one in items]
            done = await self._outcome(self._side, partial(self._writer.enter, files))
            bad = _failures(done, items)
            for item in (good := [one for one in items if one not in bad]):
                self._finished(item)
                if item.stored is not None:
                    self._tell(SegmentStored(item.stored))
            failures = await self._settle(self._entries, good, bad, failures)

    async def _enter_gaps(self) -> None:
        failures = 0
        while True:
            rows = await self._gap_rows.take(_ROWS)
            sent = {row: row.written for row in rows}
            gaps = [GapRow(row.spool, sent[row]) for row in rows]
            done = await self._outcome(self._side, partial(self._writer.enter_gaps, gaps))
            bad = _failures(done, rows)
            hopeless = [row for row in bad if isinstance(bad[row], BadInput)]
            for row in hopeless:
                text = f"a gap cannot be recorded: {bad.pop(row)}"
                self._tell(WorkFailed(row.spool.camera, text))
            good = [row for row in rows if row not in bad]
            for row in good:
                if row.written is not sent[row]:
                    self._gap_rows.put(row)  # it has grown meanwhile
                else:
                    del self._gaps[gap_key(row.written.gap)]
            self._check_empty()
            failures = await self._settle(self._gap_rows, good, bad, failures)

    async def _settle(
        self, queue: RetryQueue[T], good: Sequence[T], bad: dict[T, BaseException], failures: int
    ) -> int:
        """Tell the lane, and rest after a failure; returns the failures in a row."""
        if good:
            queue.worked(good)
            failures = 0
        if bad:
            failures += 1
            queue.failed(list(bad), next(iter(bad.values())))
            await self._clock.pause(pause(failures))
        return failures

    async def _outcome(self, pool: Executor, do: Callable[[], T]) -> asyncio.Future[T]:
        """Done in a thread, whatever came of it: one item's fault must not end its worker."""
        future = asyncio.get_running_loop().run_in_executor(pool, do)
        await asyncio.wait({future})
        return future

    # ---------------------------------------------------------------- one segment's ends

    def _uploaded(self, item: PendingSegment) -> None:
        self._objects.worked([item])
        if item.stored is None:
            self._finished(item)  # found again by a restarted channel, and stored the first time
        else:
            self._entries.put(item)

    async def _set_aside(self, item: PendingSegment, exc: BaseException) -> bool:
        """It can never be stored: people get the file, the timeline a gap."""
        item.going = True
        kept = item.spool.bad_path(item.spooled)
        text = f"a segment cannot be stored and was kept as {kept}: {describe(exc)}"
        segment = item.spooled.segment
        gap = Gap(item.camera, segment.interval, GapReason.WRITE_FAILED, text)
        give_up = partial(item.spool.give_up, item.spooled, gap, kept=kept)
        done = await self._outcome(self._side, give_up)
        item.going = False
        if done.exception() is not None:
            return False
        self._tell(SegmentSetAside(segment, gap))
        self._replaced(item, gap)
        return True

    def _replaced(self, item: PendingSegment, gap: Gap) -> None:
        """A gap stands for it; it counts as pending before the segment counts no more."""
        self.gap(item.spool, gap, final=True)
        self._objects.dropped([item])
        self._finished(item)

    def _finished(self, item: PendingSegment) -> None:
        del self._items[item.path]
        self._usage.remove(item.spooled)
        self._check_empty()

    def _check_empty(self) -> None:
        if not self._items and not self._gaps:
            self._empty.set()

    # ---------------------------------------------------------------- for the evictor

    def items(self) -> list[PendingSegment]:
        """See `PendingSegments`."""
        return list(self._items.values())

    def store_outage(self) -> Outage | None:
        """See `PendingSegments`."""
        return self._objects.outage

    def catalogue_outage(self) -> Outage | None:
        """See `PendingSegments`."""
        return self._entries.outage

    def withdraw(self, item: PendingSegment) -> bool:
        """See `PendingSegments`."""
        if self._items.get(item.path) is not item:
            return False
        if item.uploading or item.going or item.stored is not None:
            return False
        item.going = True
        return True

    def give_back(self, item: PendingSegment) -> None:
        """See `PendingSegments`."""
        item.going = False
        if item.stored is None:
            self._objects.put(item)
        else:
            self._uploaded(item)

    def given_up(self, item: PendingSegment, gap: Gap) -> None:
        """See `PendingSegments`."""
        self._tell(SegmentEvicted(item.spooled.segment, gap))
        self._replaced(item, gap)


def _whose(work: PendingSegment | PendingGap) -> str:
    return work.spool.camera


def _failures(
    done: asyncio.Future[dict[int, FootageError]], items: Sequence[T]
) -> dict[T, BaseException]:
    """Which failed, and why; a fault of ours counts for all of them."""
    if (fault := done.exception()) is not None:
        return dict.fromkeys(items, fault)
    return {items[at]: exc for at, exc in done.result().items()}


def _at_fault(exc: BaseException) -> bool:
    """Whether trying again cannot help: the footage is at fault, not what an operator can mend.

    Once the object is stored, only the catalogue can fail, and that is a view.
    """
    return isinstance(exc, BadInput | Conflict | DataLoss)
