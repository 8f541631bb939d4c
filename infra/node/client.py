"""Asks recording nodes for their status reports, all at once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput, FootageError, Unavailable
from infra.config.address import Address
from infra.node.report import NodeReport, read

if TYPE_CHECKING:
    from collections.abc import Sequence

WITHIN_S: Final = 5.0
"""A node of 950 cameras answers within 0.2 s; one that takes longer is in trouble itself."""
_MOST: Final = 64_000_000
_AT_ONCE: Final = 32
_OK: Final = 200


def ask(address: str, within_s: float = WITHIN_S) -> NodeReport:
    """Report of the recording node at `address`.

    Raises:
        Unavailable: Nobody answers there, or not within `within_s` a step.
        BadInput: `address` is no address, or what answers is no recording node.
    """
    at = Address.parse(address)
    try:
        with closing(HTTPConnection(at.host, at.port, timeout=within_s)) as connection:
            connection.request("GET", "/status", headers={"Connection": "close"})
            answer = connection.getresponse()
            body = answer.read(_MOST)
    except (OSError, HTTPException) as exc:
        raise Unavailable(f"no answer from {at}: {exc}") from exc
    if answer.status != _OK:
        raise Unavailable(f"no status from {at}: it answers {answer.status}")
    try:
        return read(json.loads(body))
    except ValueError as exc:
        raise BadInput(f"what answers at {at} is no recording node") from exc


def ask_all(addresses: Sequence[str]) -> list[NodeReport | FootageError]:
    """Reports of several nodes, in order, asked at once; for a failed node, the error."""
    if not addresses:
        return []
    with ThreadPoolExecutor(min(len(addresses), _AT_ONCE)) as pool:
        return list(pool.map(_ask, addresses))


def _ask(address: str) -> NodeReport | FootageError:
    try:
        return ask(address)
    except FootageError as exc:
        return exc
