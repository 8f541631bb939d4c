"""The page Investigate: moments chosen, parts of pictures, hours, the map and long answers."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from footage.clock import SystemClock
from infra.config.settings import Settings
from infra.wiring import Parts
from tests.browser.test_page import signed_in
from tests.common.using_page import opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route

    from tests.common.browsing import Served
    from tests.common.using_page import Used

ASKED = "/investigate?text=a+red+car&from=2026-11-22T00:00:00Z&to=2026-11-23T00:00:00Z&all=1"
SEARCH = "**/api/v1/search"
MANY = 10_000
MOST_NODES = 6_000
"""Elements of a page with an answer, however long: a card has some thirty."""


@pytest.fixture(scope="module")
def home(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recorded home, looked at by the shipped encoder."""
    home = shutil.copytree(recorded, tmp_path_factory.mktemp("find") / "home")
    settings = Settings(home=home, cache=home / "cache", actor="amina")
    parts = Parts(settings, SystemClock())
    parts.indexer.run_once()
    parts.close()
    return home


@pytest.fixture
def used(browser: Browser, served: Served) -> Iterator[Used]:
    with opened(browser, served) as used:
        yield signed_in(used)
        assert used.faults == []


def found(used: Used, asked: str = ASKED) -> Page:
    used.go(asked)
    used.moments().first.wait_for()
    return used.page


def tick(page: Page, index: int, *, shift: bool = False) -> None:
    box = page.locator("article input[type=checkbox]").nth(index)
    box.click(modifiers=["Shift"] if shift else [])


def add_exhibits(page: Page, label: str) -> None:
    """Fill the sheet for exhibits, with a title where nobody opened the case, and send it."""
    button = page.locator("dialog[open] button.main")
    expect(button).to_be_enabled()
    for field in page.locator("dialog[open] input[required]").all():
        field.fill(label)
    button.click()


def parts_in_hash(page: Page) -> list[list[str]]:
    """Return the footage that the address names: camera, start and end in milliseconds."""
    text = page.evaluate("new URLSearchParams(location.hash.split('?')[1]).get('parts')")
    return [part.split("/") for part in text.split(",")]


def test_several_moments_become_exhibits_of_their_own(used: Used) -> None:
    page = found(used)
    tick(page, 0)
    tick(page, 2, shift=True)
    bar = page.get_by_role("toolbar")
    expect(bar).to_contain_text("3 moments chosen")
    tick(page, 1)
    expect(bar).to_contain_text("2 moments chosen")
    bar.get_by_role("button", name="Add to case").click()
    add_exhibits(page, "the car")
    done = page.locator("dialog[open] .done")
    expect(done).to_contain_text("2 exhibits added to FIR 211/2026")
    cases = page.request.get("/api/v1/cases?reference=FIR 211/2026").json()["cases"]
    exhibits = page.request.get(f"/api/v1/cases/{cases[0]['case']}/exhibits").json()["exhibits"]
    assert str(exhibits).count("'the car'") == 2


def test_an_exhibit_that_fails_is_tried_again_without_making_others_twice(used: Used) -> None:
    page = found(used)
    for index in (0, 1, 2):
        tick(page, index)
    made: list[str] = []

    def refuse_second(route: Route) -> None:
        made.append(route.request.post_data or "")
        if len(made) == 2:
            route.fulfill(status=503, json={"type": "urn:footage:problem:unavailable"})
        else:
            route.continue_()

    page.route("**/exhibits", refuse_second)
    page.get_by_role("toolbar").get_by_role("button", name="Add to case").click()
    add_exhibits(page, "again")
    expect(page.locator("dialog[open]")).to_contain_text("1 of 3 added")
    page.locator("dialog[open] button.main").click()
    expect(page.locator("dialog[open] .done")).to_contain_text("3 exhibits added")
    assert len(made) == 4
    assert len({re.search(r'"moment":"([^"]*)"', body)[1] for body in made}) == 3  # type: ignore[index]


def test_chosen_moments_go_to_hold_and_export_in_the_address(used: Used) -> None:
    page = found(used)
    tick(page, 0)
    tick(page, 1)
    camera = page.locator("article").first.locator("bdi.mono").inner_text()
    for name, path in (("Hold", "/hold"), ("Export", "/export")):
        page.get_by_role("toolbar").get_by_role("link", name=name).click()
        page.wait_for_function("path => location.hash.startsWith('#' + path + '?')", arg=path)
        parts = parts_in_hash(page)
        assert len(parts) == 2
        assert parts[0][0] == camera
        assert all(int(start) < int(end) for _, start, end in parts)
        assert "case=FIR+211%2F2026" in page.evaluate("location.hash")
        page.go_back()
        expect(page.get_by_role("toolbar")).to_contain_text("2 moments chosen")


def test_the_keyboard_chooses_moments_and_goes_between_them(used: Used) -> None:
    page = found(used)
    page.locator("article a.picture").first.focus()
    page.keyboard.press("x")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+X")
    expect(page.get_by_role("toolbar")).to_contain_text("3 moments chosen")
    page.keyboard.press("Home")
    focused = "document.activeElement.closest('[data-card]').dataset.card"
    assert page.evaluate(focused) == "0"
    page.locator("article input[type=checkbox]").first.focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("toolbar")).to_contain_text("2 moments chosen")


def test_a_part_of_a_picture_is_looked_for(used: Used) -> None:
    page = found(used)
    page.locator("article").first.get_by_role("button", name="Look for a part").click()
    picture = page.get_by_role("application")
    picture.wait_for()
    frame = picture.bounding_box()
    assert frame
    page.mouse.move(frame["x"] + frame["width"] * 0.25, frame["y"] + frame["height"] * 0.25)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * 0.75, frame["y"] + frame["height"] * 0.5, steps=4)
    page.mouse.up()
    with page.expect_request(SEARCH) as asked:
        page.locator("dialog[open] button.main").click()
    body = asked.value.post_data_json
    assert body
    assert body["like"]
    sides = {side: round(share, 1) for side, share in body["box"].items()}
    assert sides == {"x": 0.2, "y": 0.2, "w": 0.5, "h": 0.2}
    page.wait_for_function("() => location.hash.includes('box=')")
    used.moments().first.wait_for()


def test_a_long_answer_is_drawn_where_the_window_is(used: Used) -> None:
    def answer_many(route: Route) -> None:
        answer = route.fetch().json()
        one = answer["moments"][0]
        answer["moments"] = [
            one | {"moment": f"{answer['custody_entry']}.{rank}", "rank": rank}
            for rank in range(1, MANY + 1)
        ]
        route.fulfill(json=answer)

    page = used.page
    pictures: list[str] = []
    page.on(
        "request", lambda asked: pictures.append(asked.url) if "/keyframes/" in asked.url else None
    )
    page.route(SEARCH, answer_many)
    found(used)
    page.get_by_role("heading", name="10,000 moments").wait_for()
    assert page.evaluate("document.querySelectorAll('*').length") < MOST_NODES
    page.locator("article img").first.wait_for()
    assert len(pictures) < 60
    for share in (0.25, 0.5, 0.75, 1):
        page.evaluate("share => scrollTo(0, share * document.body.scrollHeight)", share)
        in_window = """() => [...document.querySelectorAll('article')].some(one => {
            const {top, bottom} = one.getBoundingClientRect();
            return bottom > 0 && top < innerHeight && one.querySelector('img');
        })"""
        page.wait_for_function(in_window)
        assert page.evaluate("document.querySelectorAll('*').length") < MOST_NODES
    shown = page.locator("[role=listitem]").last
    expect(shown).to_have_attribute("aria-posinset", str(MANY))
    expect(shown).to_have_attribute("aria-setsize", str(MANY))
    assert len(pictures) < 300
