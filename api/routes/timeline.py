"""Route for the timeline of a camera: recorded spans, and gaps with reasons."""

from contextlib import suppress

from fastapi import APIRouter

from api import schemas
from api.deps import Ready, Services, Window
from footage.camera_timeline import camera_timeline, with_unscheduled
from footage.errors import Unavailable
from footage.ids import camera_id
from footage.span import Timeline
from footage.unlisted import require_listed

router = APIRouter(tags=["timeline"])


@router.get("/cameras/{camera}/timeline", operation_id="get_timeline")
def get_timeline(services: Ready, camera: schemas.Id, window: Window) -> schemas.TimelineOut:
    """Return spans and gaps; every instant of the window lies in exactly one (invariant 5)."""
    known = services.register.camera(camera_id(camera))
    line = camera_timeline(services.catalogue, known.id, window)
    require_told(services, line)
    return schemas.TimelineOut.of(line)


def explained(services: Services, line: Timeline) -> Timeline:
    """Return a timeline just tiled with all that is known of the gaps.

    Raises:
        DataLoss: The store holds footage of a gap that the catalogue does not list.
    """
    line = with_unscheduled(services.catalogue, line)
    require_told(services, line)
    return line


def require_told(services: Services, line: Timeline) -> None:
    """Look whether the store holds footage of a gap, if the store can be reached.

    Raises:
        DataLoss: The store holds footage of a gap that the catalogue does not list.
    """
    gaps = ((gap.camera, gap.interval, gap.reason.value) for gap in line.gaps)
    with suppress(Unavailable):
        require_listed(
            services.catalogue, services.store, services.register, gaps, services.clock.now()
        )
