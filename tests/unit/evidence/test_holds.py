from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.custody_check import Kind
from evidence.holds import HoldService
from footage.action import Action, Phase, Purpose
from footage.errors import BadInput, Conflict, Misconfigured, NotFound
from footage.hold import covering
from footage.ids import CameraId, HoldId, SiteId
from footage.instant import Elapsed
from footage.place import Circle, Point
from footage.ports import DeleteOutcome, Scope, Strength
from footage.span import GapReason
from tests.common.builders import START, a_camera, a_gap, a_site, during, segments_in_a_row
from tests.common.custody_logs import LIAISON
from tests.common.holding import COURT, ONE, TWO, WHY, Away, Failing, held

if TYPE_CHECKING:
    from evidence.custody import Entry
    from evidence.hold_marks import HoldMarks
    from tests.common.evidence_parts import Parts


def entries(parts: Parts) -> list[tuple[Action, Phase]]:
    return [(entry.action, entry.phase) for entry in parts.custody.read()]


def last(parts: Parts) -> Entry:
    return list(parts.custody.read())[-1]


def test_a_hold_protects_every_segment_it_touches(parts: Parts, service: HoldService) -> None:
    segments = parts.a_minute_each(4)
    other = parts.a_minute_each(1, "camera-2")
    placed = service.place([ONE], during(59.999999, 120.000001), COURT, WHY, LIAISON)
    assert held(parts, segments + other) == [True, True, True, False, False]
    assert (placed.segments, placed.bytes, placed.strength) == (3, 9_000, Strength.STORE)
    assert (placed.strength_seen, placed.marks_pending) == (START, "")
    assert parts.register.holds() == [placed.hold]
    assert (placed.hold.placed_by, placed.hold.case) == ("liaison", "FIR-4711")
    assert parts.store.delete([segments[0].key]) == {segments[0].key: DeleteOutcome.HELD}


def test_a_hold_on_a_site_protects_what_was_recorded_there_and_what_comes(
    parts: Parts, service: HoldService
) -> None:
    """Also of a camera that was moved away since, and of a camera that comes later."""
    old, new = parts.a_minute_each(1), parts.a_minute_each(1, "camera-2")
    away = a_camera("camera-1", site="site-2")
    parts.register.add_sites([a_site("site-2")])
    parts.register.add_cameras([away], since=during(30, 60).start)
    site = Scope(sites=frozenset({SiteId("site-1")}))
    placed = service.place([], during(0, 60), COURT, WHY, LIAISON, site)
    assert placed.hold.cameras == {ONE, TWO}
    assert held(parts, old + new) == [True, True]
    parts.register.add_cameras([a_camera("camera-3", site="site-1")])
    third = parts.a_minute_each(1, "camera-3")
    assert all(covering(parts.register.holds(), segment) for segment in third)
    service.reassert(LIAISON)
    assert held(parts, third) == [True]
    entry = next(parts.custody.read())
    assert (entry.what["sites"], entry.what["cameras"]) == (["site-1"], [ONE, TWO])


def test_a_hold_on_a_place_where_nobody_stood_is_refused(
    parts: Parts, service: HoldService
) -> None:
    for places, why in (
        (Scope(sites=frozenset({SiteId("site-9")})), "unknown place"),
        (Scope(circle=Circle(Point(0.0, 0.0), 5.0)), "no camera stood there"),
    ):
        with pytest.raises(BadInput, match=why):
            service.place([], during(0, 60), COURT, WHY, LIAISON, places)
    site = Scope(sites=frozenset({SiteId("site-1")}))
    with pytest.raises(BadInput, match="cameras or on places"):
        service.place([ONE], during(0, 60), COURT, WHY, LIAISON, site)
    assert parts.register.holds() == []


def test_what_expired_before_is_told(parts: Parts, service: HoldService) -> None:
    gone, lost = during(0, 60), during(60, 70)
    parts.catalogue.add_gaps([a_gap("camera-1", gone, GapReason.EXPIRED), a_gap("camera-1", lost)])
    placed = service.place([ONE], during(30, 90), COURT, WHY, LIAISON)
    assert placed.already_gone is not None
    assert [(g.camera, g.interval) for g in placed.already_gone] == [(ONE, during(30, 60))]
    assert placed.segments == 0


def test_intent_comes_before_and_outcome_after(parts: Parts, service: HoldService) -> None:
    parts.a_minute_each(2)
    placed = service.place([ONE], during(0, 60), COURT, WHY, LIAISON)
    first, second = parts.custody.read()
    assert first.what["hold"] == placed.hold.id
    assert (first.case, first.what["authority"]) == ("FIR-4711", COURT)
    assert second.what == {
        "intent": 1,
        "ok": True,
        "result": {
            "segments": 1,
            "bytes": 3_000,
            "missing": 0,
            "strength": "store",
            "marks": "done",
        },
    }
    assert parts.custody.verify() == []


def test_without_an_entry_there_is_no_hold(parts: Parts, service: HoldService) -> None:
    segments = parts.a_minute_each(1)
    with pytest.raises(BadInput, match="nobody"):
        service.place([ONE], during(0, 60), COURT, WHY, Purpose(""))
    assert parts.register.holds() == []
    assert held(parts, segments) == [False]


@pytest.mark.parametrize(
    ("cameras", "authority", "reason", "message"),
    [
        ([], COURT, WHY, "at least one camera"),
        ([ONE, CameraId("camera-9")], COURT, WHY, "camera-9"),
        ([ONE], " ", WHY, "authority"),
        ([ONE], COURT, "", "reason"),
    ],
)
def test_a_hold_that_cannot_be_right_is_refused_without_an_entry(
    parts: Parts,
    service: HoldService,
    cameras: list[CameraId],
    authority: str,
    reason: str,
    message: str,
) -> None:
    with pytest.raises(BadInput, match=message):
        service.place(cameras, during(0, 60), authority, reason, LIAISON)
    assert entries(parts) == []


def test_a_hold_stands_while_the_store_is_away(
    parts: Parts, service: HoldService, store: Failing
) -> None:
    segments = parts.a_minute_each(3)
    store.marks_left = 0
    placed = service.place([ONE], during(0, 180), COURT, WHY, LIAISON)
    assert parts.register.holds() == [placed.hold]
    assert (placed.segments, placed.bytes) == (3, 9_000)
    assert "the store is away" in placed.marks_pending
    assert (placed.strength, placed.strength_seen) == (None, None)
    assert held(parts, segments) == [False, False, False]
    assert entries(parts) == [(Action.HOLD, Phase.INTENT), (Action.HOLD, Phase.OUTCOME)]
    assert last(parts).what == {
        "intent": 1,
        "ok": True,
        "result": {
            "segments": 3,
            "bytes": 9_000,
            "missing": 0,
            "strength": None,
            "marks": "pending",
            "why": placed.marks_pending,
        },
    }
    assert parts.custody.verify() == []


def test_a_store_that_cannot_be_opened_keeps_no_hold_from_standing(parts: Parts) -> None:
    def opened() -> HoldMarks:
        raise Misconfigured("the folder of the store is not mounted")

    service = HoldService(parts.register, parts.custody, parts.clock, opened, lambda: None)
    placed = service.place([ONE], during(0, 180), COURT, WHY, LIAISON)
    assert parts.register.holds() == [placed.hold]
    assert (placed.segments, placed.already_gone) == (None, None)
    assert "not mounted" in placed.marks_pending
    released = service.release(placed.hold.id, "closed", LIAISON)
    assert (released.segments, released.still_held) == (None, None)
    assert [due.hold for due in parts.register.marks_due()] == [released.hold]


def test_a_hold_stands_while_the_catalogue_is_away(
    parts: Parts, service: HoldService, marks: HoldMarks
) -> None:
    segments = parts.a_minute_each(2)
    assert isinstance(parts.catalogue, Away)
    parts.catalogue.away = True
    placed = service.place([ONE], during(0, 120), COURT, WHY, LIAISON)
    assert parts.register.holds() == [placed.hold]
    assert (placed.segments, placed.bytes) == (None, None)
    assert "the catalogue is away" in placed.marks_pending
    parts.catalogue.away = False
    assert marks.reassert(everything=False).marked == 2
    assert held(parts, segments) == [True, True]


def test_a_strength_that_nobody_found_out_is_not_stated(parts: Parts, marks: HoldMarks) -> None:
    service = HoldService(parts.register, parts.custody, parts.clock, lambda: marks, lambda: None)
    placed = service.place([ONE], during(0, 180), COURT, WHY, LIAISON)
    assert (placed.strength, placed.marks_pending) == (None, "")


def test_a_hold_cut_short_stands_and_is_completed(
    parts: Parts, service: HoldService, marks: HoldMarks, store: Failing
) -> None:
    segments = parts.a_minute_each(3)
    store.marks_left = 1
    placed = service.place([ONE], during(0, 180), COURT, WHY, LIAISON)
    assert placed.marks_pending
    assert held(parts, segments) == [True, False, False]
    store.marks_left = None
    report = marks.reassert(everything=False)
    assert (report.marked, report.unfinished) == (3, ())
    assert held(parts, segments) == [True, True, True]
    assert parts.register.marks_due() == []


def test_an_object_that_is_missing_is_told_and_entered(parts: Parts, service: HoldService) -> None:
    segments = parts.a_minute_each(2)
    parts.store.delete([segments[0].key])
    placed = service.place([ONE], during(0, 120), COURT, WHY, LIAISON)
    assert (placed.segments, placed.missing) == (1, (segments[0].key,))
    assert last(parts).what == {
        "intent": 1,
        "ok": False,
        "result": {
            "stands": True,
            "segments": 1,
            "bytes": 3_000,
            "missing": 1,
            "missing_segments": [segments[0].key],
            "unmarked": 0,
            "unmarked_segments": {},
            "strength": "store",
            "marks": "done",
        },
    }


def test_a_release_spares_what_another_hold_covers(parts: Parts, service: HoldService) -> None:
    segments = parts.a_minute_each(3)
    first = service.place([ONE], during(0, 120), COURT, WHY, LIAISON)
    service.place([ONE, TWO], during(60, 180), COURT, "appeal", LIAISON)
    released = service.release(first.hold.id, "case closed", LIAISON)
    assert (released.segments, released.still_held) == (2, 1)
    assert held(parts, segments) == [False, True, True]
    assert released.hold.release_reason == "case closed"
    assert entries(parts)[-2:] == [
        (Action.RELEASE, Phase.INTENT),
        (Action.RELEASE, Phase.OUTCOME),
    ]


def test_a_release_cut_short_ends_by_itself(
    parts: Parts, service: HoldService, marks: HoldMarks, store: Failing
) -> None:
    segments = parts.a_minute_each(3)
    placed = service.place([ONE], during(0, 180), COURT, WHY, LIAISON)
    store.marks_left = 1
    released = service.release(placed.hold.id, "closed", LIAISON)
    assert "the store is away" in released.marks_pending
    assert (released.segments, released.still_held) == (3, None)
    assert held(parts, segments) == [False, True, True]
    assert last(parts).what["result"] == {
        "segments": 3,
        "still_held": None,
        "marks": "pending",
        "why": released.marks_pending,
    }
    with pytest.raises(Conflict):
        service.release(placed.hold.id, "closed", LIAISON)
    report = marks.reassert(everything=False)
    assert report.unfinished == ((placed.hold.id, "the store is away"),)
    store.marks_left = None
    assert marks.reassert(everything=False).lifted == 2
    assert held(parts, segments) == [False, False, False]


def test_a_release_passes_over_what_is_gone(parts: Parts, service: HoldService) -> None:
    segments = parts.a_minute_each(2)
    placed = service.place([ONE], during(0, 120), COURT, WHY, LIAISON)
    parts.store.set_hold(segments[0].key, on=False)
    parts.store.delete([segments[0].key])
    assert service.release(placed.hold.id, "closed", LIAISON).still_held == 0


def test_a_release_that_cannot_be_right_is_refused(parts: Parts, service: HoldService) -> None:
    placed = service.place([ONE], during(0, 60), COURT, WHY, LIAISON)
    with pytest.raises(BadInput, match="reason"):
        service.release(placed.hold.id, " ", LIAISON)
    with pytest.raises(NotFound, match="hold-x"):
        service.release(HoldId("hold-x"), "closed", LIAISON)
    assert len(entries(parts)) == 2
    service.release(placed.hold.id, "closed", LIAISON)
    with pytest.raises(Conflict):
        service.release(placed.hold.id, "closed", LIAISON)
    assert last(parts).what["ok"] is False
    assert service.holds() == []
    assert len(service.holds(active_only=False)) == 1
    assert Kind.OPEN not in [finding.kind for finding in parts.custody.verify()]


def test_more_marks_than_one_section_takes_are_all_lifted(
    parts: Parts, service: HoldService
) -> None:
    segments = parts.stored(segments_in_a_row(250, seconds=1))
    placed = service.place([ONE], during(0, 250), COURT, WHY, LIAISON)
    assert all(held(parts, segments))
    service.release(placed.hold.id, "closed", LIAISON)
    assert not any(held(parts, segments))


def test_of_two_askings_with_a_key_at_once_one_places_the_hold(
    service: HoldService, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = service.place([ONE], during(0, 60), COURT, WHY, LIAISON, key="key-1")
    parts.clock.sleep(Elapsed.parse("1s"))
    # Who asks looks before the other one has placed the hold.
    monkeypatch.setattr(HoldService, "_standing", lambda *_: None)
    second = service.place([ONE], during(0, 60), COURT, WHY, LIAISON, key="key-1")
    assert (first.stood, second.stood) == (False, True)
    with pytest.raises(Conflict, match="sent before with another request"):
        service.place([ONE], during(0, 61), COURT, WHY, LIAISON, key="key-1")
    assert parts.register.holds() == [first.hold]
