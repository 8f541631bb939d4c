"""Footage as typed, or by `--moment ANSWER.N` as the custody entry of a search's answer has it."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from footage.action import Action, Phase
from footage.errors import BadInput, NotFound
from footage.scope import EVERYWHERE, Scope
from infra.cmds.options import times_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evidence.custody import Entry
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
    """Return camera, start and end of a moment, read from the custody log: what was shown."""
    named = _NAMED.fullmatch(moment)
    if named is None:
        raise BadInput(f"not a moment: {moment!r}", hint=f"write it like 17.1; {_HINT}")
    answer, rank = int(named[1]), int(named[2])
    ranked = _ranked(parts.custody.read(answer), answer)
    if not 1 <= rank <= len(ranked):
        raise NotFound(f"answer {answer} has no moment {rank}: it has {len(ranked)}", hint=_HINT)
    camera, start, end = ranked[rank - 1].split()
    return camera, start, end


def _ranked(entries: "Iterator[Entry]", answer: int) -> list[str]:
    """Return the moments of an answer by rank; none of a search that failed.

    Entries are read from the intent to the outcome, and to the end of the log only for a search
    whose process died.

    Raises:
        NotFound: No search was entered under the number `answer`, or the search never ended.
    """
    asked = next(entries, None)
    if asked is None or (asked.action, asked.phase) != (Action.SEARCH, Phase.INTENT):
        raise NotFound(f"the custody log has no answer {answer}", hint=_HINT)
    for entry in entries:
        if entry.phase is Phase.OUTCOME and entry.what.get("intent") == answer:
            result = entry.what.get("result")
            ranked = result.get("ranked") if isinstance(result, dict) else None
            return list(map(str, ranked)) if isinstance(ranked, list) else []
    raise NotFound(f"search {answer} never ended, and has no answer", hint=_HINT)
