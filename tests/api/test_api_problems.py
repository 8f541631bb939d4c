"""Every error is a problem document."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from api import problems
from footage import errors
from footage.errors import FootageError
from tests.common.api_city import WHOLE, ApiCity

KINDS = {
    errors.FootageError: (500, "failed"),
    errors.BadInput: (422, "bad-input"),
    errors.NotFound: (404, "not-found"),
    errors.Misconfigured: (500, "misconfigured"),
    errors.Unavailable: (503, "unavailable"),
    errors.NoSpace: (507, "no-space"),
    errors.DataLoss: (500, "data-loss"),
    errors.UnreadableObjects: (500, "data-loss"),
    errors.Refused: (409, "refused"),
    errors.Conflict: (409, "refused"),
    errors.ApprovalRequired: (403, "approval-required"),
    errors.CaseRequired: (403, "case-required"),
    errors.NotPermitted: (403, "not-permitted"),
}


def _all_kinds() -> list[type[FootageError]]:
    found: list[type[FootageError]] = [FootageError]
    for kind in found:
        found += kind.__subclasses__()
    return [kind for kind in found if kind.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", _all_kinds())
def test_each_kind_of_error_has_its_status(kind: type[FootageError]) -> None:
    problem = problems.of(kind("what happened", hint="what to do"))
    assert (problem.status, problem.kind) == KINDS[kind]
    assert problem.detail == "what happened (what to do)"
    assert ("Retry-After" in problem.headers) is issubclass(kind, errors.Unavailable)


def test_what_nobody_foresaw_is_not_told() -> None:
    problem = problems.of(ZeroDivisionError("/secret/path"))
    assert problem.status is HTTPStatus.INTERNAL_SERVER_ERROR
    assert "secret" not in problem.detail


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/cameras/camera-9", 404),
        ("GET", "/api/v1/cameras/..%2Fcamera", 404),
        ("GET", "/api/v1/cameras/-camera", 422),
        ("PUT", "/api/v1/cameras", 405),
        ("GET", "/api/v1/cameras?limit=201", 422),
        ("GET", "/api/v1/cameras?near=here", 422),
        ("GET", "/api/v1/cameras/camera-1/timeline?from=soon", 422),
        ("GET", "/api/v1/cameras/camera-1/timeline?to=18:00", 422),
        ("GET", "/api/v1/cameras/camera-1/video", 422),
        ("GET", "/api/v1/keyframes/x", 422),
        ("POST", "/api/v1/search", 422),
    ],
)
def test_over_http(city: ApiCity, method: str, path: str, status: int) -> None:
    answer = city.client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["type"].startswith("urn:footage:problem:")
    assert body["title"] == HTTPStatus(status).phrase
    assert body["detail"]


def test_a_wrong_request_names_what_is_wrong(city: ApiCity) -> None:
    answer = city.client.post("/api/v1/search", json={"text": "\0", "limit": 0, "camera": "x"})
    where = {item["where"] for item in answer.json()["errors"]}
    assert where == {"body.text", "body.limit", "body.camera"}


def test_an_unforeseen_error_keeps_its_insides(
    city: ApiCity, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("/secret/path")

    monkeypatch.setattr(type(city.parts.catalogue), "gaps", broken)
    answer = city.client.get("/api/v1/cameras/camera-1/timeline", params=WHOLE)
    assert answer.status_code == 500
    assert answer.json()["type"].endswith(":unforeseen")
    assert "secret" not in answer.text
    assert any(record.exc_info for record in caplog.records)


def test_an_unforeseen_error_of_a_view_is_entered(
    city: ApiCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(city.parts.catalogue), "segments", broken)
    assert city.client.get("/api/v1/cameras/camera-1/video", params=WHOLE).status_code == 500
    assert city.entries()[-1].what["ok"] is False
