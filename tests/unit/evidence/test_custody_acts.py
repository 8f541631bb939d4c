"""Acts of the custody log, picked and paged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.custody import EMPTY, intent_entry, outcome_entry
from evidence.custody_acts import State, Wanted, entries_before, page, picked
from footage.action import Action, Deed, Purpose
from footage.ids import CameraId
from tests.common.builders import at, during, segments_in_a_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evidence.custody import Entry

AMINA, BILAL = Purpose("amina", "FIR 1", "theft"), Purpose("bilal", "FIR 2", "theft")
ONE, TWO = CameraId("camera-1"), CameraId("camera-2")


class Log:
    """A custody log in memory that counts the entries it gave out."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.given = 0

    def read(self, first: int = 1) -> Iterator[Entry]:
        for entry in self.entries[first - 1 :]:
            self.given += 1
            yield entry

    def begin(self, action: Action = Action.VIEW, by: Purpose = AMINA, **what: Any) -> int:  # noqa: ANN401
        self._add(intent_entry(Deed(action, by, what), self._head, at(len(self.entries))))
        return len(self.entries)

    def end(self, intent: int, *, ok: bool = True, **result: object) -> None:
        of = self.entries[intent - 1]
        deed = Deed(of.action, Purpose(of.actor, of.case, of.code))
        now = at(len(self.entries))
        self._add(outcome_entry(deed, intent, self._head, now, ok=ok, result={"bytes": 1} | result))

    def done(self, action: Action = Action.VIEW, by: Purpose = AMINA, **what: Any) -> int:  # noqa: ANN401
        number = self.begin(action, by, **what)
        self.end(number)
        return number

    @property
    def _head(self) -> Any:  # noqa: ANN401
        return self.entries[-1].head if self.entries else EMPTY

    def _add(self, entry: Entry) -> None:
        self.entries.append(entry)


def numbers(log: Log, wanted: Wanted) -> list[int]:
    return [act.intent.number for act in page(log, wanted, limit=99).acts]


def test_an_act_is_done_failed_or_open() -> None:
    log = Log()
    log.done(camera=ONE)
    log.end(log.begin(camera=ONE), ok=False)
    log.begin(camera=ONE)
    acts = page(log, Wanted(), limit=99).acts
    assert [act.state for act in acts] == [State.DONE, State.FAILED, State.OPEN]
    assert [act.outcome.number if act.outcome else None for act in acts] == [2, 4, None]


def test_acts_are_picked_by_person_case_action_and_time_of_entering() -> None:
    log = Log()
    one = log.done(camera=ONE)
    two = log.done(Action.HOLD, BILAL, cameras=[ONE])
    assert numbers(log, Wanted(person="amina")) == [one]
    assert numbers(log, Wanted(case="FIR 2")) == [two]
    assert numbers(log, Wanted(action=Action.HOLD)) == [two]
    assert numbers(log, Wanted(entered=during(0, 1))) == [one]
    assert numbers(log, Wanted(person="amina", case="FIR 2")) == []


def test_acts_are_picked_by_the_camera_they_were_about() -> None:
    log = Log()
    key = segments_in_a_row(1)[0].key
    about = [
        log.done(camera=ONE),
        log.done(segment=key, offset=3),
        log.done(Action.SEARCH, cameras=[ONE, TWO]),
        log.done(Action.SEARCH, cameras=[], sites=["site-1"]),
        log.done(sheet="a.html", shown=[f"{key}#12"]),
        log.done(Action.SEARCH, cameras=[TWO], example={"segment": key}),
    ]
    for other in ({"camera": TWO}, {"segment": key.replace("camera-1", "camera-2")}):
        log.done(**other)
    log.done(Action.SEARCH, cameras=[TWO])
    log.done(Action.SEARCH, cameras=[TWO], example={"sha256": "sha256:00", "bytes": 1})
    log.done(Action.PEOPLE, person="sadia")
    log.done(sheet="a.html", shown=[])
    assert numbers(log, Wanted(camera=ONE)) == about


def test_acts_are_picked_by_the_recorded_time_they_were_about() -> None:
    log = Log()
    key = segments_in_a_row(1)[0].key  # begins at second 0
    inside = log.done(camera=ONE, start=str(at(0)), end=str(at(10)))
    log.done(camera=ONE, start=str(at(20)), end=str(at(30)))
    by_key = log.done(segment=key)
    example = log.done(
        Action.SEARCH,
        cameras=[ONE],
        start=str(at(900)),
        end=str(at(901)),
        example={"segment": key},
    )
    timeless = log.done(Action.EXPORT, cameras=[ONE])
    assert numbers(log, Wanted(footage=during(5, 20))) == [inside, by_key, example, timeless]
    assert numbers(log, Wanted(footage=during(4000, 4001))) == [timeless]


def test_a_segment_named_alone_counts_for_an_hour_unless_the_outcome_tells_its_time() -> None:
    """An imported file with a keyframe every half an hour is cut into segments as long."""
    log = Log()
    key = segments_in_a_row(1)[0].key  # begins at second 0
    picture = log.done(segment=key)
    log.end(log.begin(segment=key), start=str(at(0)), end=str(at(60)))
    long = log.begin(segment=key)
    log.end(long, start=str(at(0)), end=str(at(1800)))
    opened = log.begin(segment=key)
    assert numbers(log, Wanted(footage=during(1500, 1501))) == [picture, long, opened]


@given(st.lists(st.sampled_from("AaBbo"), max_size=30), st.integers(1, 4), st.integers(2, 7))
def test_pages_tell_each_act_once_and_read_a_bounded_part(
    steps: list[str], limit: int, most: int
) -> None:
    """A and B begin acts of two people, a and b are whole acts, o ends the oldest open act."""
    log, waiting = Log(), list[int]()
    for step in steps:
        by = AMINA if step in "Aa" else BILAL
        if step in "ab":
            log.done(by=by)
        elif step in "AB":
            waiting.append(log.begin(by=by))
        elif waiting:
            log.end(waiting.pop(0))
    ended = {e.what["intent"] for e in log.entries if "intent" in e.what}
    told: list[int] = []
    first: int | None = 1
    while first is not None:
        log.given = 0
        found = page(log, Wanted(person="amina"), first=first, limit=limit, most=most)
        assert log.given <= 2 * most + 1
        assert len(found.acts) <= limit
        for act in found.acts:
            assert (act.state is State.DONE) <= (act.intent.number in ended)
            assert (act.state is State.OPEN) <= (act.intent.number not in ended)
        told += [act.intent.number for act in found.acts]
        assert found.next_entry is None or found.next_entry > first
        first = found.next_entry
    mine = [e.number for e in log.entries if e.actor == "amina" and "intent" not in e.what]
    assert told == mine


def test_an_outcome_further_on_than_was_read_is_not_called_open() -> None:
    log = Log()
    first = log.begin(camera=ONE)
    for _ in range(5):
        log.done(Action.SEARCH)
    log.end(first)
    (act,) = page(log, Wanted(action=Action.VIEW), limit=1, most=3).acts
    assert act.state is State.UNREAD
    (act,) = page(log, Wanted(action=Action.VIEW), limit=1).acts
    assert act.state is State.DONE


@pytest.mark.parametrize("limit", [1, 5])
def test_a_page_that_is_full_reads_no_further_than_it_must(limit: int) -> None:
    log = Log()
    for _ in range(1_000):
        log.done(camera=ONE)
    assert len(page(log, Wanted(), limit=limit).acts) == limit
    assert log.given <= 2 * limit + 1


def test_the_entries_of_acts_are_picked_with_their_outcomes_in_order() -> None:
    log = Log()
    mine, others = log.begin(camera=ONE), log.begin(by=BILAL, camera=TWO)
    log.end(others)
    log.end(mine)
    log.done(Action.SEARCH, cameras=[])
    assert [entry.number for entry in picked(log.entries, Wanted(person="amina"))] == [1, 4, 5, 6]
    assert [entry.number for entry in picked(log.entries, Wanted(camera=TWO))] == [2, 3, 5, 6]
    assert [entry.number for entry in picked(log.entries[2:], Wanted(person="bilal"))] == []
    assert [entry.number for entry in entries_before(log, Wanted(), 4)] == [1, 2, 3]
    assert [entry.number for entry in entries_before(log, Wanted(camera=TWO), 3)] == [2]
