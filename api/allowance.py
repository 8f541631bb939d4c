"""Allowances: how much may be taken within a time, by person or by address.

Counted in the memory of this process alone: several processes behind a proxy allow as much each,
and a restart begins anew.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Address, ip_address, ip_network
from math import ceil
from threading import Lock
from typing import TYPE_CHECKING, Final

from api.problems import Problem
from footage.instant import ZERO, Elapsed

if TYPE_CHECKING:
    from starlette.requests import Request

    from api.limits import Limits
    from footage.access import PersonId
    from footage.clock import Clock

MINUTE: Final = Elapsed.parse("1m")
HOUR: Final = Elapsed.parse("1h")

MOST_KEPT: Final = 10_000
"""Most people or addresses counted at a time: 2 MB. Who was not seen for the longest is forgotten
and begins anew: whoever has 10 000 addresses needs no second try from any."""
_ONE_HOLDER_BITS: Final = 64
"""Whoever has an address of IPv6 has all addresses of the same 64 bits."""


@dataclass(slots=True)
class _Counted:
    left: int  # in parts, of which 1 of the amount has as many as `within` has microseconds
    at: Elapsed


class Allowance:
    """Gives each key `amount` at once, and again as much within `within`, evenly over that time.

    Safe in several threads.

    Args:
        amount: What a key may take; 0: without limit.
        within: Time in which all of `amount` comes back.
        clock: Tells how much came back.
        most_kept: Most keys that are counted at a time.
    """

    def __init__(
        self, amount: int, within: Elapsed, clock: Clock, most_kept: int = MOST_KEPT
    ) -> None:
        self._amount, self._within, self._clock = amount, within, clock
        self._most_kept = most_kept
        self._counted: OrderedDict[str, _Counted] = OrderedDict()
        self._lock = Lock()

    def wait(self, key: str) -> Elapsed:
        """Return how long `key` must wait until the key may take 1; 0: not at all."""
        if not self._amount:
            return ZERO
        with self._lock:
            return self._until_one(self._of(key))

    def take(self, key: str) -> Elapsed:
        """Take 1 of the allowance of `key`, or return how long `key` must wait before that."""
        if not self._amount:
            return ZERO
        with self._lock:
            counted = self._of(key)
            wait = self._until_one(counted)
            if not wait:
                counted.left -= self._within.us
            return wait

    def spend(self, key: str, amount: int) -> None:
        """Take `amount` of the allowance of `key`, also where less is left: the next must wait."""
        if self._amount:
            with self._lock:
                self._of(key).left -= amount * self._within.us

    def _until_one(self, counted: _Counted) -> Elapsed:
        missing = max(self._within.us - counted.left, 0)
        return Elapsed(-(-missing // self._amount))  # rounded up

    def _of(self, key: str) -> _Counted:
        now = self._clock.monotonic()
        most = self._amount * self._within.us
        one = self._counted.setdefault(key, _Counted(most, now))
        back = (now - one.at).us * self._amount
        one.left, one.at = min(one.left + back, most), now
        self._counted.move_to_end(key)
        while len(self._counted) > self._most_kept:
            self._counted.popitem(last=False)
        return one


class Allowances:
    """Allowances of each person, and of each address that signs in, in this process.

    Args:
        limits: The amounts.
        clock: Tells how much came back.
    """

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._requests = Allowance(limits.requests_per_minute, MINUTE, clock)
        self._footage = Allowance(limits.bytes_per_hour, HOUR, clock)
        self._sign_ins = Allowance(limits.sign_ins_per_minute, MINUTE, clock)
        self._behind_proxy = limits.behind_proxy

    def take_request(self, person: PersonId) -> None:
        """Count a request of a person.

        Raises:
            Problem: 429, the person asks too often.
        """
        _refuse_until(self._requests.take(person), f"too many requests of {person}")

    def require_footage(self, person: PersonId) -> None:
        """Refuse a person who was given too much footage; what is under way is not cut off.

        Raises:
            Problem: 429, nothing is left of the person's bytes.
        """
        _refuse_until(self._footage.wait(person), f"{person} was given too many bytes of footage")

    def spend_footage(self, person: PersonId, size_bytes: int) -> None:
        """Count bytes of footage that a person was given."""
        self._footage.spend(person, size_bytes)

    def take_sign_in(self, request: Request) -> None:
        """Count an attempt to sign in, by the address of whoever asks.

        Raises:
            Problem: 429, too many attempts came from the address.
        """
        address = self._address(request)
        _refuse_until(self._sign_ins.take(holder_of(address)), "too many attempts to sign in")

    def _address(self, request: Request) -> str:
        said = request.headers.getlist("x-forwarded-for") if self._behind_proxy else []
        if said:
            return said[-1].rpartition(",")[2].strip()  # what our proxy added itself
        return request.client.host if request.client else ""


def _refuse_until(wait: Elapsed, what: str) -> None:
    if wait:
        seconds = ceil(wait.in_seconds)
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too-many",
            f"{what}: try again in {seconds} s",
            headers={"Retry-After": str(seconds)},
        )


def holder_of(address: str) -> str:
    """Return the network of whoever has an address; a text that is no address, as given."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv4Address):
        return str(known)
    if known.ipv4_mapped:  # as a socket for both protocols shows whoever comes by IPv4
        return str(known.ipv4_mapped)
    return str(ip_network((known.packed, _ONE_HOLDER_BITS), strict=False))
