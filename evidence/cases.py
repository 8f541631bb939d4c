"""Cases: opened, closed and reopened; members, exhibits and notes; each change is in custody.

An exhibit is held before it is recorded (`evidence.exhibit_holds`), and again when a closed case is
reopened.

The custody log is entered under the case's reference, with who changed what. What people wrote is
entered by version and digest alone: the words stand in the record of cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from evidence.answers import moment_of
from evidence.canonical import canonical
from footage.action import Action, Deed, Purpose
from footage.case import (
    LONGEST_CODE,
    Case,
    CaseDocument,
    CaseState,
    Exhibit,
    ExhibitKind,
    Member,
    at_instant,
    case_exists,
    case_reference,
    described,
    no_case,
    numbered,
    require_bounded,
    require_line,
    require_open,
    require_purpose_code,
    require_room,
    require_unfilled,
    require_version,
    turned,
    words_of,
)
from footage.custody import bracket
from footage.digest import Digest
from footage.errors import NotFound, NotPermitted
from footage.ids import CaseId, SegmentKey, camera_id
from footage.instant import Instant, Interval
from footage.keyframe import Box
from footage.timed_id import timed_id

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from evidence.custody_acts import EntryReader
    from footage.case import Words
    from footage.clock import Clock
    from footage.custody import Act
    from footage.hold import OrderPaper
    from footage.ids import CameraId, HoldId
    from footage.ports import Cases, Catalogue, Custody


def purpose_of(cases: Cases, reference: str) -> str:
    """Return the purpose code that the case of a reference was opened with; "" for no such case."""
    case = cases.of_reference(reference)
    return case.purpose if case else ""


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks for cases.

    Attributes:
        person: Account, or actor of a command.
        sees_all: Whether cases are seen of which the person is no member.
    """

    person: str
    sees_all: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Footage to become an exhibit; as `Exhibit` has it."""

    kind: ExhibitKind
    cameras: tuple[CameraId, ...]
    interval: Interval
    moment: str = ""
    best: Instant | None = None
    picture: str = ""
    box: Box | None = None


class HoldsExhibits(Protocol):
    """Holds exhibits; `evidence.exhibit_holds.ExhibitHolds` does."""

    def hold(self, case: Case, exhibit: Exhibit, by: str) -> HoldId:
        """Hold an exhibit that is about to be recorded; return the hold, which stands then."""
        ...

    def hold_again(self, case: Case, by: str) -> None:
        """Hold each exhibit of a case that was reopened."""
        ...


@dataclass(frozen=True, slots=True)
class CaseService:
    """Reads and changes cases. Safe in several threads.

    A case of which the asker is no member is told like one that does not exist, unless the asker
    sees all cases. Each change is entered in the custody log before and after (invariant 7).

    Attributes:
        holding: Holds what becomes an exhibit.
        purposes: Purpose codes that cases may be opened with; empty: any.
    """

    cases: Cases
    custody: Custody
    clock: Clock
    holding: HoldsExhibits
    purposes: tuple[str, ...] = ()

    # ------------------------------------------------------------------------ reading

    def case(self, case: CaseId, asker: Asker) -> Case:
        """Return a case; raises NotFound for an unknown case, and one the asker may not see."""
        found = self.cases.case(case)
        if not self._sees(found, asker):
            raise no_case(case)
        return found

    def of_reference(self, reference: str, asker: Asker) -> Case:
        """Return the case of a reference, however spelled; raises as `case`."""
        found = self.cases.of_reference(reference)
        if found is None or not self._sees(found, asker):
            raise no_case(reference)
        return found

    def to_change(self, case: CaseId, asker: Asker) -> Case:
        """Return a case that the asker may change.

        Raises:
            NotFound: As `case`.
            NotPermitted: The asker sees the case, and is no member.
        """
        found = self.case(case, asker)
        if not self.cases.is_member(case, asker.person):
            raise NotPermitted(f"{asker.person} is no member of the case {found.reference}")
        return found

    def listed(
        self,
        asker: Asker,
        *,
        state: CaseState | None = None,
        before: CaseId | None = None,
        limit: int,
    ) -> list[Case]:
        """Return the cases that the asker sees, the newest first; arguments as of the port."""
        member = None if asker.sees_all else asker.person
        return self.cases.cases(member=member, state=state, before=before, limit=limit)

    def _sees(self, case: Case, asker: Asker) -> bool:
        return asker.sees_all or self.cases.is_member(case.id, asker.person)

    # ------------------------------------------------------------------------ the case

    def open(
        self,
        reference: str,
        purpose: str,
        title: str,
        text: str,
        by: str,
        *,
        members: Iterable[str] = (),
    ) -> Case:
        """Open a case; whoever opens the case becomes a member, besides `members`.

        Args:
            reference: Reference of the case.
            purpose: Purpose code.
            title: Title of the case.
            text: First note; "" for none.
            by: Actor who opens the case.
            members: Accounts of the other members.

        Raises:
            BadInput: A text is none, too long or of another form, or the purpose code is unknown.
            Conflict: A case is opened under that reference already.
            Refused: There are too many members.
            Unavailable: The record of cases or the custody log cannot be reached.
        """
        now = self.clock.now()
        require_line("purpose code", purpose, most=LONGEST_CODE)
        require_purpose_code(purpose, self.purposes)
        case = Case(
            id=CaseId(timed_id(now)),
            reference=case_reference(reference),
            purpose=purpose,
            opened_by=by,
            opened=now,
            words=words_of("title", title, text, 1, by, now),
        )
        if self.cases.of_reference(reference) is not None:
            raise case_exists(case)
        people = sorted({by, *members})
        require_room(case, len(people) - 1)
        facts = {"members": people, **_written(case.words)}
        with self._entered(case, by, "opened", **facts):
            self.cases.open(case, [Member(person, by, now) for person in people])
        return case

    def describe(self, case: Case, read: int, title: str, text: str, by: str) -> Case:
        """Give a case a new title and note, as a new version.

        Args:
            case: The case.
            read: Version of the case that was read.
            title: Title of the case.
            text: Note; "" for none.
            by: Actor who writes.

        Raises:
            BadInput: A text is none or too long.
            Refused: The case is closed, or has as many versions of words as can be kept.
            Conflict: The case's version is another than `read`.
            Unavailable: The record of cases or the custody log cannot be reached.
        """
        now = self.clock.now()
        wanted = described(case, read, title, text, by, now)
        with self._entered(case, by, "described", **_written(wanted.words)):
            return self.cases.change(
                case.id, lambda known: described(known, read, title, text, by, now)
            )

    def turn(self, case: Case, read: int, state: CaseState, reason: str, by: str) -> Case:
        """Close or reopen a case; the exhibits of a reopened case are held again.

        Raises:
            BadInput: No reason is given.
            NotPermitted: Who reopens the case is no member; the case is open, and its exhibits
                whose holds were released are held by the next daily retention.
            Refused: The case is in that state already.
            Conflict: The case's version is another than `read`.
            Unavailable: The record of cases or the custody log cannot be reached.
        """
        now = self.clock.now()
        turned(case, read, state, reason, by, now)
        change = "closed" if state is CaseState.CLOSED else "reopened"
        with self._entered(case, by, change, reason=reason):
            done = self.cases.change(
                case.id, lambda known: turned(known, read, state, reason, by, now)
            )
        if state is CaseState.OPEN:
            self.holding.hold_again(done, by)
        return done

    def add_member(self, case: Case, person: str, by: str) -> Case:
        """Add a member; for who is a member already nothing changes.

        Raises:
            Refused: There are too many members.
            Unavailable: The record of cases or the custody log cannot be reached.
        """
        if self.cases.is_member(case.id, person):
            return case
        with self._entered(case, by, "member added", member=person) as act:
            done = self.cases.add_member(case.id, Member(person, by, self.clock.now()))
            if done is None:  # somebody else added the person meanwhile
                act.result = {"changed": False}
        return done or self.cases.case(case.id)

    def remove_member(self, case: Case, person: str, by: str) -> Case:
        """Remove a member.

        Raises:
            NotFound: The person is no member.
            Refused: Nobody else is a member.
            Unavailable: The record of cases or the custody log cannot be reached.
        """
        missing = NotFound(f"{person} is no member of the case {case.reference}")
        if not self.cases.is_member(case.id, person):
            raise missing
        with self._entered(case, by, "member removed", member=person):
            done = self.cases.remove_member(case.id, person)
            if done is None:  # somebody else removed the person meanwhile
                raise missing
            return done

    # ------------------------------------------------------------------------ exhibits

    def add_exhibit(self, case: Case, wanted: Wanted, label: str, note: str, by: str) -> Exhibit:
        """Add footage to a case as its next exhibit, once the footage is held.

        Raises:
            BadInput: A text is none or too long, or the footage too much for one exhibit.
            NotPermitted: Who adds the exhibit is no member of the case, so may not hold for it.
            Refused: The case is closed, or has too many exhibits.
            Unavailable: The record of cases or the custody log cannot be reached.
        """
        require_open(case)
        now = self.clock.now()
        exhibit = Exhibit(
            case=case.id,
            kind=wanted.kind,
            cameras=wanted.cameras,
            interval=wanted.interval,
            added_by=by,
            added=now,
            words=words_of("label", label, note, 1, by, now),
            moment=wanted.moment,
            best=wanted.best,
            picture=wanted.picture,
            box=wanted.box,
        )
        facts = {
            "kind": wanted.kind.value,
            "cameras": list(wanted.cameras),
            "start": str(wanted.interval.start),
            "end": str(wanted.interval.end),
            **({"moment": wanted.moment} if wanted.moment else {}),
            **_written(exhibit.words),
        }
        numbered(case, require_bounded(exhibit))
        with self._entered(case, by, "exhibit added", **facts) as act:
            hold = self.holding.hold(case, exhibit, by)  # first: see evidence.exhibit_holds
            added = self.cases.add_exhibit(exhibit)
            act.result = {"exhibit": added.number, "hold": hold}
        return added

    def write(
        self, case: Case, exhibit: Exhibit, read: int, label: str, note: str, by: str
    ) -> Exhibit:
        """Give an exhibit a new label and note, as a new version.

        Args:
            case: The case.
            exhibit: The exhibit.
            read: Version of the exhibit that was read.
            label: Label of the exhibit.
            note: Note; "" for none.
            by: Actor who writes.

        Raises:
            BadInput: A text is none or too long.
            Refused: The case is closed, or the exhibit has as many versions as can be kept.
            Conflict: The exhibit's version is another than `read`.
            Unavailable: The record of cases or the custody log cannot be reached.
        """
        require_version(f"exhibit {exhibit.number}", exhibit.words.version, read)
        require_open(case)
        require_unfilled(read)
        words = words_of("label", label, note, read + 1, by, self.clock.now())
        facts = {"exhibit": exhibit.number, **_written(words)}
        with self._entered(case, by, "exhibit described", **facts):
            return self.cases.write(case.id, exhibit.number, words)

    def add_document(self, case: Case, authority: str, paper: OrderPaper, by: str) -> CaseDocument:
        """Add an authority document to a case; name, size and digest of the file are entered.

        Args:
            case: The case.
            authority: Whose document, and its number.
            paper: Name, size and digest of the file.
            by: Who adds the document.

        Raises:
            BadInput: The authority or the name of the file is no line of text.
            Refused: The case is closed, or has too many documents.
            Unavailable: The record of cases or the custody log cannot be reached.
        """
        require_line("authority", authority)
        require_line("name of the file", paper.name)
        require_open(case)
        wanted = CaseDocument(case.id, authority, paper, by, self.clock.now())
        with self._entered(case, by, "document added", document=wanted.document()) as act:
            added = self.cases.add_document(wanted)
            act.result = {"number": added.number}
        return added

    def report(self, case: Case, by: str) -> int:
        """Enter that a report of a case is made; returns the number of the custody entry.

        Raises:
            Unavailable: The custody log cannot be reached.
        """
        facts = {"version": case.version, "exhibits": case.exhibits}
        with self._entered(case, by, "report made", **facts) as act:
            return act.intent

    def _entered(
        self, case: Case, by: str, change: str, **facts: object
    ) -> AbstractContextManager[Act]:
        purpose = Purpose(by, case.reference, case.purpose)
        what = {"change": change, "record": case.id, **facts}
        return bracket(self.custody, Deed(Action.CASE, purpose, what))


def bookmark(camera: CameraId, instant: Instant) -> Wanted:
    """Return an instant of a camera as footage to become an exhibit."""
    return Wanted(ExhibitKind.BOOKMARK, (camera,), at_instant(instant))


def stretch(cameras: Iterable[CameraId], interval: Interval) -> Wanted:
    """Return an interval of some cameras as footage to become an exhibit."""
    return Wanted(ExhibitKind.INTERVAL, tuple(sorted(set(cameras))), interval)


def found_moment(
    log: EntryReader, catalogue: Catalogue, moment: str, given_to: str | None
) -> Wanted:
    """Return a moment of a search as footage to become an exhibit.

    What was asked is not copied: the moment's name leads to the search in the custody log.

    Args:
        log: The custody log.
        catalogue: Knows the instant of the moment's best picture, as long as the picture is stored.
        moment: Name of the moment, e.g. 17.1.
        given_to: Person to whom the answer must have been given; None: to anybody.

    Raises:
        BadInput: The text names no moment.
        NotFound: The custody log has no such answer to the person, or the answer no such moment.
        DataLoss: A line of the log is no entry.
        Unavailable: The catalogue cannot be reached.
    """
    found = moment_of(log, moment, given_to)
    picture, _, box = found.best.partition(" ")
    segment, _, offset = picture.partition("#")
    best = None
    if picture:
        try:
            best = catalogue.keyframe(SegmentKey(segment), int(offset)).instant
        except NotFound:
            best = None  # deleted since: the picture's time is not known any more
    return Wanted(
        ExhibitKind.MOMENT,
        (camera_id(found.camera),),
        Interval(Instant.parse(found.start), Instant.parse(found.end)),
        moment,
        best,
        picture,
        Box.parse(box) if box else None,
    )


def _written(words: Words) -> dict[str, object]:
    """Return version and digest of words, for the custody log."""
    digest = Digest.of(canonical({"title": words.title, "text": words.text}))
    return {"version": words.version, "words": str(digest)}
