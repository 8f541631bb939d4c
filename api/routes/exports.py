"""Routes that export footage: ask for a bundle, and fetch the bundle."""

from contextlib import ExitStack
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.auth import Asking
from api.bodies.jobs import (
    ExportIn,
    ExportVerifyIn,
    IdempotencyKey,
    JobOut,
    JobText,
    sent_as,
)
from api.bundle_zip import zip_of
from api.deps import For, Ready, Services, accepted, asked_interval
from api.exports import ExportRequest
from api.job_kinds import EXPORT
from api.people.sign_in import Caller
from api.rules import Reaching, rule
from api.viewing import ViewStream, checked
from footage.access import Permission, Reach
from footage.action import Action, Deed, Purpose
from footage.custody import bracket
from footage.errors import NotFound, NotPermitted
from footage.ids import JobId, camera_id
from footage.job import Job

router = APIRouter(tags=["exports"])


@router.post(
    "/exports",
    operation_id="export",
    status_code=HTTPStatus.ACCEPTED,
    **rule(Permission.EXPORT, enters=Action.EXPORT),
)
def export(
    services: Ready,
    caller: Asking,
    reach: Reaching,
    response: Response,
    asked: ExportIn,
    key: IdempotencyKey = "",
) -> JobOut:
    """Ask for an export of all footage of some cameras or places in an interval, as a job.

    The whole must lie in reach. The export is entered in the custody log when the job runs.
    Where the settings ask for a second person, the answer is a problem `approval-required` with the
    number of the request, which is entered; approved, the same again makes the job.
    """
    interval = asked_interval(services, asked.scope, asked.start, asked.end)
    job = services.exports.ask(
        ExportRequest(
            tuple(map(camera_id, asked.cameras)),
            interval,
            asked.originals,
            places=replace(asked.scope, cameras=frozenset()),
            recipient=asked.recipient,
            authority=asked.authority,
            recipient_kind=asked.recipient_kind,
        ),
        Purpose(caller.person.id, asked.case, asked.purpose),
        reach,
        sent_as(asked, key),
    )
    return JobOut.of(accepted(response, job), services.exports.kept_until(job))


@router.get(
    "/exports/{job}/bundle.zip",
    operation_id="download_bundle",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}}},
    **rule(Permission.EXPORT, enters=Action.EXPORT),
)
def download_bundle(
    services: Ready,
    caller: Asking,
    reach: Reaching,
    purpose: For,
    job: Annotated[JobText, Path()],
) -> Response:
    """Return a bundle as a zip file; each download is entered as an export (invariant 7).

    For whoever may export all that the bundle holds, and act for the job's case. Case and purpose
    are those of the job unless given. To others than the person who asked, a bundle out of reach,
    or of a case of which the caller is no member, is told as no job.
    """
    found, request = _admitted(services, caller, reach, job)
    what = {
        "job": found.id,
        "bundle": found.result.get("bundle", ""),
        "cameras": list(request.cameras),
        "start": request.interval.start,
        "end": request.interval.end,
    }
    given = Purpose(
        purpose.actor, purpose.case or found.purpose.case, purpose.code or found.purpose.code
    )
    with ExitStack() as view:
        act = view.enter_context(bracket(services.custody, Deed(Action.EXPORT, given, what)))
        request.require_reach(services.register, reach)
        folder = services.exports.bundle(found)
        name = f"bundle-{found.result['bundle']}"
        size, chunks = zip_of(folder, name)
        act.result["of_bytes"] = size
        return ViewStream(
            view,
            act,
            checked(chunks, lambda: _require_still(services, caller, found)),
            status=HTTPStatus.OK,
            headers={
                "Content-Type": "application/zip",
                "Content-Length": str(size),
                "Content-Disposition": f'attachment; filename="{name}.zip"',
            },
        )


@router.post(
    "/exports/{job}/verify",
    operation_id="verify_export",
    status_code=HTTPStatus.ACCEPTED,
    **rule(Permission.EXPORT, because="a check of a bundle shows no footage"),
)
def verify_export(
    services: Ready,
    caller: Asking,
    reach: Reaching,
    response: Response,
    job: Annotated[JobText, Path()],
    *,
    asked: ExportVerifyIn,
    key: IdempotencyKey = "",
) -> JobOut:
    """Check the bundle that an export made, as a job, with the verifier that the bundle holds.

    For whom the bundle is for. The manifest is compared with the custody log as well.
    """
    export, request = _admitted(services, caller, reach, job)
    request.require_reach(services.register, reach)
    purpose = replace(export.purpose, actor=caller.person.id)
    made = services.export_checks.ask(export, purpose, sent_as(asked, key, job))
    return JobOut.of(accepted(response, made), services.exports.kept_until(made))


def _admitted(
    services: Services, caller: Caller, reach: Reach, job: str
) -> tuple[Job, ExportRequest]:
    """Return an export and what was asked for, to whoever may act for the export's case.

    Raises:
        NotFound: There is no such export; or the export is another person's, and the footage out of
            reach or the caller no member of the case.
        NotPermitted: The caller's own export is of a case of which the caller is no member.
        Refused: The case is closed.
    """
    found = services.jobs.job(JobId(job))
    if found.kind != EXPORT:
        raise _no_job(job)
    request = ExportRequest.of(found)
    own = found.person == caller.person.id
    try:
        if not own:
            request.require_reach(services.register, reach)
        services.exports.require_admitted(found, caller.person.id)
    except NotPermitted:
        if own:
            raise
        raise _no_job(job) from None
    return found, request


def _no_job(job: str) -> NotFound:
    return NotFound(f"no job {job}", hint="GET /api/v1/jobs lists the jobs")


def _require_still(services: Services, caller: Caller, job: Job) -> None:
    """Refuse whoever may not have a bundle any more.

    Raises:
        NotPermitted: The session or token counts no more, the grants do not reach the footage, or
            the person is no member of the job's case.
        Refused: The case is closed.
    """
    if not services.sign_in.counts(caller):
        raise NotPermitted(f"{caller.person.id} is signed in no more")
    services.exports.require_permitted(caller.person.id, ExportRequest.of(job))
    services.exports.require_admitted(job, caller.person.id)
