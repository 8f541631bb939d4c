"""A camera's disk queue: all disk work of the camera, in order, in threads off the event loop.

The event loop stays free to read FFmpeg's pipes at once, so that arrivals are stamped when media
arrives, however slow the disk is.
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

    from footage.instant import Elapsed
    from recorder.events import Event
    from recorder.gaps import Written
    from recorder.spool.spool import CameraSpool
    from recorder.store.uploader import Uploader

    Work = Callable[[], "Filed"]


@dataclass(frozen=True, slots=True)
class DiskQueues:
    """Thread pool, uploader and event listener shared by the disk queues of all cameras."""

    pool: Executor
    uploader: Uploader
    tell: Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Filed:
    """Result of a piece of disk work, for the event loop.

    Attributes:
        found: Segments to be stored and gaps to be entered in the catalogue, in order of time.
        recoded: Whether the coding of the camera's pictures has changed within the run.
        rates: Pictures a second by the camera's stamps and by arrivals, where the two differ by
            more than a crystal's drift; None where not.
        keyframe_every: Longest time from keyframe to keyframe in the segments found.
        failed: Failures of the part of the work that could not be done.
    """

    found: Sequence[Spooled | Written] = ()
    recoded: bool = False
    rates: tuple[float, float] | None = None
    keyframe_every: Elapsed | None = None
    failed: Sequence[FootageError] = ()


class DiskQueue:
    """A camera's queue of disk work. Every call from the event loop's thread.

    `work` runs as a task until cancelled, and does each piece in a thread of the pool.
    """

    def __init__(self, disk_queues: DiskQueues, spool: CameraSpool) -> None:
        self._disk_queues = disk_queues
        self._spool = spool
        self._queue: asyncio.Queue[tuple[Work, Callable[[Filed], None] | None]] = asyncio.Queue()

    def add(self, work: Work, then: Callable[[Filed], None] | None = None) -> None:
        """Queue work, to be done in a thread after all work added before.

        The result goes to `then`, on the event loop's thread, before the uploader gets the result.
        """
        self._queue.put_nowait((work, then))

    async def done(self) -> None:
        """Wait until all work added so far is done."""
        await self._queue.join()

    async def work(self) -> None:
        """Do the queued work, piece by piece, until cancelled.

        A failure is reported and left to the next start, which finds the files.
        """
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
    """Do work in a thread of the pool; write resulting gaps to the spool before the catalogue.

    The catalogue may be down. A gap that a full disk does not take is handed on all the same, and
    so are the segments closed with the gap. Returns the result and the failures.
    """
    filed = work()
    failed = [*filed.failed]
    for result in filed.found:
        if not isinstance(result, Spooled):
            try:
                spool.keep_gap(result.gap)
            except FootageError as exc:
                failed.append(exc)
    return filed, failed
