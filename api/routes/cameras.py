"""Routes that read cameras from the register."""

from typing import Annotated

from fastapi import APIRouter, Query

from api import schemas
from api.deps import Ready
from footage.ids import camera_id
from footage.scope import Scope
from footage.stays import by_camera

router = APIRouter(tags=["cameras"])

MAX_PAGE = 200


@router.get("/cameras", operation_id="list_cameras")
def list_cameras(
    services: Ready,
    *,
    site: Annotated[schemas.Ids | None, Query(description="Site id; may be repeated.")] = None,
    district: Annotated[
        schemas.Ids | None, Query(description="District id; may be repeated.")
    ] = None,
    near: Annotated[schemas.NearText, Query(description="LAT,LON,METRES")] = "",
    after: Annotated[
        str, Query(**schemas.plain(64), description="`next_cursor` of the previous page.")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = MAX_PAGE,
) -> schemas.CameraPage:
    """List cameras by id, all or those that stand at a place today, a page at a time."""
    within = Scope.parse(sites=site, districts=district, near=near)
    left = [camera for camera in services.register.cameras(within) if camera.id > after]
    page = left[:limit]
    stays = by_camera(services.register.stays({camera.id for camera in page}))
    return schemas.CameraPage(
        cameras=[schemas.CameraOut.of(camera, stays.get(camera.id, ())) for camera in page],
        next_cursor=page[-1].id if len(left) > limit else None,
    )


@router.get("/cameras/{camera}", operation_id="get_camera")
def get_camera(services: Ready, camera: schemas.Id) -> schemas.CameraOut:
    """Return the camera with the id in the path."""
    known = services.register.camera(camera_id(camera))
    return schemas.CameraOut.of(known, services.register.stays([known.id]))
