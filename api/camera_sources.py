"""Sources of cameras that may be named over HTTP, so that no recorder is sent where it must not go.

A recorder opens whatever a camera's source names, from inside the network. Over HTTP a source is an
RTSP URL of a plain form, on a host that is no loopback, link-local or service address, unless a
setting allows the host's network. Commands on the machine may name anything that FFmpeg reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput, Refused
from recorder.capture.source_list import with_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from ipaddress import IPv4Network, IPv6Network

    Address = IPv4Address | IPv6Address
    Network = IPv4Network | IPv6Network

_URL: Final = re.compile(
    r"(?P<scheme>rtsps?)://"
    r"(?:[A-Za-z0-9._~!$&()*+,;=%:-]{1,300}@)?"
    r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])"
    r"(?::[0-9]{1,5})?"
    r"(?:[/?][A-Za-z0-9._~!$&()*+,;=%:@/?-]{0,1000})?"
)
"""A URL that every reader cuts the same way: one login at most, no spaces, quotes, backslashes."""
_SERVICES: Final = tuple(
    map(
        ip_network,
        (
            "100.100.100.200/32",
            "168.63.129.16/32",
            "192.0.0.192/32",
            "fd00:ec2::254/128",
        ),
    )
)
"""Addresses at which clouds tell a machine its credentials, besides those that are link-local."""
_CARRIES_IPV4: Final = tuple(map(ip_network, ("64:ff9b::/96", "::/96")))
"""Networks of IPv6 whose last 32 bits are an address of IPv4."""


@dataclass(frozen=True, slots=True)
class SourceRule:
    """The sources that may be named over HTTP.

    Attributes:
        addresses_of: Gives the addresses of a host as texts; none where nobody knows the host.
        allowed: Networks that may be named though they are refused otherwise.
    """

    addresses_of: Callable[[str], Sequence[str]]
    allowed: tuple[Network, ...] = ()

    def require(self, source: str) -> None:
        """Refuse a source that may not be named; the message holds no part of the source's login.

        A name is looked up now; what the name stands for later is not known.

        Raises:
            BadInput: The source is no plain RTSP URL.
            Refused: The host has an address that is not allowed.
        """
        host = host_of(source)
        if host == "localhost" or host.endswith(".localhost"):
            self._require(host, [IPv4Address("127.0.0.1"), IPv6Address("::1")])
        self._require(host, map(_address, self.addresses_of(host.strip("[]"))))

    def _require(self, host: str, addresses: Iterable[Address]) -> None:
        for address in addresses:
            if _is_refused(address) and not any(address in network for network in self.allowed):
                raise Refused(
                    f"a camera's source may not name {host}: {address} is this machine's, "
                    "link-local or a service's address",
                    hint="[api] camera_networks allows a network; or use `footage cameras add`",
                )


def host_of(source: str) -> str:
    """Return the host that a plain RTSP URL names, in lower case.

    Raises:
        BadInput: The source is no such URL.
    """
    found = _URL.fullmatch(source)
    if found is None:
        raise BadInput(
            "over HTTP a camera's source is a plain URL of scheme rtsp or rtsps",
            hint="rtsp://HOST/PATH; other sources: `footage cameras add` on the machine",
        )
    return found["host"].lower()


def require_takes_secret(source: str) -> None:
    """Refuse a source that has a password though a secret file gives one; raises BadInput."""
    with_secret(source, "user:password")


def _address(text: str) -> Address:
    return ip_address(text.partition("%")[0])


def _is_refused(address: Address) -> bool:
    inner = _inner(address)
    if inner is not None and _is_refused(inner):
        return True
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or address.is_multicast
        or (address.version == 4 and address in ip_network("0.0.0.0/8"))  # noqa: PLR2004 - IPv4
        or any(address in network for network in _SERVICES)
    )


def _inner(address: Address) -> IPv4Address | None:
    """Return the address of IPv4 that an address of IPv6 stands for, if any."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if any(address in network for network in _CARRIES_IPV4):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None
