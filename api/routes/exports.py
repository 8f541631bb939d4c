"""Routes that export footage: ask for a bundle, and fetch the bundle."""

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
from api.deps import For, Ready, Services, accepted, asked_interval
from api.downloads import admitted, purpose_for, zip_stream
from api.exports import ExportRequest
from api.job_kinds import EXPORT
from api.rules import Reaching, rule
from evidence.redaction import redactions_of
from evidence.views import ViewsAsked
from footage.access import Permission
from footage.action import Action, Deed, Purpose
from footage.asked_times import zone_of
from footage.ids import camera_id

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
            views=_views(services, asked),
        ),
        Purpose(caller.person.id, asked.case, asked.purpose),
        reach,
        sent_as(asked, key),
    )
    return JobOut.of(accepted(response, job), services.exports.kept_until(job))


def _views(services: Services, asked: ExportIn) -> ViewsAsked | None:
    if asked.views is None:
        return None
    zone = zone_of(services.register, asked.scope, services.zone)
    listed = [one.model_dump(by_alias=True) for one in asked.views.redactions]
    redactions = redactions_of(listed, zone, services.clock.now())
    return ViewsAsked(asked.views.language, redactions, alone=asked.views.alone)


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
    found, request = admitted(services, caller, reach, job, EXPORT, ExportRequest.of)
    what = {
        "job": found.id,
        "bundle": found.result.get("bundle", ""),
        "cameras": list(request.cameras),
        "start": request.interval.start,
        "end": request.interval.end,
    }
    deed = Deed(Action.EXPORT, purpose_for(found, purpose), what)
    name = f"bundle-{found.result.get('bundle', '')}"
    return zip_stream(services, caller, reach, found, request, deed=deed, name=name)


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
    export, request = admitted(services, caller, reach, job, EXPORT, ExportRequest.of)
    request.require_reach(services.register, reach)
    purpose = replace(export.purpose, actor=caller.person.id)
    made = services.export_checks.ask(export, purpose, sent_as(asked, key, job))
    return JobOut.of(accepted(response, made), services.exports.kept_until(made))
