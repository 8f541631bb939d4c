"""A custody log in memory, which can be made to refuse entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from footage.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.action import Deed


@dataclass
class CustodyList:
    """Keeps the entries in `intents` and `outcomes`; `refuses` makes the next intent fail."""

    intents: list[Deed] = field(default_factory=list)
    outcomes: list[tuple[int, bool, Mapping[str, object]]] = field(default_factory=list)
    refuses: bool = False

    def intent(self, deed: Deed) -> int:
        if self.refuses:
            raise Unavailable("the custody log cannot be written")
        self.intents.append(deed)
        return len(self.intents)

    def outcome(self, intent: int, deed: Deed, *, ok: bool, result: Mapping[str, object]) -> int:
        assert deed == self.intents[intent - 1]
        self.outcomes.append((intent, ok, dict(result)))
        return intent


@dataclass
class NoOutcomes(CustodyList):
    """Takes intents and refuses outcomes; `tried` counts the refused outcomes."""

    tried: int = 0

    def outcome(self, intent: int, deed: Deed, *, ok: bool, result: Mapping[str, object]) -> int:
        del intent, deed, ok, result
        self.tried += 1
        raise Unavailable("the disk is full")
