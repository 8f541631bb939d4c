"""Measures the spool and evicts segments, in a thread beside the event loop.

Order for one segment (docs/recording.md): the holds read again (invariant 4); a store that answers
asked whether the object is stored after all; the gap written durably; the file removed and the
folder synced. A crash leaves the file, and the gap does not count, or the gap alone
(`CameraSpool.give_up`).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.errors import Unavailable
from footage.instant import Elapsed
from footage.span import Gap, GapReason
from recorder.store.eviction_policy import Candidate, KeepReason, decide
from recorder.store.known_holds import KnownHolds
from recorder.store.usage import disk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.clock import Clock
    from footage.segment import Segment
    from recorder.store.eviction_policy import Evicted, EvictionDecision, SpoolLimit
    from recorder.store.ingest import Ingest
    from recorder.store.known_holds import HoldsAsRead
    from recorder.store.pending import PendingSegment
    from recorder.store.usage import SpoolUsage

_WALK_SHARE: Final = 50
"""A walk that takes 1 s is repeated after 50 s: never more than 2 % of the disk's time."""
_READ_HOLDS_EVERY: Final = Elapsed.parse("1m")
_ROOM = (9, 10)
"""Eviction ends when the spool is 9/10 full: ending at the limit would restart with each file."""


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
class Decided:
    """A decision, the holds known when deciding, and each segment to evict with its queue item."""

    decision: EvictionDecision
    known: HoldsAsRead
    evicted: list[tuple[PendingSegment, Evicted]]


class SpoolFiles:
    """The thread part of `recorder.store.eviction.Evictor`. Every call from a thread of a pool.

    The pool has a single thread: the instants of the next walk and of the next reading of holds are
    kept between calls. Nothing here touches the event loop.
    """

    def __init__(
        self, spool_limit: SpoolLimit, usage: SpoolUsage, ingest: Ingest, clock: Clock
    ) -> None:
        self._spool_limit = spool_limit
        self._usage = usage
        self._ingest = ingest
        self._clock = clock
        self._holds = KnownHolds(ingest.holds, clock)
        self._walk_at = self._read_at = clock.monotonic()

    def level(self) -> SpoolLevel:
        """Measure the spool.

        Raises:
            Unavailable: The disk does not answer.
        """
        began = self._clock.monotonic()
        if not self._spool_limit.root.exists():
            return SpoolLevel(0, 0)  # no camera was ever recorded here
        if began >= self._walk_at:
            self._usage.walk(self._spool_limit.root)
            took = self._clock.monotonic() - began
            self._walk_at = began + max(self._spool_limit.walk_every, took * _WALK_SHARE)
        if began >= self._read_at:
            self._read_at = began + _READ_HOLDS_EVERY
            self._holds.read()  # so that a fresh answer is known when the register goes down
        facts, used = disk(self._spool_limit.root), self._usage.total_bytes
        return SpoolLevel(used, self._spool_limit.allowed(used, facts.free, facts.taken))

    def decide(
        self, items: Sequence[PendingSegment], level: SpoolLevel, *, store_down: bool
    ) -> Decided:
        """Decide which of the waiting `items` to evict.

        The event loop may change an item meanwhile, so the loop must withdraw each chosen item from
        the workers before `evict`, and leave out an item that cannot be withdrawn.
        """
        known = self._holds.read()
        old = self._clock.monotonic() - self._spool_limit.chance
        waiting = [
            Candidate(
                each.spooled.segment,
                _keep_reason(each, known, had_chance=store_down or each.since <= old),
            )
            for each in items
        ]
        decision = decide(waiting, level.used, level.allowed, self._spool_limit.order)
        by_segment = {id(item.spooled.segment): item for item in items}
        evicted = [(by_segment[id(each.segment)], each) for each in decision.evicted]
        return Decided(decision, known, evicted)

    def evict(
        self, item: PendingSegment, chosen: Evicted, cause: str, *, store_down: bool
    ) -> Gap | Segment | None:
        """Evict the segment of a withdrawn item.

        Returns:
            The gap in place of the segment. Where the file stays: the segment as stored already, by
            an earlier recorder or with a lost answer, or None for a segment that a hold may cover.

        Raises:
            FootageError: The gap could not be written, or the file not be removed.
        """
        if self._holds.read().may_cover(chosen.segment):  # invariant 4, at the last moment
            return None
        if not store_down:
            with contextlib.suppress(Unavailable):  # such a store would not take the segment
                if stored := self._ingest.find(item.spooled):
                    return stored
        detail = f"{cause}; {chosen.reason}"
        gap = Gap(item.camera, chosen.segment.interval, GapReason.SPOOL_OVERFLOW, detail)
        item.spool.give_up(item.spooled, gap)
        return gap


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
