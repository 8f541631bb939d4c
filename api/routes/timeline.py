"""Route for the timeline of a camera: recorded spans, gaps with reasons, and places."""

from fastapi import APIRouter

from api import schemas
from api.deps import Ready, Window
from api.reach import require_whole
from api.recorded import all_told
from api.rules import Reaching, rule
from footage.access import Permission
from footage.camera_timeline import camera_timeline
from footage.ids import camera_id
from footage.stays import stays_within

router = APIRouter(tags=["timeline"])


@router.get(
    "/cameras/{camera}/timeline",
    operation_id="get_timeline",
    **rule(Permission.READ_TIMELINES, because="a timeline shows no footage"),
)
def get_timeline(
    services: Ready, reach: Reaching, camera: schemas.Id, window: Window
) -> schemas.TimelineOut:
    """Return spans and gaps, which tile the window (invariant 5), and the camera's places."""
    known = services.register.camera(camera_id(camera))
    require_whole(services.register, reach, known.id, window)
    line = camera_timeline(services.catalogue, known.id, window)
    line = all_told(services, line)
    stays = stays_within(services.register.stays([known.id]), window)
    return schemas.TimelineOut.of(line, stays)
