"""Placing and releasing legal holds (invariant 4).

Placing: custody intent → register → mark on every covered object → custody outcome. From the second
step on the hold stands: whoever purges asks the register inside the exclusive section. The marks on
the objects are the second lock, held by the store itself where it can; `reassert` sets and lifts
them as the register says, after a crash between the steps and for what was stored since.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from footage.custody import Action, Deed, bracket
from footage.errors import BadInput, NotFound
from footage.hold import Hold, covering
from footage.ids import HoldId
from footage.ports import Scope
from footage.span import GapReason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from footage.clock import Clock
    from footage.custody import Purpose
    from footage.ids import CameraId
    from footage.instant import Interval
    from footage.ports import Catalogue, Custody, ObjectStore, Register, Strength
    from footage.segment import Segment
    from footage.span import Gap

_BATCH: Final = 100
"""Marks lifted within one exclusive section: no purge and no new hold waits for more than these."""


@dataclass(frozen=True, slots=True)
class PlacedHold:
    """What a new hold protects.

    Attributes:
        segments: Stored segments it covers now; those recorded later are covered too.
        bytes: Their size.
        strength: What keeps their objects from being deleted.
        already_gone: Parts of its interval that had expired before.
        missing: Keys the catalogue lists and the store no longer has: a purge was under way.
    """

    hold: Hold
    segments: int
    bytes: int
    strength: Strength
    already_gone: tuple[Gap, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleasedHold:
    """What a release freed.

    Attributes:
        segments: Stored segments it covered.
        still_held: How many of them another hold still covers.
    """

    hold: Hold
    segments: int
    still_held: int


class HoldService:
    """Places, releases and reasserts holds.

    Args:
        strength: What the store was seen to guarantee (`Guarantees.hold_strength`).
    """

    def __init__(
        self,
        register: Register,
        catalogue: Catalogue,
        store: ObjectStore,
        custody: Custody,
        clock: Clock,
        strength: Strength,
    ) -> None:
        self._register = register
        self._catalogue = catalogue
        self._store = store
        self._custody = custody
        self._clock = clock
        self._strength = strength

    def place(
        self,
        cameras: Collection[CameraId],
        interval: Interval,
        authority: str,
        reason: str,
        purpose: Purpose,
    ) -> PlacedHold:
        """Forbid deletion of these cameras' recordings in `interval`, until released.

        Raises:
            BadInput: No camera or an unknown one, or no authority or reason is given.
            CaseRequired: See `footage.ports.Custody`.
            Unavailable: Register, catalogue or store cannot be reached. Where the hold was recorded
                before, it stands (`holds()` lists it) and `reassert` sets the remaining marks.
        """
        _require(authority=authority, reason=reason)
        self._require_known(cameras)
        hold = Hold(
            id=HoldId(f"hold-{secrets.token_hex(6)}"),
            cameras=frozenset(cameras),
            interval=interval,
            authority=authority,
            reason=reason,
            placed_by=purpose.actor,
            placed_at=self._clock.now(),
            case=purpose.case,
        )
        deed = Deed(Action.HOLD, purpose, _facts(hold))
        with bracket(self._custody, deed) as act:  # invariant 7: no entry, no hold
            self._register.place_hold(hold)
            placed = self._protect(hold)
            act.result = {
                "segments": placed.segments,
                "bytes": placed.bytes,
                "missing": len(placed.missing),
                "strength": placed.strength,
            }
        return placed

    def release(self, hold: HoldId, reason: str, purpose: Purpose) -> ReleasedHold:
        """Let retention go on where no other hold forbids it.

        Raises:
            NotFound: No such hold.
            Conflict: It was released before.
            BadInput: No reason is given.
            CaseRequired: See `footage.ports.Custody`.
            Unavailable: Where the release was recorded before, `reassert` lifts the marks left.
        """
        _require(reason=reason)
        standing = self._known(hold)
        deed = Deed(Action.RELEASE, purpose, {**_facts(standing), "release_reason": reason})
        with bracket(self._custody, deed) as act:
            done = self._register.release_hold(
                hold, at=self._clock.now(), by=purpose.actor, reason=reason
            )
            segments = list(self._covered(done))
            kept = self._lift(segments)
            act.result = {"segments": len(segments), "still_held": kept}
        return ReleasedHold(done, len(segments), kept)

    def holds(self, *, active_only: bool = True) -> list[Hold]:
        """Holds by id."""
        return self._register.holds(active_only=active_only)

    def reassert(self) -> int:
        """Bring the marks on objects to what the register says; how many segments are held.

        Idempotent and resumable. To be run at start and from time to time: a hold covers what is
        recorded after it was placed as well.
        """
        holds = self._register.holds(active_only=False)
        held = {
            segment.key: segment for hold in holds if hold.active for segment in self._covered(hold)
        }
        for segment in held.values():
            self._mark(segment)
        for hold in holds:
            if not hold.active:
                self._lift([s for s in self._covered(hold) if s.key not in held])
        return len(held)

    def _protect(self, hold: Hold) -> PlacedHold:
        segments = list(self._covered(hold))
        missing = tuple(segment.key for segment in segments if not self._mark(segment))
        there = [segment for segment in segments if segment.key not in missing]
        return PlacedHold(
            hold=hold,
            segments=len(there),
            bytes=sum(segment.size_bytes for segment in there),
            strength=self._strength,
            already_gone=tuple(self._gone(hold)),
            missing=missing,
        )

    def _covered(self, hold: Hold) -> Iterator[Segment]:
        return self._catalogue.segments(Scope(cameras=hold.cameras), hold.interval)

    def _gone(self, hold: Hold) -> Iterator[Gap]:
        for gap in self._catalogue.gaps(Scope(cameras=hold.cameras), hold.interval):
            part = gap.interval.clip(hold.interval)
            if part and gap.reason is GapReason.EXPIRED:
                yield replace(gap, interval=part)

    def _mark(self, segment: Segment) -> bool:
        """Mark the object; False when it is gone."""
        try:
            self._store.set_hold(segment.key, on=True)
        except NotFound:
            return False
        return True

    def _lift(self, segments: Sequence[Segment]) -> int:
        """Lift the marks no standing hold wants; how many another one does."""
        kept = 0
        for start in range(0, len(segments), _BATCH):
            # Within the section no hold is placed, so none can lose its mark to us (invariant 4).
            with self._register.purging():
                holds = self._register.holds()
                for segment in segments[start : start + _BATCH]:
                    if covering(holds, segment):
                        kept += 1
                    else:
                        self._unmark(segment)
        return kept

    def _unmark(self, segment: Segment) -> None:
        try:
            if self._store.is_held(segment.key):
                self._store.set_hold(segment.key, on=False)
        except NotFound:
            return  # purged since: nothing to lift

    def _known(self, hold: HoldId) -> Hold:
        for each in self._register.holds(active_only=False):
            if each.id == hold:
                return each
        raise NotFound(f"no hold {hold}", hint="see `footage hold list`")

    def _require_known(self, cameras: Collection[CameraId]) -> None:
        if not cameras:
            raise BadInput("a hold needs at least one camera")
        known = {camera.id for camera in self._register.cameras()}
        unknown = sorted(set(cameras) - known)
        if unknown:
            raise BadInput(f"unknown cameras: {', '.join(unknown)}", hint="see `footage cameras`")


def _require(**texts: str) -> None:
    for name, text in texts.items():
        if not text.strip():
            raise BadInput(f"a hold needs a text for {name}")


def _facts(hold: Hold) -> dict[str, object]:
    return {
        "hold": hold.id,
        "cameras": sorted(hold.cameras),
        "start": hold.interval.start,
        "end": hold.interval.end,
        "authority": hold.authority,
        "reason": hold.reason,
    }
