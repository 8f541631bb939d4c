"""Several cameras on one clock, the timeline's lanes, marks and notes, as people use the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from footage.instant import Elapsed
from tests.common.browsing import PASSWORD
from tests.common.tiled_city import BEGUN, CAMERAS, GAP, LATE, record_tiled
from tests.common.until import until
from tests.common.using_page import Used, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from footage.instant import Instant
    from tests.common.browsing import Served

SECOND = Elapsed.parse("1s")
FRAME = Elapsed.parse("100ms")
MILLISECOND = Elapsed.parse("1ms")
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


def test_nine_cameras_play_in_step_within_a_picture(used: Used) -> None:
    show(used, CAMERAS, BEGUN + SECOND * 34)
    used.wait_clock(BEGUN + SECOND * 36, BEGUN + SECOND * 50)
    seen = [one for _ in range(LOOKS) if (one := spread(used)) is not None]
    assert len(seen) > LOOKS / 2, "pictures in motion cannot be read"
    assert max(seen) <= FRAME
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
    until(lambda: right(used))
    assert len(used.stamps()) == 3
    page.locator(".tile[data-camera=west-1] .choose").press("Enter")
    expect(page.locator(".tile.large")).to_have_attribute("data-camera", "west-1")
    expect(page.locator("h1")).to_have_text("Camera west-1")
    unmuted = "[...document.querySelectorAll('video')].filter(one => !one.muted).length"
    assert page.evaluate(unmuted) == 1
    page.keyboard.press("m")
    page.wait_for_function(f"({unmuted}) === 0")
    page.reload()
    expect(page.locator(".tile.large")).to_have_attribute("data-camera", "west-1")
    page.get_by_role("button", name="Close Camera west-1").press("Enter")
    expect(page.locator(".tile")).to_have_count(2)
    expect(page.locator("h1")).to_have_text("Camera north-1")
