"""Messages on the signer's socket: one question and one answer a connection.

Each is a line of JSON, then as many bytes as the line's member "body" says. A question is one of::

    {"do": "keys"}                                                      public keys and certificate
    {"do": "checkpoint", "note": TEXT, "at": SECONDS, "old": N, "proof": [BASE64, ...]}
    {"do": "seal", "body": N}                                           N bytes: a manifest
    {"do": "clip", "body": 32}                                          the SHA-256 of a film

An answer has the member "ok", or "error" with "kind" and "hint", or "prove": the number of leaves
from which the proof is to begin, or "wait": microseconds until another signature is due.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from footage import errors
from footage.errors import BadInput, FootageError, Unavailable

if TYPE_CHECKING:
    import socket

    from footage.clock import Clock
    from footage.instant import Elapsed

MOST_LINE: Final = 1 << 20
"""Bytes of the line: a checkpoint with a proof has 4 kB, the public keys of a decade 100 kB."""
MOST_BODY: Final = 64 << 20
"""Bytes of a manifest: some 120 000 segments."""
_CHUNK: Final = 1 << 16
_KINDS: Final = ("BadInput", "NotFound", "Misconfigured", "Unavailable", "NoSpace", "DataLoss",
                 "Refused", "Conflict", "NotPermitted")  # fmt: skip


class Wire:
    """A connected socket, on which all must be done by a deadline.

    Args:
        connected: The socket; closed by whoever opened it.
        clock: Measures.
        within: Time from now for everything that is sent and received.
    """

    def __init__(self, connected: socket.socket, clock: Clock, within: Elapsed) -> None:
        self._socket, self._clock = connected, clock
        self._until = clock.monotonic() + within
        self._rest, self._left = b"", 0

    def send(self, line: dict[str, Any], body: bytes = b"") -> None:
        """Send a line and the bytes behind it.

        Raises:
            Unavailable: The other side went away, or took too long.
        """
        data = json.dumps({**line, "body": len(body)}).encode() + b"\n" + body
        try:
            for at in range(0, len(data), _CHUNK):
                self._hurry()
                self._socket.sendall(data[at : at + _CHUNK])
        except OSError as exc:
            raise Unavailable(f"the other side of the socket does not take it: {exc}") from exc

    def line(self) -> dict[str, Any]:
        """Receive a line.

        Raises:
            BadInput: What came is no such line, or longer than allowed.
            Unavailable: The other side went away before the end, or took too long.
        """
        found = bytearray()
        while b"\n" not in found:
            if len(found) > MOST_LINE:
                raise BadInput(f"a line of more than {MOST_LINE} bytes")
            found += self._some(_CHUNK)
        line, _, rest = bytes(found).partition(b"\n")
        try:
            said: dict[str, Any] = json.loads(line)
            self._left = int(said.get("body", 0))
        except (ValueError, TypeError, AttributeError, RecursionError) as exc:
            raise BadInput("not a line of the signer's socket") from exc
        if not 0 <= self._left <= MOST_BODY or len(rest) > self._left:
            raise BadInput(f"bytes behind the line: at most {MOST_BODY}, and as many as it says")
        self._rest = rest
        return said

    def body(self) -> bytes:
        """Receive the bytes behind the line; errors are those of `line`."""
        body = bytearray(self._rest)
        while len(body) < self._left:
            body += self._some(self._left - len(body))
        return bytes(body)

    def _some(self, most: int) -> bytes:
        try:
            self._hurry()
            data = self._socket.recv(min(most, _CHUNK))
        except OSError as exc:
            raise Unavailable(f"nothing more comes by the socket: {exc}") from exc
        if not data:
            raise Unavailable("the other side of the socket went away")
        return data

    def _hurry(self) -> None:
        left = self._until - self._clock.monotonic()
        if left.us <= 0:
            raise TimeoutError("too slow")
        self._socket.settimeout(left.in_seconds)


def failure(exc: FootageError) -> dict[str, Any]:
    """Return the answer that tells of an error."""
    return {"error": str(exc.args[0]), "kind": type(exc).__name__, "hint": exc.hint}


def raised(answer: dict[str, Any]) -> FootageError:
    """Return the error that an answer tells of."""
    kind = str(answer.get("kind"))
    made: type[FootageError] = getattr(errors, kind) if kind in _KINDS else Unavailable
    return made(str(answer.get("error")), hint=str(answer.get("hint") or ""))
