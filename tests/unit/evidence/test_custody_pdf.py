"""An extract of the custody log on paper: an act in a row, with all that an act was about."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from evidence.custody import EMPTY, Entry, intent_entry, outcome_entry
from evidence.custody_acts import State, Wanted
from evidence.custody_pdf import MOST_ACTS, extract_document, extract_of
from evidence.custody_words import ENGLISH, URDU, WORDS
from footage.action import Action, Deed, Purpose
from footage.asked_times import local_text
from footage.document import LANGUAGES, Code, Facts, Paragraph, Table
from footage.errors import BadInput
from footage.instant import Instant
from footage.local_time import time_zone
from tests.common.builders import at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.document import Document, Language

ZONE = time_zone("Asia/Karachi")
WHAT = {
    "cameras": [f"camera-{n}" for n in range(8)],
    "start": at(0),
    "end": at(60),
    "text": "a red car",
    "sheet": False,
    "files": [{"file": "/usb/dvr 3.avi", "sha256": "ab" * 32}],
    "plan": "plan-" + "ef" * 16,
    "reason": "w" * 201,
}


def shown(second: int) -> str:
    """Return a time as the paper shows it: local, to the second."""
    return local_text(Instant(at(second).us // 1_000_000 * 1_000_000), ZONE)


def acts(what: Mapping[str, object] = WHAT, *, ok: bool = True) -> list[Entry]:
    """A search with its outcome, and a view without."""
    deed = Deed(Action.SEARCH, Purpose("amina", "FIR 211/2026", "theft"), what)
    intent = intent_entry(deed, EMPTY, at(100))
    result = {"moments": 3, "encoder": "cd" * 32, "ranked": ["x" * 50]}
    outcome = outcome_entry(deed, 1, intent.head, at(101), ok=ok, result=result)
    view = intent_entry(Deed(Action.VIEW, Purpose("bilal")), outcome.head, at(102))
    return [intent, outcome, view]


def made(entries: list[Entry], language: Language = "en", wanted: Wanted | None = None) -> Document:
    extract = extract_of(entries, wanted or Wanted(), "sadia", 99, ZONE)
    return extract_document(extract, language)


def texts(document: Document) -> list[str]:
    """The cells of the table, a row after the other, without the marks of direction."""
    (table,) = (block for block in document.blocks if isinstance(block, Table))
    cells = [cell.text if isinstance(cell, Code) else cell for row in table.rows for cell in row]
    return ["".join(c for c in cell if c.isprintable()) for cell in cells]


def test_a_row_is_an_act_with_its_outcome() -> None:
    numbers, when, who, about, *view = texts(made(acts()))
    assert (numbers, when) == ("1, 2", shown(100))
    assert who == "amina; searched; FIR 211/2026 (theft)"
    assert about == (
        "cameras: camera-0, camera-1, camera-2, camera-3, camera-4, camera-5 +2, "
        f"start: {shown(0)}, end: {shown(60)}, text: a red car, files: dvr 3.avi, "
        f"plan: plan-{'ef' * 16}, reason: {'w' * 200}...; done; moments: 3"
    )
    assert view == [
        "3",
        shown(102),
        "bilal; watched",
        ENGLISH.states[State.UNREAD],
    ]


def test_a_long_camera_id_and_a_time_that_is_none_are_told() -> None:
    """Ids have up to 64 characters; no entry stops a paper."""
    ids = ["c" * 64, "d" * 64]
    about = texts(made(acts({"cameras": ids, "start": "the beginning"})))[3]
    assert about.startswith(f"cameras: {', '.join(ids)}, start: the beginning; done")


def test_a_failure_is_told() -> None:
    assert "; failed" in texts(made(acts(ok=False)))[3]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_asked_for_stands_above(language: Language) -> None:
    wanted = Wanted(person="amina", case="FIR 211/2026")
    document = made(acts()[:2], language, wanted)
    (facts,) = (block for block in document.blocks if isinstance(block, Facts))
    told = dict(facts.rows)
    words = WORDS[language]
    assert told[words.entry] == "99"
    assert "amina" in str(told[words.asked["person"]])
    assert "FIR 211/2026" in str(told[words.asked["of_case"]])
    assert told[words.last.format(number=2)] == Code(acts()[1].hash.removeprefix("sha256:"))


def test_nothing_found_is_said() -> None:
    document = made([])
    assert Paragraph(ENGLISH.none) in document.blocks
    assert not any(isinstance(block, Table) for block in document.blocks)


def test_too_many_acts_are_refused() -> None:
    view = acts()[2]
    entries = [
        intent_entry(Deed(Action.VIEW, Purpose("bilal")), view.head, at(n))
        for n in range(MOST_ACTS + 1)
    ]
    numbered = [
        type(one)(**{f.name: getattr(one, f.name) for f in fields(one)} | {"number": n})
        for n, one in enumerate(entries, 1)
    ]
    extract_of(numbered[:MOST_ACTS], Wanted(), "sadia", 9_999, ZONE)
    with pytest.raises(BadInput, match="more than 2000 acts"):
        extract_of(numbered, Wanted(), "sadia", 9_999, ZONE)


def test_both_languages_have_words_for_every_act_and_filter() -> None:
    assert ENGLISH.actions.keys() == URDU.actions.keys() == set(Action)
    assert ENGLISH.asked.keys() == URDU.asked.keys()
    assert ENGLISH.states.keys() == URDU.states.keys() == set(State)
    assert len(ENGLISH.what) == len(URDU.what)
