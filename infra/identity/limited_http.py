"""HTTP to a server that may answer slowly, endlessly or not at all: limits of bytes and time."""

from __future__ import annotations

from contextlib import suppress
from socket import SHUT_RDWR
from threading import Event
from typing import TYPE_CHECKING, Any, Final

import httpx2

from footage.errors import Unavailable
from footage.instant import Elapsed
from infra.host.time_limit import within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from socket import socket
    from ssl import SSLContext

    from footage.clock import Clock

MOST_BYTES: Final = 256 << 10
"""Most bytes of an answer; keys and addresses of a provider take some 10 kB."""
WITHIN: Final = Elapsed.parse("10s")
"""Longest time in which an answer comes whole."""
TIMEOUT: Final = httpx2.Timeout(5.0)
"""Longest time for connecting, sending, and for each wait for a piece of an answer."""
_CONNECTED: Final = {"connection.connect_tcp.complete", "connection.start_tls.complete"}
_PLAIN: Final = {"accept-encoding": "identity"}


class LimitedTransport(httpx2.BaseTransport):
    """Sends requests; refuses answers that are compressed, too large or too slow.

    A compressed answer could grow without bounds when unpacked.

    Args:
        context: TLS context that knows which certificates are trusted.
        clock: Measures the time of an answer.
    """

    def __init__(self, context: SSLContext, clock: Clock) -> None:
        self._inner = httpx2.HTTPTransport(verify=context, trust_env=False)
        self._clock = clock

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the answer to a request, read to its end.

        Raises:
            httpx2.ReadTimeout: The answer was not there, to its last byte, within `WITHIN`: from
                looking up the name on, however slowly headers or body came.
            httpx2.HTTPError: The answer is too large or compressed, or did not come.
        """
        request.headers.update(_PLAIN)
        exchange = _Exchange(self._clock.monotonic() + WITHIN, self._clock)
        request.extensions = {**request.extensions, "trace": exchange.watch}
        try:
            return within(WITHIN, lambda: exchange.read(self._inner.handle_request(request)))
        except Unavailable as exc:
            exchange.break_off()  # the thread that still reads comes to its end
            raise _too_slow() from exc

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


class _Exchange:
    """A request and its answer: until when, and over which socket."""

    def __init__(self, deadline: Elapsed, clock: Clock) -> None:
        self._deadline, self._clock = deadline, clock
        self._socket: socket | None = None
        self._broken_off = Event()

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """Take the socket of a connection that was made; called at each step of the exchange."""
        if event in _CONNECTED:
            self._socket = info["return_value"].get_extra_info("socket")
        if self._broken_off.is_set():
            raise _too_slow()

    def break_off(self) -> None:
        """End the exchange in whatever step it is; at the latest when a connection is made."""
        self._broken_off.set()
        if self._socket is not None:
            with suppress(OSError):  # closed already
                self._socket.shutdown(SHUT_RDWR)

    def read(self, answer: httpx2.Response) -> httpx2.Response:
        """Return the answer with its body read, within the limits."""
        stream = answer.stream
        if not isinstance(stream, httpx2.SyncByteStream):
            raise TypeError("an answer whose body cannot be read here")
        try:
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise httpx2.DecodingError("the answer is compressed")
            body = b"".join(self._pieces(stream))
        finally:
            stream.close()
        return httpx2.Response(
            answer.status_code, headers=answer.headers, stream=httpx2.ByteStream(body)
        )

    def _pieces(self, stream: httpx2.SyncByteStream) -> Iterator[bytes]:
        left = MOST_BYTES
        for piece in stream:
            left -= len(piece)
            if left < 0:
                raise httpx2.ReadError(f"an answer of more than {MOST_BYTES} bytes")
            if self._clock.monotonic() >= self._deadline:
                raise _too_slow()
            yield piece


def _too_slow() -> httpx2.ReadTimeout:
    return httpx2.ReadTimeout(f"an answer that took longer than {WITHIN}")
