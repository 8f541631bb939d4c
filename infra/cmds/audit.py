"""`footage audit`: show the custody log, and check whether the log is whole."""

import sys
from collections import deque
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from evidence.export_format import ExportFormat
from footage.errors import BadInput, Conflict, Refused
from footage.scope import EVERYWHERE
from infra.cmds.options import AsJson, DocumentLanguage, times_of
from infra.cmds.output import counted, emit, local, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from evidence.custody import Entry
    from evidence.custody_acts import Wanted
    from evidence.custody_check import Check
    from footage.instant import Interval
    from infra.wiring import Parts

_NOT_COMPARED: Final = 2
app = typer.Typer(help="The custody log.", no_args_is_help=True)


Person = Annotated[str, typer.Option("--person", "--actor", help="What this person did alone.")]
OfCase = Annotated[str, typer.Option("--case", help="What was done for this case alone.")]
OfAction = Annotated[str, typer.Option("--action", help="Acts of this kind alone, e.g. view.")]
OfCamera = Annotated[
    str,
    typer.Option(
        "--camera", metavar="ID", help="Acts on footage of this camera; of all cameras too."
    ),
]
RecordedFrom = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="Footage recorded from then on.")
]
RecordedTo = Annotated[
    str | None, typer.Option("--to", metavar="TIME", help="Footage recorded until then.")
]
EnteredFrom = Annotated[
    str | None, typer.Option("--entered-from", metavar="TIME", help="Entered from then on.")
]
EnteredTo = Annotated[
    str | None, typer.Option("--entered-to", metavar="TIME", help="Entered until then.")
]


@app.command()
def show(
    last: Annotated[int, typer.Option(min=1, help="How many entries, newest last.")] = 50,
    case: OfCase = "",
    person: Person = "",
    action: OfAction = "",
    camera: OfCamera = "",
    start: RecordedFrom = None,
    end: RecordedTo = None,
    entered_from: EnteredFrom = None,
    entered_to: EnteredTo = None,
    as_json: AsJson = False,
) -> None:
    """Show who did what.

    Searches, views, exports, holds, releases and deletions, with their case and purpose. "Who
    watched camera X from 10 to 11" is --camera X --action view --from --to, by recorded time.
    """
    from evidence.custody_acts import picked
    from footage.action import Phase
    from infra.wiring import wired

    with wired() as parts:
        recorded, entered = (start, end), (entered_from, entered_to)
        wanted = _wanted(parts, person, case, action, camera, recorded=recorded, entered=entered)
        if camera or any(recorded) or any(entered):
            entries = list(deque(picked(parts.custody.read(), wanted), last))
        else:  # each entry says by itself whether it is wanted: what is older is not read
            newest = (
                entry
                for entry in parts.custody.read_back()
                if case in ("", entry.case)
                and person in ("", entry.actor)
                and wanted.action in (None, entry.action)
            )
            entries = list(islice(newest, last))[::-1]
        zone = parts.settings.zone
    if as_json:
        emit([entry.read() for entry in entries])
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
def export(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="New file to write.")],
    form: Annotated[
        ExportFormat,
        typer.Option(
            "--format", help="csv for spreadsheets, jsonl as in the log, pdf for a file on paper."
        ),
    ] = ExportFormat.CSV,
    language: Annotated[
        DocumentLanguage, typer.Option("--language", help="Language of a PDF.")
    ] = DocumentLanguage.ENGLISH,
    case: OfCase = "",
    person: Person = "",
    action: OfAction = "",
    camera: OfCamera = "",
    start: RecordedFrom = None,
    end: RecordedTo = None,
    entered_from: EnteredFrom = None,
    entered_to: EnteredTo = None,
    as_json: AsJson = False,
) -> None:
    """Write entries of the log to a file, the oldest first.

    All entries, or those of the acts wanted. The export itself is entered, and is not in the file.
    A PDF has an act in a row, with its outcome, and 2 000 acts at most.
    """
    import secrets

    from evidence.custody_acts import Counted, entries_before
    from footage import durable
    from footage.action import Action, Deed, Purpose
    from footage.custody import bracket
    from infra.host.private import give_out
    from infra.wiring import wired

    if out.exists():
        raise Conflict(f"{out} is there already", hint="give the name of a new file")
    with wired() as parts:
        recorded, entered = (start, end), (entered_from, entered_to)
        wanted = _wanted(parts, person, case, action, camera, recorded=recorded, entered=entered)
        what = {"format": form.value, **wanted.document()}
        deed = Deed(Action.AUDIT, Purpose(parts.settings.actor), what)
        with bracket(parts.custody, deed) as act, durable.seam(out):
            count = Counted(entries_before(parts.custody, wanted, act.intent))
            part = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
            try:  # so that a part never passes for the whole
                pieces = _pieces(parts, count, form, language, wanted, act.intent)
                _, written = durable.write_chunks(part, pieces)
                durable.publish(part, out)
            finally:
                part.unlink(missing_ok=True)
            act.result |= {"entries": count.number, "bytes": written}
    give_out(out)
    if as_json:
        emit({"file": str(out.absolute()), "entries": count.number, "bytes": written})
    else:
        print(f"entries written to {out}: {count.number}")


def _pieces(
    parts: "Parts",
    entries: "Iterable[Entry]",
    form: ExportFormat,
    language: DocumentLanguage,
    wanted: "Wanted",
    intent: int,
) -> "Iterable[bytes]":
    """Return the pieces of the file; raises BadInput for too many acts of a PDF."""
    from evidence.custody_export import exported
    from evidence.custody_pdf import extract_document, extract_of
    from footage.local_time import time_zone

    if form is not ExportFormat.PDF:
        return exported(entries, form)
    zone, person = time_zone(parts.settings.zone), parts.settings.actor
    made = extract_of(entries, wanted, person, intent, zone)
    document = extract_document(made, language.value)
    return [parts.documents.pdf(document, language.value, parts.clock.now())]


def _wanted(
    parts: "Parts",
    person: str,
    case: str,
    action: str,
    camera: str,
    *,
    recorded: tuple[str | None, str | None],
    entered: tuple[str | None, str | None],
) -> "Wanted":
    """Return the acts wanted; raises BadInput for a text that is no action, camera or time."""
    from evidence.custody_acts import Wanted
    from footage.action import Action
    from footage.ids import camera_id
    from footage.scope import Scope

    if action not in ("", *Action):
        raise BadInput(f"no action {action!r}", hint=f"one of: {', '.join(Action)}")
    scope = Scope.parse([camera] if camera else None)

    def between(start: str | None, end: str | None) -> "Interval | None":
        return times_of(parts, scope, start, end).interval if start or end else None

    return Wanted(
        person=person,
        case=case,
        action=Action(action) if action else None,
        camera=camera_id(camera) if camera else None,
        footage=between(*recorded),
        entered=between(*entered),
    )


@app.command()
def verify(
    first: Annotated[
        int, typer.Option("--from", metavar="N", min=1, help="Begin with entry N: a checkpoint.")
    ] = 1,
    head: Annotated[
        str, typer.Option("--hash", metavar="HASH", help="The hash that entry N is to have.")
    ] = "",
    every: Annotated[
        bool,
        typer.Option(
            "--every",
            help="Compare with every stored checkpoint, not with one a day, with every time stamp, "
            "and the index of cases with every entry.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check the chain of entries against signed checkpoints.

    The checkpoints are those in the object store. With --from only the entries from N on are read,
    and nothing is said of the entries before. A hash noted when the log was checked last proves
    that nothing before N was written anew since. Exit code 1 when an entry was edited, removed,
    swapped or cut off, when the log is not the one that a signed checkpoint stands for, and when
    the register lost the anchor that tells where the log ended; 2 when nothing of this was found,
    and the stored checkpoints could not be read.
    """
    from evidence.custody import Head
    from footage.ledger_objects import custody_log
    from infra.run.stamps_checked import stamp_words, stamps_checked
    from infra.wiring import wired

    with wired() as parts:
        begin = Head(first, head) if first > 1 or head else Head()
        done = parts.custody.check(begin, every=every)
        wrong = parts.custody.mend_index() if every and not done.is_tampered else None
        stamps = stamps_checked(parts, custody_log(parts.ledger.state().log)) if every else None
    if as_json:
        told = {"index_mended": wrong, "time_stamps": stamps.document() if stamps else None}
        emit({**done.document(), **told})
    else:
        for finding in done.findings:
            print(f"line {finding.line}: {finding.kind.value}: {finding.message}")
        print(_verdict(done))
        print(_compared(done))
        for line in stamp_words(stamps) if stamps else ():
            print(line)
        if wrong:
            some = ", ".join(map(str, wrong[:10]))
            print(
                f"the index of cases was wrong of {counted(len(wrong), 'entry')} ({some}): mended"
            )
        for purge_entry, count in sorted(done.purged.items()):
            print(f"entries without their personal part, purged by entry {purge_entry}: {count}")
    if done.is_tampered or done.is_anchor_lost or (stamps and stamps.findings):
        raise typer.Exit(1)
    if not done.is_compared:
        raise typer.Exit(_NOT_COMPARED)


@app.command()
def publish(as_json: AsJson = False) -> None:
    """Extend the custody log's tree and sign a checkpoint now.

    As `footage run` does each minute. A log from before there were checkpoints gets its tree now.
    Exit code 2 where nothing could be signed.
    """
    from infra.run.ledger_upkeep import ensure_keys
    from infra.wiring import wired

    with wired() as parts:
        ensure_keys(parts)
        done = parts.custody_tree().round(at_once=True)
    if as_json:
        note = None if done.checkpoint is None else done.checkpoint.note()
        emit(
            {
                "placed": done.placed,
                "entries": done.size,
                "checkpoint": note,
                "unsigned": done.unsigned,
            }
        )
    else:
        print(f"entries added to the tree: {done.placed}, in all {done.size}")
        print("checkpoint signed" if done.checkpoint else f"not signed: {done.unsigned}")
    if done.checkpoint is None:
        raise typer.Exit(_NOT_COMPARED)


@app.command()
def purge(
    before: Annotated[
        str, typer.Option("--before", metavar="TIME", help="Entered before then; else by rule.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Purge without being asked.")] = False,
    as_json: AsJson = False,
) -> None:
    """Purge who acted and what was searched for of old entries.

    For good; the entries stay, and chain and checkpoints stand as before. The rule is the setting
    `retention.custody_personal`, by which it is also done daily. Entries of open cases keep theirs.
    The purge itself is entered, and each purged entry names it. Copies and backups are not reached.
    """
    from footage.action import Purpose
    from infra.wiring import wired

    with wired() as parts:
        kept = parts.settings.retention.custody_personal
        if before:
            until = times_of(parts, EVERYWHERE, None, before).interval.end
            rule = f"before {until}, by hand"
        elif kept:
            until, rule = parts.clock.now() - kept, f"retention.custody_personal = {kept}"
        else:
            hint = "set retention.custody_personal, or give --before TIME"
            raise BadInput("no rule says what is old", hint=hint)
        work = parts.personal_purge(until)
        planned = work.planned()
        told = f"entries to purge of their personal part: {planned.entries}, entered before {until}"
        print(told, file=sys.stderr)
        if planned.entries and not yes:
            if not sys.stdin.isatty():
                raise Refused("nothing was purged: nobody is there to be asked", hint="give --yes")
            if not typer.confirm("Purge for good?", err=True):
                raise Refused("nothing was purged")
        done = work.run(Purpose(parts.settings.actor), rule)
    if as_json:
        emit(done.document())
        return
    by = f", by entry {done.entry}" if done.entry else ""
    print(f"entries purged: {done.entries}{by}")
    if done.kept:
        print(f"entries that keep theirs, of open cases: {done.kept}")
    if done.older:
        print(f"entries of the first version, which nothing can be purged of: {done.older}")


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


def _compared(done: "Check") -> str:
    """Summary of the stored checkpoints, in a line."""
    told = done.published
    if told is None or not (told.trouble or told.at):
        return "no checkpoint yet: `footage run` signs one each minute, or footage audit publish"
    if told.trouble:
        return f"NOT COMPARED with checkpoints: {told.trouble}"
    if told.stored is None:
        which = "the first and one a day" if done.first == 1 else "one a day since that entry"
        said = f"compared with {counted(told.compared, 'checkpoint')}, {which}"
    else:
        said = f"compared with {told.compared} of {counted(told.stored, 'stored checkpoint')}"
    since = f"checkpoints stand since {told.since}, from entry {told.since_entries} on"
    return f"{said}, the newest of {told.at} for {told.entries} entries; {since}"
