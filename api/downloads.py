"""Folders that jobs made for a case, given out as zip files to whoever may have them."""

from __future__ import annotations

from contextlib import ExitStack
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from api.bundle_zip import zip_of
from api.viewing import ViewStream, checked
from footage.action import Purpose
from footage.custody import bracket
from footage.errors import NotFound, NotPermitted
from footage.ids import JobId

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.deps import Services
    from api.exports import Asked
    from api.people.sign_in import Caller
    from footage.access import Reach
    from footage.action import Deed
    from footage.job import Job


_Asked = TypeVar("_Asked", bound="Asked")


def admitted(
    services: Services,
    caller: Caller,
    reach: Reach,
    job: str,
    kind: str,
    read: Callable[[Job], _Asked],
) -> tuple[Job, _Asked]:
    """Return a job of a kind and what was asked for, to whoever may act for the job's case.

    Args:
        services: The services.
        caller: Who asks.
        reach: What the caller may have.
        job: Id of the job.
        kind: The kind of job.
        read: Reads what the job was asked for.

    Raises:
        NotFound: There is no such job of the kind; or the job is another person's, and what it was
            asked for out of reach or the caller no member of the case.
        NotPermitted: The caller's own job is of a case of which the caller is no member.
        Refused: The case is closed.
    """
    found = services.jobs.job(JobId(job))
    if found.kind != kind:
        raise _no_job(job)
    request = read(found)
    own = found.person == caller.person.id
    try:
        if not own:
            request.require_reach(services.register, reach)
        services.exports.require_admitted(found, caller.person.id)
    except NotPermitted:
        if own:
            raise
        raise _no_job(job) from None
    return found, request


def purpose_for(job: Job, given: Purpose) -> Purpose:
    """Return the purpose of a download: the job's case and code, unless others are given."""
    return Purpose(given.actor, given.case or job.purpose.case, given.code or job.purpose.code)


def zip_stream(  # noqa: PLR0913 - what a download goes through
    services: Services,
    caller: Caller,
    reach: Reach,
    job: Job,
    asked: Asked,
    *,
    deed: Deed,
    name: str,
) -> ViewStream:
    """Return the folder that a job made as a zip file, entered as `deed` (invariant 7).

    Raises:
        NotPermitted: Some part is out of reach.
        Refused: The job is not done.
        NotFound: The folder was removed.
    """
    with ExitStack() as view:
        act = view.enter_context(bracket(services.custody, deed))
        asked.require_reach(services.register, reach)
        size, chunks = zip_of(services.exports.bundle(job), name)
        act.result["of_bytes"] = size
        return ViewStream(
            view,
            act,
            checked(chunks, lambda: _require_still(services, caller, job, asked)),
            status=HTTPStatus.OK,
            headers={
                "Content-Type": "application/zip",
                "Content-Length": str(size),
                "Content-Disposition": f'attachment; filename="{name}.zip"',
            },
        )


def _require_still(services: Services, caller: Caller, job: Job, asked: Asked) -> None:
    """Refuse whoever may not have what a job made any more.

    Raises:
        NotPermitted: The session or token counts no more, the grants do not reach the footage, or
            the person is no member of the job's case.
        Refused: The case is closed.
    """
    if not services.sign_in.counts(caller):
        raise NotPermitted(f"{caller.person.id} is signed in no more")
    services.exports.require_permitted(caller.person.id, asked)
    services.exports.require_admitted(job, caller.person.id)


def _no_job(job: str) -> NotFound:
    return NotFound(f"no job {job}", hint="GET /api/v1/jobs lists the jobs")
