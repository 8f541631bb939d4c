"""Keeps the spool within its limit: measures it, lets `eviction_policy` decide, and evicts.

Order for one segment (docs/recording.md): holds read again (invariant 4); a store that answers
asked whether it has the object after all; the gap written durably; the file removed, its folder
synced; the gap handed to the catalogue. A crash leaves the file, and the gap does not count, or the
gap alone (`CameraSpool.give_up`).
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
"""A walk that takes a second is repeated after 50: never more than 2 % of a disk's time."""
_BLIND: Final = Trouble(TroubleSource.SPOOL_SIZE)
_REMOVAL: Final = Trouble(TroubleSource.SPOOL_REMOVAL)
_READ_HOLDS_EVERY: Final = Elapsed.parse("1m")
_ROOM = (9, 10)
"""Eviction ends when the spool is this part full: at the limit it would begin with each file."""


class PendingSegments(Protocol):
    """What the drain lets us see and do; from the event loop's thread, except outages."""

    def items(self) -> list[PendingSegment]:
        """Every segment that waits."""
        ...

    def store_outage(self) -> Outage | None:
        """Since when the store takes nothing."""
        ...

    def catalogue_outage(self) -> Outage | None:
        """Since when what is stored gets no row."""
        ...

    def withdraw(self, item: PendingSegment) -> bool:
        """Let no worker take it; False when one has, or it is stored."""
        ...

    def give_back(self, item: PendingSegment) -> None:
        """It stays after all."""
        ...

    def given_up(self, item: PendingSegment, gap: Gap) -> None:
        """It has gone, and `gap` is durable."""
        ...


class State(Enum):
    """What people were told last."""

    CALM = auto()
    EVICTING = auto()
    STUCK = auto()


@dataclass(frozen=True, slots=True)
class SpoolLevel:
    """One look at the spool: what it holds and may hold."""

    used: int
    allowed: int

    @property
    def full(self) -> bool:
        """Whether something must go."""
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
    """One for a recorder; `work` runs as a task until cancelled."""

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
        self._pool = ThreadPoolExecutor(1, "bound")  # its own: uploads that hang hold up the others
        self._walk_at = self._read_at = clock.monotonic()
        self._state = State.CALM
        self._blind_at: Elapsed | None = None
        self._removal_failed = False
        self._stuck_since: Elapsed | None = None
        self._gone, self._gone_bytes = 0, 0
        self.level: SpoolLevel | None = None
        """The last look; None when the disk does not say."""

    @property
    def evicting(self) -> bool:
        """Whether footage is being given up."""
        return self._state is not State.CALM

    async def work(self) -> None:
        """Look, again and again."""
        while True:
            try:
                self.level = await self._in_thread(self._level)
            except FootageError as exc:
                self.level = None
                self._blinded(exc)
            else:
                self._sighted()
                await self._keep(self.level)
            await self._clock.pause(self._spool_limit.every)

    async def _keep(self, level: SpoolLevel) -> None:
        if level.full:
            await self._evicted(level)
            return
        self._removal_works()
        if self._state is not State.CALM and level.roomy:
            self._state = State.CALM
            text = f"{self._gone} segments, {show_size(self._gone_bytes)}"
            self._tell(Note(None, f"the spool has room again; {text} were given up"))

    async def _evicted(self, level: SpoolLevel) -> None:
        decided = await self._in_thread(partial(self._decide, self._pending.items(), level))
        cause = self._cause(decided.known)
        self._alarm(decided.decision, level, cause)
        # All at once: from here on no upload of these begins.
        withdrawn = [each for each in decided.evicted if self._pending.withdraw(each[0])]
        refused = False
        for item, chosen in withdrawn:
            came: Gap | Segment | None = None
            try:
                came = await self._in_thread(partial(self._give_up, item, chosen, cause))
            except FootageError as exc:
                self._removal_failed = refused = True
                self._tell(_REMOVAL.began(str(exc)))
            if isinstance(came, Gap):
                self._gone += 1
                self._gone_bytes += item.spooled.segment.size_bytes
                self._pending.given_up(item, came)
                continue
            item.stored = came
            self._pending.give_back(item)
        if not refused:
            self._removal_works()

    async def _in_thread(self, do: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, do)

    # ---------------------------------------------------------------- in a thread

    def _level(self) -> SpoolLevel:
        """What the spool holds; raises Unavailable when the disk does not say."""
        began = self._clock.monotonic()
        if not self._spool_limit.root.exists():
            return SpoolLevel(0, 0)  # no camera was ever recorded here
        if began >= self._walk_at:
            self._usage.walk(self._spool_limit.root)
            took = self._clock.monotonic() - began
            self._walk_at = began + max(_WALK_EVERY, took * _WALK_SHARE)
        if began >= self._read_at:
            self._read_at = began + _READ_HOLDS_EVERY
            self._holds.read()  # so that an outage of the register finds us with a fresh answer
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
        """The gap that stands for it; what the store has, or None, where it stays after all."""
        if self._holds.read().may_cover(chosen.segment):  # invariant 4, at the last moment
            return None
        if stored := self._stored(item.spooled):
            return stored
        interval, detail = chosen.segment.interval, f"{cause}; {chosen.reason}"
        gap = Gap(item.camera, interval, GapReason.SPOOL_OVERFLOW, detail)
        item.spool.give_up(item.spooled, gap)
        return gap

    def _stored(self, spooled: Spooled) -> Segment | None:
        """What the store has of it: an earlier recorder put it, or an answer was lost."""
        if self._pending.store_outage() is None:
            with contextlib.suppress(Unavailable):  # it does not say; nor would it take it
                return self._ingest.find(spooled)
        return None

    # ---------------------------------------------------------------- words

    def _cause(self, known: HoldsAsRead) -> str:
        """Alike for all that goes in one outage, so that a timeline shows one gap."""
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
            self._state, self._gone, self._gone_bytes = State.EVICTING, 0, 0
            first = decision.evicted[0].segment.retention_class
            self._tell(Alarm(None, f"footage is given up, class {first!r} first: {cause}"))
        now = self._clock.monotonic()
        self._stuck_since = (self._stuck_since or now) if decision.stuck else None
        # Not at once: at a start the spool is full of what recovery has yet to hand over.
        long = self._stuck_since is not None and now - self._stuck_since >= self._spool_limit.chance
        if long and self._state is not State.STUCK:
            self._state = State.STUCK
            rest = ", ".join(f"{count} {kept}" for kept, count in decision.kept.items())
            text = f"{cause}; {show_size(level.used)} used, and nothing may be given up"
            end = "when the disk is full recording fails"
            self._tell(Alarm(None, f"{text} ({rest or 'only open files'}): {end}"))

    def _blinded(self, exc: FootageError) -> None:
        """A disk that does not say how full it is is neither full nor empty: nothing is done."""
        now = self._clock.monotonic()
        if self._blind_at is None or now - self._blind_at >= REMIND_EVERY:
            self._blind_at = now
            self._tell(_BLIND.began(str(exc)))

    def _sighted(self) -> None:
        if self._blind_at is not None:
            self._blind_at = None
            self._tell(_BLIND.ended())

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
