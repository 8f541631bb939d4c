"""Policies in words, and the difference between two lists of policies. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from retention.policy import Policy


def in_words(policies: Iterable[Policy]) -> dict[str, str]:
    """Return each policy in words, by name."""
    return {policy.name: _words(policy) for policy in policies}


def difference(
    before: Mapping[str, object], after: Mapping[str, object]
) -> list[dict[str, object]]:
    """Return what differs between two sets of facts, by name; None for a fact that is absent."""
    return [
        {"name": each, "before": before.get(each), "after": after.get(each)}
        for each in sorted(set(before) | set(after))
        if before.get(each) != after.get(each)
    ]


def _words(policy: Policy) -> str:
    kinds = policy.match.kinds() if policy.match else ()
    named = "; ".join(f"{kind} {', '.join(sorted(names))}" for kind, names in kinds if names)
    return f"keep {policy.keep}, {named or 'everything'}"
