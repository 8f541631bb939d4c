"""Most that a request to the HTTP API may take, and the names clients may call the server by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from footage.instant import Elapsed

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names that are always right: no foreign name resolves to these in a browser's eyes."""
BODY_BYTES: Final = 1 << 20
"""A hold over all cameras of a city takes 75 kB."""
READ_WITHIN: Final = Elapsed.parse("20s")


@dataclass(frozen=True, slots=True)
class Limits:
    """Most that a request may take, and the names that clients may call this server by.

    Attributes:
        hosts: Names in `Host` besides those of loopback. A web page elsewhere can make a browser
            ask this server under a name of the page's own (DNS rebinding), never under these.
        body_bytes: Most bytes of a request's body.
        read_within: Longest time from the end of a request's header to the end of the body.
    """

    hosts: frozenset[str] = LOOPBACK
    body_bytes: int = BODY_BYTES
    read_within: Elapsed = READ_WITHIN
