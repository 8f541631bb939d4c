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
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from recorder.events import Event
    from recorder.gaps import Written
    from recorder.spool.spool import CameraSpool
    from recorder.store.uploader import Uploader

    Work = Callable[[], "Filed"]


@dataclass(frozen=True, slots=True)
class DiskQueues:
    """What the paperwork of all cameras shares."""

    pool: Executor
    uploader: Uploader
    tell: Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Filed:
    """What came of one piece of work on a camera's disk, for the event loop.

    Attributes:
        found: Segments to be stored and gaps to be recorded, in their order.
        recoded: Whether the camera's pictures are coded in another way than before.
    """

    found: Sequence[Spooled | Written] = ()
    recoded: bool = False


class DiskQueue:
    """One camera's queue of work. Every call from the event loop's thread.

    `work` runs as a task until cancelled, and has each piece done in a thread of the pool.
    """

    def __init__(self, disk_queues: DiskQueues, spool: CameraSpool) -> None:
        self._disk_queues = disk_queues
        self._spool = spool
        self._queue: asyncio.Queue[tuple[Work, Callable[[Filed], None] | None]] = asyncio.Queue()

    def add(self, work: Work, then: Callable[[Filed], None] | None = None) -> None:
        """Do this in a thread after all that was added before.

        What came of it goes to `then`, on the event loop's thread, before it is handed on.
        """
        self._queue.put_nowait((work, then))

    async def done(self) -> None:
        """Wait until all that was added is done."""
        await self._queue.join()

    async def work(self) -> None:
        """Do it. What fails is told and left to the next start, which finds the files."""
        while True:
            work, then = await self._queue.get()
            try:
                loop = asyncio.get_running_loop()
                doing = loop.run_in_executor(self._disk_queues.pool, _do, self._spool, work)
                filed, failed = await doing
            except FootageError as exc:
                self._trouble(exc)
            else:
                if then is not None:
                    then(filed)
                for trouble in failed:
                    self._trouble(trouble)
                for result in filed.found:
                    self._hand_on(result)
            finally:
                self._queue.task_done()

    def _hand_on(self, result: Spooled | Written) -> None:
        if isinstance(result, Spooled):
            self._disk_queues.uploader.segment(self._spool, result)
        else:
            self._disk_queues.uploader.gap(self._spool, result.gap, final=result.final)

    def _trouble(self, exc: FootageError) -> None:
        self._disk_queues.tell(WorkFailed(self._spool.camera, str(exc)))


def _do(spool: CameraSpool, work: Work) -> tuple[Filed, list[FootageError]]:
    """Do it in a thread of the pool, and keep its gaps before the catalogue hears of them.

    The catalogue may be down. A gap that a full disk does not keep is handed on all the same, and
    so is what closed with it.
    """
    filed, failed = work(), []
    for result in filed.found:
        if not isinstance(result, Spooled):
            try:
                spool.keep_gap(result.gap)
            except FootageError as exc:
                failed.append(exc)
    return filed, failed
