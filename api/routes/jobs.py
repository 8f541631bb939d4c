"""Routes about one's own jobs: list, state, events, cancel."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Final

from anyio import to_thread
from fastapi import APIRouter, Depends, Header, Path, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.auth import Asking
from api.bodies.jobs import JobOut, JobPage, JobText
from api.deps import PageLimit, Ready
from api.job_kinds import PERMISSIONS
from api.people.sign_in import Caller
from api.rules import rule
from footage.errors import NotFound
from footage.ids import JobId
from footage.instant import Elapsed
from footage.job import Job

router = APIRouter(tags=["jobs"])

_NO_FOOTAGE: Final = "a job shows no footage"
_LOOK_EVERY: Final = Elapsed.parse("500ms")
_LONGEST: Final = Elapsed.parse("10m")
"""Longest time a stream of events lasts: whoever watches on asks, and is let in, anew."""

AJob = Annotated[JobText, Path()]


def _sees(caller: Caller, job: Job) -> bool:
    """Whether the caller sees a job: a token does that passes on the permission of its kind."""
    return caller.token is None or PERMISSIONS[job.kind] in caller.token.permissions


def _own(services: Ready, caller: Asking, job: AJob) -> Job:
    """Return a job of the caller's own; another person's is told as a job that does not exist."""
    found = services.jobs.job(JobId(job))
    if found.person != caller.person.id or not _sees(caller, found):
        raise NotFound(f"no job {job}", hint="GET /api/v1/jobs lists the jobs")
    return found


@router.get("/jobs", operation_id="list_jobs", **rule(None, because=_NO_FOOTAGE))
def list_jobs(
    services: Ready,
    caller: Asking,
    *,
    limit: PageLimit = 50,
    after: Annotated[JobText | None, Query(description="`next_cursor` of the page before.")] = None,
) -> JobPage:
    """List one's own jobs, the newest first.

    By a token, those of the kinds whose permission the token passes on: a page may hold fewer jobs
    than asked for, or none, while `next_cursor` tells of more.
    """
    before = JobId(after) if after else None
    found = services.jobs.jobs(caller.person.id, before=before, limit=limit + 1)
    page = found[:limit]
    more = len(found) > limit
    return JobPage(
        jobs=[
            JobOut.of(job, services.exports.kept_until(job)) for job in page if _sees(caller, job)
        ],
        next_cursor=page[-1].id if more else None,
    )


@router.get("/jobs/{job}", operation_id="get_job", **rule(None, because=_NO_FOOTAGE))
def get_job(services: Ready, found: Annotated[Job, Depends(_own)]) -> JobOut:
    """Return a job of one's own."""
    return JobOut.of(found, services.exports.kept_until(found))


@router.delete(
    "/jobs/{job}",
    operation_id="cancel_job",
    status_code=HTTPStatus.ACCEPTED,
    **rule(None, because="the job enters its own end"),
)
def cancel_job(services: Ready, found: Annotated[Job, Depends(_own)]) -> JobOut:
    """Cancel a job of one's own: at once where the job waits, soon where the job runs.

    A job that has ended stays as it is.
    """
    job = services.jobs.cancel(found.id, services.clock.now())
    return JobOut.of(job, services.exports.kept_until(job))


@router.get(
    "/jobs/{job}/events",
    operation_id="watch_job",
    response_class=EventSourceResponse,
    **rule(None, because=_NO_FOOTAGE),
)
async def watch_job(
    services: Ready,
    caller: Asking,
    found: Annotated[Job, Depends(_own)],
    *,
    seen: Annotated[str | None, Header(alias="Last-Event-ID", max_length=100)] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Stream a job's states as server-sent events named `job`, until the job has ended.

    The id of an event is the job's `version`, and each event tells the whole job: with
    `Last-Event-ID` the stream goes on at the first newer state. A stream lasts ten minutes at most;
    then ask again. The stream ends before the first newer state for which the caller's session or
    token counts no more.
    """
    told = int(seen) if seen and seen.isascii() and seen.isdigit() else 0
    until = services.waits.monotonic() + _LONGEST
    job = found
    while True:
        if job.version > told:
            if job is not found and not await to_thread.run_sync(services.sign_in.counts, caller):
                return
            told = job.version
            body = JobOut.of(job, services.exports.kept_until(job))
            yield ServerSentEvent(event="job", id=str(told), data=body)
        if job.state.ended or until < services.waits.monotonic():
            return
        await services.waits.pause(_LOOK_EVERY)
        try:
            job = await to_thread.run_sync(services.jobs.job, found.id)
        except NotFound:  # removed meanwhile
            return
