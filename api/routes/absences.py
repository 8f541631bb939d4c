"""Routes of certificates of absence: ask for one, and fetch the certificate."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.absences import AbsenceRequest
from api.auth import Asking
from api.bodies.jobs import AbsenceIn, IdempotencyKey, JobOut, JobText, sent_as
from api.deps import For, Ready, accepted, asked_interval
from api.downloads import admitted, purpose_for, zip_stream
from api.job_kinds import ABSENCE
from api.rules import Reaching, rule
from footage.access import Permission
from footage.action import Action, Deed, Purpose
from footage.ids import camera_id
from footage.scope import Scope

router = APIRouter(tags=["exports"])


@router.post(
    "/absences",
    operation_id="certify_absence",
    status_code=HTTPStatus.ACCEPTED,
    **rule(Permission.EXPORT, enters=Action.ABSENCE),
)
def certify_absence(
    services: Ready,
    caller: Asking,
    reach: Reaching,
    response: Response,
    asked: AbsenceIn,
    key: IdempotencyKey = "",
) -> JobOut:
    """Ask for a certificate of what cameras have not stored in an interval, as a job.

    The whole must lie in reach, and have passed. The certificate is entered in the custody log when
    the job runs.
    """
    cameras = tuple(map(camera_id, asked.cameras))
    interval = asked_interval(services, Scope(cameras=frozenset(cameras)), asked.start, asked.end)
    job = services.absences.ask(
        AbsenceRequest(cameras, interval),
        Purpose(caller.person.id, asked.case, asked.purpose),
        reach,
        sent_as(asked, key),
    )
    return JobOut.of(accepted(response, job), services.exports.kept_until(job))


@router.get(
    "/absences/{job}/certificate.zip",
    operation_id="download_certificate",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}}},
    **rule(Permission.EXPORT, enters=Action.ABSENCE),
)
def download_certificate(
    services: Ready,
    caller: Asking,
    reach: Reaching,
    purpose: For,
    job: Annotated[JobText, Path()],
) -> Response:
    """Return a certificate of absence as a zip file; each download is entered (invariant 7).

    For whoever may export all of the time that the certificate is about, and act for the job's
    case. Case and purpose are those of the job unless given.
    """
    found, request = admitted(services, caller, reach, job, ABSENCE, AbsenceRequest.of)
    certificate = found.result.get("certificate", "")
    what = {
        "job": found.id,
        "certificate": certificate,
        "cameras": list(request.cameras),
        "start": request.interval.start,
        "end": request.interval.end,
    }
    deed = Deed(Action.ABSENCE, purpose_for(found, purpose), what)
    name = f"absence-{certificate}"
    return zip_stream(services, caller, reach, found, request, deed=deed, name=name)
