"""The gate before the application: which requests are read, how many bytes of each, how long.

The gate stands before authentication: without the gate a request of 1 GiB without a token took
4.3 GB of memory, and a request that never ends kept a connection for ever. A refused request is
answered and the connection closed; what the client still sends is not read.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import anyio

from api.limits import LOOPBACK, PICTURE_PATH, PICTURES_AT_ONCE
from api.problems import RETRY_AFTER_S, Problem, response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.limits import Limits

_HOST: Final = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[^:\[\]/@\s]+))(?::[0-9]{1,5})?")
_TOO_LARGE: Final = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Gate:
    """ASGI middleware that reads each request's body within limits, or refuses the request."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits
        self._pictures = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body of an HTTP request within the limits, then let the application answer.

        A request outside the limits is answered with a problem, and the application never sees the
        request. What is not HTTP, such as the start of the server, is handed on unread.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        picture = scope["path"] == PICTURE_PATH
        if picture and self._pictures >= PICTURES_AT_ONCE:
            await response(_too_many())(scope, receive, send)
            return
        self._pictures += picture
        try:
            await self._within_limits(scope, receive, send)
        finally:
            self._pictures -= picture

    async def _within_limits(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = self._limits.body_of(scope["path"])
        try:
            self._check(dict(scope["headers"]), most)
            _check_kind(scope["headers"])
            body = await self._read(receive, most)
        except Problem as problem:
            await response(problem)(scope, receive, send)
            return
        if body is None:
            return  # the client has gone

        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()  # tells when the client goes
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, send)

    def _check(self, headers: dict[bytes, bytes], most: int) -> None:
        """Refuse a request by its header alone, before a byte of the body is read.

        Raises:
            Problem: 421, the client calls the server by a name that the limits do not list; 413,
                the header announces a body that is too large.
        """
        said = headers.get(b"host", b"").decode("latin-1").lower()
        host = _HOST.fullmatch(said)
        if host is None or (host["v6"] or host["name"]) not in LOOPBACK | self._limits.hosts:
            raise _refusal(
                HTTPStatus.MISDIRECTED_REQUEST,
                "misdirected-request",
                "this server does not go by the name in Host; see the setting api.hosts",
            )
        length = headers.get(b"content-length", b"0")
        # Of digits alone, as the server checked; int() would take minutes for many digits.
        if len(length.lstrip(b"0")) > len(str(most)) or int(length) > most:
            raise _too_large(most)

    async def _read(self, receive: Receive, most: int) -> bytes | None:
        """Return the body of a request; None where the client went before the body ended.

        Raises:
            Problem: 413, the body is larger than the limit; 408, the body took too long.
        """
        body = bytearray()
        with anyio.move_on_after(self._limits.read_within.in_seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                body += message.get("body", b"")
                if len(body) > most:
                    raise _too_large(most)
                if not message.get("more_body", False):
                    return bytes(body)
        raise _refusal(
            HTTPStatus.REQUEST_TIMEOUT,
            "request-timeout",
            f"the body did not come within {self._limits.read_within}",
        )


def _check_kind(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Refuse a form that names a character set.

    The form's reader would look for any codec of Python by that name, keep each unknown name for
    ever, and decode by codecs that take the square of the length. Browsers name none (RFC 7578).

    Raises:
        Problem: 415, a `Content-Type` of a form names a character set.
    """
    for name, said in headers:
        kind = said.lower()
        if name == b"content-type" and b"multipart/" in kind and b"charset" in kind:
            raise _refusal(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "a form is in UTF-8"
            )


def _too_large(most: int) -> Problem:
    return _refusal(_TOO_LARGE, "body-too-large", f"a body of more than {most} bytes")


def _too_many() -> Problem:
    said = f"{PICTURES_AT_ONCE} example pictures are being sent or searched for already"
    headers = {"Connection": "close", "Retry-After": str(RETRY_AFTER_S)}
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", said, headers=headers)


def _refusal(status: HTTPStatus, kind: str, detail: str) -> Problem:
    return Problem(status, kind, detail, headers={"Connection": "close"})
