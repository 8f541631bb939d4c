"""Command-line options shared by several commands, and parsing of option values."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footage.asked_times import AskedTimes, asked_times
from footage.scope import Scope
from infra.cmds.output import printable

if TYPE_CHECKING:
    from footage.action import Purpose
    from infra.wiring import Parts


class DocumentLanguage(StrEnum):
    """Languages of documents and films for people."""

    ENGLISH = "en"
    URDU = "ur"


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Cameras = Annotated[
    list[str] | None, typer.Option("--camera", metavar="ID", help="Camera; may be repeated.")
]
Sites = Annotated[
    list[str] | None, typer.Option("--site", metavar="ID", help="Site; may be repeated.")
]
Districts = Annotated[
    list[str] | None, typer.Option("--district", metavar="ID", help="District; may be repeated.")
]
Near = Annotated[
    str | None, typer.Option("--near", metavar="LAT,LON,METRES", help="Cameras within a circle.")
]
_FROM = typer.Option(
    "--from", metavar="TIME", help="Start: '2026-11-22 20:08', 'yesterday 18:00', '2h ago'."
)
_TO = typer.Option("--to", metavar="TIME", help="End (not included), likewise.")
From = Annotated[str | None, _FROM]
To = Annotated[str | None, _TO]
Case = Annotated[str, typer.Option("--case", metavar="REF", help="Case the action belongs to.")]
PurposeCode = Annotated[
    str, typer.Option("--purpose", metavar="CODE", help="Purpose code, e.g. theft.")
]
OutFolder = Annotated[Path, typer.Option("--out", help="New folder to write.")]


def acting(parts: "Parts", case: str, code: str) -> "Purpose":
    """The actor of this machine, acting for the case and purpose of `--case` and `--purpose`.

    Where cases are opened here and the reference is none of theirs, a line on standard error says
    so: the act counts, and may be a slip of the pen.
    """
    from footage.action import Purpose

    free = case and not parts.settings.cases.must_be_open
    if free and parts.cases.of_reference(case) is None and parts.cases.cases(limit=1):
        print(f"case {printable(case)} is not opened here: footage case list", file=sys.stderr)
    return Purpose(parts.settings.actor, case, code)


def times_of(parts: "Parts", scope: Scope, start: str | None, end: str | None) -> AskedTimes:
    """The interval of `--from` (absent: a day before the end) and `--to` (absent: now).

    Raises:
        BadInput: A text is no time, or the end is not after the start.
    """
    return asked_times(
        parts.register, scope, start, end, default=parts.settings.zone, now=parts.clock.now()
    )
