"""One camera's paperwork: all that touches its disk, done in order, in threads, off the event loop.

FFmpeg's pipes are read at once, so that arrivals are stamped when they happen, however slow the
disk is.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from footage.errors import FootageError
from recorder.events import WorkFailed
from recorder.spool.spool import Spooled

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from recorder.events import Event
    from recorder.gaps import Written
    from recorder.spool.spool import CameraSpool
    from recorder.store.uploader import Uploader


@dataclass(frozen=True, slots=True)
class DiskQueues:
    """What the paperwork of all cameras shares."""

    pool: Executor
    drain: Uploader
    tell: Callable[[Event], None]


class DiskQueue:
    """One camera's queue of work. `work` runs as a task until cancelled."""

    def __init__(self, desk: DiskQueues, spool: CameraSpool) -> None:
        self._desk = desk
        self._spool = spool
        self._queue: asyncio.Queue[Callable[[], list[Spooled | Written]]] = asyncio.Queue()

    def add(self, work: Callable[[], list[Spooled | Written]]) -> None:
        """Do this after all that was added before."""
        self._queue.put_nowait(work)

    async def done(self) -> None:
        """Wait until all that was added is done."""
        await self._queue.join()

    async def work(self) -> None:
        """Do it. What fails is told and left to the next start, which finds the files."""
        while True:
            work = await self._queue.get()
            try:
                loop = asyncio.get_running_loop()
                results, failed = await loop.run_in_executor(self._desk.pool, self._do, work)
            except FootageError as exc:
                self._trouble(exc)
            else:
                for trouble in failed:
                    self._trouble(trouble)
                for result in results:
                    self._hand_on(result)
            finally:
                self._queue.task_done()

    def _do(
        self, work: Callable[[], list[Spooled | Written]]
    ) -> tuple[list[Spooled | Written], list[FootageError]]:
        """Gaps are kept before the catalogue, which may be down, hears of them.

        One that a full disk does not keep is handed on all the same, and so is what closed with it.
        """
        results, failed = work(), []
        for result in results:
            if not isinstance(result, Spooled):
                try:
                    self._spool.keep_gap(result.gap)
                except FootageError as exc:
                    failed.append(exc)
        return results, failed

    def _hand_on(self, result: Spooled | Written) -> None:
        if isinstance(result, Spooled):
            self._desk.drain.segment(self._spool, result)
        else:
            self._desk.drain.gap(self._spool, result.gap, final=result.final)

    def _trouble(self, exc: FootageError) -> None:
        self._desk.tell(WorkFailed(self._spool.camera, str(exc)))
