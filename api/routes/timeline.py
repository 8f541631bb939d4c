"""Route for the timeline of a camera: recorded spans, and gaps with reasons."""

from fastapi import APIRouter

from api import schemas
from api.deps import Ready, Window
from api.recorded import all_told
from footage.camera_timeline import camera_timeline
from footage.ids import camera_id

router = APIRouter(tags=["timeline"])


@router.get("/cameras/{camera}/timeline", operation_id="get_timeline")
def get_timeline(services: Ready, camera: schemas.Id, window: Window) -> schemas.TimelineOut:
    """Return spans and gaps; every instant of the window lies in exactly one (invariant 5)."""
    known = services.register.camera(camera_id(camera))
    line = camera_timeline(services.catalogue, known.id, window)
    return schemas.TimelineOut.of(all_told(services, line))
