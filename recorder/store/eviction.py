"""Keeps the spool within the limit: says when to measure and to evict, and tells people.

`recorder.store.spool_files` measures and evicts in a thread, by what `eviction_policy` decides. The
order for one segment stands there; at the end the gap is handed to the catalogue here.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from footage.bytesize import show_size
from footage.errors import FootageError
from footage.span import Gap
from recorder.events import Alarm, Note, Trouble, TroubleSource
from recorder.store.retry_queue import REMIND_EVERY
from recorder.store.spool_files import SpoolFiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.clock import Clock
    from footage.instant import Elapsed
    from footage.segment import Segment
    from recorder.events import Event
    from recorder.store.eviction_policy import EvictionDecision, SpoolLimit
    from recorder.store.ingest import Ingest
    from recorder.store.known_holds import HoldsAsRead
    from recorder.store.pending import PendingSegment
    from recorder.store.retry_queue import Outage
    from recorder.store.spool_files import SpoolLevel
    from recorder.store.usage import SpoolUsage

T = TypeVar("T")

_SIZE_UNKNOWN: Final = Trouble(TroubleSource.SPOOL_SIZE)
_REMOVAL: Final = Trouble(TroubleSource.SPOOL_REMOVAL)


class PendingSegments(Protocol):
    """The uploader, as seen by the evictor. Every call from the event loop's thread."""

    def items(self) -> list[PendingSegment]:
        """Every segment that waits to be stored."""
        ...

    def store_outage(self) -> Outage | None:
        """The outage of the object store; None while storing works."""
        ...

    def catalogue_outage(self) -> Outage | None:
        """The outage of the catalogue; None while stored segments get rows."""
        ...

    def withdraw(self, item: PendingSegment) -> bool:
        """Keep workers off a segment; False when a worker has the segment, or the store does."""
        ...

    def give_back(self, item: PendingSegment) -> None:
        """Return a withdrawn segment to the workers: the segment is not evicted after all."""
        ...

    def evicted(self, item: PendingSegment, gap: Gap) -> None:
        """Report a segment evicted: the file is gone and `gap` is durable."""
        ...


class State(Enum):
    """State of eviction as last reported to people."""

    CALM = auto()
    EVICTING = auto()
    STUCK = auto()


class Evictor:
    """Evicts segments of a recorder's spool. Every call from the event loop's thread.

    `work` runs as a task until cancelled. Calls that wait for a disk, the register or the store are
    made in a thread of the evictor's own, by `SpoolFiles`.
    """

    def __init__(
        self,
        *,
        spool_limit: SpoolLimit,
        usage: SpoolUsage,
        ingest: Ingest,
        pending: PendingSegments,
        clock: Clock,
        tell: Callable[[Event], None],
    ) -> None:
        self._spool_limit = spool_limit
        self._files = SpoolFiles(spool_limit, usage, ingest, clock)
        self._pending = pending
        self._clock = clock
        self._tell = tell
        self._pool = ThreadPoolExecutor(1, "eviction")  # uploads that hang block other pools
        self._state = State.CALM
        self._size_told_at: Elapsed | None = None
        self._removal_failed = False
        self._stuck_since: Elapsed | None = None
        self._evicted_count, self._evicted_bytes = 0, 0
        self.level: SpoolLevel | None = None
        """The last measurement; None when the disk does not answer."""

    @property
    def evicting(self) -> bool:
        """Whether the spool is full and footage is being evicted, or should be and cannot."""
        return self._state is not State.CALM

    async def work(self) -> None:
        """Measure the spool every `SpoolLimit.every`; evict segments while the spool is full."""
        while True:
            try:
                self.level = await self._in_thread(self._files.level)
            except FootageError as exc:
                self.level = None
                self._size_unknown(exc)
            else:
                self._size_known()
                await self._check(self.level)
            await self._clock.pause(self._spool_limit.every)

    async def _check(self, level: SpoolLevel) -> None:
        if level.full:
            await self._evict(level)
            return
        self._removal_works()
        if self._state is not State.CALM and level.roomy:
            self._state = State.CALM
            text = f"{self._evicted_count} segments, {show_size(self._evicted_bytes)}"
            self._tell(Note(None, f"the spool has room again; {text} were evicted"))

    async def _evict(self, level: SpoolLevel) -> None:
        items, down = self._pending.items(), self._store_down()
        decided = await self._in_thread(partial(self._files.decide, items, level, store_down=down))
        cause = self._cause(decided.known)
        self._alarm(decided.decision, level, cause)
        # All are withdrawn at once: from here on no upload of these segments begins.
        withdrawn = [each for each in decided.evicted if self._pending.withdraw(each[0])]
        refused = False
        for item, chosen in withdrawn:
            result: Gap | Segment | None = None
            try:
                down = self._store_down()
                evict = partial(self._files.evict, item, chosen, cause, store_down=down)
                result = await self._in_thread(evict)
            except FootageError as exc:
                self._removal_failed = refused = True
                self._tell(_REMOVAL.began(str(exc)))
            if isinstance(result, Gap):
                self._evicted_count += 1
                self._evicted_bytes += item.spooled.segment.size_bytes
                self._pending.evicted(item, result)
                continue
            item.stored = result
            self._pending.give_back(item)
        if not refused:
            self._removal_works()

    async def _in_thread(self, do: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, do)

    def _store_down(self) -> bool:
        return self._pending.store_outage() is not None

    # ---------------------------------------------------------------- words

    def _cause(self, known: HoldsAsRead) -> str:
        """Cause for gap texts: the same for a whole outage, so that timelines show a single gap."""
        limit = self._spool_limit.limit
        size = "a tenth of the disk stays free" if limit is None else f"limit {show_size(limit)}"
        return "; ".join(filter(None, (f"spool full ({size})", self._why(), _holds_of(known))))

    def _why(self) -> str:
        if out := self._pending.store_outage():
            return f"nothing stored since {out.since}: {out.why}"
        if out := self._pending.catalogue_outage():
            return f"nothing entered in the catalogue since {out.since}: {out.why}"
        return "the store does not keep up"

    def _alarm(self, decision: EvictionDecision, level: SpoolLevel, cause: str) -> None:
        if decision.evicted and self._state is State.CALM:
            self._state, self._evicted_count, self._evicted_bytes = State.EVICTING, 0, 0
            first = decision.evicted[0].segment.retention_class
            self._tell(Alarm(None, f"footage is evicted, class {first!r} first: {cause}"))
        now = self._clock.monotonic()
        self._stuck_since = (self._stuck_since or now) if decision.stuck else None
        # Not at once: after a start recovery has yet to hand over the segments in the spool.
        long = self._stuck_since is not None and now - self._stuck_since >= self._spool_limit.chance
        if long and self._state is not State.STUCK:
            self._state = State.STUCK
            rest = ", ".join(f"{count} {kept}" for kept, count in decision.kept.items())
            text = f"{cause}; {show_size(level.used)} used, and nothing may be evicted"
            end = "when the disk is full recording fails"
            self._tell(Alarm(None, f"{text} ({rest or 'only open files'}): {end}"))

    def _size_unknown(self, exc: FootageError) -> None:
        """Report that the disk does not answer: neither full nor empty, so nothing is evicted."""
        now = self._clock.monotonic()
        if self._size_told_at is None or now - self._size_told_at >= REMIND_EVERY:
            self._size_told_at = now
            self._tell(_SIZE_UNKNOWN.began(str(exc)))

    def _size_known(self) -> None:
        if self._size_told_at is not None:
            self._size_told_at = None
            self._tell(_SIZE_UNKNOWN.ended())

    def _removal_works(self) -> None:
        if self._removal_failed:
            self._removal_failed = False
            self._tell(_REMOVAL.ended())


def _holds_of(known: HoldsAsRead) -> str:
    if not known.trouble:
        return ""
    read = f"as read at {known.read_at}" if known.read_at else "never read, so all counts as held"
    return f"the register is down: holds {read}"
