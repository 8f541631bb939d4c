"""The decision which unstored segments a full spool evicts; `recorder.store.eviction` does it.

The class that the setting names first goes first, in it the oldest footage, and no more than is
needed. Some never go, whatever the disk says: see `KeepReason`.
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
"""The class of a camera for which nobody said anything; one the order does not name ranks so."""
_KEPT_FREE: Final = 10
"""Per cent of the disk that stay free where no limit is set."""


class KeepReason(StrEnum):
    """Why a segment may not go."""

    HELD = "held"
    """A standing hold covers it, or may (invariant 4): rather does recording fail."""
    UPLOADING = "being stored"
    STORED = "stored, not in the catalogue yet"
    """Giving it up would put a gap beside footage that we have."""
    YOUNG = "not tried yet"
    """The store works and has not had its chance: a disk that others fill costs no footage."""


@dataclass(frozen=True, slots=True)
class SpoolLimit:
    """How much the spool may hold.

    Attributes:
        root: Folder of all cameras' spools.
        limit: In bytes; None leaves a tenth of the disk free.
        order: Retention classes from the first to go to the last; names `standard`.
        every: How often it is looked at.
        chance: How long a store that works may take for a segment before it can go.

    Raises:
        BadInput: The order names a class twice, or not `standard`.
    """

    root: Path
    limit: int | None = None
    order: tuple[str, ...] = (STANDARD,)
    every: Elapsed = field(default=Elapsed.parse("5s"))
    chance: Elapsed = field(default=Elapsed.parse("1m"))

    def __post_init__(self) -> None:
        check_order(self.order)

    def allowed(self, used: int, disk_free: int, disk_taken: int) -> int:
        """Bytes the spool may hold, when it holds `used` and the disk stands like that."""
        if self.limit is not None:
            return self.limit
        return used + disk_free - (disk_free + disk_taken) * _KEPT_FREE // 100


def check_order(order: Sequence[str]) -> None:
    """Refuse an order that does not say where every class stands; raises BadInput."""
    if len(set(order)) != len(order):
        raise BadInput(f"a class is named twice: {', '.join(order)}")
    if STANDARD not in order:
        raise BadInput(f"the order must name {STANDARD!r}: classes it does not name rank with it")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A segment in the spool; `kept` says why it may not go, None when it may."""

    segment: Segment
    kept: KeepReason | None = None


@dataclass(frozen=True, slots=True)
class Evicted:
    """A segment to give up, and why it and no other."""

    segment: Segment
    reason: str


@dataclass(frozen=True, slots=True)
class EvictionDecision:
    """What goes.

    Attributes:
        evicted: In the order in which they go.
        over: Bytes that are still too many when all of them have gone.
        kept: How many may not go, by reason.
    """

    evicted: tuple[Evicted, ...]
    over: int
    kept: Mapping[KeepReason, int]

    @property
    def stuck(self) -> bool:
        """Too much, and waiting will not mend it: what is left may not go."""
        if self.over <= 0 or self.evicted or KeepReason.YOUNG in self.kept:
            return False
        return self.kept.keys() != {KeepReason.UPLOADING}


def decide(
    waiting: Iterable[Candidate], used: int, limit: int, order: Sequence[str]
) -> EvictionDecision:
    """Decide what goes, so that `used` bytes become `limit` (invariant 10: purely).

    Args:
        waiting: All closed segments of the spool, in any order.
        used: Bytes in the spool, open and other files included.
        limit: Bytes allowed.
        order: Retention classes, the first to go first.
    """
    ranks = {name: rank for rank, name in enumerate(order)}
    standard = ranks.get(STANDARD, len(order))
    kept, free = Counter[KeepReason](), list[tuple[int, Candidate]]()
    for one in waiting:
        if one.kept is None:
            free.append((ranks.get(one.segment.retention_class, standard), one))
        else:
            kept[one.kept] += 1
    free.sort(key=lambda each: (each[0], each[1].segment.interval.start, each[1].segment.key))
    over, evicted = used - limit, list[Evicted]()
    for _, one in free:
        if over <= 0:
            break
        reason = f"of class {one.segment.retention_class!r} the oldest goes first"
        evicted.append(Evicted(one.segment, reason))
        over -= one.segment.size_bytes
    return EvictionDecision(tuple(evicted), max(over, 0), dict(kept))
