"""The custody log as text: entries in a hash chain. Pure.

Each line is the canonical JSON of an entry. An entry holds the hash of the entry before and a hash
of its own, SHA-256 over the canonical JSON of all other fields. The part that names or quotes a
person stands behind a commitment of its own (`evidence.personal`), so that it can be purged.
`custody_check` looks for what was done to a log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from evidence import personal
from evidence.canonical import parse, plain, spelled
from footage.action import Action, Phase
from footage.digest import Digest
from footage.errors import BadInput, CaseRequired
from footage.instant import Instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from footage.action import Deed, Purpose

VERSION: Final = 2
"""Version of new entries; entries of version 1 have no personal part apart."""
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
        actor: Who acted; `personal.PURGED` where that was purged.
        code: Purpose code.
        what: Of an intent: the facts of the action about to be done. Of an outcome: `intent`
            (number of the intent's entry), `ok` and `result`. Facts that were purged are absent.
        previous: Hash of the entry before, "" for the first.
        hash: "sha256:..." over everything else but the personal part, for which its commitment
            stands.
        personal: The personal part as the line has it (`evidence.personal`); "" in version 1.
        commitment: "sha256:..." over the personal part; "" in version 1.
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
    personal: str = ""
    commitment: str = ""

    @property
    def head(self) -> Head:
        """The end of a log that ends with this entry."""
        return Head(self.number, self.hash)

    @property
    def line(self) -> bytes:
        """The entry's line in the log, with the line feed."""
        return spelled(self.document()) + b"\n"

    @property
    def purged_by(self) -> int:
        """Number of the entry of the purge that took the personal part; 0 where that is there."""
        return personal.purged_by(self.personal)

    def document(self) -> dict[str, object]:
        """Return all fields of the entry, as written in the log."""
        own = {"personal": self.personal} if self.commitment else {}
        return _hashed_part(self) | {"hash": self.hash} | own

    def read(self) -> dict[str, object]:
        """Return all fields with the personal part in clear, for people."""
        return self.document() | {"actor": self.actor, "what": dict(self.what)}


def extract(head: Head, entries: Iterable[Entry], *, by_index: bool) -> dict[str, object]:
    """Return the document of some entries for handing over, with personal parts also in clear.

    Args:
        head: The log's end when the entries were read.
        entries: The entries to disclose.
        by_index: Whether an index of the log told which entries these are (invariant 11).
    """
    told = list(entries)
    return {
        "found_by": "index" if by_index else "log",
        "count": head.count,
        "head": head.hash,
        "entries": [entry.document() for entry in told],
        "read": [
            {"number": entry.number, "actor": entry.actor, "what": dict(entry.what)}
            for entry in told
        ],
    }


def intent_entry(deed: Deed, after: Head, at: Instant, salt: str = "") -> Entry:
    """Make the entry of an action about to be done.

    Args:
        deed: The action.
        after: The log's end before.
        at: Time of entering.
        salt: Makes the commitment to the personal part one that nobody can guess.

    Raises:
        BadInput: The facts cannot be written as JSON.
    """
    return _entry(deed, Phase.INTENT, deed.what, after, at, salt)


def outcome_entry(  # noqa: PLR0913 - as for an intent, with how the action ended
    deed: Deed,
    intent: int,
    after: Head,
    at: Instant,
    *,
    ok: bool,
    result: Mapping[str, object],
    salt: str = "",
) -> Entry:
    """Make the entry of an action's end; raises BadInput when no entry `intent` comes before."""
    if not 1 <= intent <= after.count:
        raise BadInput(f"no entry {intent} in a custody log of {after.count}")
    what = {"intent": intent, "ok": ok, "result": result}
    return _entry(deed, Phase.OUTCOME, what, after, at, salt)


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
    if not isinstance(document, dict) or document.get("v") not in (1, VERSION):
        raise BadInput(f"not an entry of version 1 or {VERSION}")
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


def _entry(
    deed: Deed, phase: Phase, what: Mapping[str, object], after: Head, at: Instant, salt: str
) -> Entry:
    stored = plain(what)
    if not isinstance(stored, dict):
        raise BadInput("what was done must be an object")
    own = personal.sealed(deed.purpose.actor, stored, salt)
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
        personal=own,
        commitment=personal.commitment(own),
    )
    document = _hashed_part(bare) | {"hash": true_hash(bare), "personal": own}
    return _from_document(document)


def _hashed_part(entry: Entry) -> dict[str, object]:
    common = {
        "number": entry.number,
        "instant": str(entry.instant),
        "action": entry.action.value,
        "phase": entry.phase.value,
        "case": entry.case,
        "code": entry.code,
        "previous": entry.previous,
    }
    if not entry.commitment:
        return {**common, "v": 1, "actor": entry.actor, "what": dict(entry.what)}
    public = personal.public(entry.what)
    return {**common, "v": VERSION, "commitment": entry.commitment, "what": public}


def _from_document(document: Mapping[str, object]) -> Entry:
    what, number = document["what"], document["number"]
    if not isinstance(what, dict) or not isinstance(number, int):
        raise TypeError("number or what is of another kind")
    own = commitment = ""
    if document["v"] == VERSION:
        own, commitment = str(document["personal"]), str(document["commitment"])
        if not commitment:
            raise ValueError("no commitment")
        actor, what = personal.opened(own, what)
    else:
        actor = str(document["actor"])
    return Entry(
        number=number,
        instant=Instant.parse(str(document["instant"])),
        actor=actor,
        action=Action(str(document["action"])),
        phase=Phase(str(document["phase"])),
        case=str(document["case"]),
        code=str(document["code"]),
        what=what,
        previous=str(document["previous"]),
        hash=str(document["hash"]),
        personal=own,
        commitment=commitment,
    )
