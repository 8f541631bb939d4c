"""HTTP to a server that may answer slowly, endlessly or not at all: limits of bytes and time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx2

from footage.instant import Elapsed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ssl import SSLContext

    from footage.clock import Clock

MOST_BYTES: Final = 256 << 10
"""Most bytes of an answer; keys and addresses of a provider take some 10 kB."""
WITHIN: Final = Elapsed.parse("10s")
"""Longest time in which an answer comes whole."""
TIMEOUT: Final = httpx2.Timeout(5.0)
"""Longest time for connecting, sending, and for each wait for a piece of an answer."""
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
        """Return the answer to a request; the body raises `httpx2.ReadError` past the limits."""
        request.headers.update(_PLAIN)
        deadline = self._clock.monotonic() + WITHIN
        answer = self._inner.handle_request(request)
        if answer.headers.get("content-encoding", "identity") != "identity":
            answer.close()
            raise httpx2.DecodingError("the answer is compressed", request=request)
        answer.stream = _Limited(answer, deadline, self._clock)
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


class _Limited(httpx2.SyncByteStream):
    def __init__(self, answer: httpx2.Response, deadline: Elapsed, clock: Clock) -> None:
        stream = answer.stream
        if not isinstance(stream, httpx2.SyncByteStream):
            raise TypeError("an answer whose body cannot be read here")
        self._stream, self._deadline, self._clock = stream, deadline, clock

    def __iter__(self) -> Iterator[bytes]:
        left = MOST_BYTES
        for piece in self._stream:
            left -= len(piece)
            if left < 0:
                raise httpx2.ReadError(f"an answer of more than {MOST_BYTES} bytes")
            if self._clock.monotonic() >= self._deadline:
                raise httpx2.ReadError(f"an answer that took longer than {WITHIN}")
            yield piece

    def close(self) -> None:
        self._stream.close()
