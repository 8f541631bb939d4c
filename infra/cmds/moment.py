"""Footage as typed, or by `--moment ANSWER.N` as the custody entry of a search's answer has it."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from footage.action import Action
from footage.errors import BadInput, NotFound
from footage.scope import EVERYWHERE, Scope
from infra.cmds.options import times_of

if TYPE_CHECKING:
    from footage.asked_times import AskedTimes
    from infra.wiring import Parts

Moment = Annotated[
    str | None,
    typer.Option(
        "--moment",
        metavar="ANSWER.N",
        help="Moment N of a search's answer, e.g. 17.1, instead of camera, from and to.",
    ),
]
_NAMED = re.compile(r"(\d{1,12})\.(\d{1,4})", re.ASCII)
_HINT = "footage search prints the number of each moment"


def footage_asked(
    parts: "Parts", scope: Scope, start: str | None, end: str | None, moment: str | None
) -> tuple[Scope, "AskedTimes"]:
    """Return the scope and the times of what `--camera`, places, `--from`, `--to` or a moment name.

    Args:
        parts: Register, custody log and settings.
        scope: Cameras and places as typed.
        start: The time typed as start.
        end: The time typed as end.
        moment: The moment typed instead of all of these.

    Raises:
        BadInput: Neither all of cameras or places, start and end are given, nor a moment alone; or
            a text is no time.
        NotFound: The custody log has no such answer, or the answer no such moment.
    """
    if moment is None:
        if scope == EVERYWHERE or start is None or end is None:
            raise BadInput(
                "which footage is meant?",
                hint="name --camera or a place, --from and --to, or --moment",
            )
        return scope, times_of(parts, scope, start, end)
    if scope != EVERYWHERE or start or end:
        raise BadInput(
            "--moment names camera and time itself", hint="leave --camera, --from and --to out"
        )
    camera, first, last = _found(parts, moment)
    scope = Scope.parse([camera])
    return scope, times_of(parts, scope, first, last)


def _found(parts: "Parts", moment: str) -> tuple[str, str, str]:
    """Return camera, start and end of a moment as the custody log has them: what was shown."""
    named = _NAMED.fullmatch(moment)
    if named is None:
        raise BadInput(f"not a moment: {moment!r}", hint=f"write it like 17.1; {_HINT}")
    answer, rank = int(named[1]), int(named[2])
    for entry in parts.custody.read(answer):
        if entry.number == answer and entry.action is not Action.SEARCH:
            break
        if entry.action is not Action.SEARCH or entry.what.get("intent") != answer:
            continue
        result = entry.what.get("result")
        ranked = result.get("ranked") if isinstance(result, dict) else None
        if not isinstance(ranked, list) or not 1 <= rank <= len(ranked):
            number = len(ranked) if isinstance(ranked, list) else 0
            raise NotFound(f"answer {answer} has no moment {rank}: it has {number}", hint=_HINT)
        camera, start, end = str(ranked[rank - 1]).split()
        return camera, start, end
    raise NotFound(f"the custody log has no answer {answer}", hint=_HINT)
