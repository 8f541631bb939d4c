"""Errors as RFC 9457 problems: a table from kind of error to status, the same shape for all."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.request_context import current
from footage.errors import (
    ApprovalRequired,
    BadInput,
    CaseRequired,
    DataLoss,
    FootageError,
    Misconfigured,
    NoSpace,
    NotFound,
    NotPermitted,
    Refused,
    Unavailable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fastapi import FastAPI, Request

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 5
_BASE: Final = "urn:footage:problem:"
_log = logging.getLogger(__name__)

# Most specific kind first: the first kind of which the error is an instance decides.
_STATUS: Final[tuple[tuple[type[FootageError], HTTPStatus, str], ...]] = (
    (NotFound, HTTPStatus.NOT_FOUND, "not-found"),
    (BadInput, HTTPStatus.UNPROCESSABLE_ENTITY, "bad-input"),
    (ApprovalRequired, HTTPStatus.FORBIDDEN, "approval-required"),
    (CaseRequired, HTTPStatus.FORBIDDEN, "case-required"),
    (NotPermitted, HTTPStatus.FORBIDDEN, "not-permitted"),
    (Refused, HTTPStatus.CONFLICT, "refused"),
    (NoSpace, HTTPStatus.INSUFFICIENT_STORAGE, "no-space"),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"),
    (DataLoss, HTTPStatus.INTERNAL_SERVER_ERROR, "data-loss"),
    (Misconfigured, HTTPStatus.INTERNAL_SERVER_ERROR, "misconfigured"),
    (FootageError, HTTPStatus.INTERNAL_SERVER_ERROR, "failed"),
)


class Problem(Exception):
    """An error of the HTTP API alone, with extra headers and members of the problem."""

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail
        self.headers, self.members = dict(headers or {}), dict(members or {})


def install(app: FastAPI) -> None:
    """Make `app` answer every error with an RFC 9457 problem."""
    for kind in (FootageError, Problem, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _answer)
    app.add_exception_handler(Exception, _answer_unforeseen)


def of(error: Exception) -> Problem:
    """Return the problem with which `error` is answered."""
    match error:
        case Problem():
            return error
        case FootageError():
            return _of_footage_error(error)
        case RequestValidationError():
            return _of_invalid_request(error)
        case HTTPException():
            status = HTTPStatus(error.status_code)
            kind = status.phrase.lower().replace(" ", "-")
            return Problem(status, kind, str(error.detail), headers=error.headers)
        case _:
            return Problem(
                HTTPStatus.INTERNAL_SERVER_ERROR, "unforeseen", "unforeseen; the log has details"
            )


@contextmanager
def for_strangers() -> Iterator[None]:
    """Keep from whoever is not let in yet what a fault of a store says: hosts, paths, names.

    Raises:
        Problem: With the status of the fault, and no more.
    """
    try:
        yield
    except FootageError as fault:
        problem = of(fault)  # the log has the rest
        if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        said = "who asks cannot be looked up now"
        raise Problem(problem.status, problem.kind, said, headers=problem.headers) from fault


def _of_footage_error(error: FootageError) -> Problem:
    status, kind = next((s, k) for cls, s, k in _STATUS if isinstance(error, cls))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("%s: %s", kind, error)
    for note in getattr(error, "__notes__", ()):
        _log.error("%s: %s", kind, note)
    headers = {"Retry-After": str(RETRY_AFTER_S)} if isinstance(error, Unavailable) else {}
    members = {"request": error.request} if isinstance(error, ApprovalRequired) else {}
    return Problem(status, kind, str(error), headers=headers, members=members)


def _of_invalid_request(error: RequestValidationError) -> Problem:
    wrong = [
        {"where": ".".join(map(str, item["loc"])), "what": item["msg"]} for item in error.errors()
    ]
    detail = "; ".join(f"{item['where']}: {item['what']}" for item in wrong)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return Problem(status, "bad-input", detail, members={"errors": wrong})


def _answer(_: Request, error: Exception) -> JSONResponse:
    return response(of(error))


def response(problem: Problem) -> JSONResponse:
    """Return the document of a problem as a response."""
    request = noted(problem)
    body = {
        "type": _BASE + problem.kind,
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
        **({"request": request} if request else {}),
        **problem.members,
    }
    return JSONResponse(body, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def noted(problem: Problem) -> str:
    """Note the kind of a problem for the log line of the request; return the request's id.

    Returns:
        "" where no request is being answered.
    """
    asking = current()
    if asking is None:
        return ""
    asking.problem = problem.kind
    return asking.id


def _answer_unforeseen(request: Request, error: Exception) -> JSONResponse:
    _log.error("unforeseen error at %s", request.url.path, exc_info=error)
    return _answer(request, error)
