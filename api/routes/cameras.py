"""Routes that read cameras from the register."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.bodies.cameras import CameraOut, CameraPage, KnownPlaces
from api.bodies.wire import Id, Ids, NearText, plain
from api.deps import MOST_PAGE, PageLimit, Ready
from api.reach import visible
from api.rules import Reaching, rule
from footage.access import Permission
from footage.errors import NotFound
from footage.ids import camera_id
from footage.scope import Scope
from footage.stays import by_camera

router = APIRouter(tags=["cameras"])

_READ = rule(Permission.READ_CAMERAS, because="a list of cameras shows no footage")


@router.get("/cameras", operation_id="list_cameras", **_READ)
def list_cameras(
    services: Ready,
    reach: Reaching,
    *,
    site: Annotated[Ids | None, Query(description="Site id; may be repeated.")] = None,
    district: Annotated[Ids | None, Query(description="District id; may be repeated.")] = None,
    near: Annotated[NearText, Query(description="LAT,LON,METRES")] = "",
    after: Annotated[
        str, Query(**plain(64), description="`next_cursor` of the previous page.")
    ] = "",
    limit: PageLimit = MOST_PAGE,
) -> CameraPage:
    """List cameras by id, all or those that stand at a place today, a page at a time.

    Of the cameras in reach of the caller's grants: those that stand, or stood, at a place in reach.
    """
    within = Scope.parse(sites=site, districts=district, near=near)
    left = [camera for camera in services.register.cameras(within) if camera.id > after]
    seen = visible(services.register, reach, [camera.id for camera in left])
    left = [camera for camera in left if camera.id in seen]
    page = left[:limit]
    stays = by_camera(services.register.stays({camera.id for camera in page}))
    places = KnownPlaces.of(services.register, services.zone)
    return CameraPage(
        cameras=[CameraOut.of(camera, places, stays.get(camera.id, ())) for camera in page],
        next_cursor=page[-1].id if len(left) > limit else None,
    )


@router.get("/cameras/{camera}", operation_id="get_camera", **_READ)
def get_camera(services: Ready, reach: Reaching, camera: Id) -> CameraOut:
    """Return the camera with the id in the path."""
    known = services.register.camera(camera_id(camera))
    if known.id not in visible(services.register, reach, [known.id]):
        raise NotFound(f"no camera {known.id}")
    places = KnownPlaces.of(services.register, services.zone)
    return CameraOut.of(known, places, services.register.stays([known.id]))
