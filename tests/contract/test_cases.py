"""The contract of `footage.ports.Cases`, on every adapter."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from footage import case as rules
from footage.case import CaseState, Turn, described, turned
from footage.errors import Conflict, FootageError, NotFound, Refused
from footage.ids import CameraId, CaseId
from footage.keyframe import Box
from infra.registers.memory_cases import MemoryCases
from infra.registers.sql_cases import SqlCases
from tests.common.builders import at
from tests.common.case_parts import (
    ANNA,
    BORIS,
    a_case,
    a_document,
    a_member,
    a_stretch,
    an_exhibit,
    some_words,
)
from tests.common.clients import clients, raced, url_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from footage.case import Case
    from footage.ports import Cases

    Opener = Callable[[], Cases]

UNKNOWN = CaseId("case-unknown")
AT_ONCE = 8


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def opener(request: pytest.FixtureRequest) -> Iterator[Opener]:
    """Function that opens another client of the same cases at each call."""
    if request.param == "memory":
        shared = MemoryCases()
        yield lambda: shared
        return
    with clients(url_of(request), SqlCases) as another:
        yield another


@pytest.fixture
def cases(opener: Opener) -> Cases:
    """The cases, with the first one opened by Anna."""
    made = opener()
    made.open(a_case(), [a_member()])
    return made


# ---------------------------------------------------------------- cases


def test_a_case_reads_back_whole_by_every_client(opener: Opener) -> None:
    words = rules.words_of("title", "سرقہ", "two lines\nof text", 3, BORIS, at(7))
    case = replace(
        a_case(),
        words=words,
        version=3,
        state=CaseState.CLOSED,
        turned=Turn(BORIS, at(9), "no trace"),
    )
    opener().open(case, [a_member(), a_member(BORIS)])
    assert opener().case(case.id) == case
    assert opener().members(case.id) == [a_member(), a_member(BORIS)]
    assert opener().versions(case.id) == [words]


@pytest.mark.parametrize("same", ["FIR 1/2026", "fir  1/2026 ", "\uff26\uff29\uff32 1/2026"])
def test_a_reference_is_opened_once_however_it_is_spelled(cases: Cases, same: str) -> None:
    with pytest.raises(Conflict, match="opened already"):
        cases.open(a_case(2, same), [a_member()])
    found = cases.of_reference(same)
    assert found == a_case()
    assert cases.of_reference("FIR 11/2026") is None
    assert cases.cases() == [a_case()]


def test_an_id_is_taken_once(cases: Cases) -> None:
    with pytest.raises(Conflict):
        cases.open(replace(a_case(), reference="another"), [a_member()])
    assert cases.of_reference("another") is None


def test_of_openings_at_once_one_takes_the_reference(opener: Opener) -> None:
    numbers = list(range(1, AT_ONCE + 1))
    done = raced(opener, numbers, lambda cases, n: cases.open(a_case(n, "FIR 9"), [a_member()]))
    assert done.count(None) == 1
    assert sum(isinstance(one, Conflict) for one in done) == AT_ONCE - 1
    assert len(opener().cases()) == 1


def test_cases_come_in_pages_of_the_newest_first(opener: Opener) -> None:
    cases = opener()
    for number in range(1, 8):
        members = [a_member(), *([a_member(BORIS)] if number % 2 else [])]
        cases.open(a_case(number), members)
    cases.change(a_case(3).id, lambda c: turned(c, 1, CaseState.CLOSED, "done", ANNA, at(20)))
    ids = [case.id for case in cases.cases()]
    assert ids == [a_case(n).id for n in (7, 6, 5, 4, 3, 2, 1)]
    page = cases.cases(before=a_case(6).id, limit=2)
    assert [case.id for case in page] == [a_case(5).id, a_case(4).id]
    mine = cases.cases(member=BORIS)
    assert [case.id for case in mine] == [a_case(n).id for n in (7, 5, 3, 1)]
    page = cases.cases(member=BORIS, before=a_case(7).id, limit=1)
    assert [case.id for case in page] == [a_case(5).id]
    closed = cases.cases(state=CaseState.CLOSED)
    assert [case.id for case in closed] == [a_case(3).id]
    open_of_boris = cases.cases(member=BORIS, state=CaseState.OPEN)
    assert [case.id for case in open_of_boris] == [a_case(n).id for n in (7, 5, 1)]
    assert cases.cases(member="nobody") == []


def test_what_is_not_there_is_not_found(cases: Cases) -> None:
    words = some_words(2)
    calls: list[Callable[[], object]] = [
        lambda: cases.case(UNKNOWN),
        lambda: cases.change(UNKNOWN, lambda case: case),
        lambda: cases.add_member(UNKNOWN, a_member()),
        lambda: cases.remove_member(UNKNOWN, ANNA),
        lambda: cases.add_exhibit(an_exhibit(UNKNOWN)),
        lambda: cases.exhibit(UNKNOWN, 1),
        lambda: cases.write(UNKNOWN, 1, words),
        lambda: cases.versions(UNKNOWN),
        lambda: cases.exhibit(a_case().id, 1),
        lambda: cases.write(a_case().id, 1, words),
        lambda: cases.versions(a_case().id, 1),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call()
    assert cases.members(UNKNOWN) == []
    assert not cases.is_member(UNKNOWN, ANNA)
    assert cases.exhibits(UNKNOWN) == []


# ---------------------------------------------------------------- changes


def test_words_of_before_stay(cases: Cases, opener: Opener) -> None:
    case = a_case().id
    for read in (1, 2, 3):
        title = f"title {read}"
        change = partial(described, read=read, title=title, text="", by=BORIS, at=at(read))
        done = opener().change(case, change)
        assert done.version == done.words.version == read + 1
        assert cases.case(case) == done
    assert [(one.version, one.title) for one in cases.versions(case)] == [
        (4, "title 3"),
        (3, "title 2"),
        (2, "title 1"),
        (1, "A theft"),
    ]
    assert [one.version for one in cases.versions(case, before=4, limit=2)] == [3, 2]


def test_a_change_refused_changes_nothing(cases: Cases) -> None:
    case = a_case().id
    with pytest.raises(Conflict, match="version 1, and 7 was read"):
        cases.change(case, lambda c: described(c, 7, "title", "", BORIS, at(2)))
    assert cases.case(case) == a_case()
    assert len(cases.versions(case)) == 1


def test_of_changes_at_once_that_read_the_same_one_is_made(opener: Opener, cases: Cases) -> None:
    names = [f"title {n}" for n in range(AT_ONCE)]
    case = a_case().id
    done = raced(
        opener,
        names,
        lambda mine, name: mine.change(case, lambda c: described(c, 1, name, "", ANNA, at(2))),
    )
    made = [one for one in done if not isinstance(one, FootageError)]
    assert len(made) == 1
    assert sum(isinstance(one, Conflict) for one in done) == AT_ONCE - 1
    assert [one.title for one in cases.versions(case)] == [made[0].words.title, "A theft"]


def test_a_case_is_closed_and_reopened(cases: Cases, opener: Opener) -> None:
    case = a_case().id
    closed = cases.change(case, lambda c: turned(c, 1, CaseState.CLOSED, "done", BORIS, at(5)))
    assert (closed.state, closed.version) == (CaseState.CLOSED, 2)
    assert opener().case(case) == closed
    with pytest.raises(Refused, match="closed"):
        cases.add_exhibit(an_exhibit())
    opened = cases.change(case, lambda c: turned(c, 2, CaseState.OPEN, "a trace", ANNA, at(6)))
    assert opener().case(case) == opened
    assert opened.turned == Turn(ANNA, at(6), "a trace")
    assert len(cases.versions(case)) == 1


# ---------------------------------------------------------------- members


def test_members_come_and_go(cases: Cases, opener: Opener) -> None:
    case = a_case().id
    added = opener().add_member(case, a_member(BORIS))
    assert added == cases.case(case)
    again = replace(a_member(BORIS), by="carla")
    assert opener().add_member(case, again) is None
    assert cases.case(case).version == 2
    assert cases.members(case) == [a_member(), a_member(BORIS)]
    assert cases.is_member(case, BORIS)
    assert cases.remove_member(case, ANNA) == cases.case(case)
    assert opener().remove_member(case, ANNA) is None
    assert cases.case(case).version == 3
    assert not opener().is_member(case, ANNA)
    with pytest.raises(Refused, match="nobody else"):
        cases.remove_member(case, BORIS)
    assert cases.members(case) == [a_member(BORIS)]
    assert cases.case(case).version == 3


def test_members_have_an_end(cases: Cases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("footage.case.MOST_MEMBERS", 2)
    cases.add_member(a_case().id, a_member(BORIS))
    with pytest.raises(Refused, match="2 members"):
        cases.add_member(a_case().id, a_member("carla"))
    people = [a_member(person) for person in (ANNA, BORIS, "carla")]
    with pytest.raises(Refused, match="2 members"):
        cases.open(a_case(2), people)
    assert cases.of_reference(a_case(2).reference) is None
    cases.open(a_case(2), people[:2])


def test_versions_of_the_words_have_an_end_which_members_do_not_use_up(
    cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("footage.case.MOST_VERSIONS", 3)
    case = a_case().id
    for _ in range(3):  # six versions of the case, and none of its words
        cases.add_member(case, a_member(BORIS))
        cases.remove_member(case, BORIS)

    def write() -> Case:
        read = cases.case(case).version
        return cases.change(case, lambda c: described(c, read, "title", "", ANNA, at(9)))

    assert [write().words.version, write().words.version] == [8, 9]
    with pytest.raises(Refused, match="3 versions"):
        write()
    assert cases.case(case).version == 9
    assert len(cases.versions(case)) == 3


def test_of_removals_at_once_the_last_member_stays(opener: Opener, cases: Cases) -> None:
    people = [f"person-{n}" for n in range(AT_ONCE)]
    case = a_case().id
    for person in people:
        cases.add_member(case, a_member(person))
    raced(opener, [ANNA, *people], lambda mine, person: mine.remove_member(case, person))
    assert len(cases.members(case)) == 1


# ---------------------------------------------------------------- exhibits


def test_exhibits_are_numbered_and_read_back_whole(cases: Cases, opener: Opener) -> None:
    moment = replace(
        a_stretch(),
        kind=rules.ExhibitKind.MOMENT,
        moment="17.1",
        best=at(8),
        picture="site-1/2026-11-22/camera-1/15/08-23.547Z.0.mp4#120",
        box=Box(0.25, 0.5, 0.125, 0.25),
        words=some_words(title="A red car", text="at the gate"),
    )
    several = replace(a_stretch(), cameras=(CameraId("camera-1"), CameraId("camera-2")))
    added = [cases.add_exhibit(one) for one in (an_exhibit(), moment, several)]
    assert [one.number for one in added] == [1, 2, 3]
    assert added[1] == replace(moment, number=2)
    assert opener().exhibits(a_case().id) == added
    assert [opener().exhibit(a_case().id, n) for n in (1, 2, 3)] == added
    assert opener().exhibits(a_case().id, after=1, limit=1) == [added[1]]
    assert cases.case(a_case().id).exhibits == 3
    assert cases.case(a_case().id).version == 1
    assert cases.versions(a_case().id, 2) == [moment.words]


def test_exhibits_added_at_once_have_numbers_without_a_hole(opener: Opener, cases: Cases) -> None:
    cameras = [f"camera-{n}" for n in range(AT_ONCE)]
    raced(opener, cameras, lambda mine, camera: mine.add_exhibit(an_exhibit(camera=camera)))
    found = cases.exhibits(a_case().id)
    assert [one.number for one in found] == list(range(1, AT_ONCE + 1))
    assert sorted(one.cameras[0] for one in found) == cameras


def test_exhibits_of_cases_are_apart(cases: Cases) -> None:
    cases.open(a_case(2), [a_member()])
    first, second = cases.add_exhibit(an_exhibit()), cases.add_exhibit(an_exhibit(a_case(2).id))
    assert (first.number, second.number) == (1, 1)
    assert cases.exhibits(a_case(2).id) == [second]


def test_exhibits_have_an_end(cases: Cases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_EXHIBITS", 1)
    cases.add_exhibit(an_exhibit())
    with pytest.raises(Refused, match="1 exhibits"):
        cases.add_exhibit(an_exhibit())


def test_words_of_an_exhibit_stay(cases: Cases, opener: Opener) -> None:
    case = a_case().id
    cases.add_exhibit(an_exhibit())
    done = opener().write(case, 1, some_words(2, "The red car", "seen again", BORIS))
    assert cases.exhibit(case, 1) == done
    assert done.words.text == "seen again"
    for version in (1, 2, 4):
        with pytest.raises(Conflict, match="version 2"):
            cases.write(case, 1, some_words(version, "other"))
    assert [one.title for one in cases.versions(case, 1)] == ["The red car", "The car"]
    assert [one.version for one in cases.versions(case, 1, before=2)] == [1]
    assert [one.title for one in cases.versions(case)] == ["A theft"]


def test_of_words_written_at_once_one_version_is_made(opener: Opener, cases: Cases) -> None:
    case = a_case().id
    cases.add_exhibit(an_exhibit())
    names = [f"label {n}" for n in range(AT_ONCE)]
    done = raced(opener, names, lambda mine, name: mine.write(case, 1, some_words(2, name)))
    made = [one for one in done if not isinstance(one, FootageError)]
    assert len(made) == 1
    assert sum(isinstance(one, Conflict) for one in done) == AT_ONCE - 1
    assert [one.title for one in cases.versions(case, 1)] == [made[0].words.title, "The car"]


def test_a_closed_case_takes_no_words_about_exhibits(cases: Cases) -> None:
    case = a_case().id
    cases.add_exhibit(an_exhibit())
    cases.change(case, lambda c: turned(c, 1, CaseState.CLOSED, "done", BORIS, at(5)))
    with pytest.raises(Refused, match="closed"):
        cases.write(case, 1, some_words(2))
    assert len(cases.versions(case, 1)) == 1


def test_documents_are_numbered_and_stay_as_added(cases: Cases, opener: Opener) -> None:
    case = a_case().id
    first = cases.add_document(a_document())
    second = cases.add_document(a_document(name="extension.pdf"))
    assert [first.number, second.number] == [1, 2]
    assert replace(first, number=0) == a_document()
    assert opener().documents(case) == [first, second]
    assert cases.case(case).version == 1
    assert cases.documents(UNKNOWN) == []
    with pytest.raises(NotFound):
        cases.add_document(a_document(UNKNOWN))


def test_documents_of_a_closed_case_or_too_many_are_refused(
    cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases.add_document(a_document())
    monkeypatch.setattr(rules, "MOST_DOCUMENTS", 1)
    with pytest.raises(Refused, match="1 documents"):
        cases.add_document(a_document())
    monkeypatch.undo()
    cases.change(a_case().id, lambda known: turned(known, 1, CaseState.CLOSED, "x", ANNA, at(1)))
    with pytest.raises(Refused, match="closed"):
        cases.add_document(a_document())


def test_documents_added_at_once_have_numbers_of_their_own(opener: Opener, cases: Cases) -> None:
    names = [f"order-{number}.pdf" for number in range(AT_ONCE)]
    raced(opener, names, lambda mine, name: mine.add_document(a_document(name=name)))
    added = cases.documents(a_case().id)
    assert [one.number for one in added] == list(range(1, AT_ONCE + 1))
    assert {one.paper.name for one in added} == set(names)
