"""Amounts that each person and address may take, and the wait until more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.allowance import MINUTE, Allowance, holder_of
from footage.clock import SimulatedClock
from footage.instant import ZERO, Elapsed
from tests.common.builders import at

if TYPE_CHECKING:
    from collections.abc import Sequence

SECOND = Elapsed.parse("1s")


def test_all_is_given_at_once_and_comes_back_evenly() -> None:
    clock = SimulatedClock(at(0))
    allowance = Allowance(60, MINUTE, clock)
    assert [allowance.take("a") for _ in range(60)] == [ZERO] * 60
    assert allowance.take("a") == SECOND
    assert allowance.take("b") == ZERO
    clock.sleep(SECOND)
    assert allowance.take("a") == ZERO
    assert allowance.take("a") == SECOND


def test_what_was_spent_beyond_the_allowance_is_waited_for() -> None:
    clock = SimulatedClock(at(0))
    allowance = Allowance(60, MINUTE, clock)
    allowance.spend("a", 90)
    assert allowance.wait("a") == Elapsed.parse("31s")
    clock.sleep(Elapsed.parse("31s"))
    assert allowance.wait("a") == ZERO


def test_an_allowance_of_none_gives_any_amount() -> None:
    allowance = Allowance(0, MINUTE, SimulatedClock(at(0)))
    allowance.spend("a", 1 << 60)
    assert (allowance.wait("a"), allowance.take("a")) == (ZERO, ZERO)


@given(st.integers(1, 1_000), st.lists(st.integers(0, 100_000_000), max_size=20))
def test_whoever_waits_as_told_is_let_through(amount: int, pauses: Sequence[int]) -> None:
    clock = SimulatedClock(at(0))
    allowance = Allowance(amount, MINUTE, clock)
    for pause in pauses:
        clock.sleep(Elapsed(pause))
        if wait := allowance.take("a"):
            clock.sleep(wait)
            assert allowance.take("a") == ZERO


def test_memory_is_bounded_and_the_oldest_is_forgotten() -> None:
    allowance = Allowance(1, MINUTE, SimulatedClock(at(0)), most_kept=2)
    for key in ("a", "b", "a", "c"):
        allowance.take(key)
    assert allowance.take("a")
    assert allowance.take("b") == ZERO


@pytest.mark.parametrize(
    ("address", "holder"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("unknown", "unknown"),
    ],
)
def test_whoever_has_an_address_of_ipv6_has_its_network(address: str, holder: str) -> None:
    assert holder_of(address) == holder
