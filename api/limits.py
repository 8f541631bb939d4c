"""Most that a request to the HTTP API may take, and the names clients may call the server by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from footage.instant import Elapsed

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names by which a client may always call the server: no web page has one of these names."""
BODY_BYTES: Final = 1 << 20
"""Most bytes of a body: a hold over all cameras of a city takes 75 kB."""
PICTURE_BYTES: Final = 20 << 20
"""Most bytes of a body with an example picture: telephones write 3 to 12 MB."""
PICTURES_AT_ONCE: Final = 16
"""Most bodies with an example picture in memory at once: 320 MiB."""
PICTURE_PATH: Final = "/api/v1/search/picture"
"""The path whose bodies hold an example picture."""
READ_WITHIN: Final = Elapsed.parse("20s")
"""Longest time in which a body is read."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Most that a request may take, and the names that clients may call this server by.

    Attributes:
        hosts: Names in `Host` besides those of loopback. A web page elsewhere can make a browser
            ask this server, but only under the name of the page (DNS rebinding).
        body_bytes: Most bytes of a request's body.
        picture_bytes: Most bytes of a body with an example picture.
        read_within: Longest time from the end of a request's header to the end of the body.
        behind_proxy: Whether a proxy of ours stands before the server, so that the proxy's
            `X-Forwarded-Proto` and `X-Forwarded-For` are to be believed.
        requests_per_minute: Most requests of a person; 0: as many as the person likes.
        bytes_per_hour: Most bytes of footage that a person is given; 0: as many as asked for.
        sign_ins_per_minute: Most attempts to sign in from an address; 0: as many as come.
    """

    hosts: frozenset[str] = LOOPBACK
    body_bytes: int = BODY_BYTES
    read_within: Elapsed = READ_WITHIN
    behind_proxy: bool = False
    requests_per_minute: int = 0
    bytes_per_hour: int = 0
    sign_ins_per_minute: int = 0
    picture_bytes: int = PICTURE_BYTES

    def body_of(self, path: str) -> int:
        """Return the most bytes of the body of a request for `path`."""
        return self.picture_bytes if path == PICTURE_PATH else self.body_bytes
