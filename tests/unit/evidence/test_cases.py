"""The service of cases: what is entered in the custody log, and that nothing is done without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.case_admission import Admission
from evidence.cases import Asker, CaseService, bookmark, stretch
from footage.action import Action, Purpose
from footage.case import MOST_MEMBERS, CaseState, Member
from footage.clock import SimulatedClock
from footage.errors import BadInput, Conflict, NotFound, NotPermitted, Refused, Unavailable
from footage.ids import CameraId, HoldId
from infra.registers.memory_cases import MemoryCases
from tests.common.builders import START, at, during
from tests.common.case_parts import ANNA, BORIS
from tests.common.custody_list import CustodyList

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.case import Case, Exhibit

CAMERA = CameraId("camera-1")


class HoldsNothing:
    """Says that exhibits are held, and holds nothing."""

    def hold(self, case: Case, exhibit: Exhibit, by: str) -> HoldId:
        del case, exhibit, by
        return HoldId("hold-1")

    def hold_again(self, case: Case, by: str) -> None:
        pass


@pytest.fixture
def custody() -> CustodyList:
    return CustodyList()


@pytest.fixture
def service(custody: CustodyList) -> CaseService:
    return CaseService(MemoryCases(), custody, SimulatedClock(START), HoldsNothing())


@pytest.fixture
def case(service: CaseService) -> Case:
    return service.open("FIR 1/2026", "theft", "A theft", "secret words", ANNA, members=[BORIS])


def test_each_change_is_entered_under_the_case_without_words(
    service: CaseService, custody: CustodyList, case: Case
) -> None:
    mark = service.add_exhibit(case, bookmark(CAMERA, at(5)), "secret label", "secret", ANNA)
    service.write(case, mark, 1, "secret label", "more secrets", BORIS)
    case = service.describe(case, 1, "A theft", "secrets", BORIS)
    service.remove_member(case, BORIS, ANNA)
    service.add_member(case, "carla", ANNA)
    service.turn(service.cases.case(case.id), 4, CaseState.CLOSED, "done", ANNA)
    changes = [deed.what["change"] for deed in custody.intents]
    assert changes == [
        "opened",
        "exhibit added",
        "exhibit described",
        "described",
        "member removed",
        "member added",
        "closed",
    ]
    assert {deed.action for deed in custody.intents} == {Action.CASE}
    assert {(d.purpose.case, d.purpose.code) for d in custody.intents} == {("FIR 1/2026", "theft")}
    assert [deed.purpose.actor for deed in custody.intents] == [ANNA, ANNA, BORIS, BORIS] + [
        ANNA
    ] * 3
    assert "secret" not in str(custody.intents) + str(custody.outcomes)
    assert all(ok for _, ok, _ in custody.outcomes)
    assert custody.outcomes[1][2] == {"exhibit": 1, "hold": "hold-1"}


def test_without_an_entry_nothing_is_done(
    service: CaseService, custody: CustodyList, case: Case
) -> None:
    mark = service.add_exhibit(case, bookmark(CAMERA, at(5)), "label", "", ANNA)
    custody.refuses = True
    acts: list[Callable[[], object]] = [
        lambda: service.open("FIR 2", "theft", "title", "", ANNA),
        lambda: service.describe(case, 1, "other", "", ANNA),
        lambda: service.turn(case, 1, CaseState.CLOSED, "done", ANNA),
        lambda: service.add_member(case, "carla", ANNA),
        lambda: service.remove_member(case, BORIS, ANNA),
        lambda: service.add_exhibit(case, bookmark(CAMERA, at(6)), "label", "", ANNA),
        lambda: service.write(case, mark, 1, "other", "", ANNA),
    ]
    for act in acts:
        with pytest.raises(Unavailable):
            act()
    assert service.cases.cases() == [service.cases.case(case.id)]
    assert service.cases.exhibits(case.id) == [mark]
    assert [one.person for one in service.cases.members(case.id)] == [ANNA, BORIS]
    assert service.cases.case(case.id).version == 1


def test_what_is_refused_is_not_entered(
    service: CaseService, custody: CustodyList, case: Case
) -> None:
    before = len(custody.intents)
    with pytest.raises(Conflict):
        service.open("fir 1/2026", "theft", "title", "", "mallory")
    with pytest.raises(BadInput):
        service.open("FIR 2", "theft", "", "", ANNA)
    with pytest.raises(Conflict):
        service.describe(case, 7, "title", "", ANNA)
    with pytest.raises(Refused):
        service.turn(case, 1, CaseState.OPEN, "again", ANNA)
    with pytest.raises(NotFound):
        service.remove_member(case, "mallory", ANNA)
    with pytest.raises(BadInput):
        service.add_exhibit(case, stretch([], during(0, 1)), "label", "", ANNA)
    service.add_member(case, BORIS, ANNA)
    many = [f"person-{n}" for n in range(MOST_MEMBERS)]
    with pytest.raises(Refused, match=f"{MOST_MEMBERS} members"):
        service.open("FIR 2", "theft", "title", "", ANNA, members=many)
    assert len(custody.intents) == before


def test_of_two_who_remove_the_same_member_one_alone_is_told_to_have_done_so(
    service: CaseService, custody: CustodyList, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = service.cases
    monkeypatch.setattr(record, "is_member", lambda *_: True)  # as read before the other came
    assert record.remove_member(case.id, BORIS)
    with pytest.raises(NotFound, match="no member"):
        service.remove_member(case, BORIS, ANNA)
    assert custody.outcomes[-1][1] is False
    monkeypatch.setattr(record, "is_member", lambda *_: False)
    assert record.add_member(case.id, Member("carla", BORIS, at(5)))
    assert service.add_member(case, "carla", ANNA) == record.case(case.id)
    assert custody.outcomes[-1][2] == {"changed": False}


def test_a_case_is_seen_by_members_and_by_whoever_sees_all(
    service: CaseService, case: Case
) -> None:
    for asker in (Asker(ANNA), Asker(BORIS), Asker("auditor", sees_all=True)):
        assert service.case(case.id, asker) == case
        assert service.of_reference("fir 1/2026", asker) == case
        assert service.listed(asker, limit=9) == [case]
    stranger = Asker("mallory")
    with pytest.raises(NotFound):
        service.case(case.id, stranger)
    with pytest.raises(NotFound):
        service.of_reference("FIR 1/2026", stranger)
    with pytest.raises(NotFound):
        service.to_change(case.id, stranger)
    assert service.listed(stranger, limit=9) == []
    assert service.to_change(case.id, Asker(BORIS)) == case
    with pytest.raises(NotPermitted):
        service.to_change(case.id, Asker("auditor", sees_all=True))


def test_of_acts_those_of_people_for_a_case_are_admitted_by_membership(
    service: CaseService, case: Case
) -> None:
    admission = Admission(lambda: service.cases, must_be_open=False)
    theirs = Purpose("mallory", case.reference, "theft")
    for action in (Action.SEARCH, Action.VIEW, Action.EXPORT, Action.HOLD, Action.IMPORT):
        admission.require(Purpose(ANNA, case.reference, "theft"), action)
        with pytest.raises(NotPermitted):
            admission.require(theirs, action)
    for action in (Action.PURGE, Action.REASSERT, Action.BACKUP, Action.CASE):
        admission.require(theirs, action)


def test_an_act_without_a_case_asks_nobody() -> None:
    def away() -> MemoryCases:
        raise Unavailable("the register is away")

    admission = Admission(away, must_be_open=True, purposes=("theft",))
    admission.require(Purpose(ANNA, " ", "theft"), Action.SEARCH)
    with pytest.raises(Unavailable):
        admission.require(Purpose(ANNA, "FIR 1", "theft"), Action.SEARCH)
    with pytest.raises(BadInput, match="theft"):
        admission.require(Purpose(ANNA, "", "curiosity"), Action.SEARCH)


def test_the_code_of_a_case_counts_for_its_members_whatever_the_settings_say_by_now(
    service: CaseService, case: Case
) -> None:
    admission = Admission(lambda: service.cases, must_be_open=False, purposes=("murder",))
    admission.require(Purpose(ANNA, case.reference, "theft"), Action.HOLD)
    with pytest.raises(BadInput, match="murder"):
        admission.require(Purpose(ANNA, case.reference, "arson"), Action.HOLD)
    with pytest.raises(BadInput, match="murder"):
        admission.require(Purpose("mallory", case.reference, "theft"), Action.HOLD)
