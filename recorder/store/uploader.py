"""The uploader: stores the spool's segments and gaps beside the recording, which never waits.

Four retry queues, each with its own threads, so that no queue is held up by another's server:
objects into the store, rows of stored segments and rows of gaps into the catalogue, and copies of
entered gaps into the store. Work that fails
because a server or disk is unreachable, full or set up wrongly is tried again after a pause, for
ever. Footage that is itself at fault is set aside, with an alarm. Recording does not depend on any
of this.
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
from recorder.store.eviction import Evictor
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
    from recorder.store.spool_files import SpoolLevel

T = TypeVar("T")

_ROWS: Final = 100
"""Rows in one call: Elasticsearch makes rows visible four times a second, be it 1 row or 100."""
_ROW_WRITERS: Final = 2
_THREADS: Final = 5
"""Threads beside those that upload: two for rows of segments, three for rows of gaps, copies of
gaps and files set aside."""


class Uploader:
    """Stores segments and gaps from the spool. Every call from the event loop's thread.

    Calls that wait for a disk or a server are made in threads, by a `StoreWriter`; the results
    change queues and items here.

    Args:
        ingest: Puts segments into store and catalogue.
        catalogue: Takes the rows of gaps.
        clock: Times pauses and outages.
        tell: Called with each event.
        pool: Threads that upload, one for each worker.
        spool_limit: Limit of the spool's size; None sets no limit.
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
        self._gap_copies = RetryQueue[PendingGap](TroubleSource.COPYING_GAPS, _whose, clock, tell)
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

    # ---------------------------------------------------------------- state

    @property
    def pending(self) -> int:
        """Number of segments and gaps not yet stored."""
        return len(self._items) + len(self._gaps)

    @property
    def trouble(self) -> str:
        """Why segments or gaps are not stored at present; "" when nothing is wrong."""
        queues = (self._objects, self._entries, self._gap_rows, self._gap_copies)
        return next((queue.trouble for queue in queues if queue.trouble), "")

    @property
    def level(self) -> SpoolLevel | None:
        """Bytes the spool held and might hold when last measured; None where not known."""
        return self._evictor.level if self._evictor else None

    @property
    def evicting(self) -> bool:
        """Whether the spool is full, so that segments are evicted if any may be."""
        return self._evictor is not None and self._evictor.evicting

    # ---------------------------------------------------------------- what is added

    def segment(self, spool: CameraSpool, spooled: Spooled) -> None:
        """Queue a closed segment for storing; a segment that waits already is not queued twice."""
        if spooled.path in self._items:
            return
        item = PendingSegment(spool, spooled, self._clock.monotonic())
        self._items[spooled.path] = item
        self._usage.add(spooled)
        self._empty.clear()
        self._objects.put(item)
        self._tell(SegmentSpooled(spooled.segment))

    def gap(self, spool: CameraSpool, gap: Gap, *, final: bool) -> None:
        """Queue a gap for the catalogue; a `final` gap is removed from the spool afterwards."""
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
        """Upload until cancelled; run several as tasks. The first starts the row writers too."""
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
        """Wait until the spool is empty; False when segments or gaps are left after `within`."""
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
        row_writers.append(keep(Trouble(TroubleSource.GAPS_TASK, worker=1), self._copy_gaps))
        if self._evictor is not None:
            row_writers.append(keep(Trouble(TroubleSource.SPOOL_TASK), self._evictor.work))
        return row_writers

    async def _upload(self) -> None:
        """Put objects (invariant 2, step 2 of `recorder.store.ingest`)."""
        failures = 0
        while True:
            (item,) = await self._objects.take()
            waits = self._items.get(item.path) is item and item.stored is None
            if not waits or item.uploading or item.going:
                continue  # evicted, or queued twice
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
        """Add rows of stored segments, then remove the spool files (invariant 2, steps 3 to 6)."""
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
        """Add rows of gaps; a final gap is copied into the store afterwards."""

        def entered(row: PendingGap) -> None:
            if row.written.final:
                self._gap_copies.put(row)
            else:
                self._gap_done(row)

        await self._write_gaps(self._gap_rows, self._writer.enter_gaps, entered)

    async def _copy_gaps(self) -> None:
        """Copy final gaps into the store, and forget these: a store that hangs hides no gap."""
        await self._write_gaps(self._gap_copies, self._writer.copy_gaps, self._gap_done)

    async def _write_gaps(
        self,
        queue: RetryQueue[PendingGap],
        write: Callable[[Sequence[GapRow]], dict[int, FootageError]],
        then: Callable[[PendingGap], None],
    ) -> None:
        failures = 0
        while True:
            rows = await queue.take(_ROWS)
            sent = {row: row.written for row in rows}
            gaps = [GapRow(row.spool, sent[row]) for row in rows]
            done = await self._outcome(self._side, partial(write, gaps))
            bad = _failures(done, rows)
            hopeless = [row for row in bad if isinstance(bad[row], BadInput)]
            for row in hopeless:
                text = f"a gap cannot be recorded: {bad.pop(row)}"
                self._tell(WorkFailed(row.spool.camera, text))
            good = [row for row in rows if row not in bad]
            for row in good:
                if row.written is not sent[row]:
                    self._gap_rows.put(row)  # the gap has grown meanwhile
                elif row in hopeless:
                    self._gap_done(row)
                else:
                    then(row)
            failures = await self._settle(queue, good, bad, failures)

    def _gap_done(self, row: PendingGap) -> None:
        del self._gaps[gap_key(row.written.gap)]
        self._check_empty()

    async def _settle(
        self, queue: RetryQueue[T], good: Sequence[T], bad: dict[T, BaseException], failures: int
    ) -> int:
        """Report results to the queue, and pause after a failure; returns the failures in a row."""
        if good:
            queue.worked(good)
            failures = 0
        if bad:
            failures += 1
            queue.failed(list(bad), next(iter(bad.values())))
            await self._clock.pause(pause(failures))
        return failures

    async def _outcome(self, pool: Executor, do: Callable[[], T]) -> asyncio.Future[T]:
        """Run `do` in a thread; returns the finished future: an error must not end the worker."""
        future = asyncio.get_running_loop().run_in_executor(pool, do)
        await asyncio.wait({future})
        return future

    # ---------------------------------------------------------------- when a segment is done

    def _uploaded(self, item: PendingSegment) -> None:
        self._objects.worked([item])
        if item.stored is None:
            self._finished(item)  # queued again by a restarted channel after the first was stored
        else:
            self._entries.put(item)

    async def _set_aside(self, item: PendingSegment, exc: BaseException) -> bool:
        """Keep the file of a segment that can never be stored, record a gap; False on failure."""
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
        """Record the gap that replaces a segment: pending before the segment is dropped."""
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

    def evicted(self, item: PendingSegment, gap: Gap) -> None:
        """See `PendingSegments`."""
        self._tell(SegmentEvicted(item.spooled.segment, gap))
        self._replaced(item, gap)


def _whose(work: PendingSegment | PendingGap) -> str:
    return work.spool.camera


def _failures(
    done: asyncio.Future[dict[int, FootageError]], items: Sequence[T]
) -> dict[T, BaseException]:
    """Failed items, each with an error; a programming error in the call fails all items."""
    if (fault := done.exception()) is not None:
        return dict.fromkeys(items, fault)
    return {items[at]: exc for at, exc in done.result().items()}


def _at_fault(exc: BaseException) -> bool:
    """Whether trying again cannot help: the footage is faulty, not a server or a setting.

    Asked for objects only: once the object is stored, only the catalogue can fail, and the
    catalogue can be rebuilt from the objects.
    """
    return isinstance(exc, BadInput | Conflict | DataLoss)
