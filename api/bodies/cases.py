"""Bodies of requests and responses about cases and exhibits."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from pydantic import Field

from api.bodies.holds import OrderPaperOut, ReleasedOut
from api.bodies.people import PersonText
from api.bodies.preservations import PaperIn
from api.bodies.search import BoxIn
from api.bodies.wire import Id, InstantText, TimeText, Wire, plain, text_of
from footage.case import (
    LONGEST_CODE,
    LONGEST_LINE,
    LONGEST_TEXT,
    MOST_CAMERA_DAYS,
    MOST_EXHIBITS,
    MOST_MEMBERS,
    Case,
    CaseDocument,
    CaseState,
    Exhibit,
    ExhibitKind,
    Member,
    Words,
)
from footage.instant import Elapsed
from retention.outlook import Prospect

CaseIdText = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        examples=["019ab2c4-7f00-7d3c-8a51-2b9f6c0e1d77"],
    ),
]
LineText = Annotated[str, Field(min_length=1, **plain(LONGEST_LINE))]
NoteText = Annotated[str, Field(**plain(LONGEST_TEXT), description="Note; a new version each time")]
ExhibitNumber = Annotated[int, Field(ge=1, le=MOST_EXHIBITS, examples=[1])]
_LEAST_HELD: Elapsed = Elapsed.parse("1s")


class CaseIn(Wire):
    """A case to open; whoever opens the case is a member besides `members`."""

    reference: Annotated[LineText, Field(examples=["FIR 211/2026"])]
    purpose: Annotated[str, Field(min_length=1, **plain(LONGEST_CODE), examples=["theft"])]
    title: LineText
    note: NoteText = ""
    members: Annotated[list[PersonText], Field(max_length=MOST_MEMBERS - 1, default_factory=list)]


class CaseChange(Wire):
    """A case's title and note, both anew."""

    title: LineText
    note: NoteText


class StateIn(Wire):
    """The state to give to a case, and why."""

    state: CaseState
    reason: LineText


class WordsOut(Wire):
    """A version of what people wrote."""

    version: int
    title: Annotated[str, Field(description="Title of the case, or label of the exhibit.")]
    note: str
    by: str
    at: InstantText

    @classmethod
    def of(cls, words: Words) -> "WordsOut":
        """Make the body from a version of words."""
        return cls(
            version=words.version, title=words.title, note=words.text, by=words.by, at=str(words.at)
        )


class WordsPage(Wire):
    """Versions, the newest first; `next_cursor` asks for the next page."""

    versions: list[WordsOut]
    next_cursor: int | None


class TurnOut(Wire):
    """The last closing or reopening of a case."""

    by: str
    at: InstantText
    reason: str


class MemberOut(Wire):
    """A member of a case."""

    person: str
    by: Annotated[str, Field(description="Who added the member.")]
    at: InstantText


class CaseLine(Wire):
    """A case as listed.

    `version` is the number in the `ETag`; exhibits have versions of their own. `log` is the path of
    the custody log's acts for the case.
    """

    case: CaseIdText
    reference: str
    purpose: str
    state: CaseState
    title: str
    version: int
    exhibits: Annotated[int, Field(description="Number of exhibits, withheld ones included.")]
    opened_by: str
    opened: InstantText
    turned: TurnOut | None
    log: str

    @classmethod
    def of(cls, case: Case) -> "CaseLine":
        """Make the body from a case."""
        turn = case.turned
        return cls(
            case=case.id,
            reference=case.reference,
            purpose=case.purpose,
            state=case.state,
            title=case.words.title,
            version=case.version,
            exhibits=case.exhibits,
            opened_by=case.opened_by,
            opened=str(case.opened),
            turned=TurnOut(by=turn.by, at=str(turn.at), reason=turn.reason) if turn else None,
            log=f"/api/v1/custody?{urlencode({'case': case.reference})}",
        )


class CaseDocumentIn(Wire):
    """An authority document to add; the file stays with the caller."""

    authority: Annotated[LineText, Field(examples=["Sessions Court, order 14/2026"])]
    document: PaperIn


class CaseDocumentOut(OrderPaperOut):
    """An authority document of a case: whose it is, and name, size and digest of the file."""

    number: int
    authority: str
    by: str
    at: InstantText

    @classmethod
    def of(cls, document: CaseDocument) -> "CaseDocumentOut":
        """Make the body from a document."""
        number, by, at = document.number, document.by, str(document.at)
        return cls.model_validate({**document.document(), "number": number, "by": by, "at": at})


class CaseOut(CaseLine):
    """A case whole, but for exhibits and earlier versions."""

    note: str
    written_by: str
    written: InstantText
    members: list[MemberOut]
    documents: list[CaseDocumentOut]

    @classmethod
    def whole(
        cls, case: Case, members: Sequence[Member], documents: Sequence[CaseDocument]
    ) -> "CaseOut":
        """Return the body of a case with note, members and documents besides what a list shows."""
        return cls(
            **CaseLine.of(case).model_dump(),
            note=case.words.text,
            written_by=case.words.by,
            written=str(case.words.at),
            members=[MemberOut(person=one.person, by=one.by, at=str(one.at)) for one in members],
            documents=[CaseDocumentOut.of(one) for one in documents],
        )


class TurnedOut(CaseOut):
    """A case that was closed or reopened.

    `standing_holds` are the holds of a closed case that stand, as far as they are in reach, and
    `release_request` is the number of the request that proposes the release of all of them; null
    where none stands, or where the caller may not release all: `no_request` says why.
    """

    standing_holds: list[str]
    release_request: int | None
    no_request: str


class CaseReleasesIn(Wire):
    """A request to release all holds of a closed case."""


class CaseReleasedOut(Wire):
    """The holds of a closed case that were released."""

    released: list[ReleasedOut]


class ReportIn(Wire):
    """A request to enter that a report of a case is made."""


class ReportOut(Wire):
    """The making of a report of a case, as entered in the custody log under the case."""

    entry: Annotated[int, Field(description="Number of the custody entry.")]
    by: str
    name: Annotated[str, Field(description="Name of the person.")]
    at: InstantText


class CasePage(Wire):
    """A page of cases, the newest first; `next_cursor` asks for the next page."""

    cases: list[CaseLine]
    next_cursor: CaseIdText | None


class ExhibitIn(Wire):
    """Footage to add to a case.

    A bookmark has one camera and `at`; an interval cameras, `from` and `to`; a moment the name of a
    moment that a search of one's own found, e.g. 17.1.
    """

    kind: ExhibitKind
    cameras: Annotated[list[Id], Field(max_length=MOST_CAMERA_DAYS, default_factory=list)]
    at: TimeText | None = None
    start: Annotated[TimeText | None, Field(alias="from")] = None
    end: Annotated[TimeText | None, Field(alias="to")] = None
    moment: Annotated[str | None, Field(**plain(40), examples=["17.1"])] = None
    label: LineText
    note: NoteText = ""


class ExhibitChange(Wire):
    """An exhibit's label and note, both anew."""

    label: LineText
    note: NoteText


class KeepingOut(Wire):
    """Stored and held parts of a camera's footage of an exhibit, as looked at now.

    `held_s` is the time stored under holds that stand in the register. No policy deletes any of the
    rest before `deleted_from`; null with `unknown` empty: no policy deletes it, or nothing is left.
    """

    camera: str
    stored_s: float
    held_s: float
    all_held: Annotated[bool, Field(description="Something is stored, and all of it is held.")]
    interval_held: Annotated[bool, Field(description="What is stored later is held as well.")]
    holds: list[str]
    deleted_from: InstantText | None
    policy: str
    unknown: Annotated[str, Field(description="Why the policies could not be asked, else empty.")]

    @classmethod
    def of(cls, prospect: Prospect) -> "KeepingOut":
        """Make the body from the outlook of a camera's footage."""
        return cls(
            camera=prospect.camera,
            stored_s=prospect.stored.in_seconds,
            held_s=prospect.held.in_seconds,
            all_held=prospect.all_held,
            interval_held=prospect.whole,
            holds=list(prospect.holds),
            deleted_from=text_of(prospect.deleted_from),
            policy=prospect.policy,
            unknown=prospect.unknown,
        )


class HoldOffer(Wire):
    """The fields of `POST /api/v1/holds` that hold an exhibit, beside authority and reason."""

    cameras: list[str]
    start: Annotated[InstantText, Field(serialization_alias="from")]
    end: Annotated[InstantText, Field(serialization_alias="to")]
    case: str
    purpose: str


class BestOut(Wire):
    """The best picture of a moment; null is not known."""

    instant: InstantText | None
    thumbnail: Annotated[str | None, Field(description="`segment#offset`")]
    box: BoxIn | None


class ExhibitContent(Wire):
    """Footage and words of an exhibit; `version` is the number in the `ETag`.

    `moment` names the answer and rank of a search: what was asked stands in the custody log.
    """

    kind: ExhibitKind
    cameras: list[str]
    start: InstantText
    end: InstantText
    moment: str | None
    best: BestOut | None
    label: str
    note: str
    version: int
    written_by: str
    written: InstantText
    added_by: str
    added: InstantText
    keeping: list[KeepingOut]
    hold: HoldOffer


class ExhibitOut(Wire):
    """An exhibit; `content` is null where the grants do not reach all of the footage."""

    exhibit: ExhibitNumber
    withheld: bool
    content: ExhibitContent | None

    @classmethod
    def withheld_one(cls, exhibit: Exhibit) -> "ExhibitOut":
        """Make the body of an exhibit that is not shown."""
        return cls(exhibit=exhibit.number, withheld=True, content=None)

    @classmethod
    def of(cls, case: Case, exhibit: Exhibit, keeping: Sequence[Prospect]) -> "ExhibitOut":
        """Return the body of an exhibit that is shown, with `keeping` told of each camera."""
        words, interval = exhibit.words, exhibit.interval
        content = ExhibitContent(
            kind=exhibit.kind,
            cameras=list(exhibit.cameras),
            start=str(interval.start),
            end=str(interval.end),
            moment=exhibit.moment or None,
            best=_best(exhibit) if exhibit.kind is ExhibitKind.MOMENT else None,
            label=words.title,
            note=words.text,
            version=words.version,
            written_by=words.by,
            written=str(words.at),
            added_by=exhibit.added_by,
            added=str(exhibit.added),
            keeping=[KeepingOut.of(one) for one in keeping],
            hold=HoldOffer(
                cameras=list(exhibit.cameras),
                start=str(interval.start),
                end=str(max(interval.end, interval.start + _LEAST_HELD)),
                case=case.reference,
                purpose=case.purpose,
            ),
        )
        return cls(exhibit=exhibit.number, withheld=False, content=content)


def _best(exhibit: Exhibit) -> BestOut:
    box = exhibit.box
    return BestOut(
        instant=text_of(exhibit.best),
        thumbnail=exhibit.picture or None,
        box=BoxIn(**box.shares) if box else None,
    )


class ExhibitPage(Wire):
    """A page of exhibits by number; `next_cursor` asks for the next page."""

    exhibits: list[ExhibitOut]
    next_cursor: int | None
