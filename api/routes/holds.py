"""Routes that place, release and list holds. The hold service writes the custody entries."""

from http import HTTPStatus

from fastapi import APIRouter

from api import hold_bodies, schemas
from api.deps import Ready, asked_interval
from footage.action import Purpose
from footage.ids import HoldId

router = APIRouter(tags=["holds"])


@router.get("/holds", operation_id="list_holds")
def list_holds(services: Ready, *, released: bool = False) -> hold_bodies.Holds:
    """List active holds by id; with `released`, the released holds too."""
    holds = services.register.holds(active_only=not released)
    return hold_bodies.Holds(holds=[hold_bodies.HoldOut.of(hold) for hold in holds])


@router.post("/holds", operation_id="place_hold", status_code=HTTPStatus.CREATED)
def place_hold(services: Ready, asked: hold_bodies.HoldIn) -> hold_bodies.PlacedOut:
    """Place a hold; once answered, nothing that the hold covers can be deleted (invariant 4)."""
    scope = asked.scope
    interval = asked_interval(services, scope, asked.start, asked.end)
    placed = services.holds().place(
        sorted(scope.cameras),
        interval,
        asked.authority,
        asked.reason,
        Purpose(services.actor, asked.case, asked.purpose),
        scope,
    )
    nothing = services.expectations().told(placed.hold.cameras, interval, str)
    return hold_bodies.PlacedOut.of_placed(placed, nothing)


@router.post("/holds/{hold}/release", operation_id="release_hold")
def release_hold(
    services: Ready, hold: schemas.Id, asked: hold_bodies.ReleaseIn
) -> hold_bodies.ReleasedOut:
    """Release a hold; footage that no other hold covers is subject to retention again."""
    purpose = Purpose(services.actor, asked.case, asked.purpose)
    released = services.holds().release(HoldId(hold), asked.reason, purpose)
    return hold_bodies.ReleasedOut.of_released(released)
