"""The page Investigate: moments chosen, parts of pictures, hours, the map and long answers."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from footage.clock import SystemClock
from footage.place import Point
from infra.config.settings import Settings
from infra.wiring import Parts
from tests.browser.test_page import signed_in
from tests.common.builders import BUS_STAND, a_camera, a_site
from tests.common.played_city import LOOKS
from tests.common.small_city import FAR
from tests.common.using_page import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
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
    """The recorded home, looked at by the shipped encoder, and a camera at a site far away."""
    home = shutil.copytree(recorded, tmp_path_factory.mktemp("find") / "home")
    settings = Settings(home=home, cache=home / "cache", actor="amina")
    parts = Parts(settings, SystemClock())
    parts.indexer.run_once()
    parts.register.add_sites([a_site("site-2", place=FAR)])
    parts.register.add_cameras([a_camera("far", site="site-2", place=FAR)])
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


def test_what_lies_in_a_box_is_seen(used: Used) -> None:
    """A box has a border alone: a name of a style shared with the page once gave both a ground."""
    page = found(used)
    page.locator("article").first.get_by_role("button", name="Look for a part").click()
    page.get_by_role("application").wait_for()
    for boxes in ("article .frame .box", "[role=application] .box"):
        page.locator(boxes).first.wait_for()
        grounds = page.locator(boxes).evaluate_all(
            "all => all.map((one) => getComputedStyle(one).backgroundColor)"
        )
        assert set(grounds) == {"rgba(0, 0, 0, 0)"}


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


def ask_and_read(page: Page) -> dict[str, Any]:
    """Press the button of the search and return what the page asks the server."""
    with page.expect_request(SEARCH) as asked:
        page.click("button.go")
    body: dict[str, Any] | None = asked.value.post_data_json
    assert body
    return body


def test_hours_are_asked_for_and_told_with_what_was_searched(used: Used) -> None:
    """The recordings begin at 6:00, 11:30 and 20:15 UTC: 11:00, 16:30 and 1:15 in Karachi."""
    page = found(used)
    page.get_by_role("button", name="At certain hours").click()
    page.locator(".hours input[type=time]").first.fill("16:00")
    page.locator(".hours input[type=time]").last.fill("17:00")
    page.get_by_role("button", name="Sun", exact=True).click()
    assert ask_and_read(page)["hours"] == "sun 16:00-17:00"
    page.wait_for_function("() => location.hash.includes('hours=sun+16%3A00-17%3A00')")
    used.moments().first.wait_for()
    times = [text.split(" ")[0] for text in page.locator("article time .local").all_inner_texts()]
    assert times
    assert all(text.startswith("16:") for text in times)
    expect(page.locator("section", has=page.locator("#coverage"))).to_contain_text(
        re.compile("Only Sun 16:00.17:00")
    )
    page.get_by_role("button", name="All hours").click()
    assert ask_and_read(page)["hours"] is None


def on_the_map(page: Page) -> None:
    page.get_by_role("button", name="Map", exact=True).click()
    page.locator("canvas.maplibregl-canvas").wait_for()
    page.locator(".site").first.wait_for()


def around(page: Page, site: str, by: float) -> list[tuple[float, float]]:
    """Return places of the window around a site, `by` pixels away."""
    box = page.get_by_role("button", name=site).bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return [(x - by, y - by), (x + by, y - by), (x + by, y + by), (x - by, y + by)]


def drag(page: Page, places: Sequence[tuple[float, float]]) -> None:
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def test_an_area_a_circle_and_sites_are_chosen_on_the_map(used: Used) -> None:
    page = found(used)
    on_the_map(page)
    told = page.locator(".told")
    page.get_by_role("button", name="Area", exact=True).click()
    drag(page, around(page, "Site site-1:", 30))
    expect(told).to_contain_text(f"{len(LOOKS)} cameras")
    page.get_by_role("button", name="Area", exact=True).click()
    top, right, *_ = around(page, "Site site-1:", 60)
    drag(page, [top, right, (right[0], right[1] + 9), (top[0], top[1] + 9)])
    expect(told).to_contain_text("No camera in this area")
    page.get_by_role("button", name="Area", exact=True).click()
    for place in around(page, "Site site-2:", 30):
        page.mouse.click(*place)
    page.get_by_role("button", name="Close the area").click()
    expect(told).to_contain_text("1 camera")
    pressed = page.get_by_role("button", name="Site site-1:")
    pressed.click()
    expect(told).to_contain_text("All cameras")
    pressed.click()
    expect(pressed).to_have_attribute("aria-pressed", "true")
    expect(told).to_contain_text(f"{len(LOOKS)} cameras")
    page.get_by_role("button", name="Done").click()
    assert ask_and_read(page)["sites"] == ["site-1"]
    used.moments().first.wait_for()


def test_a_circle_drawn_on_the_map_is_asked_for(used: Used) -> None:
    page = found(used)
    on_the_map(page)
    page.get_by_role("button", name="Circle", exact=True).click()
    box = page.get_by_role("button", name="Site site-1:").bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    drag(page, [middle, (middle[0] + 40, middle[1])])
    expect(page.locator(".told")).to_contain_text("Cameras within")
    page.get_by_role("button", name="Done").click()
    lat, lon, radius = map(float, ask_and_read(page)["near"].split(","))
    assert Point(lat, lon).metres_to(BUS_STAND) < radius / 10
    used.moments().first.wait_for()
    expect(page.locator("section", has=page.locator("#coverage"))).to_contain_text(
        f"{len(LOOKS)} cameras"
    )


def test_without_webgl_the_list_stands_in_for_the_map(used: Used) -> None:
    page = used.page
    page.evaluate("() => { HTMLCanvasElement.prototype.getContext = () => null; }")
    found(used)
    page.get_by_role("button", name="Map", exact=True).click()
    expect(page.locator("dialog[open]")).to_contain_text("The list does the same")
    page.locator("dialog[open] select").select_option(index=1)
    page.locator("dialog[open] input[type=number]").fill("250")
    page.get_by_role("button", name="Use this circle").click()
    page.get_by_role("button", name="Done").click()
    assert ask_and_read(page)["near"].endswith(",250")


def test_what_is_below_a_score_is_counted_and_shown_by_choice(used: Used) -> None:
    page = found(used)
    shown = page.locator("[role=listitem]").first
    every = int(shown.get_attribute("aria-setsize") or 0)
    used.box().fill("a blue bus")
    slider = page.get_by_role("slider", name="Alike at least")
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_function(
        "every => Number(document.querySelector('[aria-setsize]').ariaSetSize) < every", arg=every
    )
    best = int(shown.get_attribute("aria-setsize") or 0)
    expect(page.locator("article")).to_have_count(best)
    expect(page.locator(".slider")).to_contain_text(f"{every - best} below")
    page.wait_for_function("() => location.hash.includes('least=')")
    expect(used.box()).to_have_value("a blue bus")  # what is being typed stays
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator(".slider")).to_contain_text("0 below")
    expect(shown).to_have_attribute("aria-setsize", str(every))


def test_the_cut_off_hides_what_is_weaker_until_somebody_asks(used: Used) -> None:
    page = found(used, ASKED.removesuffix("&all=1"))
    more = page.locator(".more")
    expect(more).to_contain_text("hidden")
    with page.expect_request(SEARCH) as asked:
        more.get_by_role("button", name="Show them").click()
    assert asked.value.post_data_json
    assert asked.value.post_data_json["threshold"] == -1


def test_names_and_times_typed_into_the_box_go_into_their_fields(used: Used) -> None:
    page = found(used)
    used.box().fill('camera:steady red -truck hours:"sat,sun" to:"2026-11-23 05:00"')
    chips = page.get_by_label("Typed besides words").get_by_role("listitem")
    expect(chips).to_have_count(4)
    chips.filter(has_text="without").get_by_role("button").click()
    expect(chips).to_have_count(3)
    asked = ask_and_read(page)
    assert asked["text"] == "red"
    assert (asked["cameras"], asked["hours"]) == (["steady"], "sat,sun")
    assert asked["to"] == "2026-11-23 05:00"
    expect(used.box()).to_have_value("red")
    page.get_by_role("button", name="What can be typed here").click()
    expect(page.locator("[popover]")).to_contain_text("hours:")
    page.keyboard.press("Escape")
    expect(page.locator("[popover]")).to_be_hidden()


SIZES = [("en", 1280, "light"), ("en", 360, "dark"), ("ur", 1280, "dark"), ("ur", 360, "light")]


@pytest.mark.parametrize(("language", "width", "theme"), SIZES)
def test_nothing_sticks_out_of_the_window(
    browser: Browser, served: Served, language: str, width: int, theme: str
) -> None:
    with opened(browser, served, language=language, width=width, theme=theme) as used:
        page = found(signed_in(used))
        tick(page, 0)
        page.get_by_role("toolbar").wait_for()
        used.box().fill('red -truck -"white roof" camera:steady hours:"sat,sun 22:00-04:00"')
        page.locator(".hours .chip").first.click()
        assert used.sticks_out() == 0
        page.locator("[popovertarget]").click()
        assert used.sticks_out() == 0
        page.keyboard.press("Escape")
        page.locator(".pair button").last.click()
        page.locator(".site").first.wait_for()
        assert used.sticks_out() == 0
        assert used.faults == []
