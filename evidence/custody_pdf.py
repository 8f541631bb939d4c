"""Acts of the custody log as a document for a PDF, in English or Urdu. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from evidence.custody_acts import CustodyAct, State
from evidence.custody_words import WORDS
from evidence.start_words import isolated, left_to_right
from footage.action import Phase
from footage.asked_times import local_text
from footage.document import Code, Document, Facts, Paragraph, Table
from footage.errors import BadInput
from footage.instant import Instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from zoneinfo import ZoneInfo

    from evidence.custody import Entry
    from evidence.custody_acts import Wanted
    from evidence.custody_words import CustodyWords
    from footage.document import Block, Cell, Language

MOST_ACTS: Final = 2_000
"""Acts of a document: some hundred pages, which somebody may read."""
_LONGEST: Final = 200
_LONGEST_OF_LIST: Final = 40
_MOST_OF_LIST: Final = 6
_DIGEST: Final = re.compile(r"[0-9a-f]{32}")
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
    intents: dict[int, Entry] = {}
    outcomes: dict[int, Entry] = {}
    last = None
    for last in entries:
        if last.phase is Phase.INTENT:
            intents[last.number] = last
        elif isinstance(closed := last.what["intent"], int):
            outcomes[closed] = last
        if len(intents) > MOST_ACTS:
            raise BadInput(
                f"more than {MOST_ACTS} acts are too many for a PDF",
                hint="--entered-from, --case or --person for fewer, or --format csv for all",
            )
    acts = [_act(one, outcomes.get(number)) for number, one in intents.items()]
    return Extract(tuple(acts), wanted, person, entry, last, zone)


def extract_document(made: Extract, language: Language) -> Document:
    """Return the document."""
    words = WORDS[language]
    return Document(
        f"custody-{made.entry}", words.title, words.subtitle, tuple(_blocks(made, words))
    )


def facts_line(what: Mapping[str, object]) -> str:
    """Return the facts of a custody entry in a line of text; empty values are left out."""
    flat = dict(what)
    result = flat.pop("result", {})
    if isinstance(result, dict):
        flat |= result
    return ", ".join(
        f"{key}={value}" for key, value in flat.items() if value not in ([], "", {}, None)
    )


def _act(intent: Entry, outcome: Entry | None) -> CustodyAct:
    if outcome is None:
        return CustodyAct(intent, State.UNREAD)
    return CustodyAct(intent, State.DONE if outcome.what["ok"] is True else State.FAILED, outcome)


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
    """Return the facts that fit a row: no digests, no lists of objects, no long texts."""
    names = [*(name for name in _FIRST if name in what), *sorted(what.keys() - set(_FIRST))]
    parts = [f"{name}: {text}" for name in names if (text := _short(name, what[name], zone))]
    return left_to_right(isolated(", ".join(parts))) if parts else ""


def _short(name: str, value: object, zone: ZoneInfo) -> str:
    """Return a value as a text that fits a row; "" where it does not, or says nothing."""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        if name in _TIMES and value.endswith("Z"):
            return _to_second(Instant.parse(value), zone)
        return "" if len(value) > _LONGEST or _DIGEST.search(value) else value
    if name == "files" and isinstance(value, list):
        named = [one["file"] for one in value if isinstance(one, dict) and "file" in one]
        value = [PurePosixPath(str(name)).name for name in named]
    if isinstance(value, list):
        texts = [one for one in value if isinstance(one, str) and len(one) <= _LONGEST_OF_LIST]
        more = f" +{len(value) - _MOST_OF_LIST}" if len(value) > _MOST_OF_LIST else ""
        whole = len(texts) == len(value)
        return ", ".join(texts[:_MOST_OF_LIST]) + more if whole else ""
    return ""


def _to_second(instant: Instant, zone: ZoneInfo) -> str:
    return local_text(Instant(instant.us // _SECOND_US * _SECOND_US), zone)
