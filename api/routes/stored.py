"""Route that tells what is stored of some cameras in an interval."""

from typing import Final

from fastapi import APIRouter

from api.auth import Asking
from api.bodies.stored import StoredIn, StoredOut
from api.deps import Ready, asked_interval
from api.reach import require_whole
from api.rules import Reaching, rule
from api.stored import pace, stored
from footage.access import Permission
from footage.ids import camera_id
from footage.scope import Scope

router = APIRouter(tags=["stored"])

_NEWEST: Final = 50
"""Newest jobs of a person among which exports tell how fast exports are made."""


@router.post(
    "/stored",
    operation_id="look_at_stored",
    **rule(Permission.READ_TIMELINES, because="sizes, gaps and holds show no footage"),
)
def look_at_stored(services: Ready, caller: Asking, reach: Reaching, asked: StoredIn) -> StoredOut:
    """Tell what is stored of some cameras in an interval, before a hold or an export of it.

    Of each camera: size, gaps with reasons, clock, which holds stand over it, and from when on
    which policy deletes the rest. The whole interval must be in reach.
    """
    cameras = [camera_id(camera) for camera in asked.cameras]
    interval = asked_interval(services, Scope.parse(asked.cameras), asked.start, asked.end)
    require_whole(services.register, reach, cameras, interval)
    found = stored(services, cameras, interval)
    mine = services.jobs.jobs(caller.person.id, limit=_NEWEST)
    return StoredOut.of(interval, found, pace(mine))
