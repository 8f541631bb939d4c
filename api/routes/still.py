"""Route that gives the picture a camera showed at an instant."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from api.bodies.wire import TIME_TEXT, Id, plain
from api.deps import For, Ready, asked_interval
from api.picture_response import Picture, picture_at
from api.rules import Reaching, rule
from api.still import still_of
from footage.access import Permission
from footage.action import Action
from footage.ids import camera_id
from footage.scope import Scope
from footage.segment import Segment

router = APIRouter(tags=["pictures"])

LEAST_HEIGHT: Final = 16
MOST_HEIGHT: Final = 4_320


@router.get(
    "/cameras/{camera}/still",
    operation_id="get_still",
    response_class=Response,
    responses={HTTPStatus.OK.value: {"content": {"image/jpeg": {}}}},
    **rule(Permission.WATCH, enters=Action.VIEW),
)
async def get_still(
    services: Ready,
    purpose: For,
    reach: Reaching,
    camera: Id,
    at: Annotated[str, Query(**plain(100), description=TIME_TEXT)],
    height: Annotated[
        int | None,
        Query(ge=LEAST_HEIGHT, le=MOST_HEIGHT, description="Pixels to scale down to."),
    ] = None,
) -> Response:
    """Return the picture shown at an instant as JPEG; a view (invariant 7).

    `Footage-Instant` says since when the picture was shown, `Footage-Uncertainty` by how many
    seconds that time may be wrong. Where nothing is recorded, a 404 gives the gap's reason.
    """
    asking = camera_id(camera)

    def view() -> Response:
        instant = asked_interval(services, Scope.parse([camera]), None, at).end

        def make(segment: Segment) -> Picture:
            return still_of(services.store, services.pictures.decoder, segment, instant, height)

        return picture_at(services, purpose, reach, (asking, instant), "still", make)

    return await services.decoding.run(view)
