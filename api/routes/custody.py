"""Routes that read, check and export the custody log."""

from contextlib import ExitStack
from http import HTTPStatus
from itertools import islice
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Response

from api.auth import Asking
from api.bodies.custody import ActsOut, EntriesOut, VerifyIn
from api.bodies.jobs import IdempotencyKey, JobOut, sent_as
from api.bodies.wire import TIME_TEXT, Id, plain
from api.deps import MOST_PAGE, PageLimit, Ready, accepted, asked_interval
from api.rules import rule
from api.viewing import ViewStream
from evidence.custody import Head
from evidence.custody_acts import Counted, Wanted, entries_before, page
from evidence.custody_export import exported
from evidence.custody_pdf import extract_document, extract_of
from evidence.export_format import ExportFormat
from footage.access import Permission
from footage.action import Action, Deed, Purpose
from footage.custody import bracket
from footage.ids import camera_id
from footage.instant import Interval
from footage.local_time import time_zone
from footage.scope import Scope

router = APIRouter(tags=["custody"])

_READ: Final = rule(
    Permission.READ_CUSTODY,
    everywhere=True,
    because="the log about the log would grow by being read",
)
_MOST_ENTRIES: Final = 1_000
_TYPES: Final = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSON_LINES: "application/jsonl",
    ExportFormat.PDF: "application/pdf",
}
_Time = Annotated[str | None, Query(**plain(100), description=TIME_TEXT)]
_Cursor = Annotated[int, Query(ge=1, le=1 << 53, description="`next_cursor`.")]


def _wanted(
    services: Ready,
    *,
    person: Annotated[str, Query(**plain(64), description="Whoever acted.")] = "",
    case: Annotated[str, Query(**plain(200))] = "",
    action: Action | None = None,
    camera: Annotated[
        Id | None,
        Query(description="Camera whose footage it was about; acts on all cameras count too."),
    ] = None,
    footage_from: Annotated[_Time, Query(description="Start of the recorded time.")] = None,
    footage_to: Annotated[_Time, Query(description="End of the recorded time.")] = None,
    entered_from: Annotated[_Time, Query(description="Start of the time of entering.")] = None,
    entered_to: Annotated[_Time, Query(description="End of the time of entering.")] = None,
) -> Wanted:
    scope = Scope.parse([camera] if camera else None)

    def between(start: str | None, end: str | None) -> Interval | None:
        return asked_interval(services, scope, start, end) if start or end else None

    return Wanted(
        person=person,
        case=case,
        action=action,
        camera=camera_id(camera) if camera else None,
        footage=between(footage_from, footage_to),
        entered=between(entered_from, entered_to),
    )


_ActsWanted = Annotated[Wanted, Depends(_wanted)]


@router.get("/custody", operation_id="list_acts", **_READ)
def list_acts(
    services: Ready, wanted: _ActsWanted, *, after: _Cursor = 1, limit: PageLimit = MOST_PAGE
) -> ActsOut:
    """List who searched, watched, exported, held, released or changed what, for which case."""
    return ActsOut.of(page(services.log, wanted, first=after, limit=limit))


@router.get("/custody/entries", operation_id="list_entries", **_READ)
def list_entries(
    services: Ready,
    *,
    after: _Cursor = 1,
    limit: Annotated[int, Query(ge=1, le=_MOST_ENTRIES)] = MOST_PAGE,
) -> EntriesOut:
    """List the entries of the custody log in order, with the fields of the hash chain."""
    return EntriesOut.of(list(islice(services.log.read(after), limit + 1)), limit)


@router.post(
    "/custody/verify", operation_id="verify_custody", status_code=HTTPStatus.ACCEPTED, **_READ
)
def verify_custody(
    services: Ready, caller: Asking, response: Response, asked: VerifyIn, key: IdempotencyKey = ""
) -> JobOut:
    """Check the chain of entries as a job; a log that is not whole is told by the job's result."""
    checkpoint = Head(asked.first, asked.hash)
    purpose = Purpose(caller.person.id)
    job = services.audit.ask_verify(checkpoint, purpose, sent_as(asked, key))
    return JobOut.of(accepted(response, job), services.exports.kept_until(job))


@router.get(
    "/custody/export",
    operation_id="export_custody",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}, "application/jsonl": {}, "application/pdf": {}}}},
    **rule(Permission.READ_CUSTODY, everywhere=True, enters=Action.AUDIT),
)
def export_custody(
    services: Ready,
    caller: Asking,
    wanted: _ActsWanted,
    form: Annotated[ExportFormat, Query(alias="format")] = ExportFormat.CSV,
    language: Annotated[Literal["en", "ur"], Query(description="Language of a PDF.")] = "en",
) -> Response:
    """Give out entries of the log as a file, the oldest first; the export is entered itself.

    All entries up to the export's own, or those of the acts wanted: each intent with its outcome.
    JSON lines are the lines of the log byte for byte. In CSV a cell that a spreadsheet would take
    for a formula begins with an apostrophe. A PDF has an act in a row, with its outcome, and 2 000
    acts at most. A connection that breaks off gave a part alone.
    """
    what = {"format": form.value, **wanted.document()}
    with ExitStack() as view:
        deed = Deed(Action.AUDIT, Purpose(caller.person.id), what)
        act = view.enter_context(bracket(services.custody, deed))
        entries = Counted(entries_before(services.log, wanted, act.intent))
        view.callback(lambda: act.result.update(entries=entries.number))
        if form is ExportFormat.PDF:
            zone = time_zone(services.zone)
            made = extract_of(entries, wanted, caller.person.id, act.intent, zone)
            document = extract_document(made, language)
            pieces = iter([services.documents().pdf(document, language, services.clock.now())])
        else:
            pieces = exported(entries, form)
        return ViewStream(
            view,
            act,
            pieces,
            status=HTTPStatus.OK,
            headers={
                "Content-Type": _TYPES[form],
                "Content-Disposition": f'attachment; filename="custody-{act.intent}.{form.value}"',
            },
        )
