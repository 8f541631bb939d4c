"""Approvals: acts that two persons do, one who asks and another who approves. Pure.

A request says what exactly is to be done, as canonical JSON, and whose act it is. Another person
approves or refuses the request. An approval covers that act alone, by its digest, and once: it is
used before the act begins, so that no crash leaves an approval for a second act.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from footage.case import LONGEST_LINE, require_line
from footage.digest import Digest
from footage.errors import ApprovalRequired, Conflict, NotFound, NotPermitted, Refused

if TYPE_CHECKING:
    from footage.action import Purpose
    from footage.instant import Elapsed, Instant

LONGEST_WHY: Final = LONGEST_LINE
"""Most characters of the reason of a decision."""


class ActKind(StrEnum):
    """Kinds of act that a second person can be asked to approve."""

    RELEASE = "release"
    """A hold is released."""
    EXPORT = "export"
    """Footage is exported for somebody outside."""


class RequestState(StrEnum):
    """States of a request."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    DONE = "done"
    """The approval was used: the act was begun, and its own custody entry tells how it ended."""

    @property
    def open(self) -> bool:
        """Whether the act may still be done by this request."""
        return self in {RequestState.WAITING, RequestState.APPROVED}


@dataclass(frozen=True, slots=True)
class ActAsked:
    """An act about to be done, told so exactly that it can be approved.

    Attributes:
        purpose: Who acts, for which case.
        text: All that is asked for, actor and case included, as canonical JSON.
    """

    kind: ActKind
    purpose: Purpose
    text: str

    @property
    def sha256(self) -> Digest:
        """The digest by which an approval covers the act."""
        return Digest.of(self.text.encode())


@dataclass(frozen=True, slots=True)
class Decision:
    """By whom, when and why a request was approved, refused or withdrawn."""

    by: str
    at: Instant
    why: str


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """A request that a second person approve an act.

    Attributes:
        act: What is asked for, and by whom.
        expires: When the request, or its approval, counts no more.
        number: Number by which people name the request, from 1; 0 before the request is recorded.
        decision: The decision; None while the request waits, and where nobody decided in time.
        used_at: When the approval was used; None where it was not.
        used_for: Name of the job that used the approval; "" for an act without a job.
    """

    act: ActAsked
    asked_at: Instant
    expires: Instant
    number: int = 0
    state: RequestState = RequestState.WAITING
    decision: Decision | None = None
    used_at: Instant | None = None
    used_for: str = ""

    @property
    def asked_by(self) -> str:
        """Who asked, and alone may do the act."""
        return self.act.purpose.actor


def same_person(one: str, other: str) -> bool:
    """Return whether two names are of one person: capitals, width and blanks do not count."""
    return _key(one) == _key(other)


def _key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def no_request(number: int) -> NotFound:
    """The error for an unknown request, and for a request that the asker may not know of."""
    return NotFound(f"no request {number}", hint="footage requests list")


def as_of(request: ApprovalRequest, now: Instant) -> ApprovalRequest:
    """Return a request as it stands at `now`: an open one whose time is over has expired."""
    if request.state.open and request.expires <= now:
        return replace(request, state=RequestState.EXPIRED)
    return request


def required(request: ApprovalRequest) -> ApprovalRequired:
    """The error for an act whose request waits for a decision."""
    return ApprovalRequired(
        f"{named(request.act.kind)} needs the approval of a second person: request "
        f"{request.number} waits for it until {request.expires}",
        request=request.number,
        hint=f"another person: footage requests approve {request.number}; "
        "then you: the same command again",
    )


def named(kind: ActKind) -> str:
    """Return the name of a kind of act for people."""
    return {ActKind.RELEASE: "the release of a hold", ActKind.EXPORT: "an export to outside"}[kind]


# ------------------------------------------------------------------------ decisions


def decided(
    request: ApprovalRequest,
    by: str,
    why: str,
    *,
    approve: bool,
    now: Instant,
    valid_for: Elapsed,
) -> ApprovalRequest:
    """Return a request as approved, or refused, by another person.

    Args:
        request: The request as recorded.
        by: Who decides.
        why: The reason; may be empty for an approval.
        approve: Whether the act is approved.
        now: The present.
        valid_for: How long an approval counts.

    Raises:
        BadInput: A refusal without reason, or a reason that is no line of text.
        NotPermitted: Who decides is who asked.
        Refused: The request waits no more.
    """
    if same_person(by, request.asked_by):
        raise NotPermitted(
            f"request {request.number} is your own: another person decides",
            hint=f"to give it up: footage requests withdraw {request.number}",
        )
    if why or not approve:
        require_line("reason", why, LONGEST_WHY)
    _require_waiting(as_of(request, now))
    state = RequestState.APPROVED if approve else RequestState.REFUSED
    expires = now + valid_for if approve else request.expires
    return replace(request, state=state, expires=expires, decision=Decision(by, now, why))


def withdrawn(request: ApprovalRequest, by: str, why: str, now: Instant) -> ApprovalRequest:
    """Return a request as withdrawn by who asked; an approval counts no more then.

    Raises:
        BadInput: The reason is no line of text.
        NotPermitted: Another person withdraws.
        Refused: The request is not open any more.
    """
    if not same_person(by, request.asked_by):
        raise NotPermitted(
            f"request {request.number} is of {request.asked_by}",
            hint=f"footage requests refuse {request.number} --reason TEXT",
        )
    if why:
        require_line("reason", why, LONGEST_WHY)
    standing = as_of(request, now)
    if not standing.state.open:
        raise _closed(standing)
    return replace(request, state=RequestState.WITHDRAWN, decision=Decision(by, now, why))


def taken(
    request: ApprovalRequest, act: ActAsked, now: Instant, used_for: str = ""
) -> ApprovalRequest:
    """Return a request whose approval is used for an act, which may begin then.

    Args:
        request: The request as recorded.
        act: The act about to be done.
        now: The present.
        used_for: Name of the job that does the act: a job that is run again after a crash may use
            its own approval again, since it makes its one result anew. "" for an act without a job,
            which never begins twice by one approval.

    Raises:
        Conflict: The act is not the one that was approved, or the approval was used.
        Refused: The request is not approved, or not any more.
    """
    if request.act.sha256 != act.sha256 or request.act.kind is not act.kind:
        raise Conflict(
            f"request {request.number} is about something else than what is to be done now",
            hint="give the command without the request, and ask anew",
        )
    if request.state is RequestState.DONE and used_for and request.used_for == used_for:
        return request
    standing = as_of(request, now)
    if standing.state is RequestState.WAITING:
        raise required(standing)
    if standing.state is not RequestState.APPROVED:
        raise _closed(standing)
    return replace(request, state=RequestState.DONE, used_at=now, used_for=used_for)


def _require_waiting(request: ApprovalRequest) -> None:
    if request.state is RequestState.APPROVED:
        raise Refused(f"request {request.number} is approved already")
    if request.state is not RequestState.WAITING:
        raise _closed(request)


def _closed(request: ApprovalRequest) -> Refused:
    said = {
        RequestState.DONE: "its approval was used",
        RequestState.EXPIRED: f"its time was over at {request.expires}",
    }.get(request.state, f"it was {request.state.value}")
    kind = Conflict if request.state is RequestState.DONE else Refused
    return kind(
        f"request {request.number} is closed: {said}",
        hint="who asked may ask anew, by the act itself",
    )
