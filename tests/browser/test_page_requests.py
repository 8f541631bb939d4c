"""Four eyes on the page: asked for by one person, approved by another, done by the first."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from footage.access import Grant, Role, person_id
from footage.action import Action, Purpose
from tests.browser.test_page import SIZES, parts_of, sign_in
from tests.browser.test_page_axe import grave
from tests.browser.test_page_desk import asked, outcomes, parts_text, sheet
from tests.common.browsing import PASSWORD, page_scripts
from tests.common.using_page import Used, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator

    from tests.common.browsing import Served

CASE = "FIR 211/2026"
HOLD = {"authority": "a court", "case": CASE, "purpose": "theft"}
TIMES = {"from": "2026-11-22T05:59:00Z", "to": "2026-11-22T06:01:00Z"}


@pytest.fixture(scope="module")
def home(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recorded home, where two persons release and export: sadia and tariq may."""
    home = shutil.copytree(recorded, tmp_path_factory.mktemp("requests") / "home")
    (home / "footage.toml").write_text('[four_eyes]\nfor = ["release", "export"]\n')
    parts = parts_of(home)
    for person in ("sadia", "tariq"):
        grants = [Grant(Role.COURT_LIAISON)]
        parts.people.add(person_id(person), person.title(), grants, PASSWORD, Purpose("root"))
    parts.close()
    return home


@contextmanager
def using(browser: Browser, served: Served, person: str) -> Iterator[Used]:
    """The page, as a person sees it."""
    with opened(browser, served) as used:
        sign_in(used, person)
        used.page.locator("header nav").wait_for()
        yield used
        assert used.faults == []


def card(used: Used, number: str) -> Locator:
    return used.page.locator(f"[data-request='{number}']")


def asked_for(used: Used) -> str:
    """Number of the request that the page says was asked for."""
    told = used.page.locator("[data-asked]")
    told.wait_for()
    number = told.get_attribute("data-asked")
    assert number
    return number


def placed(used: Used, camera: str) -> str:
    """Place a hold; return its id."""
    body = {**HOLD, **TIMES, "cameras": [camera], "reason": "theft"}
    return str(asked(used, "POST", "/holds", body)["hold"])


def ask_release(used: Used, hold: str, reason: str) -> str:
    """Release a hold, for which the page asks another person; return the request's number."""
    used.go("/holds")
    used.page.locator("li", has_text=hold).locator("button").click()
    sheet(used).locator("input").fill(reason)
    sheet(used).locator("button.main").click()
    return asked_for(used)


def decide(used: Used, number: str, act: str, why: str) -> None:
    """Decide on a request, as another person."""
    used.go("/requests")
    expect(used.page.locator("h2").first).to_contain_text("Waiting for you")
    card(used, number).get_by_role("button", name=act).click()
    sheet(used).locator("input").fill(why)
    sheet(used).locator("button.main").click()
    expect(sheet(used)).to_have_count(0)


def test_an_export_to_a_court_waits_for_another_person_and_is_then_made(
    browser: Browser, served: Served, home: Path
) -> None:
    with using(browser, served, "sadia") as used, using(browser, served, "tariq") as other:
        page = used.page
        used.go(f"/export?parts={parts_text()}&case={CASE}&step=3")
        page.fill("[name=recipient]", "Sessions Court")
        page.select_option("[name=recipient_kind]", "court")
        page.fill("[name=authority]", "Order 14/2026")
        page.click("[data-next]")
        page.click("[data-start]")
        number = asked_for(used)
        expect(page.locator("[data-asked]")).to_contain_text("it waits for another person")
        expect(page.get_by_role("alert")).to_have_count(0)
        page.click("[data-asked] a")
        own = card(used, number)
        expect(own).to_contain_text("you cannot approve it")
        expect(own.get_by_role("button", name="Approve")).to_have_count(0)

        decide(other, number, "Approve", "order 14/2026 seen")
        expect(card(other, number)).to_contain_text("Sessions Court \u00b7 court")
        expect(card(other, number)).to_contain_text("sadia does it")

        page.reload()
        expect(own).to_contain_text("order 14/2026 seen")
        own.get_by_role("button", name="Export it now").click()
        page.locator("[data-state=done]").wait_for()
        (made,) = [one for one in outcomes(home, Action.EXPORT) if "request" in one]
        assert (str(made["request"]), made["approved_by"]) == (number, "tariq")
        used.go("/requests?closed=1")
        own.get_by_role("link", name="To the export").click()
        expect(page.locator("[data-job]")).to_be_visible()


def test_an_export_that_stays_inside_needs_nobody_else(browser: Browser, served: Served) -> None:
    with using(browser, served, "sadia") as used:
        page = used.page
        used.go(f"/export?parts={parts_text()}&case={CASE}&step=3")
        page.fill("[name=recipient]", "the file")
        page.select_option("[name=recipient_kind]", "inside")
        page.fill("[name=authority]", "none")
        page.click("[data-next]")
        page.click("[data-start]")
        page.locator("[data-state=done]").wait_for()


def test_a_release_is_refused_with_a_reason_then_approved_and_done(
    browser: Browser, served: Served
) -> None:
    with using(browser, served, "sadia") as used, using(browser, served, "tariq") as other:
        page = used.page
        hold = placed(used, "steady")
        numbers = []
        for reason in ("the trial is over", "the appeal is over"):
            numbers.append(ask_release(used, hold, reason))
            used.go("/cases")
        first, second = numbers
        decide(other, first, "Refuse", "an appeal is pending")
        decide(other, second, "Approve", "")
        used.go("/requests?closed=1")
        expect(card(used, first)).to_contain_text("an appeal is pending")
        expect(card(used, first).get_by_role("button")).to_have_count(0)
        card(used, second).get_by_role("button", name="Release it now").click()
        expect(page.get_by_role("status")).to_contain_text("The hold is released")
        expect(card(used, second)).to_have_attribute("data-state", "done")
        card(used, second).get_by_role("link", name="To the released holds").click()
        expect(page.locator("li", has_text=hold)).to_contain_text("released")


def test_a_request_is_withdrawn_and_others_no_longer_see_it_open(
    browser: Browser, served: Served
) -> None:
    with using(browser, served, "tariq") as used:
        hold = placed(used, "hevc")
        number = ask_release(used, hold, "a mistake")
        used.go("/requests")
        card(used, number).get_by_role("button", name="Withdraw").click()
        sheet(used).locator("button.main").click()
        expect(card(used, number)).to_have_attribute("data-state", "withdrawn")
        expect(card(used, number).get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize(("language", "width", "theme"), SIZES)
def test_requests_stick_out_nowhere_and_shut_nobody_out(
    browser: Browser, served: Served, language: str, width: int, theme: str
) -> None:
    with opened(browser, served, language=language, width=width, theme=theme) as used:
        sign_in(used, "sadia")
        used.page.locator("header nav").wait_for()
        number = ask_release(used, placed(used, "uneven"), "the trial is over")
        for address in ("/requests", "/requests?closed=1"):
            used.go(address)
            card(used, number).wait_for()
            assert used.sticks_out() == 0
            assert grave(used, page_scripts()) == []
        assert used.faults == []
