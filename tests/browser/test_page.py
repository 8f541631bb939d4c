"""The page as people use it: sign in, search, play, by mouse and by keyboard, English and Urdu."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from footage.access import person_id
from footage.action import Action, Purpose
from footage.clock import SystemClock
from footage.instant import Elapsed, Instant
from infra.config.settings import Settings
from infra.wiring import Parts
from tests.common.api_city import EVERY_ROLE
from tests.common.browsing import PASSWORD
from tests.common.played_city import pictures, starts
from tests.common.until import until
from tests.common.using_page import Used, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.common.browsing import Served

SECOND = Elapsed.parse("1s")
FRAME = Elapsed.parse("100ms")
MILLISECOND = Elapsed.parse("1ms")
CAMERA = "steady"
FIRST = starts(CAMERA)[0]
ASKED = "/investigate?text=a+red+car&from=2026-11-22T00:00:00Z&to=2026-11-23T00:00:00Z"
SIZES = [("en", 1280, "light"), ("en", 360, "dark"), ("ur", 1280, "dark"), ("ur", 360, "light")]


def parts_of(home: Path) -> Parts:
    return Parts(Settings(home=home, cache=home / "cache", actor="amina"), SystemClock())


@pytest.fixture(scope="module")
def home(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recorded home, looked at by the shipped encoder, with people of two kinds more."""
    home = shutil.copytree(recorded, tmp_path_factory.mktemp("page") / "home")
    parts = parts_of(home)
    parts.indexer.run_once()
    by = Purpose("root")
    auditing = [one for one in EVERY_ROLE if one.role == "auditor"]
    parts.people.add(person_id("omar"), "Omar", auditing, PASSWORD, by)
    parts.close()
    return home


@pytest.fixture
def used(browser: Browser, served: Served) -> Iterator[Used]:
    with opened(browser, served) as used:
        yield used
        assert used.faults == []


def sign_in(used: Used, person: str = "amina", password: str = PASSWORD) -> None:
    used.page.fill("[name=username]", person)
    used.page.fill("[name=password]", password)
    used.page.keyboard.press("Enter")


def signed_in(used: Used) -> Used:
    sign_in(used)
    used.page.locator("header nav").wait_for()
    return used


def play(used: Used, at: Instant, camera: str = CAMERA) -> None:
    used.go(f"/play?camera={camera}&at={at}")
    used.wait_playing(camera)


def entered(home: Path, action: Action) -> list[str]:
    """Return the cases under which an action was entered."""
    parts = parts_of(home)
    try:
        return [entry.case for entry in parts.custody.read() if entry.action is action]
    finally:
        parts.close()


def test_a_person_signs_in_names_a_case_searches_and_plays(
    browser: Browser, served: Served, home: Path
) -> None:
    with opened(browser, served, case=False) as used:
        page = signed_in(used).page
        used.box().fill("a red car")
        page.fill(".when input >> nth=0", "2026-11-22T00:00:00Z")
        page.fill(".when input >> nth=1", "2026-11-23T00:00:00Z")
        page.click("button.go")
        page.fill("dialog[open] input >> nth=0", "FIR 7/2026")
        page.fill("dialog[open] input >> nth=1", "robbery")
        page.click("dialog[open] button.main")
        first = used.moments().first
        expect(first).to_contain_text("UTC")
        expect(first.locator("img")).to_be_visible()
        expect(page.locator("#coverage ~ p").first).to_contain_text("Searched")
        camera = first.locator("bdi.mono").inner_text()
        first.locator("a.picture").click()
        used.wait_playing(camera)
        assert used.faults == []
        page.go_back()
        expect(used.moments().first).to_be_visible()
    assert entered(home, Action.SEARCH).count("FIR 7/2026") == 2  # intent and outcome, asked once
    assert "FIR 7/2026" in entered(home, Action.VIEW)


def sign_in_by_keys(page: Page) -> None:
    page.locator("[name=username]").focus()
    page.keyboard.type("amina")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("header nav").wait_for()


def search_by_keys(page: Page, case: str) -> None:
    page.keyboard.press("/")
    page.keyboard.type("a red car")
    for _ in range(3):  # past the help and the button, to the start of the time
        page.keyboard.press("Tab")
    page.keyboard.type("2026-11-22")
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    page.keyboard.type(case)
    page.keyboard.press("Tab")
    page.keyboard.type("theft")
    page.keyboard.press("Enter")


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until an element that `wanted` selects has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    pytest.fail(f"Tab does not lead to {wanted}")


def add_by_keys(page: Page) -> None:
    page.keyboard.press("b")
    expect(page.locator("dialog[open] button.main")).to_be_enabled()
    page.keyboard.type("the car")
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("Theft of a car")  # the title: nobody opened the case before
    page.keyboard.press("Enter")


@pytest.mark.parametrize("language", ["en", "ur"])
def test_the_keyboard_alone_finds_plays_and_adds_to_a_case(
    browser: Browser, served: Served, language: str
) -> None:
    with opened(browser, served, language=language, case=False) as used:
        page = used.page
        sign_in_by_keys(page)
        search_by_keys(page, f"FIR {language}/2026")
        used.moments().first.wait_for()
        tab_to(page, "article a.picture")
        page.keyboard.press("Enter")
        page.wait_for_function("() => location.hash.includes('camera=')")
        camera = page.evaluate("new URLSearchParams(location.hash.split('?')[1]).get('camera')")
        used.wait_playing(camera)
        page.keyboard.press("k")
        page.wait_for_function("() => document.querySelector('video').paused")
        add_by_keys(page)
        done = page.locator("dialog[open] [role=status]")
        expect(done).to_contain_text(f"FIR {language}/2026")
        page.keyboard.press("Escape")
        page.keyboard.press("g")
        second = starts(camera)[1]
        page.keyboard.type(str(second + SECOND * 3))
        page.keyboard.press("Enter")
        used.wait_clock(second + SECOND * 2, second + SECOND * 9)
        assert used.faults == []


def test_the_clock_tells_when_the_picture_shown_was_captured(used: Used) -> None:
    signed_in(used)
    shown = [one for span in pictures(CAMERA) for one in span]
    for at in (FIRST + SECOND * 2, starts(CAMERA)[1] + SECOND * 5, FIRST + SECOND * 9):
        play(used, at)
        used.wait_clock(at - SECOND, at + SECOND * 3)
        if not used.page.evaluate("document.querySelector('video').paused"):
            used.page.keyboard.press("k")
        used.page.wait_for_function("() => document.querySelector('video').paused")
        for key in (".", ".", ",", "Shift+ArrowLeft"):
            before = used.clock()
            used.page.keyboard.press(key)
            used.page.wait_for_function(
                "before => document.querySelector('time.clock').dateTime !== before",
                arg=str(before)[:-4] + "Z",
            )
            captured, told = used.stamp().captured, used.clock()
            assert captured in shown
            assert captured - MILLISECOND <= told < captured + FRAME + MILLISECOND, key


def is_told(used: Used, at: Instant) -> bool:
    """Tell whether the clock tells an instant, to the millisecond."""
    return at - MILLISECOND <= used.clock() <= at + MILLISECOND


@pytest.mark.parametrize("camera", ["steady", "reordered", "sounding", "uneven", "hevc"])
def test_a_step_leads_to_the_very_next_picture(used: Used, camera: str) -> None:
    signed_in(used)
    first = starts(camera)[0]
    shown = pictures(camera)[0]
    play(used, first + SECOND * 2, camera)
    used.wait_clock(first, first + SECOND * 9)
    used.page.keyboard.press("k")
    used.page.wait_for_function("() => document.querySelector('video').paused")
    until(lambda: is_told(used, used.picture()))
    at = shown.index(used.picture())
    for key, by in ((".", 1), (".", 1), (",", -1), (".", 1)):
        used.page.keyboard.press(key)
        at += by
        until(lambda: used.picture() == shown[at])  # noqa: B023 - asked at once
        until(lambda: is_told(used, shown[at]))  # noqa: B023 - asked at once


def test_a_time_without_footage_says_so_and_goes_on_at_the_next(used: Used) -> None:
    signed_in(used)
    play(used, FIRST - SECOND * 60)
    expect(used.page.locator(".note[role=status]")).to_contain_text("no footage at that time")
    assert used.clock() >= FIRST - MILLISECOND
    used.go(f"/play?camera={CAMERA}&at={FIRST - Elapsed.parse('3h')}")
    expect(used.page.locator(".screen")).to_contain_text("NO DATA")
    used.page.click(".screen .over button")
    used.wait_playing(CAMERA)
    assert used.clock() >= starts(CAMERA)[-1] - MILLISECOND


def test_the_timeline_is_a_slider_that_speaks_and_moves(used: Used) -> None:
    signed_in(used)
    play(used, FIRST + SECOND * 3)
    used.page.keyboard.press("k")
    slider = used.page.get_by_role("slider")
    slider.focus()
    expect(slider).to_have_attribute("aria-valuetext", re.compile("recorded"))
    before = used.clock()
    used.page.keyboard.press("Shift+ArrowRight")
    used.wait_clock(before + FRAME, before + SECOND * 2)
    used.page.click(".timeline details summary")
    expect(used.page.locator(".timeline tbody tr").first).to_be_visible()


def test_the_timeline_tells_how_much_the_picture_changed(used: Used) -> None:
    signed_in(used)
    play(used, FIRST + SECOND * 3)
    used.page.keyboard.press("k")
    slider = used.page.get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"change: \d+ %"))
    expect(used.page.locator(".legend")).to_contain_text("change")
    used.page.click(".timeline details summary")
    row = used.page.locator(".timeline tbody tr").filter(has_text=re.compile(r"change\s*\d+ %"))
    row.first.get_by_role("button").click()
    used.wait_clock(FIRST - FRAME, FIRST + SECOND * 3)


def test_a_wrong_password_is_said_and_the_session_s_end_leads_back(
    browser: Browser, served: Served
) -> None:
    with opened(browser, served) as used:
        page = used.page
        sign_in(used, password="not the pass phrase")  # noqa: S106
        expect(page.get_by_role("alert")).to_contain_text("wrong")
        signed_in(used)
        used.go(ASKED)
        shown = used.moments().count()
        assert shown
        page.context.clear_cookies(name="footage_session")
        used.go("/play?camera=steady")
        expect(page.locator("[name=username]")).to_be_visible()
        expect(page.get_by_role("status")).to_contain_text("session has ended")
        page.go_back()
        signed_in(used)
        assert used.moments().count() == shown
        used.go("/account")
        page.click("text=Sign out")
        expect(page.locator("[name=username]")).to_be_visible()
        assert "footage_session" not in {one["name"] for one in page.context.cookies()}


def test_a_role_sees_its_own_pages_alone(browser: Browser, served: Served) -> None:
    with opened(browser, served) as used:
        sign_in(used, "omar")
        used.page.locator("header .brand").wait_for()
        nav = used.page.locator("header nav")
        expect(nav).to_contain_text("Audit")
        expect(nav).not_to_contain_text("Investigate")
        expect(nav).not_to_contain_text("Health")
        used.go("/account")
        expect(used.page.locator("main")).to_contain_text("Auditor")
        used.go(ASKED)
        expect(used.page.locator("main")).to_contain_text("Not part of your role")
        expect(used.page.locator("main")).to_contain_text("Investigator")
        used.go("/nowhere")
        expect(used.page.locator("main")).to_contain_text("No such page")
        assert used.faults == []


def test_an_example_picture_finds_and_is_not_kept(used: Used, tmp_path: Path) -> None:
    page = signed_in(used).page
    used.go(ASKED)
    used.moments().first.wait_for()
    (tmp_path / "example.png").write_bytes(page.locator("article img").first.screenshot())
    page.set_input_files("input[type=file]", tmp_path / "example.png")
    used.box().fill("")
    page.click("button.go")
    page.wait_for_function("() => location.hash.includes('picture=')")
    expect(used.moments().first).to_contain_text("by rank")
    page.reload()
    expect(page.locator("main")).to_contain_text("was not kept")


@pytest.mark.parametrize(("language", "width", "theme"), SIZES)
def test_no_page_sticks_out_of_its_window(
    browser: Browser, served: Served, language: str, width: int, theme: str
) -> None:
    with opened(browser, served, language=language, width=width, theme=theme) as used:
        page = used.page
        assert used.sticks_out() == 0
        signed_in(used)
        assert page.evaluate("document.documentElement.dir") == {"en": "ltr", "ur": "rtl"}[language]
        assert page.evaluate("document.documentElement.lang") == language
        used.go(ASKED)
        used.moments().first.wait_for()
        assert used.sticks_out() == 0
        play(used, FIRST + SECOND)
        page.locator(".timeline summary").click()
        assert used.sticks_out() == 0
        used.go("/account")
        page.locator(".account").wait_for()
        assert used.sticks_out() == 0
        assert used.faults == []


def test_urdu_is_written_in_the_shipped_fonts(browser: Browser, served: Served) -> None:
    with opened(browser, served, language="ur") as used:
        signed_in(used)
        used.page.evaluate("document.fonts.ready")
        loaded = used.page.evaluate(
            "[...document.fonts].filter(one => one.status === 'loaded').map(one => one.family)"
        )
        assert {"Noto Nastaliq Urdu", "Noto Naskh Arabic"} <= {one.strip('"') for one in loaded}
    with opened(browser, served) as used:
        asked_for: list[str] = []
        used.page.on("request", lambda asked: asked_for.append(asked.url))
        used.page.reload()
        signed_in(used)
        used.page.evaluate("document.fonts.ready")
        assert asked_for
        assert not [url for url in asked_for if url.endswith(".woff2")]
