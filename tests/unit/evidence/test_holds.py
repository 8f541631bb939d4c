from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.custody_check import Kind
from evidence.holds import HoldService
from footage.clock import SimulatedClock
from footage.custody import Action, Phase, Purpose
from footage.errors import BadInput, Conflict, NotFound, Unavailable
from footage.ids import CameraId, HoldId
from footage.ports import DeleteOutcome, Strength
from footage.span import GapReason
from infra.objects.memory_store import MemoryStore
from tests.common.builders import START, a_gap, during, segments_in_a_row
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import Parts, the_parts

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.custody import Entry
    from footage.segment import Segment

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")
COURT, WHY = "Sessions Court, order 14/2026", "robbery at the bus stand"


class Failing(MemoryStore):
    """A store that is cut off after some marks."""

    marks_left: int | None = None

    def set_hold(self, key: str, *, on: bool) -> None:
        if self.marks_left == 0:
            raise Unavailable("the store is away")
        if self.marks_left:
            self.marks_left -= 1
        super().set_hold(key, on=on)


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return the_parts(tmp_path, store=Failing(SimulatedClock(START)))


@pytest.fixture
def service(parts: Parts) -> HoldService:
    return HoldService(
        parts.register, parts.catalogue, parts.store, parts.custody, parts.clock, Strength.STORE
    )


def held(parts: Parts, segments: list[Segment]) -> list[bool]:
    return [parts.store.is_held(segment.key) for segment in segments]


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
    assert parts.register.holds() == [placed.hold]
    assert (placed.hold.placed_by, placed.hold.case) == ("liaison", "FIR-4711")
    assert parts.store.delete([segments[0].key]) == {segments[0].key: DeleteOutcome.HELD}


def test_what_expired_before_is_told(parts: Parts, service: HoldService) -> None:
    gone, lost = during(0, 60), during(60, 70)
    parts.catalogue.add_gaps([a_gap("camera-1", gone, GapReason.EXPIRED), a_gap("camera-1", lost)])
    placed = service.place([ONE], during(30, 90), COURT, WHY, LIAISON)
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
        "result": {"segments": 1, "bytes": 3_000, "missing": 0, "strength": "store"},
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


def test_a_hold_cut_short_stands_and_is_completed(parts: Parts, service: HoldService) -> None:
    segments = parts.a_minute_each(3)
    assert isinstance(parts.store, Failing)
    parts.store.marks_left = 1
    with pytest.raises(Unavailable):
        service.place([ONE], during(0, 180), COURT, WHY, LIAISON)
    assert held(parts, segments) == [True, False, False]
    assert len(parts.register.holds()) == 1
    assert last(parts).what["ok"] is False
    parts.store.marks_left = None
    assert service.reassert() == 3
    assert held(parts, segments) == [True, True, True]


def test_a_hold_covers_what_is_stored_later(parts: Parts, service: HoldService) -> None:
    service.place([ONE], during(0, 600), COURT, WHY, LIAISON)
    later = parts.stored(segments_in_a_row(2))
    assert service.reassert() == 2
    assert held(parts, later) == [True, True]


def test_an_object_purged_meanwhile_is_told(parts: Parts, service: HoldService) -> None:
    segments = parts.a_minute_each(2)
    parts.store.delete([segments[0].key])
    placed = service.place([ONE], during(0, 120), COURT, WHY, LIAISON)
    assert (placed.segments, placed.missing) == (1, (segments[0].key,))


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


def test_a_release_cut_short_is_completed(parts: Parts, service: HoldService) -> None:
    segments = parts.a_minute_each(3)
    placed = service.place([ONE], during(0, 180), COURT, WHY, LIAISON)
    assert isinstance(parts.store, Failing)
    parts.store.marks_left = 1
    with pytest.raises(Unavailable):
        service.release(placed.hold.id, "closed", LIAISON)
    assert held(parts, segments) == [False, True, True]
    parts.store.marks_left = None
    assert service.reassert() == 0
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
