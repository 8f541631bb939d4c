"""Actions entered in the custody log: kinds, phases, actor, case and purpose (invariant 7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Action(StrEnum):
    """Kinds of action that leave entries in the custody log."""

    SEARCH = "search"
    VIEW = "view"
    EXPORT = "export"
    ABSENCE = "absence"
    """A certificate of absence is made."""
    HOLD = "hold"
    RELEASE = "release"
    REASSERT = "reassert"
    PURGE = "purge"
    BACKUP = "backup"
    RESTORE = "restore"
    IMPORT = "import"
    """Recordings from outside are stored."""
    CAMERAS = "cameras"
    """Cameras, sites or districts of the register are added, changed or removed."""
    POLICIES = "policies"
    """A plan uses retention policies for the first time."""
    PEOPLE = "people"
    """People, their grants, or what lets them in are added or changed."""
    SIGN_IN = "sign-in"
    """A person opens a session, or an account is locked after failed attempts."""
    CASE = "case"
    """A case is opened, closed or reopened; its members, exhibits or notes change."""
    REQUEST = "request"
    """A second person's approval of an act is asked for, or the request is withdrawn."""
    APPROVAL = "approval"
    """A request is approved or refused by a second person."""
    AUDIT = "audit"
    """Entries of the custody log are exported."""
    ERASE = "erase"
    """Personal parts of old entries of the custody log are purged."""
    KEYS = "keys"
    """Keys that sign checkpoints of the ledger are made, or replaced by others."""
    LEDGER = "ledger"
    """Places of leaves are read back from the published tree into a restored register."""
    SETTINGS = "settings"
    """A command uses settings of stores or limits for the first time."""


class Phase(StrEnum):
    """Phase of a custody entry: before the action (intent) or after the action (outcome)."""

    INTENT = "intent"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Purpose:
    """The actor of an action, the case it serves and the purpose code.

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
    """An action about to be done, entered in the custody log as intent and as outcome.

    Attributes:
        what: JSON-able facts: query, cameras, interval, key, plan, hold.
    """

    action: Action
    purpose: Purpose
    what: Mapping[str, object] = field(default_factory=dict)
