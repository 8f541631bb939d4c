"""Holds as the custody log tells them, for a register that is older than the log. Pure.

Who restores a register from a backup has lost the holds placed since; the custody log names each
before it was placed. Where the log leaves a doubt the hold stands: a hold whose placing has no
outcome may have been placed, a release without an outcome may not have happened (invariant 4).

A hold on places comes back with its places. A camera that came to stand there after the hold was
placed is in no entry about the hold; the entries of moved cameras tell of such a camera.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.action import Action, Phase
from footage.errors import BadInput, DataLoss
from footage.hold import Hold, Order
from footage.ids import HoldId, camera_id, district_id, site_id
from footage.instant import Instant, Interval
from footage.place import Point
from footage.scope import Scope
from footage.stays import Stay

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from evidence.custody import Entry


_TOLD: Final = frozenset({Action.HOLD, Action.RELEASE, Action.CAMERAS})


@dataclass(frozen=True, slots=True)
class Release:
    """A release that the log says was done."""

    hold: HoldId
    at: Instant
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """Holds placed and released by some entries, each in the order of the log.

    Attributes:
        placed: Holds, each with its places, and with the cameras that its entry names.
        moved: Stays of a camera before and after a change, in order; the stays of one change after
            those of another. Of a change that may not have happened, either place for all time.
    """

    placed: tuple[Hold, ...] = ()
    released: tuple[Release, ...] = ()
    moved: tuple[tuple[Stay, ...], ...] = ()

    def joined(self, hold: Hold) -> Hold:
        """Return the hold with the moved cameras that stood in the hold's places in its interval.

        Each change counts alone, so a place between two changes counts for all time before the
        second: too much is held rather than too little.
        """
        for stays in self.moved:
            hold = hold.joined_by(stays)
        return hold


def replay(entries: Iterable[Entry]) -> Replayed:
    """Return the holds that `entries` place and release, and the cameras that moved.

    Args:
        entries: Entries of the custody log, from one on to the end.

    Raises:
        DataLoss: An entry about a hold, or about cameras, cannot be read.
    """
    intents: dict[int, Entry] = {}
    done: set[int] = set()
    placed: list[Hold] = []
    released: list[Release] = []
    for entry in entries:
        if entry.action not in _TOLD:
            continue
        with _readable(entry):
            if entry.phase is Phase.INTENT:
                intents[entry.number] = entry
                placed += [_hold(entry)] if entry.action is Action.HOLD else []
            elif entry.what["ok"] is True:
                number = int(str(entry.what["intent"]))
                done.add(number)
                begun = intents.get(number)
                if begun and begun.action is Action.RELEASE:
                    released.append(_release(begun))
    moved: list[tuple[Stay, ...]] = []
    for number, entry in intents.items():
        if entry.action is Action.CAMERAS:
            with _readable(entry):
                moved += _moved(entry, sure=number in done)
    return Replayed(tuple(placed), tuple(released), tuple(moved))


@contextmanager
def _readable(entry: Entry) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, ValueError, BadInput) as exc:
        raise DataLoss(f"custody entry {entry.number} cannot be read: {exc}") from exc


def _hold(entry: Entry) -> Hold:
    what = entry.what
    cameras, order = what["cameras"], what.get("order")
    if not isinstance(cameras, list):
        raise BadInput("no list of cameras")
    return Hold(
        id=HoldId(str(what["hold"])),
        cameras=frozenset(camera_id(str(camera)) for camera in cameras),
        interval=Interval(Instant.parse(str(what["start"])), Instant.parse(str(what["end"]))),
        authority=str(what["authority"]),
        reason=str(what["reason"]),
        placed_by=entry.actor,
        placed_at=entry.instant,
        case=entry.case,
        places=Scope.of_places(what),
        order=Order.of(order) if isinstance(order, dict) else None,
    )


def _release(entry: Entry) -> Release:
    reason = str(entry.what["release_reason"])
    return Release(HoldId(str(entry.what["hold"])), entry.instant, entry.actor, reason)


def _moved(entry: Entry, *, sure: bool) -> Iterator[tuple[Stay, ...]]:
    """Yield the stays of each camera that an entry names: before the change and after."""
    what = entry.what
    changes, since = what["changes"], what.get("since")
    if not isinstance(changes, list):
        raise BadInput("no list of changes")
    begin = Instant.parse(str(since)) if since else entry.instant
    for change in changes:
        if "camera" not in change:
            continue
        name, old = str(change["camera"]), change["before"]
        new = _stay(name, change["after"], begin if old else None)
        before = [_stay(name, old, None)] if old else []
        if sure and not what.get("corrects"):
            yield (*before, new)
        else:
            yield from ((stay,) for stay in (*before, new))


def _stay(camera: str, facts: Mapping[str, object], since: Instant | None) -> Stay:
    lat, lon = (float(part) for part in str(facts["place"]).split(","))
    return Stay(
        camera=camera_id(camera),
        since=since,
        site=site_id(str(facts["site"])),
        district=district_id(str(facts["district"])),
        place=Point(lat, lon),
    )
