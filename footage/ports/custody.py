"""The custody log as the services see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.action import Deed


class Custody(Protocol):
    """The custody log as `footage.custody.bracket` sees it, which alone writes to it (invariant 7).

    `intent` returns once the entry is durable, giving its number; it raises and nothing may be done
    when it cannot be written. `outcome` closes it; an intent without an outcome stands for an
    action whose end is not known.
    """

    def intent(self, deed: Deed) -> int:
        """Enter what is about to be done; returns the entry's number."""
        ...

    def outcome(self, intent: int, deed: Deed, *, ok: bool, result: Mapping[str, object]) -> int:
        """Enter how it ended."""
        ...
