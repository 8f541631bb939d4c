"""The FastAPI application: routes, problems, authentication; services come in ready-made."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from starlette.formparsers import MultiPartParser

from api import docs_page, page_files, problems
from api.allowance import Allowances
from api.answering import Answering, RequestTraces
from api.auth import authenticated
from api.bodies.health import ProblemOut
from api.counts import RequestCounts
from api.gate import Gate
from api.limits import Limits
from api.routes import (
    absences,
    approvals,
    cameras,
    cases,
    custody,
    encoder,
    exports,
    health,
    hls,
    holds,
    jobs,
    keyframes,
    people,
    preservations,
    provider,
    proxies,
    retention,
    search,
    session,
    status,
    still,
    store,
    stored,
    streams,
    thumbnails,
    timeline,
    video,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp

    from api.deps import Services

API_VERSION: Final = "1.0"
_VERSION_1: Final = "/api/v1"
_DESCRIPTION: Final = "Recording storage and forensic search for a city's cameras."
_NO_TELEMETRY: Final = TelemetryConfig(
    tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False
)
"""FastAPI's telemetry is on by default and would record exceptions and addresses, which may name
people and places. `Answering` traces requests instead, without them."""
_PROBLEM: Final = {
    "description": "A problem (RFC 9457)",
    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class _Application(FastAPI):
    """A FastAPI application that describes problems by the media type of RFC 9457.

    FastAPI's response models cannot name another media type than JSON.

    Attributes:
        limits: Most that a request may take.
        templates: Path of each operation, with names in braces, by the operation's id.
    """

    limits = Limits()
    templates: Mapping[str, str] = MappingProxyType({})

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, with the schema of a problem added."""
        document = super().openapi()
        document["components"]["schemas"]["Problem"] = ProblemOut.model_json_schema()
        return document

    def build_middleware_stack(self) -> ASGIApp:
        """Return the layers of the application, with `Answering` outside of all others.

        A layer that is added stands inside FastAPI's answer to an unforeseen error.
        """
        return Answering(
            super().build_middleware_stack(),
            behind_proxy=self.limits.behind_proxy,
            spend_footage=self.state.allowances.spend_footage,
            counts=self.state.counts,
            traces=RequestTraces(self.state.services.tracer, self.templates),
            clock=self.state.services.clock,
        )


def create_app(
    services: Services, limits: Limits | None = None, counts: RequestCounts | None = None
) -> FastAPI:
    """Return the application over ready `services`; nothing is built or opened here.

    Args:
        services: What the routes use.
        limits: Most that a request may take; None: the usual.
        counts: Counts the answers; None: counts that nobody reads.
    """
    limits = limits or Limits()
    # An example picture stays in memory, where the gate has it already: else a part of more than
    # 1 MiB would be written to the machine's temporary folder.
    MultiPartParser.spool_max_size = limits.picture_bytes
    app = bare_app()
    app.state.services = services
    app.state.counts = counts or RequestCounts()
    app.limits = limits
    app.state.allowances = Allowances(limits, services.clock)
    app.add_middleware(Gate, limits=limits)
    return app


def bare_app() -> _Application:
    """Return the application with all routes but no services: enough to describe the routes."""
    app = _Application(
        title="Footage",
        version=API_VERSION,
        description=_DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # the page would load its script from a foreign host
        redoc_url=None,
        telemetry=_NO_TELEMETRY,
        redirect_slashes=False,  # behind a proxy the redirect would lead from https to http
    )
    problems.install(app)
    docs_page.install(app)
    page_files.install(app)
    app.include_router(health.router, responses={"default": _PROBLEM})
    templates = _templates(health.router, "")
    version_1 = APIRouter(
        prefix=_VERSION_1,
        dependencies=[Depends(authenticated)],
        responses={"default": _PROBLEM},
    )
    for module in (
        session,
        cameras,
        timeline,
        search,
        keyframes,
        still,
        thumbnails,
        video,
        hls,
        streams,
        proxies,
        stored,
        holds,
        preservations,
        approvals,
        cases,
        exports,
        absences,
        jobs,
        encoder,
        people,
        custody,
        status,
        retention,
        store,
    ):
        version_1.include_router(module.router)
        templates |= _templates(module.router, _VERSION_1)
    for opened in (session.open_router, provider.router):
        app.include_router(opened, prefix=_VERSION_1, responses={"default": _PROBLEM})
        templates |= _templates(opened, _VERSION_1)
    app.include_router(version_1)
    app.templates = templates
    return app


def _templates(router: APIRouter, prefix: str) -> dict[str, str]:
    routes = (route for route in router.routes if isinstance(route, APIRoute))
    return {route.operation_id: prefix + route.path for route in routes if route.operation_id}
