"""Acts of the custody log as a document for a PDF, in English or Urdu. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from evidence.custody_acts import paired
from evidence.custody_words import WORDS
from evidence.start_words import isolated, left_to_right
from footage.asked_times import local_text
from footage.document import Code, Document, Facts, Paragraph, Table
from footage.errors import BadInput
from footage.instant import Instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from evidence.custody import Entry
    from evidence.custody_acts import CustodyAct, Wanted
    from evidence.custody_words import CustodyWords
    from footage.document import Block, Cell, Language

MOST_ACTS: Final = 2_000
"""Most acts of a document: some hundred pages, which somebody may read."""
_LONGEST: Final = 200
_MOST_OF_LIST: Final = 6
_DIGEST: Final = re.compile(r"(sha256:)?[0-9a-f]{64}")
_FIRST: Final = ("camera", "cameras", "sites", "districts", "near", "start", "end", "text")
_TIMES: Final = frozenset({"start", "end"})
_WIDTHS: Final = (2, 4, 5, 8)
_SECOND_US: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Extract:
    """Acts of the custody log for a document, and what was asked for.

    Attributes:
        acts: The acts wanted, in order.
        wanted: What was asked for.
        person: Who asked.
        entry: Number of the entry made before the extract; all acts stand before.
        last: The last entry of these acts; None without acts.
        zone: Time zone of the times.
    """

    acts: tuple[CustodyAct, ...]
    wanted: Wanted
    person: str
    entry: int
    last: Entry | None
    zone: ZoneInfo


def extract_of(
    entries: Iterable[Entry], wanted: Wanted, person: str, entry: int, zone: ZoneInfo
) -> Extract:
    """Pair the entries of acts, as `entries_before` gives these, for a document.

    Raises:
        BadInput: There are more than `MOST_ACTS` acts.
    """
    # Two entries an act: of a long log no more is read than a document holds (invariant 12).
    found = list(islice(entries, 2 * MOST_ACTS + 1))
    acts = tuple(paired(found))
    if len(found) > 2 * MOST_ACTS or len(acts) > MOST_ACTS:
        raise BadInput(
            f"more than {MOST_ACTS} acts are too many for a PDF",
            hint="fewer acts, by time of entering, case or person; or all as CSV",
        )
    return Extract(acts, wanted, person, entry, found[-1] if found else None, zone)


def extract_document(made: Extract, language: Language) -> Document:
    """Return the document."""
    words = WORDS[language]
    return Document(
        f"custody-{made.entry}", words.title, words.subtitle, tuple(_blocks(made, words))
    )


def _blocks(made: Extract, words: CustodyWords) -> Iterator[Block]:
    yield Facts(tuple(_facts(made, words)))
    for paragraph in words.what:
        yield Paragraph(paragraph, small=True)
    if not made.acts:
        yield Paragraph(words.none)
        return
    rows = tuple(_row(act, made.zone, words) for act in made.acts)
    yield Table((words.number, words.when, words.who, words.about), rows, _WIDTHS)


def _facts(made: Extract, words: CustodyWords) -> Iterator[tuple[str, Cell]]:
    yield words.made_by, isolated(made.person)
    yield words.entry, str(made.entry)
    asked = made.wanted.document()
    for name, value in asked.items():
        yield words.asked[name], isolated(str(value))
    yield words.acts, str(len(made.acts)) if asked else f"{len(made.acts)}: {words.all_acts}"
    if made.last:
        digest = made.last.hash.removeprefix("sha256:")
        yield words.last.format(number=made.last.number), Code(digest)


def _row(act: CustodyAct, zone: ZoneInfo, words: CustodyWords) -> tuple[Cell, ...]:
    intent, outcome = act.intent, act.outcome
    numbers = str(intent.number) if outcome is None else f"{intent.number}, {outcome.number}"
    who = [isolated(intent.actor), words.actions[intent.action]]
    if intent.case:
        who.append(isolated(f"{intent.case} ({intent.code})" if intent.code else intent.case))
    about = [_told(intent.what, zone), words.states[act.state]]
    result = outcome.what.get("result") if outcome else None
    if isinstance(result, dict):
        about.append(_told(result, zone))
    return (
        left_to_right(numbers),
        left_to_right(_to_second(intent.instant, zone)),
        "; ".join(who),
        "; ".join(part for part in about if part),
    )


def _told(what: Mapping[str, object], zone: ZoneInfo) -> str:
    """Return the facts of an entry in a line; digests and lists but of the first names left out."""
    names = [*(name for name in _FIRST if name in what), *sorted(what.keys() - set(_FIRST))]
    parts = [f"{name}: {text}" for name in names if (text := _short(name, what[name], zone))]
    return left_to_right(isolated(", ".join(parts))) if parts else ""


def _short(name: str, value: object, zone: ZoneInfo) -> str:
    """Return a value as a text that fits a row; "" where it is left out, or says nothing."""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return _text(name, value, zone)
    if name == "files" and isinstance(value, list):
        named = [one["file"] for one in value if isinstance(one, dict) and "file" in one]
        return _listed([PurePosixPath(str(name)).name for name in named])
    if name in _FIRST and isinstance(value, list):
        return _listed([str(one) for one in value])
    return ""


def _text(name: str, value: str, zone: ZoneInfo) -> str:
    if name in _TIMES:
        try:
            return _to_second(Instant.parse(value), zone)
        except BadInput:
            return _cut(value)  # an entry of another kind names no instant so
    return "" if _DIGEST.fullmatch(value) else _cut(value)


def _listed(texts: Sequence[str]) -> str:
    more = f" +{len(texts) - _MOST_OF_LIST}" if len(texts) > _MOST_OF_LIST else ""
    return ", ".join(_cut(one) for one in texts[:_MOST_OF_LIST]) + more


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _to_second(instant: Instant, zone: ZoneInfo) -> str:
    return local_text(Instant(instant.us // _SECOND_US * _SECOND_US), zone)
