"""The whole story by keyboard alone: find, play, neighbour, case, hold, export, verify."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from footage.action import Action
from tests.browser.test_page import add_by_keys, parts_of, search_by_keys, sign_in_by_keys, tab_to
from tests.common.played_city import TWO_GAPS
from tests.common.using_page import opened

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.common.browsing import Served
    from tests.common.using_page import Used


@pytest.fixture(scope="module")
def home(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recorded home, looked at by the shipped encoder."""
    home = shutil.copytree(recorded, tmp_path_factory.mktemp("story") / "home")
    parts = parts_of(home)
    parts.indexer.run_once()
    parts.close()
    return home


def press(page: Page, wanted: str) -> None:
    """Go to an element by Tab and press Enter there."""
    tab_to(page, wanted)
    page.keyboard.press("Enter")


def fill(page: Page, wanted: str, text: str) -> None:
    """Go to a field by Tab and write there."""
    tab_to(page, wanted)
    page.keyboard.type(text)


def camera_of(page: Page) -> str:
    page.wait_for_function("() => location.hash.includes('camera=')")
    found: str = page.evaluate("new URLSearchParams(location.hash.split('?')[1]).get('camera')")
    return found


def find_and_play(used: Used, case: str) -> None:
    """Find a moment, play it, and go on to a neighbouring camera; add that instant to the case."""
    page = used.page
    search_by_keys(page, case)
    used.moments().first.wait_for()
    press(page, "article a.picture")
    first = camera_of(page)
    used.wait_playing(first)
    page.keyboard.press("k")
    page.wait_for_function("() => document.querySelector('video').paused")
    press(page, ", ".join(f"aside a[href*='camera={one}&']" for one in TWO_GAPS))
    page.wait_for_function("first => !location.hash.includes(`camera=${first}&`)", arg=first)
    used.wait_playing(camera_of(page))
    add_by_keys(page)
    expect(page.locator("dialog[open] [role=status]")).to_contain_text(case)
    press(page, "dialog[open] a")
    page.wait_for_function("() => location.hash.startsWith('#/case?')")


@pytest.mark.parametrize("language", ["en", "ur"])
def test_the_whole_story_by_keyboard_alone(
    browser: Browser, served: Served, home: Path, language: str
) -> None:
    case = f"FIR story-{language}/2026"
    with opened(browser, served, language=language, case=False) as used:
        page = used.page
        sign_in_by_keys(page)
        find_and_play(used, case)
        expect(page.locator("h1")).to_contain_text(case)
        press(page, "a[data-hold]")
        page.locator("[name=authority]").wait_for()
        fill(page, "[name=authority]", "Sessions Court, order 14/2026")
        fill(page, "[name=reason]", "theft of a car")
        page.keyboard.press("Enter")
        held = page.locator(".placed").first
        expect(held).to_contain_text("hold-")
        press(page, "a[href*='#/export?parts=']")
        press(page, "[data-next]:enabled")
        page.wait_for_function("() => location.hash.includes('step=2')")
        expect(page.locator("[data-next]")).to_be_enabled()
        press(page, "[data-next]")
        page.locator("[name=recipient]").wait_for()
        fill(page, "[name=recipient]", "Sessions Court")
        fill(page, "[name=authority]", "Order 14/2026")
        page.keyboard.press("Enter")
        page.locator("[data-start]").wait_for()
        press(page, "[data-start]")
        page.locator("[data-state=done]").wait_for()
        press(page, "[data-verify]")
        expect(page.locator(".verification .tag.proven")).to_have_count(2)
        expect(page.locator(".verification")).to_contain_text(re.compile(r"[0-9]"))
        assert used.sticks_out() == 0
        assert used.faults == []
    parts = parts_of(home)
    try:
        done = {entry.action for entry in parts.custody.read() if entry.case == case}
    finally:
        parts.close()
    assert {Action.SEARCH, Action.VIEW, Action.CASE, Action.HOLD, Action.EXPORT} <= done
