"""Bodies of responses about the custody log."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from api.bodies.wire import InstantText, Wire
from evidence.custody import Entry
from evidence.custody_acts import CustodyAct, Page, State
from evidence.custody_check import Kind
from footage.action import Action, Phase


class ActOut(Wire):
    """An act of the custody log: the entry of the intent, and that of the outcome if read."""

    entry: int
    instant: InstantText
    person: str
    action: Action
    case: str
    purpose: str
    what: dict[str, object]
    state: Annotated[State, Field(description="`open`: the act's end is not known.")]
    outcome: int | None
    result: dict[str, object] | None

    @classmethod
    def of(cls, act: CustodyAct) -> "ActOut":
        """Make the body from an act."""
        intent, outcome = act.intent, act.outcome
        return cls(
            entry=intent.number,
            instant=str(intent.instant),
            person=intent.actor,
            action=intent.action,
            case=intent.case,
            purpose=intent.code,
            what=dict(intent.what),
            state=act.state,
            outcome=outcome.number if outcome else None,
            result=outcome.what["result"] if outcome else None,
        )


class ActsOut(Wire):
    """A page of acts in order of entry.

    A page may hold fewer acts than asked for, or none, while `next_cursor` tells of more log to
    read.
    """

    acts: list[ActOut]
    next_cursor: Annotated[
        int | None, Field(description="Entry to go on at; null: the log was read to the end.")
    ]

    @classmethod
    def of(cls, page: Page) -> "ActsOut":
        """Make the body from a page."""
        return cls(acts=[ActOut.of(act) for act in page.acts], next_cursor=page.next_entry)


class EntryOut(Wire):
    """An entry of the custody log with all fields that its hash covers, and the hash."""

    number: int
    instant: InstantText
    actor: str
    action: Action
    phase: Phase
    case: str
    code: str
    what: dict[str, object]
    previous: Annotated[str, Field(description="Hash of the entry before; empty for the first.")]
    hash: Annotated[
        str,
        Field(
            description="SHA-256 over the line's other fields but `personal`, as canonical JSON."
        ),
    ]
    commitment: Annotated[str, Field(description="SHA-256 of `personal`; empty in version 1.")] = ""
    personal: Annotated[
        str,
        Field(
            description="As in the line: base64 of canonical JSON that holds the actor and what "
            "names or quotes a person, or what is left after a purge."
        ),
    ] = ""
    v: Annotated[int, Field(description="Version of the entry's form.")]


class EntriesOut(Wire):
    """A page of entries in order; each follows the entry before by its hash."""

    entries: list[EntryOut]
    next_cursor: Annotated[int | None, Field(description="Entry to go on at; null: no more.")]

    @classmethod
    def of(cls, found: Sequence[Entry], limit: int) -> "EntriesOut":
        """Make the body from the entries of a page, one more than the page has."""
        return cls(
            entries=[EntryOut.model_validate(entry.read()) for entry in found[:limit]],
            next_cursor=found[limit].number if len(found) > limit else None,
        )


class VerifyIn(Wire):
    """A request to check the chain of entries, whole or from a checkpoint on.

    A checkpoint is `entries` and `head` of an earlier check: with its hash, nothing before it was
    written anew since, though only entries from there on are read.
    """

    first: Annotated[int, Field(ge=1, le=1 << 53, description="Entry to begin with.")] = 1
    hash: Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64})?$")] = ""


class VerifyAskedOut(Wire):
    """A check that was asked for."""

    first: Annotated[int, Field(description="Entry to begin with.")]
    hash: str


class CustodyFinding(Wire):
    """A finding about the log."""

    kind: Kind
    line: int
    message: str


class PersonalPurgedOut(Wire):
    """Entries whose personal part was purged, and the entry of the purge."""

    by: int
    entries: int


class ComparedOut(Wire):
    """The signed checkpoints in the object store that the log was compared with."""

    stored: Annotated[
        int | None, Field(description="Null: the first and the last of each day were looked for.")
    ]
    compared: int
    entries: Annotated[int, Field(description="Entries that the newest stands for.")]
    at: Annotated[InstantText | None, Field(description="When the newest was signed; null: none.")]
    since_entries: Annotated[int, Field(description="Entries that the first stands for.")]
    since: InstantText | None
    trouble: Annotated[str, Field(description="Why nothing was compared; empty: all is well.")]


class VerifiedOut(Wire):
    """Result of a check of the custody log; `findings` are the first hundred.

    `entries` and `head` are the end of the log: note them as the next checkpoint.
    """

    entries: int
    head: str
    first: Annotated[int, Field(description="Entry from which on was read.")]
    whole: Annotated[
        bool, Field(description="False: altered, cut off, or no anchor tells where it ended.")
    ]
    anchored: bool
    checkpoints: ComparedOut | None
    purged: list[PersonalPurgedOut]
    findings: list[CustodyFinding]
    findings_in_all: int
