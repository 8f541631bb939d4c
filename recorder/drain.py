"""From the spool into the store, beside the recording: it never waits, and never gives up.

Work that fails because something is unreachable or full is tried again after a pause, for ever.
Work that can never succeed is set aside, loudly. Recording knows nothing of either.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.errors import FootageError, Unavailable
from footage.instant import Elapsed
from footage.span import Gap, GapReason
from recorder.ports import Event, EventKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from footage.clock import Clock
    from footage.ports import Catalogue
    from footage.segment import Segment
    from recorder.ingest import Ingest
    from recorder.spool import CameraSpool, Spooled

_FIRST_PAUSE: Final = Elapsed.parse("500ms")
_LONGEST_PAUSE: Final = Elapsed.parse("5s")


@dataclass(slots=True)
class _Item:
    """Work: a segment or a gap of the camera whose spool it is."""

    spool: CameraSpool
    spooled: Spooled | None = None
    stored: Segment | None = None
    """Set once the object is put: a catalogue that is down costs no second upload."""
    gap: Gap | None = None
    final: bool = False


class Drain:
    """Workers that empty the spool."""

    def __init__(
        self,
        ingest: Ingest,
        catalogue: Catalogue,
        clock: Clock,
        tell: Callable[[Event], None],
        pool: Executor,
    ) -> None:
        self._ingest = ingest
        self._catalogue = catalogue
        self._clock = clock
        self._tell = tell
        self._pool = pool
        self._queue: asyncio.Queue[_Item] = asyncio.Queue()
        self._unfinished = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self._down = ""

    @property
    def pending(self) -> int:
        """Segments and gaps not yet stored."""
        return self._unfinished

    @property
    def trouble(self) -> str:
        """Why nothing is stored at present; "" when nothing is wrong."""
        return self._down

    def segment(self, spool: CameraSpool, spooled: Spooled) -> None:
        """Store a closed segment."""
        self._add(_Item(spool, spooled=spooled))

    def gap(self, spool: CameraSpool, gap: Gap, *, final: bool) -> None:
        """Record a gap; a `final` one is removed from the spool afterwards."""
        self._add(_Item(spool, gap=gap, final=final))

    async def work(self) -> None:
        """One worker; start several, cancel them to stop."""
        failures = 0
        while True:
            item = await self._queue.get()
            try:
                event = await asyncio.get_running_loop().run_in_executor(self._pool, self._do, item)
            except Unavailable as exc:
                self._queue.put_nowait(item)
                self._trouble(exc)
                failures += 1
                await self._clock.pause(pause(failures))
                continue
            except FootageError as exc:
                event = await self._give_up(item, exc)
            failures, self._down = 0, ""
            self._done()
            if event is not None:
                self._tell(event)

    async def flush(self, within: Elapsed) -> bool:
        """Wait until all is stored; False when that took longer than `within`."""
        waiting = asyncio.ensure_future(self._empty.wait())
        alarm = asyncio.ensure_future(self._clock.pause(within))
        await asyncio.wait({waiting, alarm}, return_when=asyncio.FIRST_COMPLETED)
        for task in (waiting, alarm):
            task.cancel()
        return self._empty.is_set()

    def _add(self, item: _Item) -> None:
        self._unfinished += 1
        self._empty.clear()
        self._queue.put_nowait(item)

    def _done(self) -> None:
        self._unfinished -= 1
        if not self._unfinished:
            self._empty.set()

    def _do(self, item: _Item) -> Event | None:
        """Invariant 2, in a thread; may be repeated from the start."""
        if item.spooled is not None:
            if item.stored is None and not item.spooled.path.exists():
                return None  # found twice, by a restarted channel, and stored the first time
            item.stored = item.stored or self._ingest.put(item.spooled)
            self._ingest.enter(item.stored)
            item.spool.forget(item.spooled)
            return Event(EventKind.STORED, item.stored.camera, item.stored.key, item.stored)
        if item.gap is not None:
            self._catalogue.add_gaps([item.gap])
            if item.final:
                item.spool.forget_gap(item.gap)
        return None

    async def _give_up(self, item: _Item, exc: FootageError) -> Event:
        camera = item.spool.camera
        if item.spooled is None:
            return Event(EventKind.TROUBLE, camera, f"a gap cannot be recorded: {exc}")
        kept = item.spool.set_aside(item.spooled)
        text = f"a segment cannot be stored and was kept as {kept}: {exc}"
        gap = Gap(camera, item.spooled.segment.interval, GapReason.WRITE_FAILED, text)
        item.spool.keep_gap(gap)
        self.gap(item.spool, gap, final=True)
        return Event(EventKind.TROUBLE, camera, text)

    def _trouble(self, exc: Unavailable) -> None:
        text = str(exc)
        if not self._down:
            self._tell(Event(EventKind.TROUBLE, None, f"not stored, kept in the spool: {text}"))
        self._down = text


def pause(failures: int) -> Elapsed:
    """The wait after so many failures in a row: 0.5 s doubling to 5 s."""
    return Elapsed(min(_FIRST_PAUSE.us << min(failures - 1, 10), _LONGEST_PAUSE.us))
