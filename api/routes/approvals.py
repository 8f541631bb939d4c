"""Routes of requests for approval: read, approved, refused, withdrawn.

A request is entered by the act itself, which is refused until another person approved it: a release
of a hold, an export. The service of requests writes the custody entries.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query

from api.auth import Asking
from api.bodies.approvals import ApproveIn, RefuseIn, RequestOut, RequestPage, WithdrawIn
from api.deps import PageLimit, Ready, Services
from api.people.sign_in import Caller
from api.reach import require_windows
from api.rules import rule
from evidence.approvals import asked_of, footage_of
from footage.access import Permission
from footage.action import Action
from footage.approval import ActKind, ApprovalRequest, no_request, same_person
from footage.errors import NotPermitted

router = APIRouter(tags=["requests"])
_MAY_ACT: Final[Mapping[ActKind, Permission]] = {
    ActKind.RELEASE: Permission.RELEASE_HOLDS,
    ActKind.EXPORT: Permission.EXPORT,
}
"""The permission that an act of each kind asks for, and its approval too."""
_LARGEST: Final = 2**31 - 1

Number = Annotated[int, Path(ge=1, le=_LARGEST, description="Number of the request.")]


@router.get(
    "/requests",
    operation_id="list_requests",
    **rule(None, because="a request shows no footage"),
)
def list_requests(
    services: Ready,
    caller: Asking,
    limit: PageLimit = 50,
    after: Annotated[int | None, Query(ge=1, le=_LARGEST)] = None,
    *,
    closed: bool = False,
) -> RequestPage:
    """List requests that wait or are approved, the newest first; with `closed`, the others too.

    Of the requests that the caller made or may decide on. A page may hold fewer than asked for, or
    none, while `next_cursor` tells of more.
    """
    found, more = services.four_eyes.requests(
        caller.person.id, open_only=not closed, before=after, limit=limit
    )
    shown = [RequestOut.of(one) for one in found if _may_know(services, caller, one)]
    return RequestPage(requests=shown, next_cursor=more)


@router.get(
    "/requests/{number}",
    operation_id="request",
    **rule(None, because="a request shows no footage"),
)
def request(services: Ready, caller: Asking, number: Number) -> RequestOut:
    """Return a request that the caller made or may decide on; others are told as no request."""
    return RequestOut.of(_known(services, caller, number))


@router.post(
    "/requests/{number}/approve",
    operation_id="approve_request",
    **rule(None, enters=Action.APPROVAL),
)
def approve(services: Ready, caller: Asking, number: Number, asked: ApproveIn) -> RequestOut:
    """Approve what another person asked for: that act alone, once, until its time is over.

    For whoever could do the act: with its permission, for all its footage, and of its case.
    """
    _known(services, caller, number)
    done = services.four_eyes.decide(number, caller.person.id, asked.why, approve=True)
    return RequestOut.of(done)


@router.post(
    "/requests/{number}/refuse",
    operation_id="refuse_request",
    **rule(None, enters=Action.APPROVAL),
)
def refuse(services: Ready, caller: Asking, number: Number, asked: RefuseIn) -> RequestOut:
    """Refuse what another person asked for; for whoever may approve it."""
    _known(services, caller, number)
    done = services.four_eyes.decide(number, caller.person.id, asked.why, approve=False)
    return RequestOut.of(done)


@router.post(
    "/requests/{number}/withdraw",
    operation_id="withdraw_request",
    **rule(None, enters=Action.REQUEST),
)
def withdraw(services: Ready, caller: Asking, number: Number, asked: WithdrawIn) -> RequestOut:
    """Give up a request of one's own; its approval counts no more."""
    _known(services, caller, number)
    return RequestOut.of(services.four_eyes.withdraw(number, caller.person.id, asked.why))


def _known(services: Services, caller: Caller, number: int) -> ApprovalRequest:
    """Return a request that the caller made or may decide on.

    Raises:
        NotFound: There is no such request, or it is none of these.
    """
    found = services.four_eyes.request(number, caller.person.id)
    if not _may_know(services, caller, found):
        raise no_request(number)
    return found


def _may_know(services: Services, caller: Caller, asked: ApprovalRequest) -> bool:
    """Return whether the caller made a request, or could do its act: with all of its footage."""
    if same_person(caller.person.id, asked.asked_by):
        return True
    permission = _MAY_ACT[asked.act.kind]
    reach = caller.person.reach(permission, services.clock.now())
    if permission not in caller.permissions or reach is None:
        return False
    if reach.limited and asked_of(asked.act).get("originals") is True:
        return False  # an original file may show footage that the grants do not reach
    try:
        require_windows(services.register, reach, *footage_of(asked.act))
    except NotPermitted:
        return False
    return True
