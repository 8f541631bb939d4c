"""Route that preserves footage for an order on paper. The hold service writes the entries."""

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Response

from api.auth import Asking
from api.bodies.preservations import PreservationIn, PreservationOut
from api.deps import Ready, Services, asked_interval
from api.reach import require_scope
from api.rules import Reaching, rule
from evidence.cases import purpose_of
from evidence.holds import Ordered
from evidence.neighbours import neighbours
from evidence.preservation_receipt import receipt
from footage.access import Permission, Reach
from footage.action import Action, Purpose
from footage.hold import Order
from footage.ids import CameraId
from footage.instant import Interval
from footage.scope import Scope
from footage.stays import windows

router = APIRouter(tags=["holds"])
_AGAIN: Final = HTTPStatus.OK


@router.post(
    "/preservations",
    operation_id="preserve",
    status_code=HTTPStatus.CREATED,
    responses={_AGAIN: {"model": PreservationOut, "description": "The hold stood before."}},
    **rule(Permission.PLACE_HOLDS, enters=Action.HOLD),
)
def preserve(
    services: Ready, caller: Asking, reach: Reaching, response: Response, asked: PreservationIn
) -> PreservationOut:
    """Hold what an order on paper names; once answered, nothing of it can be deleted (invariant 4).

    Nobody else is asked first. What is not stored yet is held as it arrives. The same order again
    answers 200, and ends what a crash or a store that was away left. All must be in reach, the
    neighbours that are asked for too; `neighbours` names cameras in reach alone.
    """
    now, scope = services.clock.now(), asked.scope
    interval = asked_interval(services, scope, asked.start, asked.end)
    given = asked_interval(services, scope, None, asked.given).end if asked.given else None
    require_scope(services.register, reach, scope, interval)
    if asked.with_neighbours:
        around = _around(services, scope, interval, asked.with_neighbours)
        if around:
            require_scope(services.register, reach, Scope(cameras=around), interval)
    code = asked.purpose or purpose_of(services.cases.cases, asked.case)
    order = Order(asked.order, now, given, asked.document.paper() if asked.document else None)
    wanted = Ordered(
        sorted(scope.cameras),
        interval,
        order,
        asked.authority,
        asked.reason,
        scope,
    )
    done = services.preservation().preserve(
        wanted, Purpose(caller.person.id, asked.case, code), asked.with_neighbours
    )
    if done.held.stood:
        response.status_code = _AGAIN
    told = receipt(done, services.register.cameras(), services.zone)
    if reach.limited:
        seen = _in_reach(services, reach, interval)
        told["neighbours"] = [one for one in told["neighbours"] if one["camera"] in seen]
    return PreservationOut.model_validate(told)


def _around(
    services: Services, scope: Scope, interval: Interval, metres: float
) -> frozenset[CameraId]:
    stays = services.register.stays()
    named = windows(stays, scope, interval)
    return frozenset(one.camera for one in neighbours(stays, named, interval, metres))


def _in_reach(services: Services, reach: Reach, interval: Interval) -> set[CameraId]:
    return set(reach.windows(services.register.stays(), interval))
