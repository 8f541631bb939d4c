"""The FastAPI application: routes, problems, authentication; services come in ready-made."""

from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.formparsers import MultiPartParser

from api import problems
from api.auth import authenticated
from api.deps import Services
from api.gate import Gate
from api.limits import Limits
from api.routes import (
    cameras,
    custody,
    encoder,
    health,
    hls,
    holds,
    keyframes,
    people,
    search,
    session,
    timeline,
    video,
)
from api.schemas import ProblemOut

API_VERSION: Final = "1.0"
_DESCRIPTION: Final = "Recording storage and forensic search for a city's cameras."
_NO_TELEMETRY: Final = TelemetryConfig(
    tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False
)
"""FastAPI's telemetry is on by default and would record exceptions, which may name people and
places."""
_PROBLEM: Final = {
    "description": "A problem (RFC 9457)",
    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class _Application(FastAPI):
    """A FastAPI application that describes problems by the media type of RFC 9457.

    FastAPI's response models cannot name another media type than JSON.
    """

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, with the schema of a problem added."""
        document = super().openapi()
        document["components"]["schemas"]["Problem"] = ProblemOut.model_json_schema()
        return document


def create_app(services: Services, limits: Limits | None = None) -> FastAPI:
    """Return the application over ready `services`; nothing is built or opened here.

    Args:
        services: What the routes use.
        limits: Most that a request may take; None: the usual.
    """
    limits = limits or Limits()
    # An example picture stays in memory, where the gate has it already: else a part of more than
    # 1 MiB would be written to the machine's temporary folder.
    MultiPartParser.spool_max_size = limits.picture_bytes
    app = bare_app()
    app.state.services = services
    app.add_middleware(Gate, limits=limits)
    return app


def bare_app() -> FastAPI:
    """Return the application with all routes but no services: enough to describe the routes."""
    app = _Application(
        title="Footage",
        version=API_VERSION,
        description=_DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # the page would load its script from a foreign host
        redoc_url=None,
        telemetry=_NO_TELEMETRY,
    )
    problems.install(app)
    app.include_router(health.router, responses={"default": _PROBLEM})
    version_1 = APIRouter(
        prefix="/api/v1",
        dependencies=[Depends(authenticated)],
        responses={"default": _PROBLEM},
    )
    for module in (
        session,
        cameras,
        timeline,
        search,
        keyframes,
        video,
        hls,
        holds,
        encoder,
        people,
        custody,
    ):
        version_1.include_router(module.router)
    app.include_router(session.open_router, prefix="/api/v1", responses={"default": _PROBLEM})
    app.include_router(version_1)
    return app
