"""Decisions and errors that every record of cases shares, without storage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.case import MOST_MEMBERS
from footage.errors import Conflict, NotFound, Refused

if TYPE_CHECKING:
    from footage.case import Case


def case_exists(case: Case) -> Conflict:
    """The error for a reference under which a case is opened already."""
    return Conflict(
        f"a case {case.reference} is opened already",
        hint="capitals and blanks do not count; choose another reference",
    )


def no_exhibit(number: int) -> NotFound:
    """The error for an unknown exhibit of a case."""
    return NotFound(f"the case has no exhibit {number}", hint="footage case show")


def require_room(case: Case, members: int) -> None:
    """Refuse one more member of a case with `members` members.

    Raises:
        Refused: The case has as many already as can be kept.
    """
    if members >= MOST_MEMBERS:
        raise Refused(f"the case {case.reference} has {MOST_MEMBERS} members")


def require_another(case: Case, members: int) -> None:
    """Refuse to remove one of `members` members of a case; raises Refused for the last."""
    if members <= 1:
        raise Refused(
            f"nobody else is a member of the case {case.reference}",
            hint="add another member first, or close the case",
        )
