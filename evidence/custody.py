"""The custody log as text: entries in a hash chain. Pure.

Each line is the canonical JSON of an entry. An entry holds the hash of the entry before and a hash
of its own, SHA-256 over the canonical JSON of all other fields. `custody_check` looks for what was
done to a log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from evidence.canonical import parse, plain, spelled
from footage.action import Action, Phase
from footage.digest import Digest
from footage.errors import BadInput, CaseRequired
from footage.instant import Instant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.action import Deed, Purpose

VERSION: Final = 1
NEED_CASE: Final = frozenset(
    {
        *(Action.SEARCH, Action.VIEW, Action.EXPORT, Action.ABSENCE),
        *(Action.HOLD, Action.RELEASE),
    }
)
"""Actions of people, which need a case; purges and reasserted marks are due to a policy."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a log: number of entries and hash of the last, "" for an empty log."""

    count: int = 0
    hash: str = ""


EMPTY: Final = Head()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the custody log, i.e. a line.

    Attributes:
        number: Number of the entry, 1 for the first.
        instant: Time of entering, by the clock of the machine that wrote the entry.
        code: Purpose code.
        what: Of an intent: the facts of the action about to be done. Of an outcome: `intent`
            (number of the intent's entry), `ok` and `result`.
        previous: Hash of the entry before, "" for the first.
        hash: "sha256:..." over everything above.
    """

    number: int
    instant: Instant
    actor: str
    action: Action
    phase: Phase
    case: str
    code: str
    what: Mapping[str, object]
    previous: str
    hash: str

    @property
    def head(self) -> Head:
        """The end of a log that ends with this entry."""
        return Head(self.number, self.hash)

    @property
    def line(self) -> bytes:
        """The entry's line in the log, with the line feed."""
        return spelled(self.document()) + b"\n"

    def document(self) -> dict[str, object]:
        """Return all fields of the entry, as written in the log."""
        return _hashed_part(self) | {"hash": self.hash}


def intent_entry(deed: Deed, after: Head, at: Instant) -> Entry:
    """Make the entry of an action about to be done; raises BadInput if not writable as JSON."""
    return _entry(deed, Phase.INTENT, deed.what, after, at)


def outcome_entry(
    deed: Deed, intent: int, after: Head, at: Instant, *, ok: bool, result: Mapping[str, object]
) -> Entry:
    """Make the entry of an action's end; raises BadInput when no entry `intent` comes before."""
    if not 1 <= intent <= after.count:
        raise BadInput(f"no entry {intent} in a custody log of {after.count}")
    what = {"intent": intent, "ok": ok, "result": result}
    return _entry(deed, Phase.OUTCOME, what, after, at)


def require_purpose(purpose: Purpose, action: Action, *, require_case: bool) -> None:
    """Check that an actor is named, and a case and purpose code where the action needs both.

    Raises:
        BadInput: No actor is named.
        CaseRequired: The action needs a case and a purpose code, and either is missing.
    """
    if not purpose.actor.strip():
        raise BadInput("nobody is named as acting", hint="give the user's name")
    lacks_case = not (purpose.case.strip() and purpose.code.strip())
    if require_case and action in NEED_CASE and lacks_case:
        raise CaseRequired(
            f"a {action} needs a case and a purpose code", hint="name both: case and purpose"
        )


def read_line(line: bytes) -> Entry:
    """Read the entry from a line of the log; the entry's hash is not checked.

    Raises:
        BadInput: The line is no entry.
    """
    if not line.endswith(b"\n"):
        raise BadInput("the line is not finished")
    document = parse(line[:-1])
    if not isinstance(document, dict) or document.get("v") != VERSION:
        raise BadInput(f"not an entry of version {VERSION}")
    try:
        entry = _from_document(document)
    except (BadInput, KeyError, ValueError, TypeError) as exc:
        raise BadInput(f"not an entry: {exc}") from exc
    if entry.line != line:  # not documents: 1 and true are equal as values
        raise BadInput("not an entry: fields are missing or of another kind")
    return entry


def true_hash(entry: Entry) -> str:
    """Compute the hash an entry must have."""
    return str(Digest.of(spelled(_hashed_part(entry))))


def _entry(deed: Deed, phase: Phase, what: Mapping[str, object], after: Head, at: Instant) -> Entry:
    stored = plain(what)
    if not isinstance(stored, dict):
        raise BadInput("what was done must be an object")
    bare = Entry(
        number=after.count + 1,
        instant=at,
        actor=deed.purpose.actor,
        action=deed.action,
        phase=phase,
        case=deed.purpose.case,
        code=deed.purpose.code,
        what=stored,
        previous=after.hash,
        hash="",
    )
    return _from_document(_hashed_part(bare) | {"hash": true_hash(bare)})


def _hashed_part(entry: Entry) -> dict[str, object]:
    return {
        "v": VERSION,
        "number": entry.number,
        "instant": str(entry.instant),
        "actor": entry.actor,
        "action": entry.action.value,
        "phase": entry.phase.value,
        "case": entry.case,
        "code": entry.code,
        "what": dict(entry.what),
        "previous": entry.previous,
    }


def _from_document(document: Mapping[str, object]) -> Entry:
    what, number = document["what"], document["number"]
    if not isinstance(what, dict) or not isinstance(number, int):
        raise TypeError("number or what is of another kind")
    return Entry(
        number=number,
        instant=Instant.parse(str(document["instant"])),
        actor=str(document["actor"]),
        action=Action(str(document["action"])),
        phase=Phase(str(document["phase"])),
        case=str(document["case"]),
        code=str(document["code"]),
        what=what,
        previous=str(document["previous"]),
        hash=str(document["hash"]),
    )
