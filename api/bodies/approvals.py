"""Bodies of requests and responses about requests for approval."""

from typing import Annotated

from pydantic import Field

from api.bodies.wire import InstantText, Wire, plain, text_of
from evidence.approvals import asked_of
from footage.approval import LONGEST_WHY, ActKind, ApprovalRequest, RequestState

WhyText = Annotated[str, Field(**plain(LONGEST_WHY))]


class ApproveIn(Wire):
    """An approval, with a reason where there is one."""

    why: WhyText = ""


class RefuseIn(Wire):
    """A refusal, and the reason."""

    why: Annotated[WhyText, Field(min_length=1)]


class WithdrawIn(Wire):
    """The giving up of a request of one's own, with a reason where there is one."""

    why: WhyText = ""


class RequestOut(Wire):
    """A request that a second person approve an act.

    `done` says that the approval was used: the act's own entry in the custody log tells how it
    ended. `asked` is what the approval covers, and nothing else: `sha256` is of its canonical JSON
    together with the actor, the case and the purpose.
    """

    request: Annotated[int, Field(examples=[7])]
    kind: ActKind
    state: RequestState
    asked_by: str
    case: str
    purpose: str
    asked: dict[str, object]
    sha256: str
    asked_at: InstantText
    expires: InstantText
    decided_by: str
    decided_at: InstantText | None
    why: str
    used_at: InstantText | None
    job: Annotated[str, Field(description="Job that used the approval, else empty.")]

    @classmethod
    def of(cls, request: ApprovalRequest) -> "RequestOut":
        """Make the body from the request's record."""
        act, decision = request.act, request.decision
        return cls(
            request=request.number,
            kind=act.kind,
            state=request.state,
            asked_by=request.asked_by,
            case=act.purpose.case,
            purpose=act.purpose.code,
            asked=dict(asked_of(act)),
            sha256=str(act.sha256),
            asked_at=str(request.asked_at),
            expires=str(request.expires),
            decided_by=decision.by if decision else "",
            decided_at=text_of(decision.at) if decision else None,
            why=decision.why if decision else "",
            used_at=text_of(request.used_at),
            job=request.used_for,
        )


class RequestPage(Wire):
    """A page of requests, the newest first; `next_cursor` asks for the next page."""

    requests: list[RequestOut]
    next_cursor: int | None
