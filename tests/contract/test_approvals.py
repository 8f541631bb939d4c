"""The contract of `footage.ports.Approvals`, on every adapter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.approval import ApprovalRequest, RequestState, decided, taken, withdrawn
from footage.errors import Conflict, FootageError, NotFound
from footage.instant import Elapsed
from infra.registers.memory_approvals import MemoryApprovals
from infra.registers.sql_approvals import SqlApprovals
from tests.common.approval_parts import WEEK, a_request, an_act
from tests.common.builders import at
from tests.common.case_parts import ANNA, BORIS
from tests.common.clients import clients, raced, url_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from footage.ports import Approvals

    Opener = Callable[[], Approvals]

AT_ONCE = 8


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def opener(request: pytest.FixtureRequest) -> Iterator[Opener]:
    """Function that opens another client of the same requests at each call."""
    if request.param == "memory":
        shared = MemoryApprovals()
        yield lambda: shared
        return
    with clients(url_of(request), SqlApprovals) as another:
        yield another


def approve(approvals: Approvals, number: int) -> ApprovalRequest:
    return approvals.change(
        number, lambda r: decided(r, BORIS, "as ordered", approve=True, now=at(9), valid_for=WEEK)
    )


def test_a_request_reads_back_whole_in_every_state(opener: Opener) -> None:
    approvals = opener()
    added = approvals.add(a_request(an_act(hold="سرقہ")))
    assert added == replace(a_request(an_act(hold="سرقہ")), number=1)
    assert opener().request(1) == added
    approved = approve(approvals, 1)
    assert approved.state is RequestState.APPROVED
    assert opener().request(1) == opener().open_request(added.act.sha256) == approved
    done = approvals.change(1, lambda r: taken(r, added.act, at(12), "job-1"))
    assert (done.used_at, done.used_for) == (at(12), "job-1")
    assert opener().request(1) == done
    assert opener().open_request(added.act.sha256) is None


def test_an_act_has_one_open_request(opener: Opener) -> None:
    first = opener().add(a_request())
    assert opener().add(a_request(asked_at=at(5))) == first
    other = opener().add(a_request(an_act(hold="hold-2")))
    assert (first.number, other.number) == (1, 2)
    opener().change(1, lambda r: withdrawn(r, ANNA, "", at(6)))
    again = opener().add(a_request(asked_at=at(7)))
    assert again.number == 3
    assert opener().request(1).state is RequestState.WITHDRAWN


def test_open_requests_whose_time_is_over_are_closed_by_the_next(opener: Opener) -> None:
    first = opener().add(a_request())
    approve(opener(), opener().add(a_request(an_act(hold="hold-2"))).number)
    late = first.expires
    again = opener().add(a_request(asked_at=late))
    assert again.number == 3
    assert opener().request(1).state is RequestState.EXPIRED
    assert opener().request(2).state is RequestState.APPROVED  # for a week from its approval
    assert opener().open_request(first.act.sha256) == again


def test_pages_of_requests(opener: Opener) -> None:
    approvals = opener()
    for number in range(1, 6):
        approvals.add(a_request(an_act(hold=f"hold-{number}")))
    approvals.change(4, lambda r: withdrawn(r, ANNA, "", at(6)))
    assert [one.number for one in approvals.requests(limit=2)] == [5, 4]
    assert [one.number for one in approvals.requests(before=4, limit=2)] == [3, 2]
    assert [one.number for one in approvals.requests(open_only=True)] == [5, 3, 2, 1]
    assert [one.number for one in approvals.requests(open_only=True, before=5, limit=1)] == [3]


def test_an_unknown_request(opener: Opener) -> None:
    for number in (0, 1, -1):
        with pytest.raises(NotFound, match=f"no request {number}"):
            opener().request(number)
        with pytest.raises(NotFound, match=f"no request {number}"):
            opener().change(number, lambda r: r)
    assert opener().open_request(an_act().sha256) is None


def test_an_error_of_a_change_changes_nothing(opener: Opener) -> None:
    added = opener().add(a_request())
    with pytest.raises(Conflict, match="something else"):
        opener().change(1, lambda r: taken(r, an_act(hold="hold-2"), at(5)))
    assert opener().request(1) == added


def test_of_many_who_use_an_approval_at_once_one_does(opener: Opener) -> None:
    act = opener().add(a_request()).act
    approve(opener(), 1)
    instants = [at(20) + Elapsed(n) for n in range(AT_ONCE)]
    told = raced(opener, instants, lambda mine, now: mine.change(1, lambda r: taken(r, act, now)))
    used = [one for one in told if not isinstance(one, FootageError)]
    assert len(used) == 1
    assert all(isinstance(one, Conflict) for one in told if isinstance(one, FootageError))
    assert opener().request(1) == used[0]


def test_of_many_who_ask_for_the_same_at_once_there_is_one_request(opener: Opener) -> None:
    told = raced(opener, [a_request()] * AT_ONCE, lambda mine, new: mine.add(new))
    assert [getattr(one, "number", one) for one in told] == [1] * AT_ONCE


def test_requests_asked_at_once_have_numbers_of_their_own(opener: Opener) -> None:
    new = [a_request(an_act(hold=f"hold-{n}")) for n in range(AT_ONCE)]
    told = raced(opener, new, lambda mine, one: mine.add(one))
    numbers = sorted(one.number for one in told if isinstance(one, ApprovalRequest))
    assert numbers == list(range(1, AT_ONCE + 1))
