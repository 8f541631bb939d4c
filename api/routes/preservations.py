"""Route that preserves footage for an order on paper. The hold service writes the entries."""

import logging
from base64 import b64encode
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Response

from api.auth import Asking
from api.bodies.preservations import PreservationIn, PreservationOut, ReceiptFileOut
from api.deps import Ready, Services, asked_interval
from api.reach import require_scope
from api.rules import Reaching, rule
from evidence.cases import purpose_of
from evidence.holds import Ordered
from evidence.neighbours import neighbours
from evidence.preservation_receipt import receipt
from evidence.receipt_files import receipt_files
from footage.access import Permission, Reach
from footage.action import Action, Purpose
from footage.errors import FootageError
from footage.hold import Order
from footage.ids import CameraId
from footage.instant import Instant, Interval
from footage.scope import Scope
from footage.stays import windows

router = APIRouter(tags=["holds"])
_AGAIN: Final = HTTPStatus.OK
_log = logging.getLogger(__name__)


@router.post(
    "/preservations",
    operation_id="preserve",
    status_code=HTTPStatus.CREATED,
    responses={_AGAIN: {"model": PreservationOut, "description": "The hold stood before."}},
    **rule(Permission.PLACE_HOLDS, enters=Action.HOLD),
)
def preserve(
    services: Ready,
    caller: Asking,
    reach: Reaching,
    response: Response,
    asked: PreservationIn,
    *,
    files: bool = False,
) -> PreservationOut:
    """Hold what an order on paper names; once answered, nothing of it can be deleted (invariant 4).

    Nobody else is asked first. What is not stored yet is held as it arrives. The same order again
    answers 200, and ends what a crash or a store that was away left. All must be in reach, the
    neighbours that are asked for too; `neighbours` names cameras in reach alone. With `files`, the
    answer has the receipt to be printed and kept, as JSON and as PDF in English and Urdu.
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
    answer = PreservationOut.model_validate(told)
    if files:
        _add_files(services, answer, told, done.looked)
    return answer


def _add_files(
    services: Services, answer: PreservationOut, told: dict[str, Any], made: Instant
) -> None:
    """Add the files of a receipt to the answer; the hold stands, whether or not they are made."""
    try:
        for file in receipt_files(told, services.documents(), made):
            kind = "application/json" if file.name.endswith(".json") else "application/pdf"
            text = b64encode(file.data).decode()
            answer.files.append(ReceiptFileOut(name=file.name, type=kind, base64=text))
    except FootageError as exc:
        _log.error("%s: the receipt is incomplete: %s", told["hold"], exc)
        answer.no_files = str(exc)


def _around(
    services: Services, scope: Scope, interval: Interval, metres: float
) -> frozenset[CameraId]:
    stays = services.register.stays()
    named = windows(stays, scope, interval)
    return frozenset(one.camera for one in neighbours(stays, named, interval, metres))


def _in_reach(services: Services, reach: Reach, interval: Interval) -> set[CameraId]:
    return set(reach.windows(services.register.stays(), interval))
