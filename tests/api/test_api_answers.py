"""Every answer carries an id and security headers, and no log line holds a search."""

from __future__ import annotations

import io
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from api.limits import LOOPBACK, Limits
from footage.errors import Unavailable
from infra.host import logs
from tests.common.api_city import WHOLE, parts_of, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.common.api_city import ApiCity

SECURITY = {
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-resource-policy",
}
MARKER = "a zebra wearing marigolds"
ID = "ticket-4711.a"


@pytest.fixture(scope="module")
def city(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiCity]:
    """A city in which nothing here changes anything."""
    home = shutil.copytree(recorded, tmp_path_factory.mktemp("answers") / "home")
    with serving(parts_of(home)) as city:
        yield city


def broken(*_: object, **__: object) -> None:
    raise ZeroDivisionError(f"cannot look for {MARKER!r}")


def away(*_: object, **__: object) -> None:
    raise Unavailable(f"no answer to {MARKER.upper()}")


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/healthz", {}, 200),
        ("GET", "/api/v1/cameras", {}, 200),
        ("GET", "/api/v1/openapi.json", {}, 200),
        ("GET", f"/api/v1/cameras/camera-1/video?from={WHOLE['from']}&to={WHOLE['to']}", {}, 200),
        ("GET", "/nowhere", {}, 404),
        ("GET", "/api/v1/cameras", {"Authorization": "Bearer x"}, 401),
        ("GET", "/api/v1/cameras", {"Host": "evil.example"}, 421),
        ("PUT", "/healthz", {}, 405),
        ("POST", "/api/v1/search", {}, 422),
    ],
)
def test_every_answer_has_its_headers_and_its_id(
    city: ApiCity, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = city.client.request(method, path, headers=headers)
    assert answer.status_code == status
    assert answer.headers.keys() >= SECURITY
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
    assert answer.headers.get_list("cache-control") == ["no-store"]
    assert "strict-transport-security" not in answer.headers
    told = answer.headers["x-request-id"]
    assert len(told) == 32
    if status >= 400:
        assert answer.json()["request"] == told


def test_an_unforeseen_error_is_answered_with_headers_and_id_too(
    city: ApiCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(city.parts.catalogue), "gaps", broken)
    answer = city.client.get("/api/v1/cameras/camera-1/timeline", params=WHOLE)
    assert answer.status_code == 500
    assert answer.headers.keys() >= SECURITY
    assert answer.json()["request"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (ID, True),
        ("a" * 64, True),
        ("short", False),
        ("a" * 65, False),
        ("-begins-badly", False),
        ("a space in it", False),
        ("a-tab\tand-more", False),
        ("ünicode-letters", False),
    ],
)
def test_an_id_from_outside_is_taken_where_it_is_well_formed(
    city: ApiCity, given: str, *, taken: bool
) -> None:
    told = city.client.get("/healthz", headers={b"X-Request-ID": given.encode()})
    assert (told.headers["x-request-id"] == given) is taken


def test_two_ids_in_a_request_count_as_no_id(city: ApiCity) -> None:
    twice = [("X-Request-ID", ID), ("X-Request-ID", ID)]
    assert city.client.get("/healthz", headers=twice).headers["x-request-id"] != ID


@pytest.mark.parametrize("behind_proxy", [False, True])
@pytest.mark.parametrize("came_by", ["http", "https"])
def test_browsers_are_told_to_keep_to_tls_where_a_proxy_of_ours_says_so(
    home: Path, came_by: str, *, behind_proxy: bool
) -> None:
    parts = parts_of(home)
    with serving(parts, Limits(LOOPBACK, behind_proxy=behind_proxy)) as city:
        answer = city.client.get("/healthz", headers={"X-Forwarded-Proto": came_by})
    told = "strict-transport-security" in answer.headers
    assert told is (behind_proxy and came_by == "https")


def _logged(city: ApiCity, body: dict[str, Any]) -> tuple[int, list[str]]:
    """Status of a search, and the lines that the server logs meanwhile, as `footage serve` does."""
    stream = io.StringIO()
    with logs.configured("debug", stream=stream):
        answer = city.client.post("/api/v1/search", json=body, headers={"X-Request-ID": ID})
    lines = stream.getvalue().splitlines()
    return answer.status_code, [line for line in lines if '"logger": "http' not in line]


@pytest.mark.parametrize(
    ("fault", "status"), [(None, 200), (away, 503), (broken, 500)], ids=["none", "away", "broken"]
)
def test_what_is_searched_for_stands_in_no_log(
    city: ApiCity, monkeypatch: pytest.MonkeyPatch, fault: object, status: int
) -> None:
    if fault:
        monkeypatch.setattr(type(city.parts.search), "search", fault)
    seen, written = _logged(city, {"text": MARKER, **WHOLE})
    assert seen == status
    assert bool(written) is bool(fault)
    for line in written:
        assert MARKER not in line.casefold()
        assert json.loads(line)["request"] == ID


def test_a_search_stands_in_the_custody_log(city: ApiCity) -> None:
    """The text is kept out of other logs only because it stands here."""
    _logged(city, {"text": MARKER, **WHOLE})
    assert MARKER in json.dumps([entry.what for entry in city.entries()])
