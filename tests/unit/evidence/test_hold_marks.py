"""Marks on objects are reconciled with the register, and nothing else is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.hold_marks import RETRY, SETTLE, HoldMarks
from footage.errors import Conflict, DataLoss, FootageError, Misconfigured, NotFound
from footage.hold import MarksDue
from footage.ports import Strength
from infra.objects.memory_store import MemoryStore
from tests.common.builders import START, during, segments_in_a_row
from tests.common.custody_logs import LIAISON
from tests.common.holding import COURT, ONE, WHY, Failing, held

if TYPE_CHECKING:
    from evidence.holds import HoldService
    from tests.common.evidence_parts import Parts


def test_what_was_stored_without_its_mark_gets_it(
    parts: Parts, service: HoldService, marks: HoldMarks
) -> None:
    service.place([ONE], during(0, 600), COURT, WHY, LIAISON)
    later = parts.stored(segments_in_a_row(2))
    assert marks.reassert(everything=False).marked == 0
    assert marks.reassert(everything=True).marked == 2
    assert held(parts, later) == [True, True]


def test_a_mark_set_by_a_recorder_just_after_a_release_goes_a_day_later(
    parts: Parts, service: HoldService, marks: HoldMarks
) -> None:
    """The recorder read the holds before the release, and stored the row after."""
    placed = service.place([ONE], during(0, 180), COURT, WHY, LIAISON)
    service.release(placed.hold.id, "closed", LIAISON)
    (late,) = parts.a_minute_each(1)
    parts.store.set_hold(late.key, on=True)
    assert marks.reassert(everything=False).lifted == 0
    parts.clock.sleep(SETTLE)
    assert marks.reassert(everything=False).lifted == 1
    assert held(parts, [late]) == [False]
    assert parts.register.marks_due() == []


def test_marks_of_no_hold_of_ours_are_left_alone(
    parts: Parts, service: HoldService, marks: HoldMarks
) -> None:
    """What somebody else holds, on objects that no hold of Footage ever covered."""
    theirs = parts.a_minute_each(1, "camera-2")
    parts.a_minute_each(2)
    parts.store.set_hold(theirs[0].key, on=True)
    placed = service.place([ONE], during(0, 180), COURT, WHY, LIAISON)
    service.release(placed.hold.id, "closed", LIAISON)
    marks.reassert(everything=True)
    assert held(parts, theirs) == [True]


@pytest.mark.parametrize("error", [DataLoss, Misconfigured, Conflict])
def test_one_bad_object_keeps_no_other_from_its_mark(
    parts: Parts,
    service: HoldService,
    marks: HoldMarks,
    store: Failing,
    error: type[FootageError],
) -> None:
    """Damaged, forbidden, or something else in its place; each is named and tried again."""
    segments = parts.stored(segments_in_a_row(250, seconds=1))
    bad = segments[0]
    store.damaged, store.error = bad.key, error
    placed = service.place([ONE], during(0, 250), COURT, WHY, LIAISON)
    assert [key for key, _ in placed.unmarked] == [bad.key]
    assert bad.key in placed.marks_pending
    assert not placed.sound
    assert (placed.segments, placed.strength) == (250, Strength.STORE)
    assert held(parts, segments) == [False] + [True] * 249
    report = marks.reassert(everything=True)
    assert [hold for hold, _ in report.unfinished] == [placed.hold.id]
    assert [key for key, _ in report.unmarked] == [bad.key]
    store.asked = 0
    assert marks.reassert(everything=False).unfinished == ()
    assert store.asked == 0, "nothing to be asked for before RETRY"
    store.damaged = ""
    parts.clock.sleep(RETRY)
    assert marks.reassert(everything=False).marked == 250
    assert parts.register.marks_due() == []


def test_each_hold_over_an_object_that_cannot_be_marked_stays_unfinished(
    parts: Parts, service: HoldService, marks: HoldMarks, store: Failing
) -> None:
    """The objects of a hold are not marked twice, unless the first pass left some unmarked."""
    segments = parts.a_minute_each(2)
    store.damaged = segments[0].key
    ids = [service.place([ONE], during(0, 120), COURT, WHY, LIAISON).hold.id for _ in range(2)]
    report = marks.reassert(everything=True)
    assert sorted(hold for hold, _ in report.unfinished) == sorted(ids)
    assert sorted(due.hold.id for due in parts.register.marks_due()) == sorted(ids)


def test_a_mark_that_cannot_be_removed_leaves_the_release_unfinished(
    parts: Parts, service: HoldService, marks: HoldMarks, store: Failing
) -> None:
    segments = parts.a_minute_each(2)
    placed = service.place([ONE], during(0, 120), COURT, WHY, LIAISON)
    store.damaged = segments[0].key
    released = service.release(placed.hold.id, "closed", LIAISON)
    assert segments[0].key in released.marks_pending
    assert held(parts, segments) == [True, False]
    assert [due.passes for due in parts.register.marks_due()] == [0]
    store.damaged = ""
    parts.clock.sleep(RETRY)
    assert marks.reassert(everything=False).lifted == 1


def test_what_a_purge_deletes_after_the_catalogue_was_read_is_not_called_missing(
    parts: Parts, service: HoldService, store: Failing
) -> None:
    segments = parts.a_minute_each(2)

    def gone(key: str, *, on: bool) -> None:
        parts.catalogue.remove_segments([segments[0].key])
        if key == segments[0].key:
            raise NotFound(key)
        MemoryStore.set_hold(store, key, on=on)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store, "set_hold", gone)
        placed = service.place([ONE], during(0, 120), COURT, WHY, LIAISON)
    assert (placed.segments, placed.missing, placed.sound) == (1, (), True)


def test_a_store_that_takes_nothing_is_asked_for_one_batch(
    parts: Parts, service: HoldService, store: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.stored(segments_in_a_row(250, seconds=1))

    def refused(key: str, *, on: bool) -> None:
        del on
        store.asked += 1
        raise Misconfigured(f"not allowed: {key}")

    monkeypatch.setattr(store, "set_hold", refused)
    placed = service.place([ONE], during(0, 250), COURT, WHY, LIAISON)
    assert (store.asked, placed.segments) == (100, 250)
    assert "not allowed" in placed.marks_pending


def test_a_hold_released_while_its_marks_are_set_is_left_released(
    parts: Parts, service: HoldService, marks: HoldMarks
) -> None:
    segments = parts.a_minute_each(2)
    placed = service.place([ONE], during(0, 120), COURT, WHY, LIAISON)
    read_before = MarksDue(placed.hold, START)
    service.release(placed.hold.id, "closed", LIAISON)
    marks.look_at(read_before)
    assert held(parts, segments) == [False, False]
    assert [due.hold.active for due in parts.register.marks_due()] == [False]


def test_a_store_that_is_away_is_asked_once_for_all_holds(
    parts: Parts, service: HoldService, marks: HoldMarks, store: Failing
) -> None:
    parts.a_minute_each(2)
    store.marks_left = 0
    ids = [service.place([ONE], during(0, 60 + n), COURT, WHY, LIAISON).hold.id for n in range(4)]
    store.asked = 0
    report = marks.reassert(everything=True)
    assert store.asked == 1
    assert sorted(hold for hold, _ in report.unfinished) == sorted(ids)


@pytest.mark.parametrize("elsewhere", [0, 1_000])
def test_reconciling_asks_about_objects_of_its_holds_only(
    parts: Parts, service: HoldService, marks: HoldMarks, store: Failing, elsewhere: int
) -> None:
    """Invariant 12: the cost grows with what is held, not with what is stored."""
    parts.catalogue.add_segments(segments_in_a_row(elsewhere, "camera-2", seconds=1))
    parts.a_minute_each(3)
    placed = service.place([ONE], during(0, 180), COURT, WHY, LIAISON)
    store.asked = 0
    assert marks.reassert(everything=False).marked == 0
    assert store.asked == 0, "everything is finished"
    marks.reassert(everything=True)
    assert store.asked == 3
    store.marks_left = 1
    service.release(placed.hold.id, "closed", LIAISON)
    store.marks_left, store.asked = None, 0
    marks.reassert(everything=False)
    assert store.asked == 3 + 2, "three looked at, two lifted"


def test_objects_under_several_holds_are_marked_once(
    parts: Parts, service: HoldService, marks: HoldMarks, store: Failing
) -> None:
    parts.a_minute_each(3)
    for seconds in (60, 120, 180):
        service.place([ONE], during(0, seconds), COURT, WHY, LIAISON)
    store.asked = 0
    assert marks.reassert(everything=True).marked == 3
    assert store.asked == 3
