"""Signing in on the page by a real identity provider, dex, and out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from footage.access import Grant, Role, person_id
from footage.action import Purpose
from footage.clock import SystemClock
from footage.ports import Identity
from lab.servers.dex import PEOPLE, subject_of
from tests.common.api_city import parts_of, record_city, serving
from tests.common.browsing import WITHIN_MS
from tests.common.oidc_browser import oidc_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route

    from lab.servers.dex import Dex

pytestmark = pytest.mark.server

SADIA = person_id("sadia")
BY = Purpose("root")
HASH = "#/investigate?text=a+red+car&from=2026-11-22T00:00:00Z&to=2026-11-23T00:00:00Z"


@pytest.fixture
def address(tmp_path: Path, dex_server: Dex, return_port: int) -> Iterator[str]:
    """Address of a city in which sadia signs in by dex alone."""
    home = tmp_path / "home"
    record_city(home)
    oidc = oidc_of(dex_server, tmp_path, return_port)
    parts = parts_of(home, oidc=oidc, clock=SystemClock())
    parts.people.add(SADIA, "Sadia Khan", [Grant(Role.INVESTIGATOR)], "", BY)
    parts.people.link(SADIA, Identity(dex_server.issuer, subject_of(PEOPLE[0])), BY)
    with serving(parts, port=return_port):
        yield f"http://127.0.0.1:{return_port}"


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page as a stranger opens it by a colleague's address."""
    context = browser.new_context(base_url=address, locale="en", timezone_id="UTC")
    context.set_default_timeout(WITHIN_MS)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"/{HASH}")
    yield page
    context.close()
    assert faults == []


def sign_in_at_provider(page: Page, dex: Dex, person: str) -> None:
    """Sign in at dex, to which the link of the form leads."""
    page.get_by_role("link", name="Sign in with your organisation").click()
    page.locator("input[name=login]").fill(person)
    page.locator("input[name=password]").fill(dex.password)
    page.locator("button[type=submit]").click()


def test_a_person_signs_in_by_the_provider_and_is_back_where_the_page_was(
    page: Page, dex_server: Dex, address: str
) -> None:
    sign_in_at_provider(page, dex_server, PEOPLE[0])
    expect(page.get_by_title("Sadia Khan")).to_be_visible()
    expect(page).to_have_url(f"{address}/{HASH}")
    page.reload()
    expect(page.get_by_title("Sadia Khan")).to_be_visible()
    expect(page).to_have_url(f"{address}/{HASH}")


def test_whoever_has_no_account_is_told_what_to_have_linked(
    page: Page, dex_server: Dex, address: str
) -> None:
    sign_in_at_provider(page, dex_server, PEOPLE[1])
    expect(page.get_by_role("alert")).to_contain_text("no account here is linked to you")
    expect(page.get_by_text(subject_of(PEOPLE[1]))).to_be_visible()
    expect(page).to_have_url(f"{address}/{HASH}")
    sign_in_at_provider(page, dex_server, PEOPLE[0])
    expect(page.get_by_title("Sadia Khan")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_signing_out_leads_to_the_provider_s_own_where_there_is_one(
    page: Page, dex_server: Dex, address: str
) -> None:
    def with_sign_out(route: Route) -> None:
        if route.request.method != "GET":
            route.continue_()
            return
        answer = route.fetch()
        told = answer.json() | {"provider_sign_out": f"{address}/licences.txt"}
        route.fulfill(response=answer, json=told)

    page.route("**/api/v1/session", with_sign_out)  # dex has none
    sign_in_at_provider(page, dex_server, PEOPLE[0])
    page.locator("dialog[open]").wait_for()  # asks for the case
    page.keyboard.press("Escape")
    page.get_by_title("Sadia Khan").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{address}/licences.txt")
    page.goto("/")
    expect(page.get_by_role("link", name="Sign in with your organisation")).to_be_visible()


def test_without_a_provider_nothing_is_offered(browser: Browser, tmp_path: Path) -> None:
    record_city(tmp_path / "home")
    with serving(parts_of(tmp_path / "home", clock=SystemClock())) as city:
        page = browser.new_page(base_url=str(city.client.base_url))
        with page.expect_response("**/session/ways") as told:
            page.goto("/")
        assert told.value.json() == {"provider": None}
        page.evaluate(
            "() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))"
        )
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
        expect(page.get_by_role("link", name="organisation")).to_have_count(0)
        page.close()
