"""Custody logs of real entries, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.custody import EMPTY, Entry, Head, intent_entry, outcome_entry
from footage.action import Action, Deed, Purpose
from tests.common.builders import at

if TYPE_CHECKING:
    from collections.abc import Mapping

LIAISON = Purpose("liaison", case="FIR-4711", code="robbery")


def a_deed(
    action: Action = Action.SEARCH,
    what: Mapping[str, object] | None = None,
    purpose: Purpose = LIAISON,
) -> Deed:
    """Make an action to enter in the log, by default a search."""
    return Deed(action, purpose, what or {"text": "red pickup"})


def a_log(intents: int) -> list[Entry]:
    """Make a log of `intents` intents, each followed by the outcome; an entry each second."""
    entries: list[Entry] = []
    for _ in range(intents):
        head = entries[-1].head if entries else EMPTY
        intent = intent_entry(a_deed(what={"text": f"query {head.count}"}), head, at(head.count))
        done = outcome_entry(
            a_deed(), intent.number, intent.head, at(intent.number), ok=True, result={"moments": 3}
        )
        entries += [intent, done]
    return entries


def lines_of(entries: list[Entry]) -> list[bytes]:
    """Return the log's lines."""
    return [entry.line for entry in entries]


def head_of(entries: list[Entry]) -> Head:
    """Return the head at which the log is anchored."""
    return entries[-1].head if entries else EMPTY
