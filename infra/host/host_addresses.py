"""Addresses of a host by its name, looked up within a time limit."""

from __future__ import annotations

import socket
from typing import Final

from footage.errors import Unavailable
from footage.instant import Elapsed
from infra.host.time_limit import within

_LIMIT: Final = Elapsed.parse("2s")


def addresses_of(host: str) -> list[str]:
    """Return the addresses of a host, by name or by number in any spelling; none where not known.

    Not known is also what nobody answers within two seconds.
    """

    def look() -> list[str]:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return sorted({str(address[4][0]) for address in found})

    try:
        return within(_LIMIT, look)
    except (OSError, UnicodeError, Unavailable):
        return []
