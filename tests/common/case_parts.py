"""Cases, exhibits and words to put into a record of cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footage.case import Case, CaseDocument, Exhibit, ExhibitKind, Member, Words, at_instant
from footage.digest import Digest
from footage.hold import OrderPaper
from footage.ids import CameraId, CaseId
from tests.common.builders import at, during

if TYPE_CHECKING:
    from footage.instant import Interval

ANNA, BORIS = "anna", "boris"
FIRST: Final = CaseId("case-000001")
"""Id of the case that `a_case` makes unless told otherwise."""


def some_words(version: int = 1, title: str = "A theft", text: str = "", by: str = ANNA) -> Words:
    return Words(version, title, text, by, at(version))


def a_case(number: int = 1, reference: str = "") -> Case:
    """Make an open case; cases of greater numbers were opened later."""
    return Case(
        id=CaseId(f"case-{number:06}"),
        reference=reference or f"FIR {number}/2026",
        purpose="theft",
        opened_by=ANNA,
        opened=at(number),
        words=some_words(),
    )


def a_member(person: str = ANNA) -> Member:
    return Member(person, ANNA, at(1))


def an_exhibit(
    case: CaseId = FIRST, camera: str = "camera-1", interval: Interval | None = None
) -> Exhibit:
    """Make a bookmark, or an interval where one is given, without a number yet."""
    kind = ExhibitKind.INTERVAL if interval else ExhibitKind.BOOKMARK
    return Exhibit(
        case=case,
        kind=kind,
        cameras=(CameraId(camera),),
        interval=interval or at_instant(at(5)),
        added_by=ANNA,
        added=at(10),
        words=some_words(title="The car"),
    )


def a_stretch(case: CaseId = FIRST) -> Exhibit:
    return an_exhibit(case, interval=during(0, 60))


def a_document(case: CaseId = FIRST, name: str = "order.pdf") -> CaseDocument:
    paper = OrderPaper(name, 4_711, Digest.of(name.encode()))
    return CaseDocument(case, "Sessions Court, order 14/2026", paper, ANNA, at(20))
