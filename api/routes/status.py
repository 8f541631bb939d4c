"""Route that tells what is recorded, and what is not and why."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.bodies.status import StatusOut
from api.bodies.wire import Ids, NearText
from api.deps import MOST_PAGE, PageLimit, Ready
from api.reach import visible
from api.rules import Reaching, rule
from footage.access import Permission
from footage.errors import BadInput
from footage.scope import Scope
from recorder.status.severity import Severity

router = APIRouter(tags=["status"])

_Key = tuple[Severity, str]


@router.get(
    "/status",
    operation_id="get_status",
    **rule(Permission.READ_STATUS, because="a status shows no footage"),
)
def get_status(
    services: Ready,
    reach: Reaching,
    *,
    site: Annotated[Ids | None, Query(description="Site id; may be repeated.")] = None,
    district: Annotated[Ids | None, Query(description="District id; may be repeated.")] = None,
    near: Annotated[NearText, Query(description="LAT,LON,METRES")] = "",
    after: Annotated[
        str,
        Query(
            pattern=r"^([a-z]{1,20}\.[A-Za-z0-9][A-Za-z0-9_-]{0,63})?$",
            description="`next_cursor` of the previous page.",
        ),
    ] = "",
    limit: PageLimit = MOST_PAGE,
) -> StatusOut:
    """Tell which cameras are recorded, the worst first, a page at a time.

    Of the cameras in reach that should be recorded. The recorders are asked each five seconds at
    most; a camera whose severity changes between two pages may be missed, or told twice.
    """
    within = Scope.parse(sites=site, districts=district, near=near)
    asked = {camera.id for camera in services.register.cameras(within)}
    told = services.status(visible(services.register, reach, asked))
    cameras: list[Mapping[str, Any]] = sorted(told["cameras"], key=_key)
    if after:
        behind = _read(after)
        cameras = [camera for camera in cameras if _key(camera) > behind]
    page = cameras[:limit]
    more = len(cameras) > limit
    cursor = f"{page[-1]['severity']}.{page[-1]['camera']}" if more else None
    return StatusOut.of(told, page, cursor, limited=reach.limited)


def _key(camera: Mapping[str, Any]) -> _Key:
    return Severity[camera["severity"].upper()], camera["camera"]


def _read(cursor: str) -> _Key:
    severity, _, camera = cursor.partition(".")
    try:
        return Severity[severity.upper()], camera
    except KeyError:
        raise BadInput(f"not a cursor: {cursor!r}", hint="take `next_cursor` as given") from None
