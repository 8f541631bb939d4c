"""Decisions that every register shares, without storage: scopes, holds, tombstones, anchor."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from footage.errors import BadInput, Conflict, NotFound, Refused
from footage.ports import PurgeOutcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from footage.camera import Camera
    from footage.hold import Hold
    from footage.ids import HoldId, SegmentKey
    from footage.instant import Instant
    from footage.ports import ReadCamera, Scope, Tombstone
    from footage.stays import Stay


class Section:
    """An exclusive section that raises on a second entry by a thread instead of deadlocking."""

    def __init__(self) -> None:
        self._inside = threading.local()

    @contextmanager
    def entered(self, lock: AbstractContextManager[object]) -> Iterator[None]:
        """Enter `lock`.

        Raises:
            Refused: This thread is inside already.
        """
        if getattr(self._inside, "yes", False):
            raise Refused(
                "already inside the purging section",
                hint="place and release holds outside of it; it does not nest",
            )
        with lock:
            self._inside.yes = True
            try:
                yield
            finally:
                self._inside.yes = False


def admits(scope: Scope, camera: Camera) -> bool:
    """Whether a camera lies in a scope."""
    return scope.admits(
        camera=camera.id, site=camera.site, district=camera.district, place=camera.place
    )


def require_as_read(read: ReadCamera, camera: Camera | None, stays: Sequence[Stay]) -> None:
    """Raise Conflict where a camera or its stays are others than were read."""
    if camera != read.camera or tuple(stays) != read.stays:
        raise Conflict(f"{read.id} was changed meanwhile", hint="read again")


def require_known(what: str, wanted: Iterable[str], known: Iterable[str]) -> None:
    """Raise BadInput naming the first few of `wanted` that are not `known`."""
    missing = sorted(set(wanted) - set(known))
    if missing:
        raise BadInput(
            f"unknown {what}: {', '.join(missing[:5])}{' ...' if len(missing) > 5 else ''}",  # noqa: PLR2004 - a few names suffice as examples
            hint=f"add the {what} first",
        )


def is_new(hold: Hold, there: Hold | None) -> bool:
    """Whether `hold` is new; raises BadInput if released, Conflict if its id is taken.

    Cameras that joined a hold on places since do not make another hold of it.
    """
    if not hold.active:
        raise BadInput(f"hold {hold.id} is released already; only an active hold can be placed")
    if there is not None and hold.places.by_place and hold.cameras <= there.cameras:
        hold = replace(hold, cameras=there.cameras)
    if there is not None and there != hold:
        raise Conflict(f"another hold has the id {hold.id}", hint="take a new id")
    return there is None


def no_hold(hold: HoldId) -> NotFound:
    """The error for an unknown hold."""
    return NotFound(f"no hold {hold}", hint="see `footage hold list`")


def released(there: Hold | None, hold: HoldId, *, at: Instant, by: str, reason: str) -> Hold:
    """The hold, released; raises NotFound, or Conflict for a hold released before."""
    if there is None:
        raise no_hold(hold)
    if not there.active:
        raise Conflict(f"hold {hold} was released by {there.released_by} at {there.released_at}")
    return replace(there, released_at=at, released_by=by, release_reason=reason)


def is_same_state(hold: Hold, there: Hold) -> bool:
    """Whether a hold stands or not, and covers the cameras, just as when `hold` was read."""
    return (hold.active, hold.cameras) == (there.active, there.cameras)


def settled(
    there: Tombstone,
    purged: Collection[SegmentKey],
    spared: Mapping[SegmentKey, str],
    at: Instant,
) -> Tombstone:
    """The tombstone with some segments settled; settling alike again changes nothing.

    Raises:
        BadInput: The tombstone does not name one of the segments.
        Conflict: A segment was settled the other way before.
    """
    named = {segment.key for segment in there.segments}
    foreign = sorted((set(purged) | spared.keys()) - named)
    if foreign:
        raise BadInput(f"the tombstone of {there.first} does not name {foreign[0]}")
    otherwise = sorted((set(purged) & there.spared.keys()) | (spared.keys() & there.purged))
    if otherwise:
        was = "spared" if otherwise[0] in there.spared else "purged"
        raise Conflict(f"{otherwise[0]} was {was} already by {there.plan}")
    done = replace(
        there, purged=there.purged | frozenset(purged), spared={**spared, **there.spared}
    )
    return done if done.open or there.closed_at else replace(done, closed_at=at)


def summed_up(tombstones: Iterable[Tombstone], listed: int) -> PurgeOutcome:
    """Sum up tombstones of a plan, which come by first segment."""
    purged = size_bytes = spared = left = 0
    reasons: dict[SegmentKey, str] = {}
    open_keys: list[SegmentKey] = []
    for tombstone in tombstones:
        purged += len(tombstone.purged)
        size_bytes += purged_bytes(tombstone)
        spared += len(tombstone.spared)
        left += len(tombstone.open)
        reasons |= dict(sorted(tombstone.spared.items())[: listed - len(reasons)])
        open_keys += [segment.key for segment in tombstone.open][: listed - len(open_keys)]
    return PurgeOutcome(purged, size_bytes, spared, left, reasons, tuple(open_keys))


def purged_bytes(tombstone: Tombstone) -> int:
    """The bytes of the segments that are gone."""
    return sum(s.size_bytes for s in tombstone.segments if s.key in tombstone.purged)


def require_forward(there: tuple[int, str], count: int, head: str) -> None:
    """Raise Conflict unless the anchor (`count`, `head`) may follow `there`."""
    if count < there[0] or (count == there[0] and head != there[1]):
        raise Conflict(
            f"the custody log is anchored at entry {there[0]}; entry {count} cannot replace it",
            hint="run `footage audit verify`",
        )
