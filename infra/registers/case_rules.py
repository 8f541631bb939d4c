"""Decisions and errors that every record of cases shares, without storage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.errors import NotFound, Refused

if TYPE_CHECKING:
    from footage.case import Case


def no_exhibit(number: int) -> NotFound:
    """The error for an unknown exhibit of a case."""
    return NotFound(f"the case has no exhibit {number}", hint="footage case show")


def require_another(case: Case, members: int) -> None:
    """Refuse to remove one of `members` members of a case; raises Refused for the last."""
    if members <= 1:
        raise Refused(
            f"nobody else is a member of the case {case.reference}",
            hint="add another member first, or close the case",
        )
