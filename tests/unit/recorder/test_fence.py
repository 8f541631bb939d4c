"""Until when a recorder may record."""

from __future__ import annotations

import pytest

from footage.instant import Elapsed
from recorder.leases.fence import Fence

TTL = Elapsed.parse("10s")


def s(seconds: float) -> Elapsed:
    return Elapsed.seconds(seconds)


def test_before_the_first_beat_it_may_not() -> None:
    assert Fence(TTL).passed(s(0))
    assert Fence(TTL).promised(s(0), TTL, s(0), alone=True).passed(s(0))


def test_it_counts_from_before_the_request_and_ends_before_the_lease() -> None:
    fence = Fence(TTL).renewed(s(100))
    assert not fence.passed(s(108.9))
    assert fence.passed(s(109))


def test_an_answer_that_comes_late_never_shortens_it() -> None:
    fence = Fence(TTL).renewed(s(104)).renewed(s(100))
    assert fence.until == s(113)


def test_promises_carry_it_on_only_while_it_stands() -> None:
    fence = Fence(TTL).renewed(s(0))
    assert fence.promised(s(5), TTL, s(6), alone=False).until == s(14)
    assert fence.promised(s(5), s(4), s(6), alone=False).until == s(9)
    assert fence.promised(s(8), TTL, s(9.5), alone=False).passed(s(9.5))


@pytest.mark.parametrize("now", [5, 9.5, 5000])
def test_who_was_alone_goes_on_for_ever(now: float) -> None:
    fence = Fence(TTL).renewed(s(0)).promised(s(now), TTL, s(now), alone=True)
    assert fence.until == s(now + 9)
