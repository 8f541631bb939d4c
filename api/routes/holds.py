"""Routes that place, release and list holds. The hold service writes the custody entries."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from api.auth import Asking
from api.bodies.holds import HoldIn, HoldOut, Holds, PlacedOut, ReleasedOut, ReleaseIn
from api.bodies.jobs import IdempotencyKey
from api.bodies.wire import Id
from api.deps import Ready, asked_interval
from api.reach import holds_touched, require_scope, require_whole
from api.rules import Reaching, rule
from footage.access import Permission
from footage.action import Action, Purpose
from footage.errors import NotFound
from footage.ids import HoldId

router = APIRouter(tags=["holds"])


@router.get(
    "/holds",
    operation_id="list_holds",
    **rule(Permission.READ_HOLDS, because="a list of holds shows no footage"),
)
def list_holds(services: Ready, reach: Reaching, *, released: bool = False) -> Holds:
    """List active holds by id; with `released`, the released holds too.

    Of the holds that cover some footage in reach of the caller's grants.
    """
    found = services.register.holds(active_only=not released)
    holds = holds_touched(services.register, reach, found)
    return Holds(holds=[HoldOut.of(hold) for hold in holds])


@router.post(
    "/holds",
    operation_id="place_hold",
    status_code=HTTPStatus.CREATED,
    responses={HTTPStatus.OK: {"model": PlacedOut, "description": "The hold stood before."}},
    **rule(Permission.PLACE_HOLDS, enters=Action.HOLD),
)
def place_hold(
    services: Ready,
    caller: Asking,
    reach: Reaching,
    response: Response,
    asked: HoldIn,
    key: IdempotencyKey = "",
) -> PlacedOut:
    """Place a hold; once answered, nothing that the hold covers can be deleted (invariant 4).

    The same `Idempotency-Key` with the same body places no second hold, and answers 200.
    """
    scope = asked.scope
    interval = asked_interval(services, scope, asked.start, asked.end)
    require_scope(services.register, reach, scope, interval)
    placed = services.holds().place(
        sorted(scope.cameras),
        interval,
        asked.authority,
        asked.reason,
        Purpose(caller.person.id, asked.case, asked.purpose),
        scope,
        key=key,
    )
    if placed.stood:
        response.status_code = HTTPStatus.OK
    nothing = services.expectations().told(placed.hold.cameras, interval, str)
    return PlacedOut.of_placed(placed, nothing)


@router.post(
    "/holds/{hold}/release",
    operation_id="release_hold",
    **rule(Permission.RELEASE_HOLDS, enters=Action.RELEASE),
)
def release_hold(
    services: Ready,
    caller: Asking,
    reach: Reaching,
    hold: Id,
    asked: ReleaseIn,
) -> ReleasedOut:
    """Release a hold; footage that no other hold covers is subject to retention again.

    All that the hold covers must be in reach. A hold wholly out of reach is told as no hold. Where
    the settings ask for a second person, as for an export.
    """
    if reach.limited:
        known = services.register.hold(HoldId(hold))
        if not holds_touched(services.register, reach, [known]):
            raise NotFound(f"no hold {hold}", hint="see `footage hold list`")
        require_whole(services.register, reach, known.cameras, known.interval)
    purpose = Purpose(caller.person.id, asked.case, asked.purpose)
    released = services.holds().release(HoldId(hold), asked.reason, purpose)
    return ReleasedOut.of_released(released)
