"""Decides whether an act may be entered for the case that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from evidence.custody import NEED_CASE
from evidence.exhibit_holds import KEEPER
from footage.action import Action
from footage.case import require_admitted, require_purpose_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.action import Purpose
    from footage.ports import Cases

_FOR_CASES: Final = NEED_CASE | {Action.IMPORT}


class Admission:
    """Admits acts for cases, by the record of cases.

    Args:
        cases: Opens the record of cases; called for an act that names a case.
        must_be_open: Whether a reference that is not opened here is refused.
        purposes: Purpose codes that acts may name; empty: any.
    """

    def __init__(
        self, cases: Callable[[], Cases], *, must_be_open: bool, purposes: tuple[str, ...] = ()
    ) -> None:
        self._cases, self._must_be_open, self._purposes = cases, must_be_open, purposes

    def require(self, purpose: Purpose, action: Action) -> None:
        """Refuse an act of people for a case that the actor may not act for.

        Acts that no person does for a case, as a purge, are admitted whatever they name; so are
        the holds of exhibits that the service places, which shows nothing to anybody. The purpose
        code of the case itself counts, whatever the settings say by now.

        Raises:
            BadInput: The purpose code is none of those of the settings.
            Refused: As `footage.case.require_admitted`.
            Unavailable: The record of cases cannot be reached.
        """
        if action is Action.HOLD and purpose.actor == KEEPER:
            return
        named = action in _FOR_CASES and bool(purpose.case.strip())
        case = self._cases().of_reference(purpose.case) if named else None
        member = case is not None and self._cases().is_member(case.id, purpose.actor)
        if action in NEED_CASE and purpose.code.strip():
            own = (case.purpose,) if case is not None and member else ()
            require_purpose_code(purpose.code, self._purposes, own)
        if not named:
            return
        require_admitted(purpose, action, case, member=member, must_be_open=self._must_be_open)
