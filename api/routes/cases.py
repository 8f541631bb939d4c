"""Routes about cases, their members, exhibits and notes. The case service writes the entries."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Response

from api.auth import Asking
from api.bodies import cases as bodies
from api.bodies.holds import ReleasedOut
from api.bodies.people import PersonText
from api.bodies.wire import plain
from api.deps import PageLimit, Ready, Services, asked_interval
from api.people.sign_in import Caller
from api.reach import holds_touched, out_of_reach, require_whole
from api.rules import Reaching, rule
from api.versions import IfMatch, tag, version_read
from evidence.cases import Asker, Wanted, bookmark, found_moment, stretch
from footage.access import Permission, PersonId, Reach
from footage.action import Action
from footage.case import LONGEST_LINE, Case, CaseState, Exhibit, ExhibitKind
from footage.errors import BadInput, NotFound, NotPermitted
from footage.hold import Hold
from footage.ids import CaseId, camera_id
from footage.scope import Scope

router = APIRouter(tags=["cases"])

MOST_SHOWN: Final = 50
"""Most exhibits of a page: of each, the outlook of its footage is looked up."""
_READ = rule(Permission.READ_CASES, because="a case shows no footage")
_CHANGE = rule(Permission.WORK_ON_CASES, enters=Action.CASE)

_Before = Annotated[
    int | None, Query(ge=1, le=1 << 53, description="`next_cursor` of the page before.")
]
_Case = Annotated[bodies.CaseIdText, Path()]
_Number = Annotated[bodies.ExhibitNumber, Path()]


def _asker(services: Ready, caller: Asking) -> Asker:
    reach = caller.person.reach(Permission.READ_ALL_CASES, services.clock.now())
    passed = Permission.READ_ALL_CASES in caller.permissions
    return Asker(caller.person.id, sees_all=passed and reach is not None and not reach.limited)


AskingFor = Annotated[Asker, Depends(_asker)]


def _seen(services: Ready, asker: AskingFor, case: _Case) -> Case:
    """Return a case that the caller sees; any other is told like one that does not exist."""
    return services.cases.case(CaseId(case), asker)


@dataclass(frozen=True, slots=True)
class _Work:
    """A case that the caller works on, and what the answer is made with."""

    services: Services
    caller: Caller
    response: Response
    case: Case

    @property
    def by(self) -> PersonId:
        """The person who works on the case."""
        return self.caller.person.id

    def told(self, case: Case) -> bodies.CaseOut:
        """Return the body that tells the case as changed; the response carries its version."""
        return _told(self.services, self.response, case)


def _working(
    services: Ready, caller: Asking, asker: AskingFor, response: Response, case: _Case
) -> _Work:
    """Return the work on a case of which the caller is a member."""
    return _Work(services, caller, response, services.cases.to_change(CaseId(case), asker))


@router.get("/cases", operation_id="list_cases", **_READ)
def list_cases(
    services: Ready,
    asker: AskingFor,
    *,
    state: CaseState | None = None,
    reference: Annotated[
        str, Query(**plain(LONGEST_LINE), description="The case of this reference only.")
    ] = "",
    limit: PageLimit = 50,
    after: Annotated[
        bodies.CaseIdText | None, Query(description="`next_cursor` of the page before.")
    ] = None,
) -> bodies.CasePage:
    """List the cases of which one is a member, the newest first; all to whoever sees all."""
    if reference:
        try:
            found = [services.cases.of_reference(reference, asker)]
        except NotFound:
            found = []
        found = [case for case in found if state in {None, case.state}]
    else:
        before = CaseId(after) if after else None
        found = services.cases.listed(asker, state=state, before=before, limit=limit + 1)
    page = found[:limit]
    return bodies.CasePage(
        cases=[bodies.CaseLine.of(case) for case in page],
        next_cursor=page[-1].id if len(found) > limit else None,
    )


@router.post("/cases", operation_id="open_case", status_code=HTTPStatus.CREATED, **_CHANGE)
def open_case(
    services: Ready, caller: Asking, response: Response, asked: bodies.CaseIn
) -> bodies.CaseOut:
    """Open a case; the caller is its first member."""
    for person in asked.members:
        services.accounts.person(PersonId(person))
    case = services.cases.open(
        asked.reference,
        asked.purpose,
        asked.title,
        asked.note,
        caller.person.id,
        members=asked.members,
    )
    response.headers["Location"] = f"/api/v1/cases/{case.id}"
    return _told(services, response, case)


@router.get("/cases/{case}", operation_id="get_case", **_READ)
def get_case(
    services: Ready, response: Response, found: Annotated[Case, Depends(_seen)]
) -> bodies.CaseOut:
    """Return a case with its members."""
    return _told(services, response, found)


@router.put("/cases/{case}", operation_id="describe_case", **_CHANGE)
def describe_case(
    work: Annotated[_Work, Depends(_working)], asked: bodies.CaseChange, *, if_match: IfMatch = None
) -> bodies.CaseOut:
    """Give a case this title and note, as a new version; what was written before stays.

    `If-Match` carries the `ETag` that was read.
    """
    cases, read = work.services.cases, version_read(if_match)
    return work.told(cases.describe(work.case, read, asked.title, asked.note, work.by))


@router.put("/cases/{case}/state", operation_id="turn_case", **_CHANGE)
def turn_case(
    work: Annotated[_Work, Depends(_working)], asked: bodies.StateIn, *, if_match: IfMatch = None
) -> bodies.TurnedOut:
    """Close or reopen a case. Nothing is searched, shown, held or exported for a closed case.

    Closing releases nothing: a request proposes the release of the case's holds, where the caller
    may release all of them, and another person decides. Reopening holds the exhibits again.
    """
    cases, read = work.services.cases, version_read(if_match)
    done = cases.turn(work.case, read, asked.state, asked.reason, work.by)
    standing, number, why = _proposed(work, done)
    return bodies.TurnedOut(
        **work.told(done).model_dump(),
        standing_holds=standing,
        release_request=number,
        no_request=why,
    )


@router.post(
    "/cases/{case}/releases",
    operation_id="release_case_holds",
    **rule(Permission.RELEASE_HOLDS, enters=Action.RELEASE),
)
def release_case_holds(
    work: Annotated[_Work, Depends(_working)], reach: Reaching, _asked: bodies.CaseReleasesIn
) -> bodies.CaseReleasedOut:
    """Release all holds of a closed case, each entered, once another person approved.

    Two persons decide, whatever the settings say: without an approval the answer is a problem
    `approval-required` with the number of the request, which is entered or waits.
    """
    releases = work.services.case_releases
    _require_all(work.services, reach, releases.standing(work.case))
    done = releases.release(work.case, work.by)
    return bodies.CaseReleasedOut(released=[ReleasedOut.of_released(one) for one in done])


@router.get("/cases/{case}/versions", operation_id="list_case_versions", **_READ)
def list_case_versions(
    services: Ready,
    found: Annotated[Case, Depends(_seen)],
    *,
    limit: PageLimit = 50,
    before: _Before = None,
) -> bodies.WordsPage:
    """List what was ever written about a case, the newest first."""
    return _versions(services, found, 0, before, limit)


@router.post(
    "/cases/{case}/reports",
    operation_id="make_case_report",
    status_code=HTTPStatus.CREATED,
    **rule(Permission.READ_CASES, enters=Action.CASE),
)
def make_case_report(
    services: Ready,
    caller: Asking,
    found: Annotated[Case, Depends(_seen)],
    _asked: bodies.ReportIn,
) -> bodies.ReportOut:
    """Enter in the custody log that a report of a case is made, and return who made it and when.

    The report itself is made by whoever asks, of what the other routes give.
    """
    at = services.clock.now()
    entry = services.cases.report(found, caller.person.id)
    return bodies.ReportOut(entry=entry, by=caller.person.id, name=caller.person.name, at=str(at))


@router.post(
    "/cases/{case}/documents",
    operation_id="add_case_document",
    status_code=HTTPStatus.CREATED,
    **_CHANGE,
)
def add_case_document(
    work: Annotated[_Work, Depends(_working)], asked: bodies.CaseDocumentIn
) -> bodies.CaseOut:
    """Add an authority document: name, size and digest of a file that stays with the caller."""
    paper = asked.document.paper()
    work.services.cases.add_document(work.case, asked.authority, paper, work.by)
    return work.told(work.case)


@router.put("/cases/{case}/members/{person}", operation_id="add_case_member", **_CHANGE)
def add_case_member(
    work: Annotated[_Work, Depends(_working)], person: PersonText
) -> bodies.CaseOut:
    """Add a member, who sees the case from now on; for a member nothing changes."""
    member = work.services.accounts.person(PersonId(person)).id
    return work.told(work.services.cases.add_member(work.case, member, work.by))


@router.delete("/cases/{case}/members/{person}", operation_id="remove_case_member", **_CHANGE)
def remove_case_member(
    work: Annotated[_Work, Depends(_working)], person: PersonText
) -> bodies.CaseOut:
    """Remove a member, oneself too; the last member stays."""
    return work.told(work.services.cases.remove_member(work.case, person, work.by))


@router.get("/cases/{case}/exhibits", operation_id="list_exhibits", **_READ)
def list_exhibits(
    services: Ready,
    reach: Reaching,
    found: Annotated[Case, Depends(_seen)],
    *,
    limit: Annotated[int, Query(ge=1, le=MOST_SHOWN)] = 20,
    after: Annotated[int, Query(ge=0, le=1 << 53, description="`next_cursor`.")] = 0,
) -> bodies.ExhibitPage:
    """List a case's exhibits by number, each with what is held of its footage now.

    Of an exhibit that the caller's grants do not reach whole only the number is told.
    """
    exhibits = services.cases.cases.exhibits(found.id, after=after, limit=limit + 1)
    page = exhibits[:limit]
    return bodies.ExhibitPage(
        exhibits=_shown(services, reach, found, page),
        next_cursor=page[-1].number if len(exhibits) > limit else None,
    )


@router.post(
    "/cases/{case}/exhibits",
    operation_id="add_exhibit",
    status_code=HTTPStatus.CREATED,
    **_CHANGE,
)
def add_exhibit(
    work: Annotated[_Work, Depends(_working)], reach: Reaching, asked: bodies.ExhibitIn
) -> bodies.ExhibitOut:
    """Add a bookmark, an interval or a moment; all of the footage must be in reach.

    What becomes an exhibit is held first, stored or not, with a minute before and after; `keeping`
    names the hold. A hold widens nobody's access.
    """
    services, case = work.services, work.case
    wanted = _wanted(services, work.caller, asked)
    require_whole(services.register, reach, wanted.cameras, wanted.interval)
    for camera in wanted.cameras:
        services.register.camera(camera)
    exhibit = services.cases.add_exhibit(case, wanted, asked.label, asked.note, work.by)
    work.response.headers["Location"] = f"/api/v1/cases/{case.id}/exhibits/{exhibit.number}"
    tag(work.response, exhibit.words.version)
    return _shown(services, reach, case, [exhibit])[0]


@router.get("/cases/{case}/exhibits/{exhibit}", operation_id="get_exhibit", **_READ)
def get_exhibit(
    services: Ready,
    reach: Reaching,
    response: Response,
    found: Annotated[Case, Depends(_seen)],
    exhibit: _Number,
) -> bodies.ExhibitOut:
    """Return an exhibit with what is held of its footage now; withheld where out of reach."""
    known = services.cases.cases.exhibit(found.id, exhibit)
    (shown,) = _shown(services, reach, found, [known])
    if not shown.withheld:
        tag(response, known.words.version)
    return shown


@router.put("/cases/{case}/exhibits/{exhibit}", operation_id="describe_exhibit", **_CHANGE)
def describe_exhibit(
    work: Annotated[_Work, Depends(_working)],
    reach: Reaching,
    exhibit: _Number,
    asked: bodies.ExhibitChange,
    *,
    if_match: IfMatch = None,
) -> bodies.ExhibitOut:
    """Give an exhibit this label and note, as a new version; what was written before stays.

    `If-Match` carries the `ETag` that was read.
    """
    services, case = work.services, work.case
    known, read = _in_reach(services, reach, case, exhibit), version_read(if_match)
    done = services.cases.write(case, known, read, asked.label, asked.note, work.by)
    tag(work.response, done.words.version)
    return _shown(services, reach, case, [done])[0]


@router.get(
    "/cases/{case}/exhibits/{exhibit}/versions", operation_id="list_exhibit_versions", **_READ
)
def list_exhibit_versions(
    services: Ready,
    reach: Reaching,
    found: Annotated[Case, Depends(_seen)],
    exhibit: _Number,
    *,
    limit: PageLimit = 50,
    before: _Before = None,
) -> bodies.WordsPage:
    """List what was ever written about an exhibit, the newest first."""
    known = _in_reach(services, reach, found, exhibit)
    return _versions(services, found, known.number, before, limit)


def _told(services: Services, response: Response, case: Case) -> bodies.CaseOut:
    tag(response, case.version)
    record = services.cases.cases
    return bodies.CaseOut.whole(case, record.members(case.id), record.documents(case.id))


def _proposed(work: _Work, case: Case) -> tuple[list[str], int | None, str]:
    """Propose the release of a closed case's holds where the caller may release all of them.

    Returns:
        The holds that stand, as far as the caller reaches them; the number of the request, or None;
        and why there is none.
    """
    services, person = work.services, work.caller.person
    standing = services.case_releases.standing(case) if case.state is CaseState.CLOSED else []
    if not standing:
        return [], None, ""
    now = services.clock.now()
    sees = person.reach(Permission.READ_HOLDS, now)
    seen = holds_touched(services.register, sees, standing) if sees else []
    told = [str(hold.id) for hold in seen]
    reach = person.reach(Permission.RELEASE_HOLDS, now)
    if reach is None or Permission.RELEASE_HOLDS not in work.caller.permissions:
        return told, None, "you may not release holds: a member who may asks for it"
    try:
        _require_all(services, reach, standing)
    except NotPermitted:
        return told, None, "your grants do not reach all that the holds cover"
    request = services.case_releases.propose(case, work.by)
    return told, request.number if request else None, ""


def _require_all(services: Services, reach: Reach, holds: list[Hold]) -> None:
    """Refuse holds of which some part is out of reach; raises NotPermitted."""
    for hold in holds:
        require_whole(services.register, reach, hold.cameras, hold.interval)


def _versions(
    services: Services, case: Case, number: int, before: int | None, limit: int
) -> bodies.WordsPage:
    found = services.cases.cases.versions(case.id, number, before=before, limit=limit + 1)
    page = found[:limit]
    return bodies.WordsPage(
        versions=[bodies.WordsOut.of(words) for words in page],
        next_cursor=page[-1].version if len(found) > limit else None,
    )


def _wanted(services: Services, caller: Caller, asked: bodies.ExhibitIn) -> Wanted:
    """Return the footage of an exhibit as asked for.

    Raises:
        BadInput: The members are not those of the kind, or a text is no time.
        NotFound: The caller got no such moment.
    """
    given = {
        "cameras": bool(asked.cameras),
        "at": asked.at is not None,
        "from": asked.start is not None,
        "to": asked.end is not None,
        "moment": asked.moment is not None,
    }
    needed = {
        ExhibitKind.BOOKMARK: {"cameras", "at"},
        ExhibitKind.INTERVAL: {"cameras", "from", "to"},
        ExhibitKind.MOMENT: {"moment"},
    }[asked.kind]
    one_camera = asked.kind is not ExhibitKind.BOOKMARK or len(set(asked.cameras)) == 1
    if {name for name, there in given.items() if there} != needed or not one_camera:
        raise BadInput(
            f"not a {asked.kind}: {', '.join(sorted(needed))} is needed, and nothing else",
            hint="a bookmark has one camera",
        )
    if asked.moment is not None:
        return found_moment(services.log, services.catalogue, asked.moment, caller.person.id)
    scope = Scope.parse(asked.cameras)
    cameras = [camera_id(camera) for camera in asked.cameras]
    if asked.at is not None:
        return bookmark(cameras[0], asked_interval(services, scope, None, asked.at).end)
    return stretch(cameras, asked_interval(services, scope, asked.start, asked.end))


def _in_reach(services: Services, reach: Reach, case: Case, number: int) -> Exhibit:
    """Return an exhibit of a case.

    Raises:
        NotFound: There is no such exhibit.
        NotPermitted: Some part of the footage is out of reach; where, is not told.
    """
    known = services.cases.cases.exhibit(case.id, number)
    if out_of_reach(services.register, reach, [known]):
        raise NotPermitted(
            f"the grants do not reach exhibit {number}",
            hint="ask whoever manages people for a grant",
        )
    return known


def _shown(
    services: Services, reach: Reach, case: Case, exhibits: list[Exhibit]
) -> list[bodies.ExhibitOut]:
    withheld = out_of_reach(services.register, reach, exhibits)
    open_ones = [one for one in exhibits if one.number not in withheld]
    keeping = services.outlook().of(
        [(one.cameras, one.interval) for one in open_ones], services.clock.now()
    )
    shown = {
        one.number: bodies.ExhibitOut.of(case, one, prospects)
        for one, prospects in zip(open_ones, keeping, strict=True)
    }
    return [shown.get(one.number) or bodies.ExhibitOut.withheld_one(one) for one in exhibits]
