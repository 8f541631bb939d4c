"""Rules of cases: what may be written, who may act for a case, which change comes too late."""

from __future__ import annotations

from dataclasses import replace

import pytest

from footage.action import Action, Purpose
from footage.case import (
    LONGEST_TEXT,
    MOST_CAMERA_DAYS,
    MOST_VERSIONS,
    Case,
    CaseState,
    Turn,
    at_instant,
    case_reference,
    described,
    numbered,
    reference_key,
    require_admitted,
    require_bounded,
    require_purpose_code,
    rewritten,
    turned,
    words_of,
)
from footage.errors import BadInput, Conflict, FootageError, NotPermitted, Refused
from footage.ids import CameraId
from footage.instant import DAY, Interval
from tests.common.builders import START, at
from tests.common.case_parts import ANNA, BORIS, a_case, a_stretch, an_exhibit, some_words

CLOSED = replace(a_case(), state=CaseState.CLOSED)
FOR_IT = Purpose(ANNA, "FIR 1/2026", "theft")


@pytest.mark.parametrize("text", ["FIR 1/2026", "ایف آئی آر", "C-1", "x" * 200])
def test_a_reference_is_a_line_of_text(text: str) -> None:
    assert case_reference(text) == text


@pytest.mark.parametrize(
    "text",
    ["", " ", " a", "a ", "a  b", "a\nb", "a\x00", "a\x1b[0m", "a\u2028b", "\ud800", "x" * 201],
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        case_reference(text)


def test_references_that_read_alike_are_the_same() -> None:
    same = ["FIR 1/2026", "fir 1/2026", " FIR  1/2026 ", "\uff26IR 1/2026", "FIR\u00a01/2026"]
    assert len({reference_key(text) for text in same}) == 1
    assert reference_key("FIR 1/2026") != reference_key("FIR 11/2026")


def test_a_note_is_text_of_some_pages() -> None:
    whole = words_of("title", "t", "a\n" * (LONGEST_TEXT // 2), 1, ANNA, START)
    assert len(whole.text) == LONGEST_TEXT
    for text in ("x" * (LONGEST_TEXT + 1), "a\x00b", "\ud800"):
        with pytest.raises(BadInput):
            words_of("title", "t", text, 1, ANNA, START)


def test_words_about_an_exhibit_have_an_end() -> None:
    last = replace(an_exhibit(), words=some_words(MOST_VERSIONS - 1))
    assert rewritten(a_case(), last, some_words(MOST_VERSIONS)).words.version == MOST_VERSIONS
    full = replace(last, words=some_words(MOST_VERSIONS))
    with pytest.raises(Refused, match=str(MOST_VERSIONS)):
        rewritten(a_case(), full, some_words(MOST_VERSIONS + 1))


def test_an_exhibit_is_of_bounded_size() -> None:
    days = DAY * (MOST_CAMERA_DAYS - 1)  # from within a day into another
    longest = replace(a_stretch(), interval=Interval(START, START + days))
    assert require_bounded(longest) == longest
    longer = Interval(START, START + days + DAY)
    with pytest.raises(BadInput, match="several exhibits"):
        require_bounded(replace(a_stretch(), interval=longer))
    many = tuple(CameraId(f"camera-{n}") for n in range(MOST_CAMERA_DAYS + 1))
    with pytest.raises(BadInput, match="several exhibits"):
        require_bounded(replace(a_stretch(), cameras=many))
    with pytest.raises(BadInput, match="no camera"):
        require_bounded(replace(a_stretch(), cameras=()))


def test_an_instant_lies_in_its_interval() -> None:
    assert START in at_instant(START)
    assert at_instant(START).length.us == 1


# ------------------------------------------------------------------------ changes


def test_new_words_are_the_next_version_of_the_case() -> None:
    case = replace(a_case(), version=4)
    done = described(case, 4, "title", "text", BORIS, at(5))
    assert done == replace(case, version=5, words=some_words(5, "title", "text", BORIS))
    with pytest.raises(Conflict, match="version 4, and 3 was read"):
        described(case, 3, "title", "text", BORIS, at(9))
    with pytest.raises(Refused, match="closed"):
        described(CLOSED, 1, "title", "text", BORIS, at(9))


def test_a_case_is_turned_once_each_way() -> None:
    closed = turned(a_case(), 1, CaseState.CLOSED, "done", BORIS, at(9))
    assert (closed.state, closed.version) == (CaseState.CLOSED, 2)
    assert closed.turned == Turn(BORIS, at(9), "done")
    with pytest.raises(Refused, match="closed already"):
        turned(closed, 2, CaseState.CLOSED, "done", BORIS, at(9))
    with pytest.raises(Conflict):
        turned(closed, 1, CaseState.OPEN, "again", BORIS, at(9))
    with pytest.raises(BadInput, match="no reason"):
        turned(closed, 2, CaseState.OPEN, " ", BORIS, at(9))
    assert turned(closed, 2, CaseState.OPEN, "again", BORIS, at(9)).state is CaseState.OPEN


def test_exhibits_come_one_after_the_other() -> None:
    assert numbered(replace(a_case(), exhibits=6), an_exhibit()).number == 7
    with pytest.raises(Refused, match="closed"):
        numbered(CLOSED, an_exhibit())


def test_words_of_an_exhibit_follow_those_of_before() -> None:
    assert rewritten(a_case(), an_exhibit(), some_words(2)).words == some_words(2)
    for version in (1, 3):
        with pytest.raises(Conflict):
            rewritten(a_case(), an_exhibit(), some_words(version))
    with pytest.raises(Refused, match="closed"):
        rewritten(CLOSED, an_exhibit(), some_words(2))


# ------------------------------------------------------------------------ acts for a case


def refusal(
    case: Case | None,
    *,
    purpose: Purpose = FOR_IT,
    action: Action = Action.SEARCH,
    member: bool = True,
    must_be_open: bool = False,
) -> tuple[type[FootageError], str] | None:
    """Return kind and text of the refusal of an act; None where the act is admitted."""
    try:
        require_admitted(purpose, action, case, member=member, must_be_open=must_be_open)
    except FootageError as exc:
        return type(exc), str(exc)
    return None


@pytest.mark.parametrize("must_be_open", [False, True])
def test_a_member_acts_for_an_open_case(must_be_open: bool) -> None:  # noqa: FBT001 - a parameter
    assert refusal(a_case(), must_be_open=must_be_open) is None


def test_a_reference_that_is_not_opened_counts_unless_it_must_be() -> None:
    assert refusal(None, member=False) is None
    told = refusal(None, member=False, must_be_open=True)
    assert told is not None
    assert told[0] is NotPermitted


def test_no_member_learns_from_the_refusal_what_is_there() -> None:
    told = {
        refusal(case, member=False, must_be_open=True, action=action)
        for case in (None, a_case(), CLOSED, replace(a_case(), reference="fir 1/2026"))
        for action in (Action.SEARCH, Action.RELEASE)
    }
    assert len(told) == 1


def test_for_a_closed_case_holds_are_released_and_nothing_else_is_done() -> None:
    for action in (Action.SEARCH, Action.VIEW, Action.EXPORT, Action.HOLD, Action.IMPORT):
        told = refusal(CLOSED, action=action)
        assert told is not None
        assert (told[0], "closed" in told[1]) == (Refused, True)
    assert refusal(CLOSED, action=Action.RELEASE) is None


def test_an_act_names_the_case_as_it_is_opened() -> None:
    told = refusal(a_case(), purpose=Purpose(ANNA, "fir 1/2026", "theft"))
    assert told is not None
    assert "opened as FIR 1/2026" in told[1]


def test_a_purpose_code_is_one_of_the_list() -> None:
    require_purpose_code("theft", ())
    require_purpose_code("theft", ("murder", "theft"))
    with pytest.raises(BadInput, match="murder, arson"):
        require_purpose_code("theft", ("murder", "arson"))
