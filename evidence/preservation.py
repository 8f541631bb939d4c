"""Preserves footage for an order on paper, and says what is held, what is missing and why.

Order of doing: the hold of the order (`HoldService.preserve`), then the hold on neighbours where
asked for, then what is stored is looked at for the receipt. From the first step on nothing of the
order is deleted. A crash between the steps leaves what was done, and the same order again ends it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from evidence.neighbours import Neighbour, neighbours
from footage.errors import BadInput, FootageError
from footage.instant import ZERO, Elapsed, Interval
from footage.scope import EVERYWHERE, Scope
from footage.span import GapReason, Span, tile
from footage.unscheduled import unscheduled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from evidence.expectations import Expectations
    from evidence.holds import HoldService, Ordered, PlacedHold
    from footage.action import Purpose
    from footage.clock import Clock
    from footage.hold import Hold, Order
    from footage.ids import CameraId, NodeId
    from footage.instant import Instant
    from footage.ports import Catalogue, Register
    from footage.span import Gap

OFFERED_M: Final = 300
"""Metres around the cameras of an order within which other cameras are named in the answer."""
WIDEST_M: Final = 20_000
"""Most metres around the cameras of an order within which cameras are held as neighbours."""
_MINUTES: Final = Elapsed.parse("5m")
"""An hour on paper may be so far ahead of the clock: watches differ."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Time of a camera that a hold covers and of which nothing is stored.

    Attributes:
        reason: Reason of the gap; None for time of which footage may still come.
        why: For people.
    """

    interval: Interval
    reason: GapReason | None
    why: str

    @property
    def may_come(self) -> bool:
        """Whether footage of this time may still be stored, and is held from then on."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class CameraHeld:
    """Footage of a camera under a hold, as the catalogue had it when looked at.

    Attributes:
        stored: Time of the hold's interval of which segments are stored.
        missing: The rest of the interval, in order.
    """

    camera: CameraId
    stored: Elapsed
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class Preserved:
    """An order that is preserved.

    Attributes:
        held: The hold of the order.
        around: The hold on the neighbours that were asked for; None for none.
        cameras: What is stored and what is missing of each camera of both holds, by id; None where
            that could not be looked up, so that nothing is known.
        unknown: Why that could not be looked up; "" where it could.
        neighbours: Cameras near those of the order, the nearest first, those of `around` included.
        looked: When `cameras` was looked up.
    """

    held: PlacedHold
    around: PlacedHold | None
    cameras: tuple[CameraHeld, ...] | None
    neighbours: tuple[Neighbour, ...]
    looked: Instant
    unknown: str = ""

    @property
    def order(self) -> Order:
        """The order as entered with the hold, which for an order entered twice is the first."""
        assert self.held.hold.order is not None  # noqa: S101 - holds of orders have one
        return self.held.hold.order

    @property
    def from_order(self) -> Elapsed | None:
        """Time from the hour on the order until the hold was placed; None without the hour."""
        return time_to_hold(self.held.hold)

    @property
    def from_asking(self) -> Elapsed:
        """Time from the asking until the hold was placed, of the asking that placed the hold."""
        return self.held.hold.placed_at - self.order.asked

    @property
    def sound(self) -> bool:
        """Whether no object that a hold covers was found missing or damaged."""
        return self.held.sound and (self.around is None or self.around.sound)


@dataclass(frozen=True, slots=True)
class Preservation:
    """Service that preserves footage for orders; safe in several threads.

    Attributes:
        catalogue: Opens the catalogue, which tells what is stored, only after the hold stands.
        expectations: Opens what tells who records a camera, likewise.
    """

    holds: HoldService
    register: Register
    catalogue: Callable[[], Catalogue]
    expectations: Callable[[], Expectations]
    clock: Clock

    def preserve(self, wanted: Ordered, purpose: Purpose, neighbours_m: float = 0) -> Preserved:
        """Hold what an order names; the same order again ends what was left, and says so.

        Args:
            wanted: The order and what it names.
            purpose: Who preserves, for which case.
            neighbours_m: Cameras within so many metres are held too; 0: named in the answer only.

        Raises:
            BadInput: As `HoldService.place`; or the hour of the order lies ahead, or the metres
                around are out of range.
            CaseRequired: As `HoldService.place`.
            Conflict: The hold of this order was released.
            Unavailable: Custody log or register cannot be reached.
        """
        _require(wanted.order, neighbours_m)
        held = self.holds.preserve(wanted, purpose)
        near = self.near(held.hold, max(neighbours_m, OFFERED_M))
        around = self._around(wanted, near, neighbours_m, purpose)
        holds = [held.hold, *([around.hold] if around else [])]
        looked = self.clock.now()
        cameras, unknown = self._looked_at(holds, looked)
        return Preserved(held, around, cameras, tuple(near), looked, unknown)

    def near(self, hold: Hold, within_m: float) -> list[Neighbour]:
        """Return the cameras within so many metres around those of a hold, the nearest first."""
        return neighbours(self.register.stays(), hold.cameras, hold.interval, within_m)

    def _around(
        self, wanted: Ordered, near: Iterable[Neighbour], metres: float, purpose: Purpose
    ) -> PlacedHold | None:
        cameras = [one.camera for one in near if one.metres <= metres]
        if not metres or not cameras:
            return None
        around = replace(
            wanted,
            cameras=cameras,
            places=EVERYWHERE,
            order=replace(wanted.order, neighbours_m=metres),
            reason=f"within {metres:g} m of the cameras of the order: {wanted.why}",
        )
        return self.holds.preserve(around, purpose)

    def _looked_at(
        self, holds: Iterable[Hold], now: Instant
    ) -> tuple[tuple[CameraHeld, ...] | None, str]:
        """Look up what is stored under holds, which stand whether or not that can be looked up."""
        try:
            return tuple(held for hold in holds for held in self._of_hold(hold, now)), ""
        except FootageError as exc:
            return None, str(exc)

    def _of_hold(self, hold: Hold, now: Instant) -> list[CameraHeld]:
        scope, recorders = Scope(cameras=hold.cameras), self.expectations().recorders()
        catalogue = self.catalogue()
        spans: dict[CameraId, list[Span]] = defaultdict(list)
        for day in catalogue.days(sorted(hold.cameras), hold.interval):
            for span in day.spans:
                if cut := span.interval.clip(hold.interval):
                    spans[day.camera].append(Span(day.camera, cut, span.segments, span.run))
        # Gaps are read last: a purge enters the gap before the segment goes (invariant 5).
        gaps: dict[CameraId, list[Gap]] = defaultdict(list)
        for gap in catalogue.gaps(scope, hold.interval):
            gaps[gap.camera].append(gap)
        since = catalogue.recorded_since(sorted(hold.cameras))
        found = []
        for camera in sorted(hold.cameras):
            line = tile(camera, hold.interval, spans[camera], gaps[camera])
            stored = sum((span.interval.length for span in line.spans), ZERO)
            holes = unscheduled(line.gaps, since)
            told = tuple(one for gap in holes for one in missing(gap, now, recorders.get(camera)))
            found.append(CameraHeld(camera, stored, told))
        return found


def missing(gap: Gap, now: Instant, recorder: NodeId | None) -> list[Missing]:
    """Return a gap in words, cut at the present: what lies ahead may still be recorded.

    Args:
        gap: Time of which the catalogue has no segment.
        now: The present.
        recorder: The recorder that records the camera now, or None.
    """
    ahead = gap.interval.clip(Interval(now, gap.interval.end)) if now < gap.interval.end else None
    past = (
        Interval(gap.interval.start, ahead.start if ahead else gap.interval.end)
        if (gap.interval.start < now)
        else None
    )
    found = []
    if past and gap.reason is GapReason.UNKNOWN and recorder:
        why = f"recorder {recorder} may have footage of it that is not stored yet"
        found.append(Missing(past, None, why))
    elif past:
        found.append(Missing(past, gap.reason, gap.detail))
    if ahead:
        by = f"recorder {recorder} records the camera now" if recorder else "nobody records it now"
        found.append(Missing(ahead, None, f"this time lies ahead; {by}"))
    return found


def time_to_hold(hold: Hold) -> Elapsed | None:
    """Return the time from the hour on an order until its hold was placed.

    None for a hold of no order, or of an order whose hour nobody entered.
    """
    given = hold.order.given if hold.order else None
    return hold.placed_at - given if given else None


def _require(order: Order, metres: float) -> None:
    if not order.reference.strip():
        raise BadInput("no number of the order is given", hint="as the authority wrote it")
    if order.given and order.given > order.asked + _MINUTES:
        raise BadInput(f"the hour of the order, {order.given}, lies ahead", hint="see the order")
    if not 0 <= metres <= WIDEST_M:
        raise BadInput(f"not a distance: {metres:g} m", hint=f"metres, at most {WIDEST_M}")
