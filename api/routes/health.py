"""Routes for liveness and readiness. Both need no token: neither says anything about footage."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Response

from api.bodies.health import Alive, Readiness
from api.deps import Ready
from footage.errors import FootageError
from footage.ids import camera_id

router = APIRouter(tags=["health"])
_log = logging.getLogger(__name__)
_NOTHING: Final = "readiness/"
"""Prefix of no key: listing the prefix reaches the store and finds nothing."""
_NOBODY: Final = camera_id("readiness")
"""Id of no camera: asking for the camera's newest segment reaches the catalogue and reads none."""


@router.get("/healthz", operation_id="alive")
def alive() -> Alive:
    """Answer that the process is alive."""
    return Alive(status="alive")


@router.get("/readyz", operation_id="ready", responses={503: {"model": Readiness}})
def ready(services: Ready, response: Response) -> Readiness:
    """Report whether register, catalogue and store answer; 503 when any does not.

    The reason is only in the log, since anybody may ask here.
    """
    looks: dict[str, Callable[[], object]] = {
        "register": services.register.districts,
        "catalogue": lambda: services.catalogue.last_segment(_NOBODY),
        "store": lambda: list(services.store.list(_NOTHING)),
    }
    parts = {name: _look(name, look) for name, look in looks.items()}
    whole = all(said == "ok" for said in parts.values())
    response.status_code = HTTPStatus.OK if whole else HTTPStatus.SERVICE_UNAVAILABLE
    return Readiness(ready=whole, parts=parts)


def _look(name: str, look: Callable[[], object]) -> str:
    try:
        look()
    except FootageError as exc:
        _log.warning("%s is not ready: %s", name, exc)
        return "unavailable"
    return "ok"
