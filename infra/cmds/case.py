"""`footage case`: cases, members, exhibits, and notes in versions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from footage.case import CaseState
from footage.errors import BadInput
from infra.cmds import case_view
from infra.cmds.moment import Moment
from infra.cmds.options import AsJson, Cameras, From, To, times_of
from infra.cmds.output import counted, emit, printable

if TYPE_CHECKING:
    from evidence.cases import Asker, Wanted
    from footage.case import Case, Exhibit
    from infra.wiring import Parts

Reference = Annotated[str, typer.Argument(metavar="REF", help="Reference of the case.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Account name.")]
Reason = Annotated[str, typer.Option(help="Why.")]
Label = Annotated[str, typer.Option(help="Label of the exhibit, one line.")]
Note = Annotated[str, typer.Option(help="Note, of any number of lines.")]
Number = Annotated[
    int, typer.Option("--exhibit", metavar="N", min=0, help="The exhibit; else the case itself.")
]

app = typer.Typer(help="Cases: members, exhibits, and notes in versions.", no_args_is_help=True)
member = typer.Typer(help="Members of a case.", no_args_is_help=True)
exhibit = typer.Typer(help="Exhibits of a case.", no_args_is_help=True)
app.add_typer(member, name="member")
app.add_typer(exhibit, name="exhibit")


@app.command("open")
def open_(
    reference: Reference,
    purpose: Annotated[str, typer.Option(metavar="CODE", help="Purpose code, e.g. theft.")],
    title: Annotated[str, typer.Option(help="Title of the case, one line.")],
    note: Note = "",
    members: Annotated[
        list[str] | None,
        typer.Option("--member", metavar="NAME", help="Account of a member; may be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Open a case.

    You and whom --member names are members. Nobody else acts for the case; by the API
    nobody else sees the case but auditors of everything.
    """
    from infra.wiring import wired

    with wired() as parts:
        others = [_account(parts, name) for name in members or ()]
        case = parts.case_service.open(
            reference, purpose, title, note, parts.settings.actor, members=others
        )
        _tell(parts, case, "opened", as_json=as_json)


@app.command("list")
def list_(
    state: Annotated[CaseState | None, typer.Option(help="Cases in this state only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Most cases.")] = 50,
    after: Annotated[
        str | None, typer.Option(metavar="CASE", help="Id of the last case of the page before.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List cases, the newest first."""
    from api.bodies.cases import CaseLine
    from footage.ids import CaseId
    from infra.wiring import wired

    with wired() as parts:
        before = CaseId(after) if after else None
        found = parts.case_service.listed(
            _asker(parts), state=state, before=before, limit=limit + 1
        )
        zone = parts.settings.zone
    page = found[:limit]
    more = page[-1].id if len(found) > limit else None
    if as_json:
        lines = [CaseLine.of(case).model_dump(mode="json") for case in page]
        emit({"cases": lines, "next_cursor": more})
        return
    case_view.cases_table(page, zone)
    if more:
        print(f"more: footage case list --after {more}")


@app.command()
def show(
    reference: Reference,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Most exhibits.")] = 20,
    after: Annotated[
        int, typer.Option(metavar="N", min=0, help="Exhibits behind this one only.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Show a case with its exhibits, and what of them is held now.

    Of what is not held: when a policy deletes it, and the command that holds it.
    """
    from api.bodies.cases import CaseOut, ExhibitOut
    from footage.local_time import time_zone
    from infra.wiring import wired

    with wired() as parts:
        case = _case(parts, reference)
        members, papers = parts.cases.members(case.id), parts.cases.documents(case.id)
        found = parts.cases.exhibits(case.id, after=after, limit=limit + 1)
        page = found[:limit]
        keeping = parts.outlook.of([(one.cameras, one.interval) for one in page], parts.clock.now())
        zone = time_zone(parts.settings.zone)
    more = page[-1].number if len(found) > limit else None
    shown = list(zip(page, keeping, strict=True))
    if as_json:
        told = [ExhibitOut.of(case, *one).model_dump(mode="json", by_alias=True) for one in shown]
        document = CaseOut.whole(case, members, papers).model_dump(mode="json", by_alias=True)
        emit({"case": document, "exhibits": told, "next_cursor": more})
        return
    for line in case_view.case_lines(case, members, papers, zone):
        print(printable(line))
    for one, prospects in shown:
        for line in case_view.exhibit_lines(case, one, prospects, zone):
            print(printable(line))
    if more:
        print(f"more: footage case show {case_view.quoted(case)} --after {more}")


@app.command()
def close(reference: Reference, reason: Reason, as_json: AsJson = False) -> None:
    """Close a case.

    Nothing is searched, played, held or exported for the case any more, and no exhibit or note
    is added. Its holds stand: the answer names them, and a request proposes their release, which
    another person decides (footage requests).
    """
    _turn(reference, CaseState.CLOSED, reason, as_json=as_json)


@app.command()
def release(reference: Reference, as_json: AsJson = False) -> None:
    """Release all holds of a closed case, once approved.

    Two persons decide, whatever the settings say: a first call enters a request, or finds that of
    the closing; the same call releases once another person approved it.
    """
    from infra.wiring import wired

    with wired() as parts:
        case = _case(parts, reference)
        parts.in_force.settings(parts.settings)  # nobody switches four eyes off unseen
        released = parts.case_releases.release(case, parts.settings.actor)
    if as_json:
        emit(
            {
                "released": [
                    {
                        "hold": one.hold.id,
                        "segments": one.segments,
                        "still_held": one.still_held,
                        "marks": "pending" if one.marks_pending else "done",
                    }
                    for one in released
                ]
            }
        )
        return
    for one in released:
        print(f"{one.hold.id} released")
    if not released:
        print(printable(f"no hold of the case {case.reference} stands"))


@app.command()
def reopen(reference: Reference, reason: Reason, as_json: AsJson = False) -> None:
    """Open a closed case again; its exhibits are held again."""
    _turn(reference, CaseState.OPEN, reason, as_json=as_json)


@app.command()
def hold(as_json: AsJson = False) -> None:
    """Hold the exhibits of open cases that have no hold.

    An exhibit is held when it is added. This is for exhibits that an earlier version added; the
    daily retention does the same before it deletes anything. An exhibit whose hold somebody
    released is left as it is, until the case is reopened.
    """
    from infra.wiring import wired

    with wired() as parts:
        held = parts.exhibit_holds.mend()
    if as_json:
        emit({"held": held})
    else:
        print(f"{counted(held, 'exhibit')} had no hold, and have one now" if held else "all held")


@app.command()
def note(
    reference: Reference,
    text: Annotated[str, typer.Option(help="The note, in place of the one before.")],
    number: Number = 0,
    title: Annotated[
        str, typer.Option("--title", "--label", help="Title or label; else as before.")
    ] = "",
    was: Annotated[
        int,
        typer.Option("--was", metavar="VERSION", help="Refuse if the version is another by now."),
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Write a note about a case or an exhibit.

    What was written before stays as an earlier version: footage case history.
    """
    from infra.wiring import wired

    with wired() as parts:
        case, by = _case(parts, reference), parts.settings.actor
        if number:
            known = parts.cases.exhibit(case.id, number)
            done = parts.case_service.write(
                case, known, was or known.words.version, title or known.words.title, text, by
            )
            _tell_exhibit(parts, case, done, "described", as_json=as_json)
            return
        described = parts.case_service.describe(
            case, was or case.version, title or case.words.title, text, by
        )
        _tell(parts, described, "described", as_json=as_json)


@app.command()
def history(
    reference: Reference,
    number: Number = 0,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Most versions.")] = 50,
    before: Annotated[
        int | None, typer.Option(metavar="VERSION", min=1, help="Earlier versions only.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what was ever written about a case or an exhibit.

    The newest version comes first.
    """
    from api.bodies.cases import WordsOut
    from footage.local_time import time_zone
    from infra.wiring import wired

    with wired() as parts:
        case = _case(parts, reference)
        found = parts.cases.versions(case.id, number, before=before, limit=limit + 1)
        zone = time_zone(parts.settings.zone)
    page = found[:limit]
    more = page[-1].version if len(found) > limit else None
    if as_json:
        told = [WordsOut.of(words).model_dump(mode="json") for words in page]
        emit({"versions": told, "next_cursor": more})
        return
    for words in page:
        for line in case_view.words_lines(words, zone):
            print(printable(line))
    if more:
        print(f"earlier: --before {more}")


@app.command()
def bookmark(
    reference: Reference,
    camera: Annotated[str, typer.Argument(metavar="CAMERA", help="Camera.")],
    instant: Annotated[
        str, typer.Option("--at", metavar="TIME", help="Instant: '2026-11-22 20:08:23.5'.")
    ],
    label: Label,
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Add an instant of a camera to a case, and hold it."""
    from evidence.cases import bookmark as bookmark_of
    from footage.scope import Scope
    from infra.wiring import wired

    with wired() as parts:
        scope = Scope.parse([camera])
        wanted = bookmark_of(
            parts.register.camera(*scope.cameras).id,
            times_of(parts, scope, None, instant).interval.end,
        )
        _add(parts, reference, wanted, (label, note), as_json=as_json)


@app.command()
def document(
    reference: Reference,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Scan of the order.")],
    authority: Annotated[str, typer.Option(help="Whose, e.g. 'Sessions Court, order 14/2026'.")],
    as_json: AsJson = False,
) -> None:
    """Add an authority document; its digest is kept.

    Name, size and SHA-256 of the file are kept and entered in the custody log, the file is not.
    """
    from infra.cmds.paper import paper_of
    from infra.wiring import wired

    paper = paper_of(file)
    with wired() as parts:
        case, by = _case(parts, reference), parts.settings.actor
        added = parts.case_service.add_document(case, authority, paper, by)
        _tell(parts, case, f"has document {added.number}: {paper.name}", as_json=as_json)


@exhibit.command("add")
def add_exhibit(
    reference: Reference,
    label: Label,
    start: From = None,
    end: To = None,
    cameras: Cameras = None,
    moment: Moment = None,
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Add an interval of cameras, or a moment of a search, to a case, and hold it."""
    from infra.wiring import wired

    with wired() as parts:
        wanted = _wanted(parts, cameras or [], (start, end), moment)
        _add(parts, reference, wanted, (label, note), as_json=as_json)


@member.command("add")
def add_member(reference: Reference, account: Name, as_json: AsJson = False) -> None:
    """Add a member to a case."""
    from infra.wiring import wired

    with wired() as parts:
        case, person = _case(parts, reference), _account(parts, account)
        done = parts.case_service.add_member(case, person, parts.settings.actor)
        _tell(parts, done, f"has the member {person}", as_json=as_json)


@member.command("remove")
def remove_member(reference: Reference, account: Name, as_json: AsJson = False) -> None:
    """Remove a member from a case; the last one stays."""
    from infra.wiring import wired

    with wired() as parts:
        case = _case(parts, reference)
        done = parts.case_service.remove_member(case, account, parts.settings.actor)
        _tell(parts, done, f"is without {account}", as_json=as_json)


def _turn(reference: str, state: CaseState, reason: str, *, as_json: bool) -> None:
    from infra.wiring import wired

    with wired() as parts:
        case = _case(parts, reference)
        done = parts.case_service.turn(case, case.version, state, reason, parts.settings.actor)
        if state is not CaseState.CLOSED:
            _tell(parts, done, f"is {state.value}", as_json=as_json)
            return
        _tell_closed(parts, done, as_json=as_json)


def _asker(parts: "Parts") -> "Asker":
    """Return the person at this machine, who sees and changes all cases (docs/access.md)."""
    from evidence.cases import Asker

    return Asker(parts.settings.actor, sees_all=True)


def _case(parts: "Parts", reference: str) -> "Case":
    return parts.case_service.of_reference(reference, _asker(parts))


def _account(parts: "Parts", name: str) -> str:
    """Return the account of a member to be.

    Raises:
        BadInput: The text is no account name.
        NotFound: There is no such account; the actor of this machine needs none.
    """
    from footage.access import person_id

    return name if name == parts.settings.actor else parts.accounts.person(person_id(name)).id


def _wanted(
    parts: "Parts",
    cameras: list[str],
    times: tuple[str | None, str | None],
    moment: str | None,
) -> "Wanted":
    from evidence.cases import found_moment, stretch
    from footage.scope import Scope

    start, end = times
    if moment is not None:
        if cameras or start or end:
            raise BadInput(
                "--moment names camera and time itself", hint="leave --camera, --from and --to out"
            )
        return found_moment(parts.custody, parts.catalogue, moment, None)
    if not cameras or start is None or end is None:
        raise BadInput(
            "which footage is meant?", hint="name --camera, --from and --to, or --moment"
        )
    scope = Scope.parse(cameras)
    known = [parts.register.camera(camera).id for camera in sorted(scope.cameras)]
    return stretch(known, times_of(parts, scope, start, end).interval)


def _add(
    parts: "Parts", reference: str, wanted: "Wanted", words: tuple[str, str], *, as_json: bool
) -> None:
    case = _case(parts, reference)
    added = parts.case_service.add_exhibit(case, wanted, *words, parts.settings.actor)
    _tell_exhibit(parts, case, added, "added", as_json=as_json)


def _tell(parts: "Parts", case: "Case", done: str, *, as_json: bool) -> None:
    """Print a case as JSON, or what was done as a line."""
    if as_json:
        emit(_whole(parts, case))
    else:
        print(printable(f"case {case.reference} {done}"))


def _whole(parts: "Parts", case: "Case") -> dict[str, Any]:
    """Return a case whole, as JSON."""
    from api.bodies.cases import CaseOut

    members, papers = parts.cases.members(case.id), parts.cases.documents(case.id)
    return CaseOut.whole(case, members, papers).model_dump(mode="json")


def _tell_closed(parts: "Parts", case: "Case", *, as_json: bool) -> None:
    """Print a case that was closed, its holds that stand, and the request for their release."""
    from footage.errors import NotPermitted

    standing = [hold.id for hold in parts.case_releases.standing(case)]
    why = ""
    try:
        request = parts.case_releases.propose(case, parts.settings.actor)
    except NotPermitted as exc:  # closed from the machine by somebody who is no member
        request, why = None, str(exc)
    if as_json:
        told = _whole(parts, case)
        number = request.number if request else None
        emit({**told, "proposed_releases": standing, "request": number, "no_request": why})
        return
    print(printable(f"case {case.reference} is {case.state.value}"))
    for hold in standing:
        print(printable(f"still held: {hold}"))
    if request:
        print(f"request {request.number} proposes their release; nothing is released before")
        print(f"another person: footage requests approve {request.number}")
        print(f"then you: footage case release {case_view.quoted(case)}")
    elif why:
        print(printable(f"their release is not proposed: {why}"))


def _tell_exhibit(
    parts: "Parts", case: "Case", known: "Exhibit", done: str, *, as_json: bool
) -> None:
    """Print an exhibit as JSON, or what was done and what is held of the exhibit as lines."""
    from api.bodies.cases import ExhibitOut
    from footage.local_time import time_zone

    (keeping,) = parts.outlook.of([(known.cameras, known.interval)], parts.clock.now())
    if as_json:
        told = ExhibitOut.of(case, known, keeping)
        emit(told.model_dump(mode="json", by_alias=True))
        return
    print(printable(f"exhibit {known.number} of case {case.reference} {done}"))
    zone = time_zone(parts.settings.zone)
    for line in case_view.exhibit_lines(case, known, keeping, zone):
        print(printable(line))
