"""Footage as typed, or by `--moment ANSWER.N` as the custody entry of a search's answer has it."""

from typing import TYPE_CHECKING, Annotated

import typer

from evidence.answers import moment_of
from footage.errors import BadInput
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
    found = moment_of(parts.custody, moment)
    scope = Scope.parse([found.camera])
    return scope, times_of(parts, scope, found.start, found.end)
