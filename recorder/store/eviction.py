"""Keeps the spool within the limit: measures, lets `eviction_policy` decide, and evicts segments.

Order for one segment (docs/recording.md): the holds read again (invariant 4); a store that answers
asked whether the object is stored after all; the gap written durably; the file removed and the
folder synced; the gap handed to the catalogue. A crash leaves the file, and the gap does not count,
or the gap alone (`CameraSpool.give_up`).
"""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from footage.bytesize import show_size
from footage.errors import FootageError, Unavailable
from footage.instant import Elapsed
from footage.span import Gap, GapReason
from recorder.events import Alarm, Note, Trouble, TroubleSource
from recorder.store.eviction_policy import (
    Candidate,
    Evicted,
    EvictionDecision,
    KeepReason,
    SpoolLimit,
    decide,
)
from recorder.store.known_holds import HoldsAsRead, KnownHolds
from recorder.store.retry_queue import REMIND_EVERY
from recorder.store.usage import disk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footage.clock import Clock
    from footage.segment import Segment
    from recorder.events import Event
    from recorder.spool.spool import Spooled
    from recorder.store.ingest import Ingest
    from recorder.store.pending import PendingSegment
    from recorder.store.retry_queue import Outage
    from recorder.store.usage import SpoolUsage

T = TypeVar("T")

_WALK_EVERY: Final = Elapsed.parse("30s")
_WALK_SHARE: Final = 50
"""A walk that takes 1 s is repeated after 50 s: never more than 2 % of the disk's time."""
_SIZE_UNKNOWN: Final = Trouble(TroubleSource.SPOOL_SIZE)
_REMOVAL: Final = Trouble(TroubleSource.SPOOL_REMOVAL)
_READ_HOLDS_EVERY: Final = Elapsed.parse("1m")
_ROOM = (9, 10)
"""Eviction ends when the spool is 9/10 full: ending at the limit would restart with each file."""


class PendingSegments(Protocol):
    """The uploader, as seen by the evictor. Event loop's thread only, except the outages."""

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

    def given_up(self, item: PendingSegment, gap: Gap) -> None:
        """Report a segment evicted: the file is gone and `gap` is durable."""
        ...


class State(Enum):
    """State of eviction as last reported to people."""

    CALM = auto()
    EVICTING = auto()
    STUCK = auto()


@dataclass(frozen=True, slots=True)
class SpoolLevel:
    """A measurement of the spool: bytes used and bytes allowed."""

    used: int
    allowed: int

    @property
    def full(self) -> bool:
        """Whether segments must be evicted."""
        return self.used > self.allowed

    @property
    def roomy(self) -> bool:
        """Whether eviction may end."""
        part, whole = _ROOM
        return self.used * whole <= self.allowed * part


@dataclass(frozen=True, slots=True)
class _Decision:
    decision: EvictionDecision
    known: HoldsAsRead
    evicted: list[tuple[PendingSegment, Evicted]]


class Evictor:
    """Evicts segments of a recorder's spool; `work` runs as a task until cancelled."""

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
        self._usage = usage
        self._ingest = ingest
        self._pending = pending
        self._clock = clock
        self._tell = tell
        self._holds = KnownHolds(ingest.holds, clock)
        self._pool = ThreadPoolExecutor(1, "eviction")  # uploads that hang block other pools
        self._walk_at = self._read_at = clock.monotonic()
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
                self.level = await self._in_thread(self._level)
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
            self._tell(Note(None, f"the spool has room again; {text} were given up"))

    async def _evict(self, level: SpoolLevel) -> None:
        decided = await self._in_thread(partial(self._decide, self._pending.items(), level))
        cause = self._cause(decided.known)
        self._alarm(decided.decision, level, cause)
        # All are withdrawn at once: from here on no upload of these segments begins.
        withdrawn = [each for each in decided.evicted if self._pending.withdraw(each[0])]
        refused = False
        for item, chosen in withdrawn:
            result: Gap | Segment | None = None
            try:
                result = await self._in_thread(partial(self._give_up, item, chosen, cause))
            except FootageError as exc:
                self._removal_failed = refused = True
                self._tell(_REMOVAL.began(str(exc)))
            if isinstance(result, Gap):
                self._evicted_count += 1
                self._evicted_bytes += item.spooled.segment.size_bytes
                self._pending.given_up(item, result)
                continue
            item.stored = result
            self._pending.give_back(item)
        if not refused:
            self._removal_works()

    async def _in_thread(self, do: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, do)

    # ---------------------------------------------------------------- in a thread

    def _level(self) -> SpoolLevel:
        """Measure the spool; raises Unavailable when the disk does not answer."""
        began = self._clock.monotonic()
        if not self._spool_limit.root.exists():
            return SpoolLevel(0, 0)  # no camera was ever recorded here
        if began >= self._walk_at:
            self._usage.walk(self._spool_limit.root)
            took = self._clock.monotonic() - began
            self._walk_at = began + max(_WALK_EVERY, took * _WALK_SHARE)
        if began >= self._read_at:
            self._read_at = began + _READ_HOLDS_EVERY
            self._holds.read()  # so that a fresh answer is known when the register goes down
        facts, used = disk(self._spool_limit.root), self._usage.total_bytes
        return SpoolLevel(used, self._spool_limit.allowed(used, facts.free, facts.taken))

    def _decide(self, items: Sequence[PendingSegment], level: SpoolLevel) -> _Decision:
        known, down = self._holds.read(), self._pending.store_outage() is not None
        old = self._clock.monotonic() - self._spool_limit.chance
        waiting = [
            Candidate(
                each.spooled.segment,
                _keep_reason(each, known, had_chance=down or each.since <= old),
            )
            for each in items
        ]
        decision = decide(waiting, level.used, level.allowed, self._spool_limit.order)
        by_segment = {id(item.spooled.segment): item for item in items}
        evicted = [(by_segment[id(each.segment)], each) for each in decision.evicted]
        return _Decision(decision, known, evicted)

    def _give_up(self, item: PendingSegment, chosen: Evicted, cause: str) -> Gap | Segment | None:
        """Evict a segment; returns the gap, or where the file stays, the stored segment or None."""
        if self._holds.read().may_cover(chosen.segment):  # invariant 4, at the last moment
            return None
        if stored := self._stored(item.spooled):
            return stored
        interval, detail = chosen.segment.interval, f"{cause}; {chosen.reason}"
        gap = Gap(item.camera, interval, GapReason.SPOOL_OVERFLOW, detail)
        item.spool.give_up(item.spooled, gap)
        return gap

    def _stored(self, spooled: Spooled) -> Segment | None:
        """The segment if stored already, by an earlier recorder or with a lost answer; or None."""
        if self._pending.store_outage() is None:
            with contextlib.suppress(Unavailable):  # such a store would not take the segment
                return self._ingest.find(spooled)
        return None

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
            self._tell(Alarm(None, f"footage is given up, class {first!r} first: {cause}"))
        now = self._clock.monotonic()
        self._stuck_since = (self._stuck_since or now) if decision.stuck else None
        # Not at once: after a start recovery has yet to hand over the segments in the spool.
        long = self._stuck_since is not None and now - self._stuck_since >= self._spool_limit.chance
        if long and self._state is not State.STUCK:
            self._state = State.STUCK
            rest = ", ".join(f"{count} {kept}" for kept, count in decision.kept.items())
            text = f"{cause}; {show_size(level.used)} used, and nothing may be given up"
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


def _keep_reason(
    item: PendingSegment, known: HoldsAsRead, *, had_chance: bool
) -> KeepReason | None:
    if item.stored is not None:
        return KeepReason.STORED
    if item.uploading or item.going:
        return KeepReason.UPLOADING
    if known.may_cover(item.spooled.segment):
        return KeepReason.HELD
    return None if had_chance else KeepReason.YOUNG


def _holds_of(known: HoldsAsRead) -> str:
    if not known.trouble:
        return ""
    read = f"as read at {known.read_at}" if known.read_at else "never read, so all counts as held"
    return f"the register is down: holds {read}"
