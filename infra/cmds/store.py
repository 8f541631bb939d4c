"""`footage store`: what the object store really guarantees."""

from typing import TYPE_CHECKING, Annotated

import typer

from infra.cmds.options import AsJson
from infra.cmds.output import emit, table

if TYPE_CHECKING:
    from footage.ports import Guarantees

app = typer.Typer(help="The object store, which keeps segments.", no_args_is_help=True)


@app.callback()
def store() -> None:
    """Keep `probe` a subcommand: of a lone one Typer makes the command itself."""


@app.command()
def probe(
    report: Annotated[
        bool, typer.Option("--report", help="Print a table in Markdown, for a file.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Try what the store guarantees, on scratch objects.

    Some ten seconds on a server; recorded as `footage doctor` records.
    """
    from infra.wiring import wired

    with wired() as parts:
        seen = parts.guarantees.renew()
        kind = parts.settings.store.kind
    found = seen.guarantees
    if as_json:
        emit(seen.document(kind))
    elif report:
        print("\n".join(markdown(found)))
    else:
        table(f"what the {kind} store guarantees", ("tried", "outcome"), rows(found))


def rows(found: "Guarantees") -> list[tuple[str, str]]:
    """Table of trials and results, and the consequence for holds."""
    tried = [one.partition(": ") for one in found.findings]
    return [
        *((what, outcome) for what, _, outcome in tried),
        ("so a hold is kept by", found.hold_strength.value),
    ]


def markdown(found: "Guarantees") -> list[str]:
    """The rows as the lines of a table in Markdown."""
    lines = [f"| {what} | {outcome} |" for what, outcome in rows(found)]
    return ["| tried | outcome |", "|---|---|", *lines]
