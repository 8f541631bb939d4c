"""Routes of certificates of absence: ask for one, and fetch the certificate."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Response

from api.absences import AbsenceRequest
from api.auth import Asking
from api.bodies.absences import AbsenceFoundOut
from api.bodies.jobs import AbsenceIn, IdempotencyKey, JobOut, JobText, sent_as
from api.deps import For, Ready, Services, accepted, asked_interval
from api.downloads import admitted, purpose_for, zip_stream
from api.job_kinds import ABSENCE
from api.rules import Reaching, rule
from footage.access import Permission
from footage.action import Action, Deed, Purpose
from footage.custody import bracket
from footage.errors import NotFound
from footage.ids import camera_id
from footage.job import Job
from footage.scope import Scope

router = APIRouter(tags=["exports"])
FileName = Literal["certificate.json", "certificate.pdf", "certificate.ur.pdf"]
_KINDS: Final[Mapping[str, str]] = {
    "certificate.json": "application/json",
    "certificate.pdf": "application/pdf",
    "certificate.ur.pdf": "application/pdf",
}


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
    deed = _deed(found, request, purpose)
    name = f"absence-{found.result.get('certificate', '')}"
    return zip_stream(services, caller, reach, found, request, deed=deed, name=name)


@router.get(
    "/absences/{job}/found",
    operation_id="absence_found",
    **rule(Permission.EXPORT, because="what a certificate found shows no footage"),
)
def absence_found(
    services: Ready, caller: Asking, reach: Reaching, job: Annotated[JobText, Path()]
) -> AbsenceFoundOut:
    """Return what a certificate found of each camera, for whoever may fetch the certificate."""
    found, request = admitted(services, caller, reach, job, ABSENCE, AbsenceRequest.of)
    request.require_reach(services.register, reach)
    return AbsenceFoundOut.of(json.loads(_file(services, found, "certificate.json")))


@router.get(
    "/absences/{job}/files/{name}",
    operation_id="download_certificate_file",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in _KINDS.values()}}},
    **rule(Permission.EXPORT, enters=Action.ABSENCE),
)
def download_certificate_file(
    services: Ready,
    caller: Asking,
    reach: Reaching,
    purpose: For,
    job: Annotated[JobText, Path()],
    *,
    name: FileName,
) -> Response:
    """Return a file of a certificate alone; entered as a download of the whole is (invariant 7).

    The whole folder is what anybody can check: a file alone is for reading and printing.
    """
    found, request = admitted(services, caller, reach, job, ABSENCE, AbsenceRequest.of)
    with bracket(services.custody, _deed(found, request, purpose, name)) as act:
        request.require_reach(services.register, reach)
        data = _file(services, found, name)
        act.result["bytes"] = len(data)
    given = f"absence-{found.result.get('certificate', '')}{name.removeprefix('certificate')}"
    headers = {"Content-Disposition": f'attachment; filename="{given}"'}
    return Response(data, media_type=_KINDS[name], headers=headers)


def _deed(job: Job, request: AbsenceRequest, purpose: Purpose, file: str = "") -> Deed:
    """Return the giving of a certificate, or of a file of it, for the custody log."""
    what = {
        "job": job.id,
        "certificate": job.result.get("certificate", ""),
        "cameras": list(request.cameras),
        "start": request.interval.start,
        "end": request.interval.end,
        **({"file": file} if file else {}),
    }
    return Deed(Action.ABSENCE, purpose_for(job, purpose), what)


def _file(services: Services, job: Job, name: str) -> bytes:
    """Return a file of the certificate that a job made.

    Raises:
        Refused: The job is not done.
        NotFound: The certificate was removed, or has no such file.
    """
    try:
        return (services.exports.bundle(job) / name).read_bytes()
    except OSError as exc:
        raise NotFound(
            f"the certificate of job {job.id} has no {name}", hint="fetch certificate.zip"
        ) from exc
