"""Place and release legal holds (invariant 4).

A hold for an order on paper has an id made of the order, so that the same order again finds the
hold that stands, also after a crash between steps, and ends what was left; likewise a hold of an
exhibit (`evidence.exhibit_holds`).

Placing: custody intent → register → mark on every covered object → custody outcome. From the second
step on the hold stands, whether store and catalogue answer or not: every purge asks the register
inside the exclusive section. The marks on the objects are the second lock, held by the store itself
where the store can. Marks that could not be set or removed are named in the answer and in the
outcome, and stay due in the register: `evidence.hold_marks` reconciles these marks, also after a
crash between steps.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from evidence.approvals import Leave, nobody_needed, release_act
from evidence.cameras_at import cameras_at
from evidence.canonical import canonical
from evidence.hold_marks import Pass
from footage.action import Action, Deed
from footage.case import reference_key
from footage.custody import bracket
from footage.digest import Digest
from footage.errors import BadInput, Conflict, FootageError, NotFound
from footage.hold import Hold, MarksDue
from footage.ids import HoldId
from footage.scope import EVERYWHERE, Scope
from footage.span import GapReason

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from evidence.approvals import AskLeave
    from evidence.hold_marks import HoldMarks
    from footage.action import Purpose
    from footage.clock import Clock
    from footage.hold import MarksReport, Order
    from footage.ids import CameraId
    from footage.instant import Instant, Interval
    from footage.ports import Catalogue, Custody, Register, SeenGuarantees, Strength
    from footage.span import Gap

_NAMED: Final = 100
"""Segments of a kind that a custody entry names at most; the counts are of all."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order on paper as somebody enters it, and what it names.

    Attributes:
        cameras: Cameras that the order names; none where it names places.
        interval: The time of the recordings.
        order: Number, hours and file of the order.
        authority: Whose order.
        reason: Why; "": because of the order.
        places: Places that the order names, as of `HoldService.place`.
    """

    cameras: Collection[CameraId]
    interval: Interval
    order: Order
    authority: str
    reason: str
    places: Scope = EVERYWHERE

    @property
    def why(self) -> str:
        """The reason, also where none was given."""
        return self.reason or f"order {self.order.reference}"


@dataclass(frozen=True, slots=True)
class PlacedHold:
    """A hold just placed, which stands, and the segments the hold protects.

    Attributes:
        segments: Stored segments the hold covers now; segments recorded later are covered too. None
            where the catalogue could not be read.
        bytes: Size of these segments, or None.
        strength: By what the segments' objects are kept from deletion; None where not known: marks
            are pending, or the store was never tried.
        strength_seen: When the store was tried; None with `strength`.
        already_gone: Parts of the hold's interval that had expired before; None where the catalogue
            could not be read.
        missing: Keys the catalogue lists and the store no longer has.
        unmarked: Key of each object that could not be marked, and the reason: only the hold in the
            register protects these objects.
        marks_pending: Why marks on objects could not be set yet; "" where all are set.
        originals: Original files of imports that are held with their segments; None with
            `segments`.
        original_bytes: Size of these files, or None.
        entry: Number of the custody entry with the intent.
        stood: Whether the hold stood before, so that only what was left was done.
        stands_at: An instant at which the register said that the hold stands.
    """

    hold: Hold
    segments: int | None
    bytes: int | None
    strength: Strength | None
    strength_seen: Instant | None
    already_gone: tuple[Gap, ...] | None
    missing: tuple[str, ...] = ()
    unmarked: tuple[tuple[str, str], ...] = ()
    marks_pending: str = ""
    originals: int | None = None
    original_bytes: int | None = None
    entry: int = 0
    stood: bool = False
    stands_at: Instant | None = None

    @property
    def sound(self) -> bool:
        """Whether no object that the hold covers was found missing or damaged."""
        return not self.missing and not self.unmarked


@dataclass(frozen=True, slots=True)
class ReleasedHold:
    """A hold just released, and the segments the hold covered.

    Attributes:
        segments: Stored segments the hold covered; None where the catalogue could not be read.
        still_held: Number of these segments that another hold still covers; None where marks are
            pending.
        marks_pending: Why marks on objects could not be removed yet; "" where all are removed.
    """

    hold: Hold
    segments: int | None
    still_held: int | None
    marks_pending: str = ""


class HoldService:
    """Service that places and releases holds.

    Args:
        register: The record of holds.
        custody: The log in which each action is entered.
        clock: Gives holds their instants.
        marks: Opens catalogue and store, and sets the marks; called only once the hold stands,
            so a store that cannot be opened keeps no hold from being placed.
        seen: Gives the recorded result of trying the store; None where none is recorded.
        leave: Gives leave for a release; raises where a second person must approve it first.
    """

    def __init__(
        self,
        register: Register,
        custody: Custody,
        clock: Clock,
        marks: Callable[[], HoldMarks],
        seen: Callable[[], SeenGuarantees | None],
        leave: AskLeave = nobody_needed,
    ) -> None:
        self._register = register
        self._custody = custody
        self._clock = clock
        self._marks = marks
        self._seen = seen
        self._leave = leave

    def place(
        self,
        cameras: Collection[CameraId],
        interval: Interval,
        authority: str,
        reason: str,
        purpose: Purpose,
        places: Scope = EVERYWHERE,
    ) -> PlacedHold:
        """Forbid deletion of these cameras' recordings in `interval`, until released.

        Args:
            cameras: The cameras; none where the hold is on places.
            interval: The time of the recordings.
            authority: On whose authority.
            reason: Why.
            purpose: Who places the hold, for which case.
            places: Sites, districts or a circle: covered is every camera that stood there at some
                time in `interval`, or comes to stand there, with all its recordings of `interval`.

        Raises:
            BadInput: No camera or an unknown one, an unknown place or one where no camera stood,
                cameras besides places, or no authority or reason is given.
            CaseRequired: The purpose lacks a case or a code while `require_case` is set.
            Unavailable: Custody log or register cannot be reached. Where the register failed in the
                midst, `holds()` tells whether the hold stands.
        """
        hold = self._wanted(cameras, interval, (authority, reason), purpose, places)
        return self._placed(hold, purpose)

    def preserve(self, wanted: Ordered, purpose: Purpose) -> PlacedHold:
        """Forbid deletion for an order on paper; for the same order again end what was left.

        Args:
            wanted: The order and what it names.
            purpose: Who preserves, for which case.

        Raises:
            BadInput: As `place`.
            CaseRequired: As `place`.
            Conflict: The hold of this order was released.
            Unavailable: As `place`.
        """
        texts = (wanted.authority, wanted.why)
        hold = self._wanted(wanted.cameras, wanted.interval, texts, purpose, wanted.places)
        hold = replace(hold, id=id_of_order(hold, wanted.order), order=wanted.order)
        return self._placed(hold, purpose, self._standing(hold.id))

    def place_as(self, hold: Hold, purpose: Purpose) -> PlacedHold:
        """Place a hold whose id is made of what it holds, and which nobody released.

        Where somebody else placed the same hold meanwhile, only what was left is done.

        Raises:
            BadInput: A camera is unknown.
            CaseRequired, Unavailable: As `place`.
            Conflict: The hold was released meanwhile.
        """
        self._require_known(hold.cameras)
        return self._placed(hold, purpose, shared=True)

    def _wanted(
        self,
        cameras: Collection[CameraId],
        interval: Interval,
        texts: tuple[str, str],
        purpose: Purpose,
        places: Scope,
    ) -> Hold:
        """Return the hold to be placed, under a new id; raises as `place`."""
        authority, reason = texts
        _require(authority=authority, reason=reason)
        places = replace(places, cameras=frozenset())
        if places.by_place:
            if cameras:
                raise BadInput("a hold is on cameras or on places", hint="place two holds")
            cameras = cameras_at(self._register, places, interval)
        self._require_known(cameras)
        return Hold(
            id=HoldId(f"hold-{secrets.token_hex(6)}"),
            cameras=frozenset(cameras),
            interval=interval,
            authority=authority,
            reason=reason,
            placed_by=purpose.actor,
            placed_at=self._clock.now(),
            case=purpose.case,
            places=places,
        )

    def _placed(
        self,
        hold: Hold,
        purpose: Purpose,
        standing: Hold | None = None,
        *,
        shared: bool = False,
    ) -> PlacedHold:
        """Place a hold, or only set the marks of the same hold `standing`.

        With `shared` somebody else may place the same hold meanwhile: its id says what it holds.
        """
        stood = standing is not None
        facts = {**_facts(standing or hold), **({"again": True} if stood else {})}
        with bracket(self._custody, Deed(Action.HOLD, purpose, facts)) as act:  # invariant 7
            if standing is None:
                stood = self._add(hold, shared=shared or hold.order is not None)
            hold = self._register.hold(hold.id)  # with cameras that came to its places meanwhile
            if not hold.active:
                raise _released(hold)
            stands_at = self._clock.now()
            placed = self._protect(hold)
            counts = {
                "segments": placed.segments,
                "bytes": placed.bytes,
                "missing": len(placed.missing),
            }
            if placed.originals:
                counts |= {"originals": placed.originals, "original_bytes": placed.original_bytes}
            marks = _marks_fact(placed.marks_pending)
            act.result = {**counts, "strength": placed.strength, **marks, **_unsound_facts(placed)}
            act.complete = placed.sound
        return replace(placed, entry=act.intent, stood=stood, stands_at=stands_at)

    def _add(self, hold: Hold, *, shared: bool) -> bool:
        """Record a hold; returns True where somebody else placed the same `shared` hold first."""
        try:
            self._register.place_hold(hold)
        except Conflict:
            if not shared:
                raise
            return True
        return False

    def _standing(self, hold: HoldId) -> Hold | None:
        """Return the hold of an order where the hold was placed before; None where not.

        Raises:
            Conflict: The hold was released.
        """
        try:
            found = self._register.hold(hold)
        except NotFound:
            return None
        if not found.active:
            raise _released(found)
        return found

    def release(
        self, hold: HoldId, reason: str, purpose: Purpose, leave: Leave | None = None
    ) -> ReleasedHold:
        """Release a hold, so that retention goes on where no other hold forbids deletion.

        Args:
            hold: The hold.
            reason: Why.
            purpose: Who releases, for which case.
            leave: Leave for a release of several holds; None: leave is asked for this hold.

        Raises:
            NotFound: No such hold.
            Conflict: The hold was released before, or an approval was used meanwhile.
            ApprovalRequired: A second person must approve this release first.
            BadInput: No reason is given.
            CaseRequired: The purpose lacks a case or a code while `require_case` is set.
            Unavailable: Custody log or register cannot be reached.
        """
        _require(reason=reason)
        standing = self._register.hold(hold)
        if leave is None:
            asked = release_act(standing, reason, purpose)
            leave = self._leave(asked) if standing.active else Leave()
        what = {**_facts(standing), "release_reason": reason, **leave.facts}
        with bracket(self._custody, Deed(Action.RELEASE, purpose, what)) as act:
            leave.use()
            done = self._register.release_hold(
                hold, at=self._clock.now(), by=purpose.actor, reason=reason
            )
            released = self._free(done)
            counts = {"segments": released.segments, "still_held": released.still_held}
            act.result = {**counts, **_marks_fact(released.marks_pending)}
        return released

    def reassert(self, purpose: Purpose) -> MarksReport:
        """Bring the marks of all holds into agreement with the register; needs no case.

        Where some marks could not be set or removed yet, or a held object is missing, the outcome
        is entered as not ok.

        Raises:
            Unavailable: Custody log, register, catalogue or store cannot be reached.
        """
        deed = Deed(Action.REASSERT, purpose)
        with bracket(self._custody, deed) as act:  # invariant 7
            report = self._marks().reassert(everything=True)
            act.result = {
                "marked": report.marked,
                "lifted": report.lifted,
                "missing": len(report.missing),
                "unmarked": len(report.unmarked),
                "unfinished": dict(report.unfinished),
            }
            act.complete = not report.unfinished and not report.missing
        return report

    def holds(self, *, active_only: bool = True) -> list[Hold]:
        """Return the standing holds, or all holds, by id."""
        return self._register.holds(active_only=active_only)

    def _protect(self, hold: Hold) -> PlacedHold:
        already_gone: tuple[Gap, ...] | None = None
        try:
            marks = self._marks()
            done = marks.look_at(MarksDue(hold, hold.placed_at))
            already_gone = _gone(marks.catalogue, hold)
        except FootageError as exc:
            done = Pass(counted=False, failure=exc)
        seen = None if done.failure else self._seen()
        return PlacedHold(
            hold=hold,
            segments=done.segments if done.counted else None,
            bytes=done.bytes if done.counted else None,
            strength=seen.guarantees.hold_strength if seen else None,
            strength_seen=seen.at if seen else None,
            already_gone=already_gone,
            missing=tuple(done.missing),
            unmarked=tuple(done.unmarked),
            marks_pending=done.why,
            originals=len(done.originals) if done.counted else None,
            original_bytes=sum(done.originals.values()) if done.counted else None,
        )

    def _free(self, hold: Hold) -> ReleasedHold:
        try:
            done = self._marks().look_at(MarksDue(hold, self._clock.now()))
        except FootageError as exc:
            done = Pass(counted=False, failure=exc)
        return ReleasedHold(
            hold=hold,
            segments=done.segments if done.counted else None,
            still_held=None if done.why else done.still_held,
            marks_pending=done.why,
        )

    def _require_known(self, cameras: Collection[CameraId]) -> None:
        if not cameras:
            raise BadInput("a hold needs at least one camera")
        known = {camera.id for camera in self._register.cameras()}
        unknown = sorted(set(cameras) - known)
        if unknown:
            raise BadInput(f"unknown cameras: {', '.join(unknown)}", hint="see `footage cameras`")


def _gone(catalogue: Catalogue, hold: Hold) -> tuple[Gap, ...] | None:
    """Return expired parts of the hold's interval, or None where the catalogue is unreadable."""
    try:
        gaps = list(catalogue.gaps(Scope(cameras=hold.cameras), hold.interval))
    except FootageError:
        return None
    parts = ((gap, gap.interval.clip(hold.interval)) for gap in gaps)
    return tuple(
        replace(gap, interval=part)
        for gap, part in parts
        if part and gap.reason is GapReason.EXPIRED
    )


def _marks_fact(pending: str) -> dict[str, object]:
    return {"marks": "pending", "why": pending} if pending else {"marks": "done"}


def _unsound_facts(placed: PlacedHold) -> dict[str, object]:
    """Facts for the outcome of a hold that stands, over objects of which some are not sound."""
    if placed.sound:
        return {}
    return {
        "stands": True,
        "missing_segments": list(placed.missing[:_NAMED]),
        "unmarked": len(placed.unmarked),
        "unmarked_segments": dict(placed.unmarked[:_NAMED]),
    }


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
        **hold.places.places(),
        **({"order": hold.order.document()} if hold.order else {}),
    }


def id_of_order(hold: Hold, order: Order) -> HoldId:
    """Return the id of the hold of an order: the same for the same order typed again.

    Case, authority and number of the order count without capitals and blanks; what is ordered
    counts to the microsecond. Hours, the file and the reason do not count.
    """
    same = {
        "case": reference_key(hold.case),
        "authority": reference_key(hold.authority),
        "reference": reference_key(order.reference),
        "cameras": [] if hold.places.by_place else sorted(hold.cameras),
        "places": hold.places.places(),
        "start": hold.interval.start,
        "end": hold.interval.end,
        "neighbours_m": f"{order.neighbours_m:g}",
    }
    return HoldId(f"hold-{Digest.of(canonical(same)).hex[:16]}")


def _released(hold: Hold) -> Conflict:
    """The error for an order, or an exhibit, whose hold was released."""
    return Conflict(
        f"{hold.id} of the same was released at {hold.released_at} by {hold.released_by}",
        hint="a new order has a number of its own; or `footage hold place`",
    )
