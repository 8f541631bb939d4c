"""Releases and exports that need a second person: nothing is done before, and once only after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.approvals import FourEyes, Given, export_act, footage_of, release_act
from evidence.holds import HoldService
from footage.action import Action, Purpose
from footage.approval import ActAsked, ActKind, RequestState
from footage.clock import SimulatedClock
from footage.errors import (
    ApprovalRequired,
    Conflict,
    NotFound,
    NotPermitted,
    Unavailable,
)
from footage.ids import CameraId
from footage.instant import Elapsed
from footage.scope import EVERYWHERE
from infra.registers.memory_approvals import MemoryApprovals
from infra.registers.memory_register import MemoryRegister
from tests.common.approval_parts import WEEK
from tests.common.builders import START, a_camera, a_district, a_site, during
from tests.common.case_parts import ANNA, BORIS
from tests.common.custody_list import CustodyList
from tests.common.registers import a_hold

if TYPE_CHECKING:
    from evidence.hold_marks import HoldMarks

CLARA = "clara"
WHO = Purpose(ANNA, "FIR 1/2026", "theft")
WHY = "case closed"


def nowhere() -> HoldMarks:
    raise Unavailable("no store here")


class City:
    """A hold, and the service that releases it where another person approved."""

    def __init__(self) -> None:
        self.clock, self.custody, self.members = SimulatedClock(START), CustodyList(), {ANNA, BORIS}
        self.record, self.register = MemoryApprovals(), MemoryRegister()
        self.register.add_districts([a_district()])
        self.register.add_sites([a_site()])
        self.register.add_cameras([a_camera()])
        self.register.place_hold(a_hold())
        self.hold = a_hold().id
        self.four_eyes = self.needing(*ActKind)
        self.holds = self.releasing(self.four_eyes)

    def needing(self, *kinds: ActKind) -> FourEyes:
        return FourEyes(
            lambda: self.record,
            self.custody,
            self.clock,
            self.admit,
            needed=kinds,
            valid_for=WEEK,
        )

    def releasing(self, four_eyes: FourEyes) -> HoldService:
        return HoldService(
            self.register, self.custody, self.clock, nowhere, lambda: None, four_eyes.leave
        )

    def admit(self, purpose: Purpose, action: Action) -> None:
        del action
        if purpose.actor not in self.members:
            raise NotPermitted(f"{purpose.actor} is no member of the case")

    def release(self, who: Purpose = WHO, why: str = WHY) -> None:
        self.holds.release(self.hold, why, who)

    def asked(self) -> int:
        with pytest.raises(ApprovalRequired) as caught:
            self.release()
        return caught.value.request

    def stands(self) -> bool:
        return self.register.hold(self.hold).active

    def entered(self) -> list[Action]:
        return [deed.action for deed in self.custody.intents]


@pytest.fixture
def city() -> City:
    return City()


def test_a_release_is_asked_for_approved_and_then_done_once(city: City) -> None:
    number = city.asked()
    assert city.stands()
    assert city.asked() == number, "the same again makes no second request"
    assert city.entered() == [Action.REQUEST]
    city.four_eyes.decide(number, BORIS, "", approve=True)
    assert city.stands()
    city.release()
    assert not city.stands()
    assert city.entered() == [Action.REQUEST, Action.APPROVAL, Action.RELEASE]
    asked, approval, release = city.custody.intents
    assert asked.what["sha256"] == approval.what["sha256"]
    assert (approval.purpose.actor, approval.what["asked_by"]) == (BORIS, ANNA)
    assert (release.what["request"], release.what["approved_by"]) == (number, BORIS)
    assert city.four_eyes.request(number, ANNA).state is RequestState.DONE
    with pytest.raises(Conflict, match="was released"):
        city.release()
    assert city.record.requests(limit=5) == [city.record.request(number)]


def test_a_try_to_approve_ones_own_is_entered_as_failed(city: City) -> None:
    number = city.asked()
    with pytest.raises(NotPermitted, match="your own"):
        city.four_eyes.decide(number, ANNA, "", approve=True)
    assert city.entered() == [Action.REQUEST, Action.APPROVAL]
    assert [ok for _, ok, _ in city.custody.outcomes] == [True, False]
    assert city.asked() == number


@pytest.mark.parametrize(
    ("who", "why"),
    [
        (WHO, "another reason"),
        (Purpose(BORIS, "FIR 1/2026", "theft"), WHY),
        (Purpose(ANNA, "FIR 2/2026", "theft"), WHY),
        (Purpose(ANNA, "FIR 1/2026", "robbery"), WHY),
    ],
)
def test_an_approval_covers_no_other_act(city: City, who: Purpose, why: str) -> None:
    number = city.asked()
    city.four_eyes.decide(number, BORIS, "", approve=True)
    with pytest.raises(ApprovalRequired) as caught:
        city.release(who, why)
    assert caught.value.request == number + 1
    assert city.stands()


def test_a_camera_that_joined_the_hold_makes_another_act_of_the_release() -> None:
    one, both = a_hold(cameras=("camera-1",)), a_hold()
    assert release_act(one, WHY, WHO).sha256 != release_act(both, WHY, WHO).sha256


def test_a_refused_a_withdrawn_and_an_expired_request_cover_nothing(city: City) -> None:
    refused = city.asked()
    city.four_eyes.decide(refused, BORIS, "the appeal is pending", approve=False)
    withdrawn = city.asked()
    city.four_eyes.withdraw(withdrawn, ANNA, "")
    expired = city.asked()
    city.four_eyes.decide(expired, BORIS, "", approve=True)
    city.clock.sleep(WEEK)
    last = city.asked()
    assert [refused, withdrawn, expired, last] == [1, 2, 3, 4]
    states = [
        one.state for one in city.four_eyes.requests(ANNA, open_only=False, before=None, limit=9)[0]
    ]
    assert states == [
        RequestState.WAITING,
        RequestState.EXPIRED,
        RequestState.WITHDRAWN,
        RequestState.REFUSED,
    ]
    assert city.stands()


def test_a_crash_after_the_use_of_an_approval_leaves_none(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = city.asked()
    city.four_eyes.decide(number, BORIS, "", approve=True)
    with monkeypatch.context() as broken:
        broken.setattr(city.register, "release_hold", _dies)
        with pytest.raises(_Died):
            city.release()
    assert city.stands()
    assert city.record.request(number).state is RequestState.DONE
    assert city.asked() == number + 1


def test_a_crash_before_the_use_leaves_the_approval(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = city.asked()
    city.four_eyes.decide(number, BORIS, "", approve=True)
    with monkeypatch.context() as broken:
        broken.setattr(city.record, "change", _dies)
        with pytest.raises(_Died):
            city.release()
    assert city.stands()
    city.release()
    assert not city.stands()


def test_nothing_is_asked_for_or_decided_without_custody(city: City) -> None:
    city.custody.refuses = True
    with pytest.raises(Unavailable):
        city.release()
    assert city.record.requests() == []
    city.custody.refuses = False
    number = city.asked()
    city.custody.refuses = True
    with pytest.raises(Unavailable):
        city.four_eyes.decide(number, BORIS, "", approve=True)
    with pytest.raises(Unavailable):
        city.four_eyes.withdraw(number, ANNA, "")
    assert city.record.request(number).state is RequestState.WAITING


def test_whoever_may_not_act_for_the_case_asks_for_nothing_and_sees_nothing(city: City) -> None:
    with pytest.raises(NotPermitted):
        city.release(Purpose(CLARA, "FIR 1/2026", "theft"))
    assert city.record.requests() == []
    number = city.asked()
    with pytest.raises(NotFound, match=f"no request {number}"):
        city.four_eyes.request(number, CLARA)
    with pytest.raises(NotFound, match=f"no request {number}"):
        city.four_eyes.decide(number, CLARA, "", approve=True)
    with pytest.raises(NotFound, match=f"no request {number}"):
        city.four_eyes.withdraw(number, CLARA, "")
    shown, _ = city.four_eyes.requests(CLARA, open_only=True, before=None, limit=5)
    assert shown == []
    assert city.entered() == [Action.REQUEST]


def test_where_no_act_is_named_nobody_is_asked(city: City) -> None:
    def unopened() -> MemoryApprovals:
        raise AssertionError("the requests were opened")

    alone = FourEyes(
        unopened, city.custody, city.clock, city.admit, needed=[ActKind.EXPORT], valid_for=WEEK
    )
    city.releasing(alone).release(city.hold, WHY, WHO)
    assert city.entered() == [Action.RELEASE]
    assert not {"request", "approved_by"} & city.custody.intents[0].what.keys()


def test_pages_leave_out_what_has_expired(city: City) -> None:
    first = city.asked()
    city.clock.sleep(Elapsed.parse("1d"))
    with pytest.raises(ApprovalRequired):
        city.release(WHO, "another reason")
    city.clock.sleep(Elapsed.parse("6d"))
    shown, more = city.four_eyes.requests(ANNA, open_only=True, before=None, limit=2)
    assert [one.number for one in shown] == [first + 1]
    assert more == first


def test_an_export_by_a_job_uses_the_approval_that_the_job_was_given(city: City) -> None:
    camera = CameraId("camera-1")

    def act(until: int) -> ActAsked:
        return export_act(
            {camera: (during(0, until),)},
            during(0, until),
            EVERYWHERE,
            WHO,
            originals=False,
            derived=False,
            addressed={"recipient_kind": "court"},
        )

    with pytest.raises(ApprovalRequired) as caught:
        city.four_eyes.leave(act(60))
    number = caught.value.request
    with pytest.raises(ApprovalRequired):
        city.four_eyes.leave(act(60), Given(number, "job-1"))
    city.four_eyes.decide(number, BORIS, "", approve=True)
    with pytest.raises(Conflict, match="something else"):
        city.four_eyes.leave(act(61), Given(number, "job-1"))
    first = city.four_eyes.leave(act(60), Given(number, "job-1"))
    other = city.four_eyes.leave(act(60), Given(number, "job-2"))
    first.use()
    with pytest.raises(Conflict, match="was used"):
        other.use()
    city.four_eyes.leave(act(60), Given(number, "job-1")).use()  # run again after a crash
    assert footage_of(act(60)) == ({camera: (during(0, 60),)}, during(0, 60))


class _Died(BaseException):
    """The process is gone."""


def _dies(*_args: object, **_named: object) -> None:
    raise _Died
