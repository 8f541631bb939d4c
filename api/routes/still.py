"""Route that gives the picture a camera showed at an instant."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from api.bodies.wire import TIME_TEXT, Id, plain
from api.deps import For, Ready, Services, asked_interval
from api.picture_response import picture_response
from api.reach import require_whole
from api.recorded import MOMENT, recorded, view_of
from api.rules import Reaching, rule
from api.still import Still, still_of
from footage.access import Permission, Reach
from footage.action import Action, Purpose
from footage.custody import bracket
from footage.ids import CameraId, camera_id
from footage.instant import Instant, Interval
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

    def view() -> tuple[Still, Segment]:
        instant = asked_interval(services, Scope.parse([camera]), None, at).end
        return _view(services, purpose, reach, asking, instant, height)

    still, segment = await services.decoding.run(view)
    return picture_response(still.jpeg, still.instant, segment)


def _view(
    services: Services,
    purpose: Purpose,
    reach: Reach,
    camera: CameraId,
    at: Instant,
    height: int | None,
) -> tuple[Still, Segment]:
    """Make the still, entered as a view in the custody log (invariant 7)."""
    moment = Interval(at, at + MOMENT)
    with bracket(services.custody, view_of(purpose, camera, moment, MOMENT, still=True)) as act:
        require_whole(services.register, reach, [camera], moment)
        segments, _ = recorded(services, camera, moment)
        segment = segments[-1]  # where two recordings overlap: the one that began last
        still = still_of(services.store, services.pictures.decoder, segment, at, height)
        act.result |= {"segment": segment.key, "instant": str(still.instant)}
        act.result["bytes"] = len(still.jpeg)
        return still, segment
