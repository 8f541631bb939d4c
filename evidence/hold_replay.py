"""Holds as the custody log tells them, for a register that is older than the log. Pure.

Who restores a register from a backup has lost the holds placed since; the custody log names each
before it was placed. Where the log leaves a doubt the hold stands: a hold whose placing has no
outcome may have been placed, a release without an outcome may not have happened (invariant 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footage.action import Action, Phase
from footage.errors import BadInput, DataLoss
from footage.hold import Hold
from footage.ids import HoldId, camera_id
from footage.instant import Instant, Interval

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evidence.custody import Entry


@dataclass(frozen=True, slots=True)
class Release:
    """A release that the log says was done."""

    hold: HoldId
    at: Instant
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """Holds placed and released by some entries, each in the order of the log."""

    placed: tuple[Hold, ...] = ()
    released: tuple[Release, ...] = ()


def replay(entries: Iterable[Entry]) -> Replayed:
    """Return the holds that `entries` place and release.

    Args:
        entries: Entries of the custody log, from one on to the end.

    Raises:
        DataLoss: An entry about a hold cannot be read.
    """
    intents: dict[int, Entry] = {}
    placed: dict[int, Hold] = {}
    released: list[Release] = []
    for entry in entries:
        if entry.action not in {Action.HOLD, Action.RELEASE}:
            continue
        try:
            if entry.phase is Phase.INTENT:
                intents[entry.number] = entry
                if entry.action is Action.HOLD:
                    placed[entry.number] = _hold(entry)
            elif entry.what["ok"] is True and entry.action is Action.RELEASE:
                begun = intents.get(int(str(entry.what["intent"])))
                released += [_release(begun)] if begun else []
        except (KeyError, ValueError, BadInput) as exc:
            raise DataLoss(f"custody entry {entry.number} names no hold: {exc}") from exc
    return Replayed(tuple(placed.values()), tuple(released))


def _hold(entry: Entry) -> Hold:
    what = entry.what
    cameras = what["cameras"]
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
    )


def _release(entry: Entry) -> Release:
    reason = str(entry.what["release_reason"])
    return Release(HoldId(str(entry.what["hold"])), entry.instant, entry.actor, reason)
