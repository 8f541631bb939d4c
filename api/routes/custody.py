"""Route that reads the custody log."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.bodies.custody import ActsOut
from api.bodies.wire import TIME_TEXT, Id, plain
from api.deps import MOST_PAGE, PageLimit, Ready, asked_interval
from api.rules import rule
from evidence.custody_acts import Wanted, page
from footage.access import Permission
from footage.action import Action
from footage.ids import camera_id
from footage.instant import Interval
from footage.scope import Scope

router = APIRouter(tags=["custody"])

_Time = Annotated[str | None, Query(**plain(100), description=TIME_TEXT)]


@router.get(
    "/custody",
    operation_id="list_acts",
    **rule(
        Permission.READ_CUSTODY,
        everywhere=True,
        because="the log about the log would grow by being read",
    ),
)
def list_acts(
    services: Ready,
    *,
    person: Annotated[str, Query(**plain(64), description="Whoever acted.")] = "",
    case: Annotated[str, Query(**plain(200))] = "",
    action: Action | None = None,
    camera: Annotated[
        Id | None,
        Query(description="Camera whose footage it was about; acts on all cameras count too."),
    ] = None,
    footage_from: Annotated[_Time, Query(description="Start of the recorded time.")] = None,
    footage_to: Annotated[_Time, Query(description="End of the recorded time.")] = None,
    entered_from: Annotated[_Time, Query(description="Start of the time of entering.")] = None,
    entered_to: Annotated[_Time, Query(description="End of the time of entering.")] = None,
    after: Annotated[int, Query(ge=1, le=1 << 53, description="`next_cursor`.")] = 1,
    limit: PageLimit = MOST_PAGE,
) -> ActsOut:
    """List who searched, watched, exported, held, released or changed what, for which case."""
    scope = Scope.parse([camera] if camera else None)

    def between(start: str | None, end: str | None) -> Interval | None:
        return asked_interval(services, scope, start, end) if start or end else None

    wanted = Wanted(
        person=person,
        case=case,
        action=action,
        camera=camera_id(camera) if camera else None,
        footage=between(footage_from, footage_to),
        entered=between(entered_from, entered_to),
    )
    return ActsOut.of(page(services.log, wanted, first=after, limit=limit))
