"""Routes that read, add and change cameras of the register."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from api.auth import Asking
from api.bodies.cameras import (
    CameraIn,
    CameraOut,
    CameraPage,
    CameraSaved,
    KnownPlaces,
    SiteOut,
    Sites,
)
from api.bodies.wire import Id, Ids, NearText, plain
from api.deps import MOST_PAGE, PageLimit, Ready, Services
from api.reach import visible
from api.rules import Reaching, rule
from api.versions import IfMatch, required_version, tag
from footage.access import Permission
from footage.action import Action, Purpose
from footage.camera import Camera
from footage.errors import NotFound
from footage.ids import camera_id
from footage.scope import Scope
from footage.stays import Stay, by_camera

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
def get_camera(services: Ready, reach: Reaching, response: Response, camera: Id) -> CameraOut:
    """Return the camera with the id in the path, with an `ETag`."""
    known = services.register.camera(camera_id(camera))
    if known.id not in visible(services.register, reach, [known.id]):
        raise NotFound(f"no camera {known.id}")
    stays = services.register.stays([known.id])
    _tag(response, services, known, stays)
    places = KnownPlaces.of(services.register, services.zone)
    return CameraOut.of(known, places, stays)


@router.put(
    "/cameras/{camera}",
    operation_id="put_camera",
    responses={HTTPStatus.CREATED: {"model": CameraSaved, "description": "Added"}},
    **rule(Permission.MANAGE_CAMERAS, everywhere=True, enters=Action.CAMERAS),
)
def put_camera(
    services: Ready,
    caller: Asking,
    response: Response,
    camera: Id,
    asked: CameraIn,
    *,
    if_match: IfMatch = None,
    if_none_match: Annotated[
        str | None,
        Header(alias="If-None-Match", max_length=100, description="`*`: adds a new camera."),
    ] = None,
) -> CameraSaved:
    """Add a camera (`If-None-Match: *`), or change it (`If-Match` with the `ETag` that was read).

    A camera with another place than before has moved: its earlier footage stays at the earlier
    place. A new site, and a new district, are made with the camera. A source is an RTSP URL on no
    address of the machine itself, link-local or of a cloud's services, and is never given back.
    """
    version = "*" if if_none_match == "*" else required_version(if_match)
    wanted = asked.wanted(camera_id(camera))
    saved = services.camera_changes.put(wanted, version, Purpose(caller.person.id))
    stays = services.register.stays([saved.camera.id])
    _tag(response, services, saved.camera, stays)
    if saved.created:
        response.status_code = HTTPStatus.CREATED
    places = KnownPlaces.of(services.register, services.zone)
    return CameraSaved.of_saved(saved, places, stays)


@router.get("/sites", operation_id="list_sites", **_READ)
def list_sites(services: Ready, reach: Reaching) -> Sites:
    """List the sites by id: under limited grants those in reach where a camera stands or stood."""
    sites = services.register.sites()
    if reach.limited:
        stays = services.register.stays()
        seen = {stay.site for stay in stays if reach.cameras([stay])}
        sites = [site for site in sites if site.id in seen]
    return Sites(sites=[SiteOut.of(site) for site in sites])


def _tag(response: Response, services: Services, camera: Camera, stays: Sequence[Stay]) -> None:
    tag(response, services.camera_changes.version(camera, stays))
