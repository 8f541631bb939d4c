"""Several cameras on one clock, the timeline's lanes, marks and notes, as people use the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from footage.clock import SystemClock
from footage.instant import Elapsed
from infra.config.settings import Settings
from infra.wiring import Parts
from tests.common.browsing import PASSWORD
from tests.common.tiled_city import APART, BEGUN, CAMERAS, GAP, LATE, record_tiled
from tests.common.until import until
from tests.common.using_page import Used, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from footage.instant import Instant
    from tests.common.browsing import Served

SECOND = Elapsed.parse("1s")
FRAME = Elapsed.parse("100ms")
MILLISECOND = Elapsed.parse("1ms")
RESTS_MS = 700
"""Longer than a pointer rests before small pictures are asked for."""
LOOKS = 10
"""Screenshots of a test that looks at pictures in motion."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with nine cameras."""
    home = tmp_path_factory.mktemp("tiled") / "home"
    record_tiled(home)
    return home


@pytest.fixture
def used(browser: Browser, served: Served) -> Iterator[Used]:
    with opened(browser, served) as used:
        used.page.set_viewport_size({"width": 1900, "height": 1000})
        used.page.fill("[name=username]", "amina")
        used.page.fill("[name=password]", PASSWORD)
        used.page.keyboard.press("Enter")
        used.page.locator("header nav").wait_for()
        yield used
        assert used.faults == []


def show(used: Used, cameras: tuple[str, ...], at: Instant) -> None:
    """Show cameras at an instant, and wait until each has its picture or says that it has none."""
    used.go(f"/play?{'&'.join(f'camera={one}' for one in cameras)}&at={at}")
    used.page.wait_for_function(
        """count => {
            const tiles = [...document.querySelectorAll('.tile')];
            return tiles.length === count && tiles.every(tile =>
                tile.querySelector('strong') || tile.querySelector('video').readyState >= 3);
        }""",
        arg=len(cameras),
    )


def pause(used: Used) -> None:
    """Pause, and wait until each picture is at the clock's instant."""
    used.page.keyboard.press("k")
    wait_standing(used)


def wait_standing(used: Used) -> None:
    """Wait until no film is in motion."""
    used.page.wait_for_function(
        """() => [...document.querySelectorAll('video')].every(one => one.paused && !one.seeking)"""
    )


def spread(used: Used) -> Elapsed | None:
    """Return by how much the pictures of a screenshot differ; None where one cannot be read."""
    stamps = list(used.stamps().values())
    instants = [one.captured for one in stamps if one is not None]
    whole = len(instants) == len(stamps) == used.page.locator(".tile").count()
    return max(instants) - min(instants) if whole else None


def right(used: Used) -> bool:
    """Tell whether all pictures are those of the clock's instant, where each films by itself."""
    told, stamps = used.clock(), used.stamps()
    return all(
        one is not None and told - FRAME < one.captured <= told + MILLISECOND
        for one in stamps.values()
    )


def paused(used: Used) -> bool:
    """Tell whether all films stand."""
    stand: bool = used.page.evaluate(
        "[...document.querySelectorAll('video')].every(one => one.paused)"
    )
    return stand


def test_nine_cameras_play_in_step_within_a_picture(used: Used) -> None:
    show(used, CAMERAS, BEGUN + SECOND * 34)
    used.wait_clock(BEGUN + SECOND * 36, BEGUN + SECOND * 50)
    seen = [one for _ in range(LOOKS) if (one := spread(used)) is not None]
    assert len(seen) > LOOKS / 2, "pictures in motion cannot be read"
    assert max(seen) <= FRAME + APART
    pause(used)
    until(lambda: right(used))


def test_steps_and_leaps_move_all_cameras(used: Used) -> None:
    show(used, CAMERAS, BEGUN + SECOND * 34)
    pause(used)
    for key, by in (
        (".", FRAME),
        (".", FRAME),
        (",", Elapsed(-FRAME.us)),
        ("Shift+ArrowLeft", Elapsed(-SECOND.us)),
        ("ArrowRight", SECOND * 10),
    ):
        until(lambda: right(used))
        to = used.clock() + by
        used.page.keyboard.press(key)
        used.wait_clock(to - MILLISECOND * 50, to + MILLISECOND * 50)
    until(lambda: right(used))
    assert len(used.stamps()) == len(CAMERAS)


def test_a_camera_without_footage_says_so_and_comes_back(used: Used) -> None:
    show(used, ("north-1", "west-3", "east-3"), GAP[0] - SECOND * 3)
    west = used.page.locator(".tile[data-camera=west-3]")
    expect(west).to_contain_text("NO DATA")
    expect(west).to_contain_text("not scheduled")
    assert set(used.stamps()) == {"north-1", "east-3"}
    used.page.keyboard.press("l")  # twice as fast
    used.wait_clock(GAP[1] + SECOND, GAP[1] + SECOND * 20)
    expect(west).not_to_contain_text("NO DATA")
    pause(used)
    until(lambda: right(used))
    assert set(used.stamps()) == {"north-1", "west-3", "east-3"}


def test_play_goes_on_where_any_camera_has_footage(used: Used) -> None:
    show(used, ("east-3", "west-3"), LATE - SECOND * 4)
    expect(used.page.locator(".tile[data-camera=east-3]")).to_contain_text("NO DATA")
    used.wait_clock(LATE + SECOND, LATE + SECOND * 9)
    show(used, ("east-3",), LATE - SECOND * 4)
    expect(used.page.locator(".note[role=status]")).to_contain_text("no footage at that time")
    assert used.clock() >= LATE - MILLISECOND


def test_the_keyboard_adds_enlarges_and_closes_cameras(used: Used) -> None:
    show(used, ("north-1",), BEGUN + SECOND * 34)
    page = used.page
    pause(used)
    page.get_by_role("button", name="Show Camera north-2 beside").press("Enter")
    page.get_by_role("button", name="Add a camera").press("Enter")
    page.keyboard.type("west-1")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".tile")).to_have_count(3)
    until(lambda: right(used) and len(used.stamps()) == 3)
    page.locator(".tile[data-camera=west-1] .choose").press("Enter")
    expect(page.locator(".tile.large")).to_have_attribute("data-camera", "west-1")
    expect(page.locator("h1")).to_have_text("Camera west-1")
    unmuted = "[...document.querySelectorAll('video')].filter(one => !one.muted).length"
    assert page.evaluate(unmuted) == 1
    page.keyboard.press("m")
    page.wait_for_function(f"() => ({unmuted}) === 0")
    page.reload()
    expect(page.locator(".tile.large")).to_have_attribute("data-camera", "west-1")
    page.get_by_role("button", name="Close Camera west-1").press("Enter")
    expect(page.locator(".tile")).to_have_count(2)
    expect(page.locator("h1")).to_have_text("Camera north-1")


def entered(home: Path, what: str) -> int:
    """Return how many entries of the custody log begin an act with a member of `what`."""
    parts = Parts(Settings(home=home, cache=home / "cache", actor="amina"), SystemClock())
    try:
        return sum(what in entry.what for entry in parts.custody.read())
    finally:
        parts.close()


def csrf_of(page: Page) -> dict[str, str]:
    """Return the header of a change in the session of a page."""
    return {"Footage-CSRF": page.request.get("/api/v1/session").json()["csrf"]}


def open_case(page: Page) -> None:
    """Open the case that the page names, unless another test did."""
    words = {"reference": "FIR 211/2026", "purpose": "theft", "title": "Theft of a car"}
    answer = page.request.post("/api/v1/cases", data=words, headers=csrf_of(page))
    assert answer.status in {201, 409}, answer.text()


def mark_ten_seconds(used: Used) -> None:
    """Mark ten seconds and a picture, by keys, where the film stands."""
    before = used.clock()
    used.page.keyboard.press("i")
    used.page.keyboard.press("ArrowRight")
    used.wait_clock(before + SECOND * 9, before + SECOND * 11)
    wait_standing(used)
    used.page.keyboard.press("o")


def test_marks_name_footage_to_add_hold_and_export(used: Used) -> None:
    page = used.page
    open_case(page)
    show(used, ("north-1", "north-2"), BEGUN + SECOND * 34)
    pause(used)
    mark_ten_seconds(used)
    marks = page.get_by_role("group", name="Marked interval")
    expect(marks).to_contain_text("10 s · 2 cameras")
    parts = "parts=north-1%2F1795338034000%2F1795338044001%2Cnorth-2"
    for name in ("Hold", "Export"):
        to = marks.get_by_role("link", name=name).get_attribute("href")
        assert to
        assert re.match(rf"#/{name.lower()}\?{parts}.*&case=FIR\+211%2F2026$", to)
    marks.get_by_role("button", name="Add to case").press("Enter")
    expect(page.locator("dialog[open] button.main")).to_be_enabled()
    page.get_by_label("Label").fill("Both sides of the crossing")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open] [role=status]")).to_contain_text("Exhibit")
    page.keyboard.press("Escape")
    log = page.get_by_role("region", name="Viewing log")
    expect(log).to_contain_text("Both sides of the crossing")
    expect(log).to_contain_text("Camera north-1 and 1 more")
    slider = page.get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("exhibit: Both sides"))
    page.reload()
    expect(marks).to_contain_text("10 s · 2 cameras")
    marks.get_by_role("button", name="Remove the marks").press("Enter")
    expect(marks).not_to_contain_text("10 s")


def test_a_note_is_taken_while_playing_and_leads_back(used: Used) -> None:
    page = used.page
    open_case(page)
    show(used, ("north-1",), BEGUN + SECOND * 3)
    log = page.get_by_role("region", name="Viewing log")
    page.keyboard.press("n")
    expect(log.get_by_role("button", name="Save")).to_be_enabled()
    at = used.clock()
    page.keyboard.type("a red car turns")
    page.keyboard.press("Enter")
    expect(log).to_contain_text("a red car turns")
    assert not page.evaluate("document.querySelector('video').paused")
    show(used, ("west-1",), BEGUN + SECOND * 50)
    pause(used)
    log.get_by_role("listitem").filter(has_text="a red car turns").get_by_role("link").click()
    page.locator(".tile[data-camera=north-1]").wait_for()
    used.wait_clock(at - SECOND, at + SECOND)


def test_a_pointer_over_the_timeline_sees_small_pictures_of_one_view(
    used: Used, home: Path
) -> None:
    show(used, ("north-1",), BEGUN + SECOND * 30)
    page = used.page
    pause(used)
    page.select_option(".window select", label="1 min")
    strip = page.get_by_role("slider")
    before = entered(home, "sprites")
    for share in (0.4, 0.5, 0.6):
        box = strip.bounding_box()
        assert box
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + 30)
        since = page.evaluate("performance.now()")
        page.wait_for_function(
            "([since, rests]) => performance.now() - since > rests", arg=[since, RESTS_MS]
        )
        expect(page.locator(".preview")).to_be_visible()
    assert entered(home, "sprites") - before == 1


def test_the_wheel_zooms_from_a_second_to_a_month(used: Used) -> None:
    show(used, ("north-1",), BEGUN + SECOND * 30)
    page = used.page
    pause(used)
    strip = page.get_by_role("slider")
    strip.hover()
    for way, end in ((-100, "1 s"), (100, "30 d")):
        for _ in range(12):
            page.mouse.wheel(0, way)
        expect(page.locator(".window option:checked")).to_have_text(end)


def test_a_hold_is_a_lane_of_the_timeline(used: Used) -> None:
    page = used.page
    span = {"from": str(BEGUN), "to": str(BEGUN + SECOND * 20)}
    words = {"authority": "order 14/2026", "reason": "evidence", "case": "", "purpose": ""}
    answer = page.request.post(
        "/api/v1/holds",
        data={"cameras": ["west-2"], **span, **words},
        headers=csrf_of(page),
    )
    assert answer.ok, answer.text()
    page.reload()
    show(used, ("west-2",), BEGUN + SECOND * 10)
    pause(used)
    expect(page.locator(".legend")).not_to_contain_text("change")  # nothing was looked at
    expect(page.get_by_role("slider")).to_have_attribute(
        "aria-valuetext", re.compile("hold: evidence")
    )
    page.locator(".timeline summary").press("Enter")
    expect(page.locator(".timeline table")).to_contain_text("evidence")


def test_what_is_played_and_how_sure_its_time_is_are_told(used: Used) -> None:
    show(used, ("north-1",), BEGUN + SECOND * 30)
    told = used.page.locator(".readout")
    expect(told).to_contain_text("Original")
    expect(told).to_contain_text(re.compile("H.264 640 . 360"))
    expect(told).to_contain_text("±")


def test_a_part_of_a_paused_picture_is_looked_for(used: Used) -> None:
    show(used, ("north-1",), BEGUN + SECOND * 30)
    page = used.page
    page.keyboard.press("f")
    picture = page.locator("dialog[open] [role=application]")
    picture.wait_for()
    assert paused(used)
    for key in ("Shift+ArrowLeft", "Shift+ArrowUp"):
        picture.press(key)
    page.locator("dialog[open] button.main").press("Enter")
    page.locator("#coverage").wait_for()
    expect(page.locator(".example")).to_contain_text("north-1.jpg")
    asked = parse_qs(urlsplit(page.url).fragment.partition("?")[2])
    assert asked["box"] == ["0,0,0.98,0.98"]
    assert asked["picture"]  # what no indexer looked at is no example by name
