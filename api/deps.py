"""Dependencies of the routes: ready services, and the query parameters common to routes."""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, cast

from fastapi import Depends, Query, Request, Response

from api.absences import Absences
from api.audit import Audit, CustodyReader
from api.auth import Asking
from api.bodies.wire import TIME_TEXT, Id, plain
from api.camera_changes import CameraChanges
from api.export_checks import ExportChecks
from api.exports import Exports
from api.people.by_provider import ProviderSignIn
from api.people.service import AccountService
from api.people.sign_in import SignIn
from api.playlists import Playlists
from api.policies import Policies
from api.proxies import Proxies
from api.proxy_jobs import ProxyJobs
from api.retention import Retention
from api.store_probe import StoreProbe
from api.work_pool import WorkPool
from evidence.approvals import FourEyes
from evidence.case_release import CaseReleases
from evidence.cases import CaseService
from evidence.expectations import Expectations
from evidence.holds import HoldService
from evidence.preservation import Preservation
from footage.access import Reach
from footage.action import Purpose
from footage.asked_times import asked_times
from footage.clock import Clock, SystemClock
from footage.ids import CameraId
from footage.instant import Interval
from footage.job import Job
from footage.keyframe import Box
from footage.ports import (
    Accounts,
    Catalogue,
    Custody,
    DerivedFiles,
    Encoder,
    Jobs,
    ObjectStore,
    Register,
    Tracer,
    Untraced,
)
from footage.scope import Scope
from retention.forecast import Forecaster
from retention.outlook import Outlook
from search.example import PictureExample
from search.pictures import KeyframePictures
from search.query import Query as Question
from search.service import SearchService

_SEARCHING: Final = max(os.cpu_count() or 1, 2) + 14
"""Questions answered at once: as many as cores, some that wait for a disk, and some that share what
others read: 16 at once cost a quarter less CPU time each than four."""


def question_pool(at_once: int = _SEARCHING) -> WorkPool:
    """Make the threads that answer questions, or wait for processes that do."""
    return WorkPool("questions", at_once, 128)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The services the routes use; each service is safe in several threads.

    A service that is slow to build stands behind a callable, which builds the service once.

    Attributes:
        log: Reads the custody log.
        pass_secret: Secret of the passes of viewings, which all processes of the API share.
        derived: Pictures and films made from stored segments, kept to be given again.
        decoding: Threads that make pictures; a page of results asks for 20 pictures at once.
        sheets: Threads that draw sheets of many pictures, so that single pictures need not wait.
        searching: Threads that answer questions.
        answers: Answers a question by text in a process of its own, as JSON, and raises as the
            search service does; None: the search service of this process answers.
        by_provider: Lets people in for whom an identity provider vouches; None without a provider.
        playlists: Playlists written last.
        tracer: Takes what the server did for each request, without personal data.
        waits: The clock by which streams of events wait.
        example: Makes the example in the bytes of a picture's file, from the file's name and the
            box to take; slow.
        status: Tells of the recording of some cameras, as the document of `footage status --json`.
        zone: Time zone of times without an offset, where the sites asked about share no other.
    """

    clock: Clock
    register: Register
    catalogue: Catalogue
    store: ObjectStore
    custody: Custody
    pictures: KeyframePictures
    accounts: Accounts
    people: AccountService
    sign_in: SignIn
    log: CustodyReader
    audit: Audit
    store_probe: StoreProbe
    jobs: Jobs
    exports: Exports
    export_checks: ExportChecks
    absences: Absences
    cases: CaseService
    case_releases: CaseReleases
    four_eyes: FourEyes
    derived: DerivedFiles
    proxies: Proxies
    proxy_jobs: ProxyJobs
    camera_changes: CameraChanges
    retention: Retention
    policies: Policies
    pass_secret: bytes = field(repr=False)
    zone: str
    decoding: WorkPool = field(default_factory=lambda: WorkPool("pictures", 4, 64))
    sheets: WorkPool = field(default_factory=lambda: WorkPool("sheets", 2, 64))
    searching: WorkPool = field(default_factory=question_pool)
    answers: Callable[[Question, Purpose, Reach], bytes] | None = None
    by_provider: ProviderSignIn | None = None
    playlists: Playlists = field(default_factory=Playlists)
    tracer: Tracer = field(default_factory=Untraced)
    waits: Clock = field(default_factory=SystemClock)
    encoder: Callable[[], Encoder]
    search: Callable[[], SearchService]
    example: Callable[[bytes, str, Box], PictureExample]
    holds: Callable[[], HoldService]
    preservation: Callable[[], Preservation]
    expectations: Callable[[], Expectations]
    outlook: Callable[[], Outlook]
    forecaster: Callable[[], Forecaster]
    status: Callable[[Collection[CameraId]], Mapping[str, Any]]


def _services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


MOST_PAGE: Final = 200
"""Most entries of a page of a list."""
PageLimit = Annotated[int, Query(ge=1, le=MOST_PAGE)]

Ready = Annotated[Services, Depends(_services)]
Case = Annotated[str, Query(**plain(200), description="Case the request belongs to.")]
Code = Annotated[str, Query(**plain(50), description="Purpose code, e.g. theft.")]


def _purpose(caller: Asking, case: Case = "", purpose: Code = "") -> Purpose:
    return Purpose(caller.person.id, case, purpose)


For = Annotated[Purpose, Depends(_purpose)]


def accepted(response: Response, job: Job) -> Job:
    """Name the address of a job that was asked for in the response; return the job."""
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return job


_From: Final = Query(alias="from", **plain(100), description=f"Start: {TIME_TEXT}")
_To: Final = Query(alias="to", **plain(100), description="End (not included), written likewise.")


def asked_interval(ready: Services, scope: Scope, start: str | None, end: str | None) -> Interval:
    """The interval from `start` (absent: a day before the end) to `end` (absent: now).

    Raises:
        BadInput: A text is no time, or the end is not after the start.
    """
    times = asked_times(
        ready.register, scope, start, end, default=ready.zone, now=ready.clock.now()
    )
    return times.interval


def _window(
    ready: Ready,
    camera: Id,
    start: Annotated[str | None, _From] = None,
    end: Annotated[str | None, _To] = None,
) -> Interval:
    return asked_interval(ready, Scope.parse([camera]), start, end)


def _stretch(
    ready: Ready, camera: Id, start: Annotated[str, _From], end: Annotated[str, _To]
) -> Interval:
    return asked_interval(ready, Scope.parse([camera]), start, end)


Window = Annotated[Interval, Depends(_window)]
Stretch = Annotated[Interval, Depends(_stretch)]
"""An interval of which the request must give both ends."""
