"""The HTTP server, Uvicorn: reads a request's header within a limit of time and size."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio
    import socket
    from collections.abc import Callable

    from footage.instant import Elapsed

GRACE_S: Final = 5
"""Seconds that requests under way may go on after SIGTERM; a film that is cut off says so."""
HEADER_BYTES: Final = 16_384
CONNECTIONS: Final = 256
"""Connections at once; further requests are answered with 503. A film holds one while it plays."""
_IDLE: Final = "IDLE"
_YOUNG: Final = 50_000
"""New objects after which Python looks for garbage among them."""


def serve(app: Callable[..., Any], listening: socket.socket, *, read_within: Elapsed) -> None:
    """Serve `app` on a listening socket until SIGTERM or Ctrl-C.

    Args:
        app: The ASGI application.
        listening: The socket.
        read_within: Longest time from a connection's begin, or from a header's first byte, to the
            end of the header.
    """

    class Timed(HeaderInTime):
        within_s = read_within.in_seconds

    # No access log: the custody log records views and searches; paths may name cameras.
    config = uvicorn.Config(
        app,
        http=Timed,
        ws="none",
        log_config=None,  # Uvicorn's loggers write to the common log, masked
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # whoever reaches loopback could name any client; see api.behind_proxy
        h11_max_incomplete_event_size=HEADER_BYTES,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=GRACE_S,
    )
    collect_seldom()
    uvicorn.Server(config).run(sockets=[listening])


def collect_seldom() -> None:
    """Have Python look for cycles of garbage less often; what is loaded by now is never looked at.

    An answer about a city makes some ten thousand objects, none in a cycle: with Python's own
    limits a ninth of a server's work was looking through them again and again. Garbage in cycles
    waits for as many new objects, some MB.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 100)


class HeaderInTime(H11Protocol):
    """A connection that is closed where a request's header does not come in time.

    Uvicorn itself limits only the time between two requests, and a single byte ends that.
    """

    within_s = 20.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as Uvicorn gives them
        super().__init__(*args, **kwargs)
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as Uvicorn has it
        """Take a connection; the time for the first header begins."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take bytes; the time for a header ends with the header."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Go on to the next request, of which a part may have come already."""
        super().on_response_complete()
        if self.conn.trailing_data[0]:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Start the time where a header is still to come, stop it where none is."""
        if str(self.conn.their_state) != _IDLE or self.transport.is_closing():
            self._stop()
        elif self._late is None:
            self._late = self.loop.call_later(self.within_s, self.transport.abort)

    def _stop(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
