"""Who may decide on a request, and which act an approval covers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from footage.approval import (
    ActKind,
    ApprovalRequest,
    RequestState,
    as_of,
    decided,
    same_person,
    taken,
    withdrawn,
)
from footage.errors import ApprovalRequired, BadInput, Conflict, NotPermitted, Refused
from footage.instant import Elapsed
from tests.common.approval_parts import WEEK, a_request, an_act
from tests.common.builders import at
from tests.common.case_parts import ANNA, BORIS

WAITING = replace(a_request(), number=7)
OVER = WAITING.expires


def approved(by: str = BORIS, why: str = "") -> ApprovalRequest:
    return decided(WAITING, by, why, approve=True, now=at(10), valid_for=WEEK)


@pytest.mark.parametrize("name", [ANNA, "Anna", " ANNA ", "\uff21nna"])
@pytest.mark.parametrize("approve", [True, False])
def test_nobody_decides_on_what_is_their_own(name: str, approve: bool) -> None:  # noqa: FBT001
    with pytest.raises(NotPermitted, match="your own"):
        decided(WAITING, name, "why", approve=approve, now=at(10), valid_for=WEEK)


def test_another_person_approves_for_a_time_that_begins_then() -> None:
    done = approved(why="as ordered")
    assert done.state is RequestState.APPROVED
    assert done.expires == at(10) + WEEK
    assert done.decision
    assert (done.decision.by, done.decision.at, done.decision.why) == (BORIS, at(10), "as ordered")
    assert done.act == WAITING.act


def test_a_refusal_needs_a_reason() -> None:
    with pytest.raises(BadInput, match="reason"):
        decided(WAITING, BORIS, " ", approve=False, now=at(10), valid_for=WEEK)
    done = decided(WAITING, BORIS, "wrong hold", approve=False, now=at(10), valid_for=WEEK)
    assert done.state is RequestState.REFUSED
    with pytest.raises(Refused, match="was refused"):
        taken(done, WAITING.act, at(11))


@pytest.mark.parametrize("state", [one for one in RequestState if one is not RequestState.WAITING])
def test_what_does_not_wait_is_not_decided(state: RequestState) -> None:
    with pytest.raises(Refused):
        decided(
            replace(WAITING, state=state), BORIS, "why", approve=True, now=at(10), valid_for=WEEK
        )


def test_an_approval_covers_the_act_that_was_asked_for_and_no_other() -> None:
    request = approved()
    assert taken(request, WAITING.act, at(20)).state is RequestState.DONE
    for other in (
        an_act(hold="hold-2"),
        an_act(by=BORIS),
        replace(WAITING.act, kind=ActKind.EXPORT),
    ):
        with pytest.raises(Conflict, match="something else"):
            taken(request, other, at(20))


def test_an_approval_is_used_once() -> None:
    used = taken(approved(), WAITING.act, at(20))
    assert used.used_at == at(20)
    with pytest.raises(Conflict, match="was used"):
        taken(used, WAITING.act, at(21))


def test_a_job_that_runs_again_uses_its_own_approval_again_and_no_other_job_does() -> None:
    used = taken(approved(), WAITING.act, at(20), "job-1")
    assert taken(used, WAITING.act, at(30), "job-1") == used
    for other in ("job-2", ""):
        with pytest.raises(Conflict, match="was used"):
            taken(used, WAITING.act, at(30), other)


def test_a_request_that_waits_covers_nothing() -> None:
    with pytest.raises(ApprovalRequired, match="request 7 waits") as caught:
        taken(WAITING, WAITING.act, at(20))
    assert caught.value.request == 7
    assert "footage requests approve 7" in caught.value.hint


def test_time_ends_requests_and_approvals() -> None:
    just_before = OVER - Elapsed(1)
    assert as_of(WAITING, just_before).state is RequestState.WAITING
    assert as_of(WAITING, OVER).state is RequestState.EXPIRED
    with pytest.raises(Refused, match="time was over"):
        decided(WAITING, BORIS, "", approve=True, now=OVER, valid_for=WEEK)
    late = approved()
    assert taken(late, WAITING.act, late.expires - Elapsed(1)).state is RequestState.DONE
    with pytest.raises(Refused, match="time was over"):
        taken(late, WAITING.act, late.expires)
    assert as_of(replace(late, state=RequestState.DONE), late.expires).state is RequestState.DONE


def test_who_asked_withdraws_an_approved_request_too() -> None:
    done = withdrawn(approved(), ANNA, "", at(20))
    assert done.state is RequestState.WITHDRAWN
    with pytest.raises(Refused, match="was withdrawn"):
        taken(done, WAITING.act, at(21))
    with pytest.raises(NotPermitted, match="is of anna"):
        withdrawn(WAITING, BORIS, "", at(20))
    with pytest.raises(Refused, match="closed"):
        withdrawn(done, ANNA, "", at(30))


def test_names_of_one_person() -> None:
    assert same_person("Anna  K", "anna k")
    assert not same_person("anna", "anne")
