"""Routes for the timeline of a camera: spans, gaps with reasons, places, availability, changes."""

from typing import Annotated, Final

from fastapi import APIRouter, Query

from api.bodies.cameras import AvailabilityOut, ChangesOut, TimelineOut
from api.bodies.wire import Id
from api.changes import most_by_bucket
from api.deps import Ready, Services, Stretch, Window
from api.reach import require_whole
from api.recorded import all_told, require_length
from api.rules import Reaching, rule
from footage.access import Permission, Reach
from footage.camera_timeline import camera_timeline
from footage.ids import camera_id
from footage.instant import DAY, Interval
from footage.span import Timeline
from footage.stays import stays_within

router = APIRouter(tags=["timeline"])

MOST_BUCKETS: Final = 2_000
"""More than a screen has pixels across."""
Buckets = Annotated[int, Query(ge=1, le=MOST_BUCKETS, description="Equal parts of the window.")]


@router.get(
    "/cameras/{camera}/timeline",
    operation_id="get_timeline",
    **rule(Permission.READ_TIMELINES, because="a timeline shows no footage"),
)
def get_timeline(services: Ready, reach: Reaching, camera: Id, window: Window) -> TimelineOut:
    """Return spans and gaps, which tile the window (invariant 5), and the camera's places."""
    line = _line(services, reach, camera, window)
    stays = stays_within(services.register.stays([line.camera]), window)
    return TimelineOut.of(line, stays)


@router.get(
    "/cameras/{camera}/availability",
    operation_id="get_availability",
    **rule(Permission.READ_TIMELINES, because="recorded seconds show no footage"),
)
def get_availability(
    services: Ready,
    reach: Reaching,
    camera: Id,
    window: Window,
    buckets: Buckets = 1_000,
) -> AvailabilityOut:
    """Return how many seconds of each part of the window are recorded, to draw a timeline.

    Read from day summaries, so that a window of months costs its days, not its segments
    (invariant 12).
    """
    return AvailabilityOut.of(_line(services, reach, camera, window), buckets)


@router.get(
    "/cameras/{camera}/changes",
    operation_id="get_changes",
    **rule(Permission.WATCH, because="how much a picture changed shows no picture"),
)
def get_changes(
    services: Ready, reach: Reaching, camera: Id, window: Stretch, buckets: Buckets = 1_000
) -> ChangesOut:
    """Return how much the pictures of each part of a window of up to a day changed, as indexed.

    Read from what the indexer noted of each picture that it looked at; no picture is opened. The
    pictures of a day of keyframes each 2 s are 43 200, which bounds the window (invariant 12).
    """
    asking = camera_id(camera)
    require_length(window, DAY)
    require_whole(services.register, reach, [asking], window)
    known = services.register.camera(asking)
    looked_at = services.catalogue.keyframes([known.id], window)
    change = most_by_bucket(window, buckets, looked_at)
    return ChangesOut(camera=known.id, start=str(window.start), end=str(window.end), change=change)


def _line(services: Services, reach: Reach, camera: str, window: Interval) -> Timeline:
    asking = camera_id(camera)
    require_whole(services.register, reach, [asking], window)
    known = services.register.camera(asking)
    return all_told(services, camera_timeline(services.catalogue, known.id, window))
