"""The outermost layer of the application: the id of each request, the headers of each answer.

The layer stands before the gate and around the answer to an unforeseen error, so every answer of
the application passes. What the server itself refuses (a header that is no HTTP, more connections
than it takes) never comes here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.request_context import begin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.counts import RequestCounts
    from footage.access import PersonId
    from footage.clock import Clock
    from footage.ports import Span, Tracer

REQUEST_ID: Final = b"x-request-id"
_ALWAYS: Final[dict[bytes, bytes]] = {
    # No answer is a page unless its route says so: nothing is loaded, run, framed or sent.
    b"content-security-policy": (
        b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",  # footage and secrets: each showing of footage is a view
}
"""Headers of every answer whose route does not set the header itself."""
_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_OTHER: Final = "other"
_STRICT_TRANSPORT: Final = {b"strict-transport-security": b"max-age=31536000; includeSubDomains"}


@dataclass(frozen=True, slots=True)
class RequestTraces:
    """Traces of requests, without anything that a request says.

    Attributes:
        tracer: Takes the spans.
        templates: Path of each operation, with names in braces, by the operation's id.
    """

    tracer: Tracer
    templates: Mapping[str, str]

    def describe(self, span: Span, scope: Scope, status: int) -> None:
        """Note method, path and status of a request, where names stand in the path for values.

        Args:
            span: The request's span.
            scope: The request, once its route is known.
            status: Status of the answer; 0 for a request without an answer.
        """
        route = self.templates.get(_operation(scope), _OTHER)
        method = scope["method"] if scope["method"] in _METHODS else _OTHER
        span.rename(f"{method} {route}")
        span.note("http.request.method", method)
        span.note("http.route", route)
        span.note("http.response.status_code", status)


class Answering:
    """ASGI middleware that gives each request an id and each answer its headers.

    Args:
        app: The application inside.
        behind_proxy: Whether a proxy of ours sets `X-Forwarded-Proto`.
        spend_footage: Is told of each piece of footage that a person is given: its bytes.
        counts: Counts the answers.
        traces: Takes a span for each request.
        clock: Tells how long an answer took.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        behind_proxy: bool,
        spend_footage: Callable[[PersonId, int], None],
        counts: RequestCounts,
        traces: RequestTraces,
        clock: Clock,
    ) -> None:
        self._app = app
        self._behind_proxy = behind_proxy
        self._spend_footage = spend_footage
        self._counts, self._traces, self._clock = counts, traces, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer an HTTP request; what is not HTTP is handed on untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked: list[tuple[bytes, bytes]] = scope["headers"]
        context = begin([value for name, value in asked if name == REQUEST_ID])
        added = {**_ALWAYS, REQUEST_ID: context.id.encode("ascii")}
        if self._behind_proxy and (b"x-forwarded-proto", b"https") in asked:
            added |= _STRICT_TRANSPORT

        status, counted, began = 0, False, self._clock.monotonic()

        def count() -> None:
            nonlocal counted
            counted = True
            took = self._clock.monotonic() - began
            self._counts.add_request(_operation(scope), status, took, context.problem)

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                of_route = list(message.get("headers", ()))
                names = {name.lower() for name, _ in of_route}
                more = [(name, value) for name, value in added.items() if name not in names]
                message = {**message, "headers": [*of_route, *more]}
            elif context.viewer:
                given = len(message.get("body", b""))
                self._spend_footage(context.viewer, given)
                self._counts.add_footage(given)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                count()  # before the last piece leaves: whoever has an answer is counted
            await send(message)

        with self._traces.tracer.span("request") as span:
            try:
                await self._app(scope, receive, answer)
            finally:
                if not counted:
                    count()
                self._traces.describe(span, scope, status)


def _operation(scope: Scope) -> str:
    """Return the id of the operation that answers a request; "" for none."""
    return getattr(scope.get("route"), "operation_id", None) or ""
