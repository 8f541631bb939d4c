"""Asks other recorders for promises over HTTP, at the address each has in membership."""

from __future__ import annotations

import http.client
import json
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from footage.errors import BadInput
from infra.config.address import Address
from recorder.leases.peers import Answer

if TYPE_CHECKING:
    from footage.ids import NodeId
    from footage.instant import Elapsed
    from footage.membership import Node

_PROC: Final = Path("/proc")
_NOWHERE: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not bound to
_MOST_BYTES: Final = 4_096


class HttpPeers:
    """Keeps `recorder.leases.peers.Peers`.

    Only a refused connection counts as GONE: the machine is there and has no such process. So a
    firewall between recorders must drop packets, not reject them.
    """

    def ask(self, peer: Node, me: NodeId, secret: str, within: Elapsed) -> Answer:
        """`GET /promise?from=NODE&token=SECRET`."""
        address = _reachable(peer.address)
        if address is None:
            return Answer.SILENT
        connection = http.client.HTTPConnection(*address, timeout=within.in_seconds)
        try:
            connection.request("GET", f"/promise?{urlencode({'from': me, 'token': secret})}")
            response = connection.getresponse()
            return _understood(response.status, response.read(_MOST_BYTES))
        except ConnectionRefusedError:
            return Answer.GONE
        except (OSError, http.client.HTTPException):
            return Answer.SILENT
        finally:
            connection.close()


def registered_address(address: str) -> str:
    """Form of an address ("HOST:PORT") for membership; "" if of no use to other machines.

    A loopback address means another process on each machine: it carries the name of ours, and
    nobody elsewhere asks there, to be refused and take us for dead.
    """
    if not address:
        return ""
    host = Address.parse(address).host
    if host in _NOWHERE:
        return ""
    return f"{address}#{_loopback()}" if _is_loopback(host) else address


def _reachable(written: str) -> Address | None:
    plain, _, place = written.partition("#")
    try:
        address = Address.parse(plain)
    except BadInput:
        return None
    return address if not _is_loopback(address.host) or place == _loopback() else None


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "::1"} or host.startswith("127.")


def _loopback() -> str:
    """Name of this network namespace's loopback, unique to boot and namespace."""
    boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}.{(_PROC / 'self/ns/net').stat().st_ino}"


def _understood(status: int, body: bytes) -> Answer:
    if status == HTTPStatus.FORBIDDEN:
        return Answer.ALIVE
    try:
        said = json.loads(body)
    except ValueError:
        return Answer.SILENT
    promised = status == HTTPStatus.OK and isinstance(said, dict) and said.get("promise") is True
    return Answer.PROMISED if promised else Answer.SILENT
