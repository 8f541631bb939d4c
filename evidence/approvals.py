"""Four eyes: acts that begin only when a second person approved them, each request in custody.

Order of an act that needs a second person: the request is looked for, and entered where there is
none, which refuses the act; once approved, the act's own custody intent names the request; then the
approval is used in the record; then the act is done; then its outcome is entered. A crash before
the use leaves the approval, and nothing was done. A crash after the use leaves an intent without
outcome and no approval: nobody can do the act a second time by it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from evidence.canonical import canonical, parse
from evidence.redaction import digest_of
from footage.action import Action, Deed, Purpose
from footage.approval import (
    ActAsked,
    ActKind,
    ApprovalRequest,
    RequestState,
    as_of,
    decided,
    no_request,
    required,
    same_person,
    taken,
    withdrawn,
)
from footage.custody import bracket
from footage.errors import NotPermitted, Refused
from footage.ids import CameraId
from footage.instant import Instant, Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from evidence.views import ViewsAsked
    from footage.clock import Clock
    from footage.hold import Hold
    from footage.instant import Elapsed
    from footage.ports import Approvals, Custody, Scope
    from footage.stays import Windows

ACTIONS: Final[Mapping[ActKind, Action]] = {
    ActKind.RELEASE: Action.RELEASE,
    ActKind.EXPORT: Action.EXPORT,
}
"""The action that an act of each kind enters in the custody log."""
_PURPOSE: Final = frozenset({"actor", "case", "purpose"})
"""Members of a request's text that the custody entry has of its own."""


@dataclass(frozen=True, slots=True)
class Given:
    """A request by which an act is to be done that was asked for earlier, as a job.

    Attributes:
        number: Number of the request.
        used_for: Name of the job.
    """

    number: int
    used_for: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave to do an act.

    Attributes:
        facts: For the custody intent of the act: the request, and who approved it.
        request: Number of the request; 0 where the act needs no second person.
        use: Uses the approval; to be called when the intent is entered, before the act begins.
            Raises Conflict where the approval was used meanwhile, Refused where it ended.
    """

    facts: Mapping[str, object] = field(default_factory=dict)
    request: int = 0
    use: Callable[[], None] = lambda: None


class AskLeave(Protocol):
    """Gives leave for an act, or raises where a second person must approve the act first."""

    def __call__(self, act: ActAsked, given: Given | None = None) -> Leave:
        """Return leave; arguments and errors as of `FourEyes.leave`."""
        ...


def nobody_needed(act: ActAsked, given: Given | None = None) -> Leave:
    """Give leave for any act without a second person."""
    del act, given
    return Leave()


class FourEyes:
    """Service that keeps requests for approval, and gives leave for acts. Safe in several threads.

    Args:
        approvals: Opens the record of requests; called where a request is looked for alone.
        custody: The log in which requests and decisions are entered.
        clock: Tells the present.
        admit: Raises where the custody log would not enter an act for such a purpose: who may not
            act may not ask, and whoever could do an act may approve it for another.
        needed: Kinds of act that need a second person.
        valid_for: How long a request waits, and how long an approval counts.
    """

    def __init__(
        self,
        approvals: Callable[[], Approvals],
        custody: Custody,
        clock: Clock,
        admit: Callable[[Purpose, Action], None],
        *,
        needed: Collection[ActKind],
        valid_for: Elapsed,
    ) -> None:
        self._approvals, self._custody, self._clock = approvals, custody, clock
        self._admit, self._needed, self._valid_for = admit, frozenset(needed), valid_for

    # ------------------------------------------------------------------------ acts

    def leave(self, act: ActAsked, given: Given | None = None, *, always: bool = False) -> Leave:
        """Give leave for an act that a second person approved, or that needs none.

        Args:
            act: The act about to be done.
            given: The request whose approval is to be used; None: the open request of this act.
            always: Whether the act needs a second person whatever the settings say.

        Raises:
            ApprovalRequired: No approval covers the act; a request for it is entered now, or waits.
            Conflict: The request given is about something else, or was used.
            Refused: As the custody log refuses the act; or the request given is not approved.
            NotFound: The request given is not known.
            Unavailable: The record of requests or the custody log cannot be reached.
        """
        if act.kind not in self._needed and not always:
            return Leave()
        self._admit(act.purpose, ACTIONS[act.kind])
        if given:
            found = self._approvals().request(given.number)
            taken(found, act, self._clock.now(), given.used_for)
        else:
            found = self._open_or_asked(act)
            if found.state is not RequestState.APPROVED:
                raise required(found)
        assert found.decision  # noqa: S101 - an approved request has one
        return Leave(
            {"request": found.number, "approved_by": found.decision.by},
            found.number,
            lambda: self._use(found.number, act, given.used_for if given else ""),
        )

    def propose(self, act: ActAsked) -> ApprovalRequest:
        """Enter a request for an act, or return the open one of this act, before it is tried.

        Raises:
            NotPermitted, Refused: As the custody log refuses the act.
            Unavailable: The record of requests or the custody log cannot be reached.
        """
        self._admit(act.purpose, ACTIONS[act.kind])
        return self._open_or_asked(act)

    def _use(self, number: int, act: ActAsked, used_for: str) -> None:
        self._approvals().change(number, lambda r: taken(r, act, self._clock.now(), used_for))

    def _open_or_asked(self, act: ActAsked) -> ApprovalRequest:
        now = self._clock.now()
        found = self._approvals().open_request(act.sha256)
        if found and (standing := as_of(found, now)).state.open:
            return standing
        new = ApprovalRequest(act, asked_at=now, expires=now + self._valid_for)
        deed = Deed(Action.REQUEST, act.purpose, {"change": "asked", **_facts(act)})
        with bracket(self._custody, deed) as entered:  # invariant 7
            added = self._approvals().add(new)
            entered.result = {"request": added.number, "expires": added.expires}
        return added

    # ------------------------------------------------------------------------ requests

    def request(self, number: int, person: str) -> ApprovalRequest:
        """Return a request as it stands now.

        Raises:
            NotFound: There is no such request, or it is of a case of which the person is no member.
        """
        found = as_of(self._approvals().request(number), self._clock.now())
        if not self._may_know(found, person):
            raise no_request(number)
        return found

    def requests(
        self, person: str, *, open_only: bool, before: int | None, limit: int
    ) -> tuple[list[ApprovalRequest], int | None]:
        """Return a page of requests as they stand now, the newest first.

        Args:
            person: Who looks: requests of cases of which the person is no member are left out.
            open_only: Requests alone by which an act may still be done.
            before: Requests of a smaller number only.
            limit: Most requests to look at.

        Returns:
            The requests, which may be fewer than there are on the page; and the number to go on
            before, None at the end.
        """
        page = self._approvals().requests(open_only=open_only, before=before, limit=limit)
        now = self._clock.now()
        shown = [
            one
            for one in (as_of(request, now) for request in page)
            if (one.state.open or not open_only) and self._may_know(one, person)
        ]
        return shown, page[-1].number if len(page) == limit else None

    def decide(self, number: int, by: str, why: str, *, approve: bool) -> ApprovalRequest:
        """Approve or refuse a request.

        Args:
            number: The request.
            by: Who decides: anybody who could do the act, but who asked.
            why: The reason; may be empty for an approval.
            approve: Whether the act is approved.

        Raises:
            BadInput: As `footage.approval.decided`.
            NotFound: As `request`.
            NotPermitted: Who decides is who asked.
            Refused: The request waits no more, or the custody log would refuse the act.
            Unavailable: As `leave`.
        """
        known = self.request(number, by)
        purpose = replace(known.act.purpose, actor=by)
        self._admit(purpose, ACTIONS[known.act.kind])
        what = {
            "change": "approved" if approve else "refused",
            **({"why": why} if why else {}),
        }

        def change(request: ApprovalRequest) -> ApprovalRequest:
            now, valid_for = self._clock.now(), self._valid_for
            return decided(request, by, why, approve=approve, now=now, valid_for=valid_for)

        return self._change(known, Deed(Action.APPROVAL, purpose, what), change)

    def withdraw(self, number: int, by: str, why: str) -> ApprovalRequest:
        """Give up a request of one's own, approved or not.

        Raises:
            BadInput: The reason is no line of text.
            NotFound: As `request`.
            NotPermitted: The request is another person's.
            Refused: The request is closed.
            Unavailable: As `leave`.
        """
        known = self.request(number, by)
        what = {"change": "withdrawn", **({"why": why} if why else {})}
        deed = Deed(Action.REQUEST, replace(known.act.purpose, actor=by), what)
        return self._change(known, deed, lambda r: withdrawn(r, by, why, self._clock.now()))

    def _change(
        self,
        known: ApprovalRequest,
        deed: Deed,
        change: Callable[[ApprovalRequest], ApprovalRequest],
    ) -> ApprovalRequest:
        about = {"request": known.number, "asked_by": known.asked_by, **_facts(known.act)}
        entered = replace(deed, what={**deed.what, **about})
        with bracket(self._custody, entered) as act:  # invariant 7
            done = self._approvals().change(known.number, change)
            act.result = {"state": done.state, "expires": done.expires}
        return done

    def _may_know(self, request: ApprovalRequest, person: str) -> bool:
        """Whether a person may know of a request: who asked, and whoever is of its case."""
        if same_person(person, request.asked_by):
            return True
        try:
            self._admit(replace(request.act.purpose, actor=person), ACTIONS[request.act.kind])
        except NotPermitted:
            return False
        except Refused:
            return True  # of a closed case, and no act for it any more
        return True


# ------------------------------------------------------------------------ what is asked


def release_act(hold: Hold, reason: str, purpose: Purpose) -> ActAsked:
    """Return the release of a hold, with all that the hold covers now, as an act to be approved."""
    what = {
        "hold": hold.id,
        "cameras": sorted(hold.cameras),
        "start": hold.interval.start,
        "end": hold.interval.end,
        "authority": hold.authority,
        **hold.places.places(),
        "release_reason": reason,
    }
    return act_of(ActKind.RELEASE, what, purpose)


def export_act(  # noqa: PLR0913 - each says another part of what is asked for
    asked: Windows,
    interval: Interval,
    places: Scope,
    purpose: Purpose,
    *,
    originals: bool,
    derived: bool,
    addressed: Mapping[str, str],
    views: ViewsAsked | None = None,
) -> ActAsked:
    """Return an export, with all that is asked for, as an act to be approved.

    Args:
        asked: The time asked for of each camera.
        interval: The time asked for.
        places: Sites, districts or a circle that were asked for.
        purpose: Who exports, for which case.
        originals: Whether the original files of imports are in the bundle.
        derived: Whether playable clips are in the bundle.
        addressed: Who is to be given the bundle, and on whose order.
        views: How films for viewing are asked for; None for none.
    """
    stood = {camera: [[p.start, p.end] for p in parts] for camera, parts in asked.items()}
    what = {
        "cameras": sorted(asked),
        "start": interval.start,
        "end": interval.end,
        **places.places(),
        **({"stood": stood} if places.by_place else {}),
        "originals": originals,
        "clips": derived,
        **views_facts(views),
        **addressed,
    }
    return act_of(ActKind.EXPORT, what, purpose)


def views_facts(views: ViewsAsked | None) -> dict[str, object]:
    """Return what custody entries and requests say of films for viewing; nothing for none.

    Redactions are told by the digest of their document, which the bundle holds, and by how many of
    which camera and time there are.
    """
    if views is None:
        return {}
    facts: dict[str, object] = {"views": views.language}
    if views.redactions:
        facts["redactions"] = digest_of(views.redactions)
        facts["redacted"] = [
            [one.camera, one.interval.start, one.interval.end] for one in views.redactions
        ]
    return {**facts, **({"views_alone": True} if views.alone else {})}


def asked_of(act: ActAsked) -> Mapping[str, object]:
    """Return what an act is about, as plain values: without who acts, and for which case."""
    told = parse(act.text.encode())
    assert isinstance(told, dict)  # noqa: S101 - as `_act` wrote it
    return {name: value for name, value in told.items() if name not in _PURPOSE}


def footage_of(act: ActAsked) -> tuple[Windows, Interval]:
    """Return the footage that an act is about: the time of each camera, and an interval over all.

    Windows are in order and apart.
    """
    told = asked_of(act)
    interval = Interval(Instant.parse(str(told["start"])), Instant.parse(str(told["end"])))
    stood, cameras = told.get("stood"), told["cameras"]
    if isinstance(stood, dict):
        return {
            CameraId(camera): tuple(Interval(*map(Instant.parse, part)) for part in parts)
            for camera, parts in stood.items()
        }, interval
    assert isinstance(cameras, list)  # noqa: S101 - as both kinds of act are written
    return {CameraId(camera): (interval,) for camera in cameras}, interval


def act_of(kind: ActKind, what: Mapping[str, object], purpose: Purpose) -> ActAsked:
    """Return an act to be approved; `what` has `cameras`, `start`, `end`, and `stood` if parts."""
    who = {"actor": purpose.actor, "case": purpose.case, "purpose": purpose.code}
    return ActAsked(kind, purpose, canonical({"act": kind, **who, **what}).decode())


def _facts(act: ActAsked) -> dict[str, object]:
    return {**asked_of(act), "sha256": act.sha256}
