"""Routes to place, release and list holds; the service writes the custody entries."""

from http import HTTPStatus

from fastapi import APIRouter

from api import schemas
from api.deps import Ready
from footage.action import Purpose
from footage.ids import HoldId, camera_id
from footage.instant import Instant, Interval

router = APIRouter(tags=["holds"])


@router.get("/holds", operation_id="list_holds")
def list_holds(services: Ready, *, released: bool = False) -> schemas.Holds:
    """Active holds by id; with `released`, released holds too."""
    holds = services.register.holds(active_only=not released)
    return schemas.Holds(holds=[schemas.HoldOut.of(hold) for hold in holds])


@router.post("/holds", operation_id="place_hold", status_code=HTTPStatus.CREATED)
def place_hold(services: Ready, asked: schemas.HoldIn) -> schemas.PlacedOut:
    """Place a hold; once answered, no segment under the hold can be deleted (invariant 4)."""
    placed = services.holds().place(
        [camera_id(camera) for camera in asked.cameras],
        Interval(Instant.parse(asked.start), Instant.parse(asked.end)),
        asked.authority,
        asked.reason,
        Purpose(services.actor, asked.case, asked.purpose),
    )
    return schemas.PlacedOut.of_placed(placed)


@router.post("/holds/{hold}/release", operation_id="release_hold")
def release_hold(services: Ready, hold: str, asked: schemas.ReleaseIn) -> schemas.ReleasedOut:
    """Release a hold; retention goes on for segments without another hold."""
    purpose = Purpose(services.actor, asked.case, asked.purpose)
    released = services.holds().release(HoldId(hold), asked.reason, purpose)
    return schemas.ReleasedOut.of_released(released)
