"""Actions that custody entries tell of: which, by whom, for which case (invariant 7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Action(StrEnum):
    """Actions that leave entries."""

    SEARCH = "search"
    VIEW = "view"
    EXPORT = "export"
    HOLD = "hold"
    RELEASE = "release"
    PURGE = "purge"


class Phase(StrEnum):
    """An action is entered before (intent) and after (outcome)."""

    INTENT = "intent"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Purpose:
    """Who acts, for which case, why.

    Attributes:
        actor: User name of the person, or the name of the service account.
        case: Reference of the case; "" only where `require_case` is off.
        code: Purpose code, e.g. "theft"; "" only where `require_case` is off.
    """

    actor: str
    case: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """What is about to be done, to be entered as intent and outcome.

    Attributes:
        what: JSON-able facts: query, cameras, interval, key, plan, hold.
    """

    action: Action
    purpose: Purpose
    what: Mapping[str, object] = field(default_factory=dict)
