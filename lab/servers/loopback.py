"""Free ports on 127.0.0.1, and plain HTTP to 127.0.0.1 and to the hosts of `netns`."""

from __future__ import annotations

import http.client
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from footage.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

HOST: Final = "127.0.0.1"
_TIMEOUT_S: Final = 5.0


def free_ports(count: int) -> tuple[int, ...]:
    """Return `count` different ports that nothing listens on at this moment."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return tuple(each.getsockname()[1] for each in sockets)


def claim(ports: Sequence[int] | None, count: int) -> tuple[int, ...]:
    """Return `ports`, proven free, or `count` free ports where `ports` is None.

    A health check against a taken port would be answered by the wrong server.

    Raises:
        Unavailable: Something listens on a port asked for.
    """
    if ports is None:
        return free_ports(count)
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as exc:
                raise Unavailable(f"port {port} of {HOST} is taken: {exc}") from exc
    return tuple(ports)


def request(
    port: int,
    method: str,
    path: str,
    *,
    host: str = HOST,
    body: bytes | None = None,
    timeout_s: float = _TIMEOUT_S,
) -> tuple[int, bytes]:
    """Send an HTTP request; return status and body of the answer.

    Raises:
        Unavailable: Nothing answers at host and port, or not in HTTP.
    """
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException) as exc:
        raise Unavailable(f"{method} http://{host}:{port}{path}: {exc}") from exc
    finally:
        connection.close()


def answers(port: int, path: str, *, host: str = HOST) -> bool:
    """Whether GET of this path is answered with 200."""
    try:
        return request(port, "GET", path, host=host)[0] == http.client.OK
    except Unavailable:
        return False
