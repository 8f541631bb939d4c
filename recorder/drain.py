"""From the spool into the store, beside the recording: it never waits, and never gives up.

Work that fails because something is unreachable, full or set up wrongly is tried again after a
pause, for ever. Footage that is itself at fault is set aside, loudly. Recording knows nothing of
either.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput, Conflict, DataLoss, FootageError
from footage.instant import Elapsed
from footage.span import Gap, GapReason
from recorder.gaps import Written
from recorder.ports import Event, EventKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from footage.clock import Clock
    from footage.ids import CameraId
    from footage.instant import Instant
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
    row: Written | None = None
    """Of a gap, the newest: never is an older one written after it."""


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
        self._gaps: dict[tuple[CameraId, Instant, GapReason], _Item] = {}
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
        row, name = Written(gap, final), _name(gap)
        if name in self._gaps:
            self._gaps[name].row = row
            return
        self._gaps[name] = _Item(spool, row=row)
        self._add(self._gaps[name])

    async def work(self) -> None:
        """One worker; start several, cancel them to stop."""
        failures = 0
        while True:
            item = await self._queue.get()
            row, loop = item.row, asyncio.get_running_loop()
            try:
                event = await loop.run_in_executor(self._pool, self._do, item, row)
            except FootageError as exc:
                if not _hopeless(item, exc):
                    self._queue.put_nowait(item)
                    self._trouble(exc)
                    failures += 1
                    await self._clock.pause(pause(failures))
                    continue
                event = self._give_up(item, exc)
            failures, self._down = 0, ""
            self._done(item, row)
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

    def _done(self, item: _Item, row: Written | None) -> None:
        if item.row is not row:
            self._queue.put_nowait(item)  # the gap has grown meanwhile
            return
        if row is not None:
            del self._gaps[_name(row.gap)]
        self._unfinished -= 1
        if not self._unfinished:
            self._empty.set()

    def _do(self, item: _Item, row: Written | None) -> Event | None:
        """Invariant 2, in a thread; may be repeated from the start."""
        if item.spooled is not None:
            if item.stored is None and not item.spooled.path.exists():
                return None  # found twice, by a restarted channel, and stored the first time
            item.stored = item.stored or self._ingest.put(item.spooled)
            self._ingest.enter(item.stored)
            item.spool.forget(item.spooled)
            return Event(EventKind.STORED, item.stored.camera, item.stored.key, item.stored)
        if row is not None:
            self._catalogue.add_gaps([row.gap])
            if row.final:
                item.spool.forget_gap(row.gap)
        return None

    def _give_up(self, item: _Item, exc: FootageError) -> Event:
        camera = item.spool.camera
        if item.spooled is None:
            return Event(EventKind.TROUBLE, camera, f"a gap cannot be recorded: {exc}")
        kept = item.spool.set_aside(item.spooled)
        text = f"a segment cannot be stored and was kept as {kept}: {exc}"
        gap = Gap(camera, item.spooled.segment.interval, GapReason.WRITE_FAILED, text)
        item.spool.keep_gap(gap)
        self.gap(item.spool, gap, final=True)
        return Event(EventKind.TROUBLE, camera, text)

    def _trouble(self, exc: FootageError) -> None:
        text = str(exc)
        if not self._down:
            self._tell(Event(EventKind.TROUBLE, None, f"not stored, kept in the spool: {text}"))
        self._down = text


def _hopeless(item: _Item, exc: FootageError) -> bool:
    """Whether trying again cannot help: the footage is at fault, not what an operator can mend.

    Once the object is stored, only the catalogue can fail, and that is a view.
    """
    if item.spooled is None:
        return isinstance(exc, BadInput)
    return item.stored is None and isinstance(exc, BadInput | Conflict | DataLoss)


def _name(gap: Gap) -> tuple[CameraId, Instant, GapReason]:
    """What the catalogue knows a gap by."""
    return gap.camera, gap.interval.start, gap.reason


def pause(failures: int) -> Elapsed:
    """The wait after so many failures in a row: 0.5 s doubling to 5 s."""
    return Elapsed(min(_FIRST_PAUSE.us << min(failures - 1, 10), _LONGEST_PAUSE.us))
