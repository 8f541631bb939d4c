"""The custody log's port: enter intents and outcomes of actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.action import Deed


class Custody(Protocol):
    """The custody log, to which only `footage.custody.bracket` writes (invariant 7).

    `intent` returns the entry's number once the entry is durable; when the entry cannot be written
    `intent` raises, and nothing may be done. `outcome` closes the intent; an intent without an
    outcome stands for an action whose end is not known.
    """

    def intent(self, deed: Deed) -> int:
        """Enter the action about to be done; return the entry's number."""
        ...

    def outcome(self, intent: int, deed: Deed, *, ok: bool, result: Mapping[str, object]) -> int:
        """Enter how the action of entry `intent` ended; return the new entry's number."""
        ...
