"""What a case names is held by itself, before the case names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.case_admission import Admission
from evidence.cases import CaseService, bookmark, stretch
from evidence.exhibit_holds import AROUND, KEEPER, ExhibitHolds
from evidence.hold_replay import replay
from evidence.holds import HoldService
from footage.action import Action, Phase, Purpose
from footage.case import CaseState, at_instant
from footage.errors import BadInput, NotPermitted, Unavailable
from footage.ids import CameraId
from footage.instant import Interval
from infra.registers.memory_cases import MemoryCases
from tests.common.builders import at, during, segments_in_a_row
from tests.common.case_parts import ANNA, BORIS, a_stretch, an_exhibit

if TYPE_CHECKING:
    from evidence.hold_marks import HoldMarks
    from footage.case import Case, Exhibit
    from footage.hold import Hold
    from tests.common.evidence_parts import Parts

CAMERA = CameraId("camera-1")


class Breaking(MemoryCases):
    """A record of cases that fails, while `breaks`, when an exhibit is to be recorded."""

    breaks = False

    def add_exhibit(self, exhibit: Exhibit) -> Exhibit:
        if self.breaks:
            raise Unavailable("the machine stopped")
        return super().add_exhibit(exhibit)


class City:
    """Cases whose exhibits are held, over a city of evidence."""

    def __init__(self, parts: Parts, marks: HoldMarks) -> None:
        self.parts, self.cases = parts, Breaking()
        self.holds = HoldService(
            parts.register, parts.custody, parts.clock, lambda: marks, lambda: None
        )
        self.holding = ExhibitHolds(self.holds, parts.register, self.cases, parts.clock)
        self.service = CaseService(self.cases, parts.custody, parts.clock, self.holding)
        self.case = self.service.open("FIR 1/2026", "theft", "A theft", "", ANNA)

    def add(self, seconds: float = 5) -> Exhibit:
        return self.service.add_exhibit(self.case, bookmark(CAMERA, at(seconds)), "x", "", ANNA)

    def turn(self, state: CaseState) -> Case:
        self.case = self.service.turn(
            self.case, self.cases.case(self.case.id).version, state, "done", ANNA
        )
        return self.case

    def standing(self) -> list[Hold]:
        return self.parts.register.holds()

    def release(self, hold: Hold) -> None:
        self.holds.release(hold.id, "done", Purpose(ANNA, self.case.reference, "theft"))


@pytest.fixture
def city(parts: Parts, marks: HoldMarks) -> City:
    return City(parts, marks)


def test_what_becomes_an_exhibit_is_held_stored_or_not(city: City) -> None:
    stored = city.parts.a_minute_each(3)
    city.add(5)
    (hold,) = city.standing()
    assert (hold.case, hold.placed_by) == (city.case.reference, ANNA)
    moment = at_instant(at(5))
    assert hold.interval == Interval(moment.start - AROUND, moment.end + AROUND)
    assert [hold.covers(one) for one in stored] == [True, True, False]
    assert [city.parts.store.is_held(one.key) for one in stored] == [True, True, False]
    (late,) = segments_in_a_row(1, "camera-1")
    assert hold.covers(late), "what is not stored yet is covered as it arrives"


def test_the_hold_is_entered_before_the_exhibit_is_recorded(city: City) -> None:
    city.add()
    entries = [e for e in city.parts.custody.read() if e.action in {Action.CASE, Action.HOLD}][2:]
    (hold,) = city.standing()
    assert [(e.action, e.phase) for e in entries] == [
        (Action.CASE, Phase.INTENT),
        (Action.HOLD, Phase.INTENT),
        (Action.HOLD, Phase.OUTCOME),
        (Action.CASE, Phase.OUTCOME),
    ]
    assert entries[3].what["result"] == {"exhibit": 1, "hold": hold.id}
    assert replay(entries).placed[0].id == hold.id, "a restored register finds it in the log"


def test_a_crash_between_hold_and_exhibit_leaves_the_hold(city: City) -> None:
    city.cases.breaks = True
    with pytest.raises(Unavailable, match="stopped"):
        city.add()
    assert not city.cases.exhibits(city.case.id)
    (hold,) = city.standing()
    city.cases.breaks = False
    city.add()
    assert city.standing() == [hold], "the same footage finds the hold that stands"


def test_without_a_hold_there_is_no_exhibit(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(hold: Hold) -> None:
        raise Unavailable(f"the register is away for {hold.id}")

    monkeypatch.setattr(city.parts.register, "place_hold", away)
    with pytest.raises(Unavailable):
        city.add()
    assert not city.cases.exhibits(city.case.id)


def test_the_same_footage_has_one_hold_and_other_footage_another(city: City) -> None:
    city.add(5)
    city.add(5)
    assert len(city.standing()) == 1
    city.service.add_exhibit(city.case, stretch([CAMERA], during(0, 60)), "y", "", ANNA)
    assert len(city.standing()) == 2


def test_a_released_hold_stays_released_until_the_case_is_reopened(city: City) -> None:
    city.add()
    (hold,) = city.standing()
    city.release(hold)
    assert list(city.holding.lacking()) == []
    assert city.holding.mend() == 0
    city.turn(CaseState.CLOSED)
    assert city.standing() == []
    city.turn(CaseState.OPEN)
    (again,) = city.standing()
    assert again.id != hold.id
    assert again.interval == hold.interval
    city.release(again)
    city.add()
    assert len(city.standing()) == 1, "added again is held again"


def test_exhibits_without_a_hold_are_found_and_held(city: City) -> None:
    mark = city.cases.add_exhibit(an_exhibit(city.case.id))
    old = city.cases.add_exhibit(a_stretch(city.case.id))
    assert [one for _, one in city.holding.lacking()] == [mark, old]
    assert city.holding.mend() == 2
    assert {hold.placed_by for hold in city.standing()} == {KEEPER}
    assert city.holding.mend() == 0
    assert len(city.standing()) == 2


def test_exhibits_of_closed_cases_and_a_crash_while_reopening(city: City) -> None:
    city.add()
    city.turn(CaseState.CLOSED)
    city.release(city.standing()[0])
    assert city.holding.mend() == 0, "of a closed case nothing is held anew"
    city.parts.clock.sleep(AROUND)
    known = city.cases.case(city.case.id)

    class Stops(ExhibitHolds):
        def hold_again(self, case: Case, by: str) -> None:
            raise Unavailable(f"stopped while {by} reopened {case.reference}")

    stops = Stops(city.holds, city.parts.register, city.cases, city.parts.clock)
    service = CaseService(city.cases, city.parts.custody, city.parts.clock, stops)
    with pytest.raises(Unavailable):
        service.turn(known, known.version, CaseState.OPEN, "an appeal", ANNA)
    assert city.standing() == []
    assert city.holding.mend() == 1
    assert len(city.standing()) == 1


def test_the_service_may_hold_and_nobody_else_may_who_is_no_member(city: City) -> None:
    admission = Admission(lambda: city.cases, must_be_open=True, purposes=("murder",))
    theirs = (city.case.reference, "theft")
    admission.require(Purpose(KEEPER, *theirs), Action.HOLD)
    for action in (Action.SEARCH, Action.VIEW, Action.EXPORT, Action.RELEASE):
        with pytest.raises((NotPermitted, BadInput)):
            admission.require(Purpose(KEEPER, *theirs), action)
    plain = Admission(lambda: city.cases, must_be_open=False)
    with pytest.raises(NotPermitted):
        plain.require(Purpose(BORIS, *theirs), Action.HOLD)
