"""Decides which unstored segments a full spool evicts; `recorder.store.eviction` evicts.

Segments of the retention class that the setting names first are evicted first, the oldest footage
of a class first, and no more than is needed. Some segments are never evicted, however full the disk
is: see `KeepReason`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput
from footage.instant import Elapsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from footage.segment import Segment

STANDARD: Final = "standard"
"""Retention class of a camera without a setting; classes missing in the order rank like this."""
_KEPT_FREE: Final = 10
"""Per cent of the disk kept free where no limit is set."""


class KeepReason(StrEnum):
    """Why a segment may not be evicted."""

    HELD = "held"
    """A standing hold covers the segment, or may (invariant 4): recording rather fails."""
    UPLOADING = "being stored"
    STORED = "stored, not in the catalogue yet"
    """Evicting the segment would put a gap beside footage that is stored."""
    YOUNG = "not tried yet"
    """The store works and had no time for the segment: a disk that others fill costs no footage."""


@dataclass(frozen=True, slots=True)
class SpoolLimit:
    """Limit of the spool's size, and the order of eviction.

    Attributes:
        root: Folder of all cameras' spools.
        limit: Bytes the spool may hold; None keeps a tenth of the disk free instead.
        order: Retention classes, evicted from first to last; must name `standard`.
        every: Interval between two measurements of the spool.
        chance: Time a working store has for a segment before the segment may be evicted.
        walk_every: Interval between two walks over the spool, which find sizes of growing files,
            journals and other files; longer where a walk takes long.

    Raises:
        BadInput: The order names a class twice, or does not name `standard`.
    """

    root: Path
    limit: int | None = None
    order: tuple[str, ...] = (STANDARD,)
    every: Elapsed = field(default=Elapsed.parse("5s"))
    chance: Elapsed = field(default=Elapsed.parse("1m"))
    walk_every: Elapsed = field(default=Elapsed.parse("30s"))

    def __post_init__(self) -> None:
        check_order(self.order)

    def allowed(self, used: int, disk_free: int, disk_taken: int) -> int:
        """Bytes the spool may hold, from bytes used in the spool and free and taken on the disk."""
        if self.limit is not None:
            return self.limit
        return used + disk_free - (disk_free + disk_taken) * _KEPT_FREE // 100


def check_order(order: Sequence[str]) -> None:
    """Check that the order ranks every class once; raises BadInput otherwise."""
    if len(set(order)) != len(order):
        raise BadInput(f"a class is named twice: {', '.join(order)}")
    if STANDARD not in order:
        raise BadInput(f"the order must name {STANDARD!r}: classes it does not name rank with it")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A segment in the spool; `kept` says why not to evict the segment, None allows eviction."""

    segment: Segment
    kept: KeepReason | None = None


@dataclass(frozen=True, slots=True)
class Evicted:
    """A segment to evict, and why this segment was chosen."""

    segment: Segment
    reason: str


@dataclass(frozen=True, slots=True)
class EvictionDecision:
    """The segments to evict, and what remains above the limit.

    Attributes:
        evicted: Segments in the order of eviction.
        over: Bytes still above the limit when all of `evicted` are gone.
        kept: Number of segments that may not be evicted, by reason.
    """

    evicted: tuple[Evicted, ...]
    over: int
    kept: Mapping[KeepReason, int]

    @property
    def stuck(self) -> bool:
        """Whether the spool stays above the limit: nothing may be evicted, waiting is no help."""
        if self.over <= 0 or self.evicted or KeepReason.YOUNG in self.kept:
            return False
        return self.kept.keys() != {KeepReason.UPLOADING}


def decide(
    waiting: Iterable[Candidate], used: int, limit: int, order: Sequence[str]
) -> EvictionDecision:
    """Decide which segments to evict so that `used` bytes become `limit` (invariant 10: purely).

    Args:
        waiting: All closed segments of the spool, in any order.
        used: Bytes in the spool, open and other files included.
        limit: Bytes allowed.
        order: Retention classes, evicted from first to last.
    """
    ranks = {name: rank for rank, name in enumerate(order)}
    standard = ranks.get(STANDARD, len(order))
    kept, free = Counter[KeepReason](), list[tuple[int, Candidate]]()
    for candidate in waiting:
        if candidate.kept is None:
            rank = ranks.get(candidate.segment.retention_class, standard)
            free.append((rank, candidate))
        else:
            kept[candidate.kept] += 1
    free.sort(key=lambda each: (each[0], each[1].segment.interval.start, each[1].segment.key))
    over, evicted = used - limit, list[Evicted]()
    for _, candidate in free:
        if over <= 0:
            break
        segment = candidate.segment
        reason = f"of class {segment.retention_class!r} the oldest goes first"
        evicted.append(Evicted(segment, reason))
        over -= segment.size_bytes
    return EvictionDecision(tuple(evicted), max(over, 0), dict(kept))
