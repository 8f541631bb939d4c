"""The facts of a line of the custody log that a check of the chain needs, from the line's own text.

A log of ten million entries must be checked in two minutes, so no `Entry` is built for a line in
the usual spelling. Such a line fits a pattern in which each part has a single spelling, and only
`what` is read and spelled again. The hash is taken over the line's own text with the member `hash`
cut out: keys are sorted, so the rest is the canonical JSON of all other fields.

A line that does not fit the pattern (a backslash in a name, a foreign spelling, a forgery) goes
to `custody.read_line`, which takes canonical JSON only. So the pattern decides about speed alone:
`read_line` takes every line that fits, with the same facts.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Final, NamedTuple

from evidence.canonical import parse_at
from evidence.custody import Head, read_line, true_hash
from evidence.personal import commitment, is_public, purged_by
from footage.action import Action, Phase
from footage.errors import BadInput


class Facts(NamedTuple):
    """The facts of an entry that a check of the chain needs.

    Attributes:
        instant: As written: RFC 3339, UTC, microseconds; the order of such texts is that of time.
        is_intent: Whether the entry is an intent; otherwise an outcome.
        closes: Number of the intent that an outcome closes; 0 for none.
        previous: Hash of the entry before, "" for the first.
        hash: The hash stated in the entry.
        true_hash: The hash that belongs to the entry's other fields; "" where the personal part is
            not the one that the entry commits to.
        purged_by: Number of the purge that took the personal part; 0 where that is there.
        purges: Of the intent of a purge of personal parts: its first and last entry. Else None.
    """

    number: int
    instant: str
    is_intent: bool
    closes: int
    previous: str
    hash: str
    true_hash: str
    purged_by: int = 0
    purges: tuple[int, int] | None = None

    @property
    def head(self) -> Head:
        """The end of a log that ends with this entry."""
        return Head(self.number, self.hash)


_TEXT: Final = r'"[^"\\\x00-\x1f]*"'  # text in which JSON escapes nothing
_HASH: Final = "sha256:[0-9a-f]{64}"
_USUAL: Final = re.compile(
    rf'{{"action":"({"|".join(Action)})",(?:"actor":({_TEXT}),)?"case":{_TEXT},"code":{_TEXT},'
    rf'(?:"commitment":"({_HASH})",)?("hash":"({_HASH})",)'
    r'"instant":"([0-9]{4}-[0-9]{2}-[0-9]{2}T[01][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z|'
    r'[0-9]{4}-[0-9]{2}-[0-9]{2}T2[0-3]:[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z)",'
    r'"number":([1-9][0-9]{0,14}),("personal":"([0-9A-Za-z+/=-]+)",)?'
    rf'"phase":"({"|".join(Phase)})",'
    rf'"previous":"((?:{_HASH})?)","v":([12]),"what":(?={{)'
)
_FIRST_YEAR, _PAST_LAST_YEAR = "1900", "9999"  # the years that `Instant.parse` takes


def facts_of(line: bytes) -> Facts:
    """Read the facts of a line; whether the hash stated is the true one is not judged here.

    Raises:
        BadInput: The line is no entry in canonical JSON, finished with a line feed.
    """
    return _of_usual(line) or _of_any(line)


def _of_usual(line: bytes) -> Facts | None:
    """Return the facts of a line in the usual spelling, None of any other."""
    try:
        text = line.decode()
        fields = _USUAL.match(text)
        if fields is None:
            return None
        found = fields.groups()
        action, actor, stands_for, _, stated, instant, number, _, own, phase, previous, version = (
            found
        )
        datetime.fromisoformat(instant)  # refuses the 31st of February
        what, end = parse_at(text, fields.end())
    except (ValueError, BadInput):
        return None
    if text[end:] != "}\n" or not _FIRST_YEAR <= instant < _PAST_LAST_YEAR:
        return None
    begin_hash, end_hash = fields.span(4)
    if version == "1":
        if stands_for or own or actor is None:
            return None
        hashed = text[:begin_hash] + text[end_hash:-1]
        purge, fits = 0, True
    else:
        if not (stands_for and own) or actor is not None or not is_public(what):
            return None
        purge = purged_by(own)
        fits = bool(purge) or commitment(own) == stands_for
        begin, behind = fields.span(8)
        hashed = text[:begin_hash] + text[end_hash:begin] + text[behind:-1]
    is_intent = phase == Phase.INTENT
    return Facts(
        int(number),
        instant,
        is_intent,
        0 if is_intent else _closed_by(what),
        previous,
        stated,
        "sha256:" + hashlib.sha256(hashed.encode()).hexdigest() if fits else "",
        purge,
        _range(what) if action == Action.ERASE and is_intent else None,
    )


def _of_any(line: bytes) -> Facts:
    entry = read_line(line)
    is_intent, purge = entry.phase is Phase.INTENT, entry.purged_by
    fits = not entry.commitment or bool(purge) or commitment(entry.personal) == entry.commitment
    return Facts(
        entry.number,
        str(entry.instant),
        is_intent,
        0 if is_intent else _closed_by(entry.what),
        entry.previous,
        entry.hash,
        true_hash(entry) if fits else "",
        purge,
        _range(entry.what) if entry.action is Action.ERASE and is_intent else None,
    )


def _range(what: object) -> tuple[int, int] | None:
    """Return the first and last entry that a purge of personal parts is about, if it names both."""
    first, last = (what.get("first"), what.get("last")) if isinstance(what, dict) else (None, None)
    return (first, last) if type(first) is int and type(last) is int else None


def _closed_by(what: object) -> int:
    intent = what.get("intent") if isinstance(what, dict) else None
    return intent if type(intent) is int else 0  # not a boolean, which is an int too
