"""Types of settings' values: durations, sizes, addresses, names, checked when read."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from footage.approval import ActKind
from footage.bytesize import parse_size
from footage.case import LONGEST_CODE
from footage.errors import BadInput
from footage.ids import node_id
from footage.instant import Elapsed
from footage.recipient import RecipientKind
from infra.config.address import Address
from recorder.store.eviction_policy import check_order

_HOST_NAME = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]*:[0-9a-f:.]*")
_SHORTEST_LEASE = Elapsed.parse("2s")
_LONGEST_LEASE = Elapsed.parse("5m")


def _duration(value: object) -> object:
    try:
        return Elapsed.parse(value) if isinstance(value, str) else value
    except BadInput as exc:
        raise ValueError(str(exc)) from exc


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise ValueError(f"not a time zone: {name!r}") from exc
    return name


def _address(text: str) -> str:
    try:
        return str(Address.parse(text)) if text else ""
    except BadInput as exc:
        raise ValueError(str(exc)) from exc


def _node(text: str) -> str:
    try:
        return node_id(text) if text else ""
    except BadInput as exc:
        raise ValueError(str(exc)) from exc


def _look_every(value: Elapsed) -> Elapsed:
    if not Elapsed.parse("200ms") <= value <= Elapsed.parse("1m"):
        raise ValueError("from 200ms to 1m")
    return value


def _lease(length: Elapsed) -> Elapsed:
    if not _SHORTEST_LEASE <= length <= _LONGEST_LEASE:
        raise ValueError(f"a lease is {_SHORTEST_LEASE} to {_LONGEST_LEASE} long")
    return length


def _size(value: object) -> object:
    try:
        return parse_size(value) if isinstance(value, str) else value
    except BadInput as exc:
        raise ValueError(str(exc)) from exc


def _size_or_zero(value: object) -> object:
    return 0 if value == "0" else _size(value)


def _names(value: object) -> object:
    return tuple(map(str.strip, value.split(","))) if isinstance(value, str) else value


def _order(names: tuple[str, ...]) -> tuple[str, ...]:
    try:
        check_order(names)
    except BadInput as exc:
        raise ValueError(str(exc)) from exc
    return names


def _codes(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(code.strip() for code in value.split(",") if code.strip())


def _hosts(value: object) -> object:
    if not isinstance(value, str):
        return value
    names = [name.strip().lower() for name in value.split(",") if name.strip()]
    if wrong := [name for name in names if not _HOST_NAME.fullmatch(name)]:
        raise ValueError(f"not the name of a host, without port: {wrong[0]!r}")
    return tuple(names)


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return tuple(str(ip_network(text.strip())) for text in value.split(",") if text.strip())
    except ValueError as exc:
        raise ValueError(f"not networks, such as 127.0.0.0/8, ::1: {exc}") from exc


Size = Annotated[int, NoDecode, BeforeValidator(_size), Field(ge=1)]
SizeOrZero = Annotated[int, NoDecode, BeforeValidator(_size_or_zero), Field(ge=0)]
ClassOrder = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names), AfterValidator(_order)]
PurposeCodes = Annotated[
    tuple[Annotated[str, Field(max_length=LONGEST_CODE)], ...], NoDecode, BeforeValidator(_codes)
]
RecipientKinds = Annotated[tuple[RecipientKind, ...], NoDecode, BeforeValidator(_codes)]
Acts = Annotated[tuple[ActKind, ...], NoDecode, BeforeValidator(_codes)]
UserNames = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_codes)]
HostNames = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_hosts)]
Networks = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_networks)]
Duration = Annotated[Elapsed, NoDecode, BeforeValidator(_duration)]
Zone = Annotated[str, AfterValidator(_zone)]
NetworkAddress = Annotated[str, AfterValidator(_address)]
NodeName = Annotated[str, AfterValidator(_node)]
Lease = Annotated[Duration, AfterValidator(_lease)]
LookEvery = Annotated[Duration, AfterValidator(_look_every)]
