"""Cases: reference, members, exhibits, documents, notes in versions. Values and rules alone, pure.

What people wrote about a case or an exhibit is never overwritten: a change of words is a new
version with author and time, and every earlier version stays. A change names the version that its
author had read, and is refused where another change came first.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from footage.action import Action
from footage.errors import BadInput, Conflict, NotFound, NotPermitted, Refused
from footage.instant import DAY, Elapsed, Instant, Interval

if TYPE_CHECKING:
    from footage.action import Purpose
    from footage.hold import OrderPaper
    from footage.ids import CameraId, CaseId
    from footage.keyframe import Box

LONGEST_LINE: Final = 200
"""Most characters of a reference, a title, a label or a reason."""
LONGEST_CODE: Final = 50
"""Most characters of a purpose code."""
LONGEST_TEXT: Final = 10_000
"""Most characters of a note, of about four pages: what is longer belongs into a file of its own."""
MOST_MEMBERS: Final = 200
MOST_EXHIBITS: Final = 10_000
"""Most exhibits of a case."""
MOST_DOCUMENTS: Final = 100
"""Most authority documents of a case."""
MOST_VERSIONS: Final = 1_000
"""Most versions of the words about a case or an exhibit."""
MOST_CAMERA_DAYS: Final = 1_000
"""Most days that an exhibit's footage touches, summed over its cameras: to say what is held of an
exhibit takes the reading of so many day summaries."""
_NO_LINE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's categories of controls, halves of characters, and ends of lines and paragraphs."""
_MICROSECOND: Final = Elapsed(1)


class CaseState(StrEnum):
    """States of a case."""

    OPEN = "open"
    CLOSED = "closed"


class ExhibitKind(StrEnum):
    """Kinds of exhibit."""

    BOOKMARK = "bookmark"
    """An instant of a camera."""
    INTERVAL = "interval"
    """A stretch of time of some cameras."""
    MOMENT = "moment"
    """A moment that a search found."""


@dataclass(frozen=True, slots=True)
class Words:
    """A version of what people wrote about a case or an exhibit.

    Attributes:
        version: Version of the case or exhibit that came with these words.
        title: Title of the case, or label of the exhibit; one line.
        text: Note; "" for none.
        by: Actor who wrote.
    """

    version: int
    title: str
    text: str
    by: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a case.

    Attributes:
        person: The member's account, or the actor who opened the case.
        by: Actor who added the member.
    """

    person: str
    by: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Turn:
    """The last closing or reopening of a case: by whom, when and why."""

    by: str
    at: Instant
    reason: str


@dataclass(frozen=True, slots=True)
class Case:
    """A case.

    Attributes:
        reference: Reference that people and custody entries name, e.g. "FIR 211/2026".
        purpose: Purpose code that the case was opened with.
        words: Title and note, the newest version.
        version: Number of the case's state: 1 at first, one more with each change of words, state
            or members. Exhibits have versions of their own.
        exhibits: Number of exhibits; exhibits are numbered from 1 without a hole.
        turned: The last closing or reopening; None for a case that was never closed.
    """

    id: CaseId
    reference: str
    purpose: str
    opened_by: str
    opened: Instant
    words: Words
    state: CaseState = CaseState.OPEN
    version: int = 1
    exhibits: int = 0
    turned: Turn | None = None


@dataclass(frozen=True, slots=True)
class Exhibit:
    """Footage that is an exhibit of a case. The footage never changes, the words have versions.

    Attributes:
        number: Number within the case, from 1; 0 before the exhibit is added.
        cameras: The cameras, by id; one for a bookmark or a moment.
        interval: The time; of a bookmark the microsecond of its instant.
        words: Label and note, the newest version; the version is the exhibit's.
        moment: Name of the moment, e.g. "17.1": what was asked stands in the custody log under the
            entry before the dot. "" for other kinds.
        best: Instant of the moment's best picture; None where not known.
        picture: The best picture as `SEGMENT#OFFSET`; "" where not known.
        box: Part of the best picture that was found; None where not known.
    """

    case: CaseId
    kind: ExhibitKind
    cameras: tuple[CameraId, ...]
    interval: Interval
    added_by: str
    added: Instant
    words: Words
    number: int = 0
    moment: str = ""
    best: Instant | None = None
    picture: str = ""
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class CaseDocument:
    """A document by which an authority asks for the work on a case, e.g. the scan of an order.

    A document is added, never changed or removed. The file itself is not kept: who was given the
    order keeps the paper, and the digest says whether a file is the one that was shown here.

    Attributes:
        authority: Whose document, and its number: "Sessions Court, order 14/2026"; one line.
        paper: Name, size and digest of the file.
        number: Number within the case, from 1; 0 before the document is added.
    """

    case: CaseId
    authority: str
    paper: OrderPaper
    by: str
    at: Instant
    number: int = 0

    def document(self) -> dict[str, object]:
        """Return whose document, and name, size and digest of the file, as plain values."""
        return {"authority": self.authority, **self.paper.document()}


def at_instant(instant: Instant) -> Interval:
    """Return the shortest interval that contains an instant."""
    return Interval(instant, instant + _MICROSECOND)


def case_reference(text: str) -> str:
    """Check a reference under which a case is to be opened, and return the reference.

    Raises:
        BadInput: The text is empty or too long, no line of printable text, or has blanks at an end
            or several blanks in a row, which no reader can tell from one.
    """
    require_line("reference", text)
    if text != " ".join(text.split()):
        raise BadInput(
            f"not a case reference: {text!r}", hint="without blanks at the ends or in a row"
        )
    return text


def reference_key(text: str) -> str:
    """Return the form in which references are compared: capitals, width and blanks do not count.

    Of references with the same key at most one case is opened.
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def require_line(what: str, text: str, most: int = LONGEST_LINE) -> str:
    """Return a line of text unchanged.

    Raises:
        BadInput: The text is empty, longer than `most`, or no line of printable text.
    """
    if not text.strip():
        raise BadInput(f"no {what} is given", hint="give a line of text")
    if len(text) > most:
        raise BadInput(f"the {what} has {len(text)} characters", hint=f"at most {most}")
    if any(unicodedata.category(one) in _NO_LINE for one in text):
        raise BadInput(f"the {what} is no line of text: {text!r}", hint="one line")
    return text


def words_of(what: str, title: str, text: str, version: int, by: str, at: Instant) -> Words:
    """Make a version of words.

    Args:
        what: Name of the title for messages: "title" or "label".
        title: Title or label.
        text: Note.
        version: Version that the case or exhibit will have.
        by: Actor who writes.
        at: The present.

    Raises:
        BadInput: The title is empty or no line, or a text is too long or no text.
    """
    require_line(what, title)
    _require_text(text)
    return Words(version, title, text, by, at)


def require_bounded(exhibit: Exhibit) -> Exhibit:
    """Return an exhibit unchanged where its footage is of a size that can be looked at.

    Raises:
        BadInput: No camera is named, or too many cameras for so long a time.
    """
    if not exhibit.cameras:
        raise BadInput("an exhibit of no camera", hint="name a camera")
    first, last = exhibit.interval.start, Instant(exhibit.interval.end.us - 1)
    each = (last.floor(DAY) - first.floor(DAY)).us // DAY.us + 1
    days = len(exhibit.cameras) * each
    if days > MOST_CAMERA_DAYS:
        raise BadInput(
            f"an exhibit over {days} days, summed over its cameras",
            hint=f"at most {MOST_CAMERA_DAYS}: add several exhibits",
        )
    return exhibit


def case_exists(case: Case) -> Conflict:
    """The error for a reference under which a case is opened already."""
    return Conflict(
        f"a case {case.reference} is opened already",
        hint="capitals and blanks do not count; choose another reference",
    )


def no_case(case: CaseId | str) -> NotFound:
    """The error for an unknown case, and for a case that the asker may not know of."""
    return NotFound(f"no case {case}", hint="footage case list")


# ------------------------------------------------------------------------ changes


def require_room(case: Case, members: int) -> None:
    """Refuse one more member of a case with `members` members.

    Raises:
        Refused: The case has as many already as can be kept.
    """
    if members >= MOST_MEMBERS:
        raise Refused(f"the case {case.reference} has {MOST_MEMBERS} members")


def require_unfilled(versions: int) -> None:
    """Refuse one more version of words that have `versions` versions; raises Refused."""
    if versions >= MOST_VERSIONS:
        raise Refused(f"there are {MOST_VERSIONS} versions already", hint="write a new exhibit")


def require_version(thing: str, version: int, read: int) -> None:
    """Refuse a change by somebody who read another version; raises Conflict."""
    if version != read:
        raise Conflict(
            f"{thing} was changed meanwhile: version {version}, and {read} was read",
            hint="read again",
        )


def require_open(case: Case) -> None:
    """Refuse a change of a closed case; raises Refused."""
    if case.state is CaseState.CLOSED:
        raise Refused(f"the case {case.reference} is closed", hint="reopen the case first")


def described(case: Case, read: int, title: str, text: str, by: str, at: Instant) -> Case:
    """Return a case with new words; the version is `read` plus 1.

    Raises:
        BadInput: As `words_of`.
        Refused: The case is closed.
        Conflict: The case's version is not `read`.
    """
    require_version(f"the case {case.reference}", case.version, read)
    require_open(case)
    words = words_of("title", title, text, case.version + 1, by, at)
    return replace(case, words=words, version=words.version)


def turned(case: Case, read: int, state: CaseState, reason: str, by: str, at: Instant) -> Case:
    """Return a case closed or reopened.

    Raises:
        BadInput: No reason is given.
        Refused: The case is in that state already.
        Conflict: The case's version is not `read`.
    """
    require_line("reason", reason)
    require_version(f"the case {case.reference}", case.version, read)
    if case.state is state:
        raise Refused(f"the case {case.reference} is {state} already")
    return replace(case, state=state, version=case.version + 1, turned=Turn(by, at, reason))


def numbered(case: Case, exhibit: Exhibit) -> Exhibit:
    """Return an exhibit with the number after the last of the case.

    Raises:
        Refused: The case is closed, or has as many exhibits as can be kept.
    """
    require_open(case)
    if case.exhibits >= MOST_EXHIBITS:
        raise Refused(
            f"the case {case.reference} has {MOST_EXHIBITS} exhibits", hint="open another case"
        )
    return replace(exhibit, number=case.exhibits + 1)


def with_number(case: Case, document: CaseDocument, known: int) -> CaseDocument:
    """Return a document with the number after the `known` ones of the case.

    Raises:
        Refused: The case is closed, or has as many documents as can be kept.
    """
    require_open(case)
    if known >= MOST_DOCUMENTS:
        raise Refused(f"the case {case.reference} has {MOST_DOCUMENTS} documents")
    return replace(document, number=known + 1)


def rewritten(case: Case, exhibit: Exhibit, words: Words) -> Exhibit:
    """Return an exhibit with new words, whose version must be the next of the exhibit.

    Raises:
        Refused: The case is closed, or the exhibit has as many versions as can be kept.
        Conflict: The exhibit has another version than the one before `words`.
    """
    require_version(f"exhibit {exhibit.number}", exhibit.words.version, words.version - 1)
    require_open(case)
    require_unfilled(exhibit.words.version)
    return replace(exhibit, words=words)


# ------------------------------------------------------------------------ acts for a case


def require_admitted(
    purpose: Purpose, action: Action, case: Case | None, *, member: bool, must_be_open: bool
) -> None:
    """Refuse an act for a case that the actor may not act for.

    Whoever is no member is told the same of an open case, of a closed one and, where cases must be
    open, of one that does not exist.

    Args:
        purpose: Actor and case of the act.
        action: What is done. Holds are released for a closed case too: closing a case is why.
        case: The case of that reference; None where none was opened here.
        member: Whether the actor is a member of that case.
        must_be_open: Whether a reference that is not opened here is refused.

    Raises:
        NotPermitted: The actor is no member of the case, or no such case is opened where cases must
            be open.
        Refused: The case is closed; or the reference is spelled otherwise than the case's, so that
            the custody log would have the act under another case.
    """
    if case is None and not must_be_open:
        return
    if case is None or not member:
        raise NotPermitted(
            f"{purpose.actor} is no member of an open case {purpose.case}",
            hint="a member can add you: footage case member add",
        )
    if case.reference != purpose.case:
        raise Refused(
            f"the case {purpose.case} is opened as {case.reference}", hint="write it like this"
        )
    if case.state is CaseState.CLOSED and action is not Action.RELEASE:
        raise Refused(f"the case {case.reference} is closed", hint="footage case reopen")


def require_purpose_code(code: str, known: tuple[str, ...], own: tuple[str, ...] = ()) -> None:
    """Refuse a purpose code that is not in the list of the settings; an empty list admits all.

    Args:
        code: The code.
        known: The list of the settings.
        own: The code of the case that is acted for, which counts too; empty for no case.

    Raises:
        BadInput: The code is not in the list.
    """
    if known and code not in (*known, *own):
        raise BadInput(f"not a purpose code: {code!r}", hint=f"one of: {', '.join(known)}")


def _require_text(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise BadInput(f"the note has {len(text)} characters", hint=f"at most {LONGEST_TEXT}")
    if any(one == "\x00" or unicodedata.category(one) == "Cs" for one in text):
        raise BadInput("the note is no text: it holds a NUL or half a character")
