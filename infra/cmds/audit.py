"""`footage audit`: show the custody log, and check whether the log is whole."""

from collections import deque
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cmds.options import AsJson
from infra.cmds.output import emit, local, printable

if TYPE_CHECKING:
    from collections.abc import Mapping

app = typer.Typer(help="The custody log.", no_args_is_help=True)


@app.command()
def show(
    last: Annotated[int, typer.Option(help="How many entries, newest last.")] = 50,
    case: Annotated[str, typer.Option("--case", help="Entries of this case only.")] = "",
    actor: Annotated[str, typer.Option("--actor", help="Entries of this person only.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show who did what.

    Searches, views, exports, holds, releases and deletions, with their case and purpose.
    """
    from footage.action import Phase
    from infra.wiring import wired

    with wired() as parts:
        entries = deque(
            (
                entry
                for entry in parts.custody.read()
                if case in ("", entry.case) and actor in ("", entry.actor)
            ),
            maxlen=last,
        )
        zone = parts.settings.zone
    if as_json:
        emit([entry.document() for entry in entries])
        return
    for entry in entries:
        phase = "will" if entry.phase is Phase.INTENT else "did"
        purpose = f" for {entry.case} ({entry.code})" if entry.case else ""
        action = f"{entry.actor} {phase} {entry.action.value}{purpose}: {_facts(entry.what)}"
        print(f"{entry.number:>5}  {local(entry.instant, zone)}  {printable(action)}")


def _facts(what: "Mapping[str, object]") -> str:
    """The facts of a custody entry in a line of text; empty values are left out."""
    flat = dict(what)
    result = flat.pop("result", {})
    if isinstance(result, dict):
        flat |= result
    return ", ".join(f"{key}={value}" for key, value in flat.items() if value not in ([], "", {}))


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Check the chain of entries.

    Exit code 1 when an entry was edited, removed, swapped or cut off.
    """
    from infra.wiring import wired

    with wired() as parts:
        findings = parts.custody.verify()
        count, head = parts.register.custody_head()
    tampered = [finding for finding in findings if finding.kind.proves_tampering]
    if as_json:
        emit(
            {
                "entries": count,
                "head": head,
                "whole": not tampered,
                "findings": [
                    {"kind": f.kind.value, "line": f.line, "message": f.message} for f in findings
                ],
            }
        )
    else:
        for finding in findings:
            print(f"line {finding.line}: {finding.kind.value}: {finding.message}")
        print(f"{count} entries, head {head}: {'NOT WHOLE' if tampered else 'the chain is whole'}")
    if tampered:
        raise typer.Exit(1)
