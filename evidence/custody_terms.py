"""Terms by which entries of the custody log are looked up, as extracts of the log ask. Pure.

An index of the log (`infra.custody.entry_index`) keeps the places of entries by term. None of the
terms is of the personal part of an entry, so a purge changes no term.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from footage.action import Action, Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from evidence.custody import Entry

DIGITS: Final = 16
"""Digits of a file's SHA-256 by which imports of the file are looked up."""


class Looked(NamedTuple):
    """Entries that were looked for, in order.

    Attributes:
        entries: The entries found.
        by_index: Whether the index alone told which entries these are; each was read and compared.
            Else the whole log was read.
    """

    entries: list[Entry]
    by_index: bool


def of_case(case: str) -> str:
    """Return the term of all entries of a case."""
    return f"case {case}"


def of_intent(number: int) -> str:
    """Return the term of the intent of an export or a certificate, by its own number."""
    return f"intent {number}"


def of_outcome(intent: int) -> str:
    """Return the term of the outcome of an import."""
    return f"outcome {intent}"


def of_file(digest: str) -> str:
    """Return the term of intents to import a file; `digest`: the SHA-256, or how that begins."""
    return f"file {digest[:DIGITS]}"


def of_plan(plan: str) -> str:
    """Return the term of intents to delete by a plan."""
    return f"plan {plan}"


def of_camera(camera: str) -> str:
    """Return the term of intents to change a camera in the register."""
    return f"camera {camera}"


def terms_of(
    number: int, action: str, phase: str, case: str, what: Mapping[str, object]
) -> set[str]:
    """Return the terms of an entry, by its facts that are not personal."""
    found = {of_case(case)} if case else set()
    is_intent = phase == Phase.INTENT
    if not is_intent:
        intent = what.get("intent")
        if action == Action.IMPORT and isinstance(intent, int):
            found.add(of_outcome(intent))
    elif action in {Action.EXPORT, Action.ABSENCE}:
        found.add(of_intent(number))
    elif action == Action.IMPORT:
        found |= {of_file(str(file.get("sha256"))) for file in _each(what.get("files"))}
    elif action == Action.PURGE:
        found.add(of_plan(str(what.get("plan"))))
    elif action == Action.CAMERAS:
        found |= {of_camera(str(change.get("camera"))) for change in _each(what.get("changes"))}
    return found


def terms_of_entry(entry: Entry) -> set[str]:
    """Return the terms of an entry."""
    return terms_of(entry.number, entry.action, entry.phase, entry.case, entry.what)


def outcomes_of_imports(entries: Iterable[Entry]) -> set[str]:
    """Return the terms of the outcomes of imports among entries."""
    return {
        of_outcome(entry.number)
        for entry in entries
        if entry.action is Action.IMPORT and entry.phase is Phase.INTENT
    }


def _each(facts: object) -> Iterator[dict[str, object]]:
    return (each for each in (facts if isinstance(facts, list) else ()) if isinstance(each, dict))
