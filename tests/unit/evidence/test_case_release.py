"""Releases of a closed case's holds: proposed by the closing, done when two persons decided."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence.approvals import footage_of
from evidence.case_release import CaseReleases, holds_of, release_of_case
from footage.action import Action
from footage.case import Case, CaseState
from footage.errors import ApprovalRequired, NotPermitted, Refused, Unavailable
from footage.ids import CameraId, HoldId
from tests.common.builders import at, during
from tests.common.case_parts import ANNA, BORIS, a_case
from tests.common.registers import a_hold
from tests.unit.evidence.test_approvals import City

if TYPE_CHECKING:
    from footage.hold import Hold
    from footage.instant import Interval

CLOSED = replace(a_case(1, "FIR 1/2026"), state=CaseState.CLOSED)
CAMERA = CameraId("camera-1")


def of_the_case(name: str, interval: Interval, case: str = CLOSED.reference) -> Hold:
    return replace(
        a_hold(), id=HoldId(name), cameras=frozenset({CAMERA}), interval=interval, case=case
    )


@pytest.fixture
def city() -> City:
    """A city with two holds of the closed case, whose releases by themselves need nobody."""
    city = City()
    city.four_eyes = city.needing()
    city.holds = city.releasing(city.four_eyes)
    for hold in (of_the_case("hold-a", during(0, 60)), of_the_case("hold-b", during(120, 180))):
        city.register.place_hold(hold)
    city.register.place_hold(of_the_case("hold-other", during(0, 60), "FIR 2/2026"))
    return city


@pytest.fixture
def releases(city: City) -> CaseReleases:
    return CaseReleases(city.holds, city.register, city.four_eyes)


def active(city: City) -> set[str]:
    return {str(hold.id) for hold in city.register.holds()} & {"hold-a", "hold-b", "hold-other"}


def test_all_holds_of_a_case_are_one_act_by_their_footage() -> None:
    holds = [
        of_the_case("hold-a", during(0, 60)),
        of_the_case("hold-b", during(120, 180), "fir 1/2026"),
    ]
    other = of_the_case("hold-c", during(0, 60), "FIR 2/2026")
    gone = replace(of_the_case("hold-d", during(0, 60)), released_at=at(1))
    assert holds_of(CLOSED, [other, *holds[::-1], gone]) == holds
    act = release_of_case(CLOSED, holds, ANNA)
    assert footage_of(act) == ({CAMERA: (during(0, 60), during(120, 180))}, during(0, 180))
    assert act.sha256 == release_of_case(CLOSED, holds[::-1], ANNA).sha256
    for another in (
        release_of_case(CLOSED, holds[:1], ANNA),
        release_of_case(CLOSED, holds, BORIS),
        release_of_case(CLOSED, [*holds, other], ANNA),
    ):
        assert act.sha256 != another.sha256


def test_two_persons_decide_whatever_the_settings_say(city: City, releases: CaseReleases) -> None:
    request = releases.propose(CLOSED, ANNA)
    assert request
    assert active(city) == {"hold-a", "hold-b", "hold-other"}
    assert releases.propose(CLOSED, ANNA) == request, "the same again makes no second request"
    with pytest.raises(ApprovalRequired) as caught:
        releases.release(CLOSED, ANNA)
    assert caught.value.request == request.number
    with pytest.raises(NotPermitted):
        city.four_eyes.decide(request.number, ANNA, "", approve=True)
    city.four_eyes.decide(request.number, BORIS, "", approve=True)
    done = releases.release(CLOSED, ANNA)
    assert [one.hold.id for one in done] == ["hold-a", "hold-b"]
    assert active(city) == {"hold-other"}
    entered = [deed for deed in city.custody.intents if deed.action is Action.RELEASE]
    assert [(d.what["hold"], d.what["approved_by"], d.what["request"]) for d in entered] == [
        ("hold-a", BORIS, request.number),
        ("hold-b", BORIS, request.number),
    ]
    assert releases.release(CLOSED, ANNA) == []
    assert releases.propose(CLOSED, ANNA) is None


def test_a_hold_that_came_meanwhile_makes_another_act(city: City, releases: CaseReleases) -> None:
    request = releases.propose(CLOSED, ANNA)
    assert request
    city.four_eyes.decide(request.number, BORIS, "", approve=True)
    city.register.place_hold(of_the_case("hold-c", during(300, 360)))
    with pytest.raises(ApprovalRequired) as caught:
        releases.release(CLOSED, ANNA)
    assert caught.value.request != request.number
    assert active(city) == {"hold-a", "hold-b", "hold-other"}


def test_of_an_open_case_nothing_is_released_or_proposed(releases: CaseReleases) -> None:
    open_case: Case = replace(CLOSED, state=CaseState.OPEN)
    for act in (releases.propose, releases.release):
        with pytest.raises(Refused, match="is open"):
            act(open_case, ANNA)


def test_a_crash_in_between_leaves_holds_and_no_approval(
    city: City, releases: CaseReleases, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = releases.propose(CLOSED, ANNA)
    assert request
    city.four_eyes.decide(request.number, BORIS, "", approve=True)
    release_hold, calls = city.register.release_hold, []

    def once(hold: HoldId, **of: object) -> Hold:
        calls.append(hold)
        if len(calls) > 1:
            raise Unavailable("the machine stopped")
        return release_hold(hold, **of)  # type: ignore[arg-type]

    monkeypatch.setattr(city.register, "release_hold", once)
    with pytest.raises(Unavailable):
        releases.release(CLOSED, ANNA)
    monkeypatch.undo()
    assert active(city) == {"hold-b", "hold-other"}
    with pytest.raises(ApprovalRequired):
        releases.release(CLOSED, ANNA)
    assert active(city) == {"hold-b", "hold-other"}
