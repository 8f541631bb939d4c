"""The web page over HTTP: what a browser is sent, and that nothing else is a page."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

import httpx
import pytest

from api.page_files import FOLDER, files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.common.api_city import ApiCity


@pytest.fixture
def stranger(city: ApiCity) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=city.client.base_url, verify=False) as client:  # noqa: S501 - no TLS
        yield client


def test_anybody_gets_the_page_under_a_policy_that_runs_nothing_inline(
    stranger: httpx.Client,
) -> None:
    answer = stranger.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    (policy,) = answer.headers.get_list("content-security-policy")
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy
    assert "data:" not in policy
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)", answer.text)


def test_every_file_that_the_page_names_is_there_and_kept_for_ever(stranger: httpx.Client) -> None:
    named = re.findall(r'(?:src|href)="(/assets/[^"]+)"', stranger.get("/").text)
    assert len(named) >= 2
    for path in named:
        answer = stranger.get(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.content == (FOLDER / path[1:]).read_bytes()


def test_a_file_is_sent_compressed_to_whoever_takes_that(stranger: httpx.Client) -> None:
    script = next(name for name in files() if name.endswith(".js"))
    for accepted, compressed in (("gzip, br", True), ("br", False), ("gzip;q=0", False)):
        with stranger.stream("GET", f"/{script}", headers={"Accept-Encoding": accepted}) as answer:
            sent = b"".join(answer.iter_raw())
        assert (answer.headers.get("content-encoding") == "gzip") is compressed
        assert answer.headers["vary"] == "Accept-Encoding"
        assert (gzip.decompress(sent) if compressed else sent) == files()[script].data


def test_a_page_that_the_browser_has_is_not_sent_again(stranger: httpx.Client) -> None:
    tag = stranger.get("/").headers["etag"]
    again = stranger.get("/", headers={"If-None-Match": f'W/"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert stranger.get("/", headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/api/v1/nothing", "/api", "/investigate", "/assets/nothing.js", "/assets/..%2Findex.html"],
)
def test_what_is_neither_page_nor_api_is_a_problem(stranger: httpx.Client, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code in {401, 404}
    assert answer.headers["content-type"] == "application/problem+json"
