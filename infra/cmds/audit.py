"""`footage audit`: show the custody log, and check whether the log is whole."""

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cmds.options import AsJson
from infra.cmds.output import emit, local, printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.custody.custody_file import Check

app = typer.Typer(help="The custody log.", no_args_is_help=True)


@app.command()
def show(
    last: Annotated[int, typer.Option(min=1, help="How many entries, newest last.")] = 50,
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
        wanted = (
            entry
            for entry in parts.custody.read_back()
            if case in ("", entry.case) and actor in ("", entry.actor)
        )
        entries = list(islice(wanted, last))[::-1]
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
    return ", ".join(
        f"{key}={value}" for key, value in flat.items() if value not in ([], "", {}, None)
    )


@app.command()
def verify(
    first: Annotated[
        int, typer.Option("--from", metavar="N", min=1, help="Begin with entry N: a checkpoint.")
    ] = 1,
    head: Annotated[
        str, typer.Option("--hash", metavar="HASH", help="The hash that entry N is to have.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Check the chain of entries.

    With --from only the entries from N on are read, and nothing is said of the entries before. A
    hash noted when the log was checked last proves that nothing before N was written anew since.
    Exit code 1 when an entry was edited, removed, swapped or cut off, and when the register lost
    the anchor that tells where the log ended.
    """
    from evidence.custody import Head
    from infra.wiring import wired

    with wired() as parts:
        done = parts.custody.check(Head(first, head) if first > 1 or head else Head())
    if as_json:
        emit(
            {
                "entries": done.anchor.count,
                "head": done.anchor.hash,
                "from": done.first,
                "whole": not (done.is_tampered or done.is_anchor_lost),
                "anchored": not done.is_anchor_lost,
                "findings": [
                    {"kind": f.kind.value, "line": f.line, "message": f.message}
                    for f in done.findings
                ],
            }
        )
    else:
        for finding in done.findings:
            print(f"line {finding.line}: {finding.kind.value}: {finding.message}")
        print(_verdict(done))
    if done.is_tampered or done.is_anchor_lost:
        raise typer.Exit(1)


def _verdict(done: "Check") -> str:
    """The outcome of a check in a line, with what was looked at (invariant 11)."""
    if done.is_anchor_lost and not done.is_tampered:
        return (
            "no line was altered, but the register holds no anchor: it was lost, or the settings "
            "name another (footage restore FOLDER)"
        )
    ends = f"{done.anchor.count} entries, head {done.anchor.hash}"
    if done.first == 1:
        return f"{ends}: {'NOT WHOLE' if done.is_tampered else 'the chain is whole'}"
    state = "NOT WHOLE" if done.is_tampered else "the chain is whole"
    return f"{ends}: from entry {done.first} on {state}; entries before it were not looked at"
