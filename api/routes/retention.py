"""Routes of retention: policies, plans, and the application of a plan."""

from http import HTTPStatus
from itertools import islice
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Response

from api.auth import Asking
from api.bodies import retention as bodies
from api.bodies.jobs import IdempotencyKey, JobOut, sent_as
from api.deps import MOST_PAGE, PageLimit, Ready, accepted
from api.policies import PolicyText
from api.rules import rule
from api.versions import IfMatch, required_version, tag
from footage.access import Permission
from footage.action import Action, Purpose
from footage.errors import Conflict
from footage.ids import PlanId
from retention.policy_words import difference, in_words

router = APIRouter(tags=["retention"])

_READ: Final = rule(
    Permission.READ_STORAGE, everywhere=True, because="policies and plans show no footage"
)
_MOST_ROWS: Final = 1_000
_PlanPath = Annotated[bodies.PlanText, Path()]
_After = Annotated[int, Query(ge=0, le=1 << 40, description="`next_cursor` of the page before.")]


@router.get("/retention/policies", operation_id="get_policies", **_READ)
def get_policies(services: Ready, response: Response) -> bodies.PoliciesOut:
    """Return the policies in force, with an `ETag`."""
    return bodies.PoliciesOut.of(_told(response, services.policies.read()))


@router.put(
    "/retention/policies",
    operation_id="put_policies",
    **rule(Permission.MANAGE_STORAGE, everywhere=True, enters=Action.POLICIES),
)
def put_policies(
    services: Ready,
    caller: Asking,
    response: Response,
    asked: bodies.PoliciesIn,
    *,
    dry_run: Annotated[bool, Query(description="Check and compare only.")] = False,
    if_match: IfMatch = None,
) -> bodies.PoliciesPut:
    """Put a policy file in force, and tell what differs.

    Deletes nothing by itself: the next daily run, or a plan that somebody applies, goes by it. The
    whole file is replaced; `If-Match` carries the `ETag` that was read.
    """
    version = required_version(if_match)
    policies = services.policies.parsed(asked.toml)
    before = services.policies.read()
    if before.version != version:
        raise Conflict("the policies were changed meanwhile", hint="read again")
    if not dry_run:
        purpose = Purpose(caller.person.id, asked.case, asked.purpose)
        services.policies.replace(asked.toml, version, purpose)
    changes = difference(in_words(before.policies or ()), in_words(policies))
    _told(response, services.policies.read())
    return bodies.PoliciesPut(
        saved=not dry_run,
        changes=[bodies.PolicyChange.model_validate(change) for change in changes],
        policies=[bodies.PolicyOut.of(policy) for policy in policies],
    )


@router.post("/retention/forecast", operation_id="forecast", **_READ)
def forecast(services: Ready, asked: bodies.ForecastIn) -> bodies.ForecastOut:
    """Tell what is stored by place and camera, when the store is full, and who stays short.

    By the policies of `toml` where given, else by those in force. Changes nothing.
    """
    policies = services.policies.parsed(asked.toml) if asked.toml else None
    found = services.forecaster().of(
        asked.scope, services.clock.now(), ahead=asked.ahead, policies=policies, room=asked.room
    )
    return bodies.ForecastOut.of(found)


@router.get("/retention/plans", operation_id="list_plans", **_READ)
def list_plans(services: Ready, *, limit: PageLimit = MOST_PAGE) -> bodies.Plans:
    """List the plans that are kept, the newest first; a plan is kept for a week at least."""
    return bodies.Plans.of(services.retention.plans()[:limit])


@router.post(
    "/retention/plans",
    operation_id="make_plan",
    status_code=HTTPStatus.ACCEPTED,
    **rule(Permission.MANAGE_STORAGE, everywhere=True, because="a plan deletes nothing"),
)
def make_plan(
    services: Ready,
    caller: Asking,
    response: Response,
    asked: bodies.PlanIn,
    key: IdempotencyKey = "",
) -> JobOut:
    """Plan what would be deleted now, as a job."""
    purpose = Purpose(caller.person.id, asked.case, asked.purpose)
    job = services.retention.ask_plan(asked.toml, purpose, sent_as(asked, key))
    return JobOut.of(accepted(response, job), services.exports.kept_until(job))


@router.get("/retention/plans/{plan}", operation_id="get_plan", **_READ)
def get_plan(services: Ready, plan: _PlanPath) -> bodies.PlanOut:
    """Return what a plan deletes, by district and site, and what confirms it."""
    return bodies.PlanOut.of(services.retention.known(PlanId(plan)))


@router.get("/retention/plans/{plan}/cameras", operation_id="list_plan_cameras", **_READ)
def list_plan_cameras(
    services: Ready, plan: _PlanPath, *, after: _After = 0, limit: PageLimit = MOST_PAGE
) -> bodies.CameraShares:
    """List what a plan deletes of each camera, and what is stored of it, a page at a time."""
    shares = services.retention.counted(PlanId(plan)).shares
    touched = ((who, share) for who, share in shares.by_camera.items() if share.due or share.held)
    found = list(islice(touched, after, after + limit + 1))
    page = [bodies.CameraShareOut.of(whose, share) for whose, share in found[:limit]]
    more = len(found) > limit
    return bodies.CameraShares(cameras=page, next_cursor=after + limit if more else None)


@router.get("/retention/plans/{plan}/rows", operation_id="list_plan_rows", **_READ)
def list_plan_rows(
    services: Ready,
    plan: _PlanPath,
    *,
    after: _After = 0,
    limit: Annotated[int, Query(ge=1, le=_MOST_ROWS)] = MOST_PAGE,
) -> bodies.PlanRows:
    """List each stretch of footage that a plan deletes or that holds save, and why, by pages."""
    return bodies.PlanRows.of(services.retention.rows(PlanId(plan), since=after, limit=limit))


@router.post(
    "/retention/plans/{plan}/apply",
    operation_id="apply_plan",
    status_code=HTTPStatus.ACCEPTED,
    **rule(Permission.MANAGE_STORAGE, everywhere=True, enters=Action.PURGE),
)
def apply_plan(
    services: Ready,
    caller: Asking,
    response: Response,
    plan: _PlanPath,
    asked: bodies.ApplyIn,
    key: IdempotencyKey = "",
) -> JobOut:
    """Delete what a plan lists, for good, as a job; the numbers sent must be the plan's.

    Footage under a hold stays, also where the hold was placed after the plan was made. A plan is
    applied once; where the facts changed since, nothing is deleted. The purge is entered in the
    custody log when the job runs.
    """
    purpose = Purpose(caller.person.id, asked.case or "retention", asked.purpose or "policy")
    sent = sent_as(asked, key, plan)
    job = services.retention.ask_apply(PlanId(plan), asked.confirmed, purpose, sent)
    return JobOut.of(accepted(response, job), services.exports.kept_until(job))


def _told(response: Response, found: PolicyText) -> PolicyText:
    tag(response, found.version)
    return found
