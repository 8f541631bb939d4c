"""`footage requests`: acts that wait for a second person, who approves or refuses."""

from typing import TYPE_CHECKING, Annotated

import typer

from infra.cmds.options import AsJson
from infra.cmds.output import counted, emit, local, printable, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footage.approval import ActAsked, ApprovalRequest

_LISTED = 3
"""Cameras that a line of the list names at most."""
_TOLD = frozenset({"act", "cameras", "start", "end", "stood"})
"""Members of what is asked for that are told in lines of their own."""

app = typer.Typer(help="Requests: acts that need a second person's approval.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the request.", min=1)]
Why = Annotated[str, typer.Option("--reason", help="Why.")]


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Closed requests too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Most requests.")] = 50,
    after: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="The last request of the page before.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List requests that wait or are approved, the newest first."""
    from api.bodies.approvals import RequestOut
    from infra.wiring import wired

    with wired() as parts:
        found, more = parts.four_eyes.requests(
            parts.settings.actor, open_only=not every, before=after, limit=limit
        )
        zone = parts.settings.zone
    if as_json:
        shown = [RequestOut.of(one).model_dump(mode="json") for one in found]
        emit({"requests": shown, "next_cursor": more})
        return
    table(
        counted(len(found), "request"),
        ("request", "act", "about", "case", "by", "state", "until"),
        (
            (
                str(one.number),
                one.act.kind.value,
                _about(one),
                one.act.purpose.case,
                one.asked_by,
                _state(one),
                local(one.expires, zone) if one.state.open else "",
            )
            for one in found
        ),
    )
    if more:
        print(f"more: footage requests list --after {more}")


@app.command()
def show(number: Number, as_json: AsJson = False) -> None:
    """Show what exactly is asked for, and what was decided."""
    from infra.wiring import wired

    with wired() as parts:
        request = parts.four_eyes.request(number, parts.settings.actor)
        zone = parts.settings.zone
    _tell(request, zone, as_json=as_json)


@app.command()
def approve(number: Number, reason: Why = "", as_json: AsJson = False) -> None:
    """Approve what another person asked for.

    The approval covers that act alone, done once by who asked, until its time is over. Nobody
    approves a request of their own.
    """
    _decide(number, reason, approve=True, as_json=as_json)


@app.command()
def refuse(
    number: Number,
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    as_json: AsJson = False,
) -> None:
    """Refuse what another person asked for, with the reason."""
    _decide(number, reason, approve=False, as_json=as_json)


@app.command()
def withdraw(number: Number, reason: Why = "", as_json: AsJson = False) -> None:
    """Give up a request of your own; its approval counts no more."""
    from infra.wiring import wired

    with wired() as parts:
        done = parts.four_eyes.withdraw(number, parts.settings.actor, reason)
        zone = parts.settings.zone
    _tell(done, zone, as_json=as_json)


def _decide(number: int, reason: str, *, approve: bool, as_json: bool) -> None:
    from infra.wiring import wired

    with wired() as parts:
        done = parts.four_eyes.decide(number, parts.settings.actor, reason, approve=approve)
        zone = parts.settings.zone
    _tell(done, zone, as_json=as_json)


def _tell(request: "ApprovalRequest", zone: str, *, as_json: bool) -> None:
    """Print a request as JSON, or as lines."""
    from api.bodies.approvals import RequestOut
    from evidence.approvals import asked_of
    from footage.approval import named

    if as_json:
        emit(RequestOut.of(request).model_dump(mode="json"))
        return
    act, decision = request.act, request.decision
    print(f"request {request.number}, {named(act.kind)}: {_state(request)}")
    who = f"asked by {request.asked_by}, {local(request.asked_at, zone)}"
    print(printable(f"{who}, case {act.purpose.case or '(none)'}"))
    if request.state.open:
        print(f"counts until: {local(request.expires, zone)}")
    for line in _footage(act, zone):
        print(printable(f"  {line}"))
    for name, value in asked_of(act).items():
        if name not in _TOLD and value not in ("", [], None):
            print(printable(f"  {name.replace('_', ' ')}: {_said(value)}"))
    print(f"digest: {act.sha256}")
    if decision:
        why = f": {decision.why}" if decision.why else ""
        print(printable(f"decided by {decision.by}, {local(decision.at, zone)}{why}"))
    if request.used_at:
        print(f"used: {local(request.used_at, zone)}")


def _footage(act: "ActAsked", zone: str) -> "Iterator[str]":
    """Yield the cameras and times that an act is about: by camera where the times differ."""
    from evidence.approvals import footage_of

    windows, interval = footage_of(act)
    yield f"cameras: {', '.join(sorted(windows))}"
    yield f"time: {local(interval.start, zone)} to {local(interval.end, zone)}"
    for camera, parts in sorted(windows.items()):
        if parts != (interval,):
            times = (f"{local(one.start, zone)} to {local(one.end, zone)}" for one in parts)
            yield f"{camera}: {', '.join(times)}"


def _state(request: "ApprovalRequest") -> str:
    by = request.decision.by if request.decision else ""
    return f"{request.state.value} by {by}" if by and not request.used_at else request.state.value


def _about(request: "ApprovalRequest") -> str:
    """The holds of a release, or the cameras of an export and who is to be given the bundle."""
    from evidence.approvals import asked_of

    asked = asked_of(request.act)
    if hold := asked.get("hold"):
        return str(hold)
    if isinstance(holds := asked.get("holds"), list):
        return f"{counted(len(holds), 'hold')} of a closed case"
    named = asked["cameras"]
    cameras = [str(one) for one in named] if isinstance(named, list) else []
    more = f" and {len(cameras) - _LISTED} more" if len(cameras) > _LISTED else ""
    to = asked.get("recipient") or asked.get("recipient_kind") or "nobody named"
    return f"{', '.join(cameras[:_LISTED])}{more}, for {to}"


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
