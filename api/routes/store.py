"""Routes about what the object store guarantees."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from api.auth import Asking
from api.bodies.jobs import IdempotencyKey, JobOut, sent_as
from api.bodies.store import GuaranteesOut, ProbeIn, StoreOut
from api.deps import Ready, accepted
from api.rules import rule
from footage.access import Permission
from footage.action import Purpose

router = APIRouter(tags=["store"])


@router.get(
    "/store",
    operation_id="get_store",
    **rule(Permission.READ_STORAGE, because="guarantees of a store show no footage"),
)
def get_store(services: Ready) -> StoreOut:
    """Return what the object store guarantees, as seen when it was tried last."""
    store = services.store_probe
    seen = store.probe.seen()
    told = GuaranteesOut.model_validate(seen.document(store.kind)) if seen else None
    return StoreOut(kind=store.kind, seen=told)


@router.post(
    "/store/probe",
    operation_id="probe_store",
    status_code=HTTPStatus.ACCEPTED,
    **rule(Permission.MANAGE_STORAGE, everywhere=True, because="scratch objects alone are written"),
)
def probe_store(
    services: Ready, caller: Asking, response: Response, asked: ProbeIn, key: IdempotencyKey = ""
) -> JobOut:
    """Try the object store on scratch objects, as a job of some ten seconds."""
    job = services.store_probe.ask(Purpose(caller.person.id), sent_as(asked, key))
    return JobOut.of(accepted(response, job), services.exports.kept_until(job))
