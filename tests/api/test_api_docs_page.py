"""The page that describes the API: complete, of one piece, and harmless."""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import httpx
import pytest

from api.docs_page import page
from api.openapi import document
from tests.common.api_routes import OPERATIONS

if TYPE_CHECKING:
    from tests.common.api_city import ApiCity

VOID = {"meta"}


class _Read(HTMLParser):
    """Collects ids, links and tags, and whether every tag is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.sources: list[str] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given["href"] or ""] if "href" in given else []
        self.sources += [name for name in given if name in {"src", "style"} or name[:2] == "on"]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def test_anybody_reads_the_page_under_a_policy_for_its_style_alone(city: ApiCity) -> None:
    answer = httpx.get(city.client.base_url.join("/api/v1/docs"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    (policy,) = answer.headers.get_list("content-security-policy")
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")
    assert "unsafe" not in policy


def test_every_operation_and_schema_is_on_the_page_and_every_link_leads_there() -> None:
    described = json.loads(document())
    read = _Read(page(described))
    for (method, path), operation in OPERATIONS.items():
        assert f"{method} {path}" in read.words
        assert operation["operationId"] in read.ids
    assert set(described["components"]["schemas"]) <= set(read.ids)
    assert len(set(read.ids)) == len(read.ids)
    assert {link.removeprefix("#") for link in read.links} <= {*read.ids, "openapi.json"}
    assert not read.tags & {"script", "link", "img", "iframe"}
    assert read.sources == []


@pytest.mark.parametrize("wicked", ["<script>alert(1)</script>", '"><b>', "`<i>`"])
def test_a_text_of_the_description_stays_a_text(wicked: str) -> None:
    described = json.loads(document())
    operation = described["paths"]["/api/v1/cameras/{camera}/video"]["get"]
    operation["description"] = operation["parameters"][0]["schema"]["description"] = wicked
    operation["x-permission"] = wicked
    read = _Read(page(described))
    assert read.tags.isdisjoint({"script", "b", "i"})
    assert wicked.replace("`", "") in read.words
