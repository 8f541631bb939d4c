"""The outermost layer of the application: the id of each request, the headers of each answer.

The layer stands before the gate and around the answer to an unforeseen error, so every answer of
the application passes. What the server itself refuses (a header that is no HTTP, more connections
than it takes) never comes here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from api.request_context import begin

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.limits import Limits

REQUEST_ID: Final = b"x-request-id"
_ALWAYS: Final[dict[bytes, bytes]] = {
    # No answer is a page unless its route says so: nothing is loaded, run, framed or sent.
    b"content-security-policy": (
        b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
}
"""Headers of every answer whose route does not set the header itself."""
_STRICT_TRANSPORT: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class Answering:
    """ASGI middleware that gives each request an id and each answer its headers."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer an HTTP request; what is not HTTP is handed on untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked: list[tuple[bytes, bytes]] = scope["headers"]
        context = begin([value for name, value in asked if name == REQUEST_ID])
        added = {**_ALWAYS, REQUEST_ID: context.id.encode("ascii")}
        if self._limits.behind_proxy and (b"x-forwarded-proto", b"https") in asked:
            added |= dict([_STRICT_TRANSPORT])

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                names = {name.lower() for name, _ in given}
                more = [(name, value) for name, value in added.items() if name not in names]
                message = {**message, "headers": [*given, *more]}
            await send(message)

        await self._app(scope, receive, answer)
