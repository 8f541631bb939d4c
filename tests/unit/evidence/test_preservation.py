"""Orders on paper: what is held by one act, also the same order again and after a crash."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from evidence.expectations import Expectations
from evidence.hold_replay import replay
from evidence.holds import Ordered
from evidence.neighbours import neighbours
from evidence.preservation import Missing, Preservation, missing, time_to_hold
from evidence.preservation_receipt import receipt
from footage.action import Action
from footage.digest import Digest
from footage.errors import BadInput, Conflict
from footage.hold import Order, OrderPaper, covering
from footage.ids import CameraId, NodeId, SiteId
from footage.instant import Elapsed
from footage.place import Point
from footage.scope import Scope
from footage.span import GapReason
from infra.registers.memory_leases import MemoryLeases
from tests.common.builders import a_camera, a_gap, at, during
from tests.common.custody_logs import LIAISON
from tests.common.holding import ONE, TWO, Away, Failing, held

if TYPE_CHECKING:
    from evidence.holds import HoldService
    from tests.common.evidence_parts import Parts

COURT = "Sessions Court, D.I. Khan"
PAPER = OrderPaper("order.pdf", 3, Digest.of(b"pdf"))
HOUR = Elapsed.parse("1h")


@pytest.fixture
def preservation(parts: Parts, service: HoldService) -> Preservation:
    leases = MemoryLeases(parts.clock)
    told = Expectations(parts.register, parts.catalogue, lambda: leases, parts.clock)
    return Preservation(service, parts.register, lambda: parts.catalogue, lambda: told, parts.clock)


def an_order(parts: Parts) -> Order:
    now = parts.clock.now()
    return Order("14/2026", now, now - HOUR, PAPER)


def wanted(parts: Parts, **other: Any) -> Ordered:  # noqa: ANN401 - fields of any type
    base = Ordered([ONE], during(0, 180), an_order(parts), COURT, "robbery")
    return replace(base, **other)


def test_an_order_is_held_and_told(parts: Parts, preservation: Preservation) -> None:
    segments = parts.a_minute_each(2)
    parts.catalogue.add_gaps([a_gap("camera-1", during(120, 180), GapReason.CAMERA_LOST)])
    done = preservation.preserve(wanted(parts), LIAISON)
    assert held(parts, segments) == [True, True]
    assert not done.held.stood
    assert done.cameras is not None
    (one,) = done.cameras
    assert one.stored == Elapsed.parse("2m")
    assert [(gap.interval, gap.reason) for gap in one.missing] == [
        (during(120, 180), GapReason.CAMERA_LOST)
    ]
    told = receipt(done, parts.register.cameras(), "Asia/Karachi")
    assert told["seconds"] == {"order_to_hold": 3_600.0, "asked_to_hold": 0.0}
    assert told["order"]["paper"]["sha256"] == str(Digest.of(b"pdf"))
    assert told["cameras"][0]["missing"][0]["reason"] == "camera_lost"
    first, second = parts.custody.read()
    assert (first.action, second.action) == (Action.HOLD, Action.HOLD)
    assert first.number == told["entry"]
    assert first.what["order"] == an_order(parts).document()


def test_the_same_order_again_says_that_the_hold_stands(
    parts: Parts, preservation: Preservation
) -> None:
    """Typed with other blanks and capitals, later, with another reason: the same order."""
    first = preservation.preserve(wanted(parts), LIAISON)
    parts.clock.sleep(HOUR)
    again = preservation.preserve(
        wanted(parts, authority="sessions  court, d.i. khan", reason="x", order=an_order(parts)),
        LIAISON,
    )
    assert again.held.stood
    assert again.held.hold == first.held.hold
    assert again.order == first.order
    assert again.from_order == HOUR
    assert parts.register.holds() == [first.held.hold]
    third = list(parts.custody.read())[2]
    assert third.what["again"] is True


@pytest.mark.parametrize(
    "other",
    [{"authority": "High Court"}, {"interval": during(0, 181)}, {"cameras": [TWO]}],
)
def test_another_order_is_another_hold(
    parts: Parts, preservation: Preservation, other: dict[str, object]
) -> None:
    first = preservation.preserve(wanted(parts), LIAISON)
    second = preservation.preserve(wanted(parts, **other), LIAISON)
    assert first.held.hold.id != second.held.hold.id
    assert not second.held.stood


def test_a_crash_between_hold_and_marks_is_ended_by_the_same_order(
    parts: Parts, preservation: Preservation, store: Failing
) -> None:
    segments = parts.a_minute_each(3)
    store.marks_left = 1
    begun = preservation.preserve(wanted(parts), LIAISON)
    assert begun.held.marks_pending
    assert held(parts, segments) == [True, False, False]
    store.marks_left = None
    ended = preservation.preserve(wanted(parts), LIAISON)
    assert (ended.held.stood, ended.held.marks_pending) == (True, "")
    assert held(parts, segments) == [True, True, True]


def test_an_order_whose_hold_was_released_is_refused(
    parts: Parts, preservation: Preservation, service: HoldService
) -> None:
    done = preservation.preserve(wanted(parts), LIAISON)
    service.release(done.held.hold.id, "acquitted", LIAISON)
    before = len(list(parts.custody.read()))
    with pytest.raises(Conflict, match="released"):
        preservation.preserve(wanted(parts), LIAISON)
    assert len(list(parts.custody.read())) == before


def test_what_comes_later_is_held(parts: Parts, preservation: Preservation) -> None:
    ahead = during(7_200, 7_260)
    done = preservation.preserve(wanted(parts, interval=ahead), LIAISON)
    assert done.cameras is not None
    assert [one.may_come for one in done.cameras[0].missing] == [True]
    assert done.held.segments == 0
    late = parts.a_minute_each(1)[0]
    late = replace(late, interval=ahead)
    assert covering(parts.register.holds(), late)


def test_a_catalogue_that_is_away_keeps_no_order_from_being_held(
    parts: Parts, preservation: Preservation
) -> None:
    assert isinstance(parts.catalogue, Away)
    parts.catalogue.away = True
    done = preservation.preserve(wanted(parts), LIAISON)
    assert done.held.hold in parts.register.holds()
    assert done.held.segments is None
    told = receipt(done, parts.register.cameras(), "Asia/Karachi")
    assert told["cameras"] is None
    assert "away" in told["cameras_unknown"]


def test_an_order_without_a_reason_is_its_own_reason(
    parts: Parts, preservation: Preservation
) -> None:
    done = preservation.preserve(wanted(parts, reason=""), LIAISON)
    assert done.held.hold.reason == "order 14/2026"


def test_neighbours_are_named_and_held_only_when_asked(
    parts: Parts, preservation: Preservation
) -> None:
    here = parts.register.camera(ONE).place
    near = Point(here.lat + 0.001, here.lon)  # some 111 m
    parts.register.add_cameras([replace(a_camera("camera-3"), place=near)])
    moved = replace(a_camera("camera-2"), place=Point(10.0, 10.0))
    parts.register.add_cameras([moved], correct=True)
    named = preservation.preserve(wanted(parts), LIAISON)
    assert [(one.camera, round(one.metres), one.nearest) for one in named.neighbours] == [
        ("camera-3", 111, "camera-1")
    ]
    assert named.around is None
    assert len(parts.register.holds()) == 1
    asked = preservation.preserve(wanted(parts), LIAISON, 150)
    assert asked.held.stood
    assert asked.around is not None
    assert asked.around.hold.cameras == {CameraId("camera-3")}
    told = receipt(asked, parts.register.cameras(), "Asia/Karachi")
    assert told["neighbours"][0]["held"] is True
    assert [one["neighbour"] for one in told["cameras"]] == [False, True]
    again = preservation.preserve(wanted(parts), LIAISON, 150)
    assert again.around is not None
    assert again.around.stood
    assert len(parts.register.holds()) == 2


def test_neighbours_count_where_they_stood_in_the_time(parts: Parts) -> None:
    far = Point(10.0, 10.0)
    parts.register.add_cameras([replace(a_camera("camera-2"), place=far)], since=at(60))
    stays = parts.register.stays()
    assert [one.camera for one in neighbours(stays, {ONE}, during(0, 60), 10_000)] == [TWO]
    assert neighbours(stays, {ONE}, during(60, 120), 10_000) == []


def test_an_order_on_a_place_holds_what_comes_to_stand_there(
    parts: Parts, preservation: Preservation
) -> None:
    site = Scope(sites=frozenset({SiteId("site-1")}))
    done = preservation.preserve(wanted(parts, cameras=[], places=site), LIAISON)
    parts.register.add_cameras([a_camera("camera-3", site="site-1")], since=at(0))
    again = preservation.preserve(wanted(parts, cameras=[], places=site), LIAISON)
    assert again.held.hold.id == done.held.hold.id
    assert CameraId("camera-3") in again.held.hold.cameras


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"authority": " "}, "authority"),
        ({"cameras": []}, "at least one camera"),
    ],
)
def test_an_order_that_cannot_be_right_is_refused_without_an_entry(
    parts: Parts, preservation: Preservation, change: dict[str, object], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        preservation.preserve(wanted(parts, **change), LIAISON)
    assert list(parts.custody.read()) == []


@pytest.mark.parametrize("metres", [-1, 50_000, float("nan")])
def test_a_distance_that_is_none_is_refused(
    parts: Parts, preservation: Preservation, metres: float
) -> None:
    with pytest.raises(BadInput, match="distance"):
        preservation.preserve(wanted(parts), LIAISON, metres)
    assert list(parts.custody.read()) == []


def test_an_hour_that_lies_ahead_is_refused(parts: Parts, preservation: Preservation) -> None:
    order = replace(an_order(parts), given=parts.clock.now() + HOUR)
    with pytest.raises(BadInput, match="lies ahead"):
        preservation.preserve(wanted(parts, order=order), LIAISON)


def test_the_custody_log_gives_a_lost_order_back(parts: Parts, preservation: Preservation) -> None:
    done = preservation.preserve(wanted(parts), LIAISON)
    preservation.preserve(wanted(parts), LIAISON)
    placed = replay(parts.custody.read()).placed
    assert {hold.id for hold in placed} == {done.held.hold.id}
    assert placed[0].order == done.held.hold.order
    assert time_to_hold(placed[0]) is not None


def test_a_gap_is_cut_at_the_present() -> None:
    gap = a_gap("camera-1", during(0, 100), GapReason.UNKNOWN)
    past, ahead = missing(gap, at(60), NodeId("node-1"))
    assert (past.interval, past.may_come) == (during(0, 60), True)
    assert (ahead.interval, ahead.may_come) == (during(60, 100), True)
    assert missing(gap, at(200), None) == [Missing(during(0, 100), GapReason.UNKNOWN, gap.detail)]
    (whole,) = missing(gap, at(0), None)
    assert "nobody records" in whole.why
