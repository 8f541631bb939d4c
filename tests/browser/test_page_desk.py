"""Cases, holds, exports and verification on the page, as an investigator and a liaison use them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from footage.access import Grant, Role, person_id
from footage.action import Action, Phase, Purpose
from footage.instant import Elapsed
from tests.browser.test_page import SIZES, parts_of, sign_in, signed_in
from tests.browser.test_page_axe import grave
from tests.common.browsing import PASSWORD, page_scripts
from tests.common.played_city import starts
from tests.common.using_page import Used, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Route

    from tests.common.browsing import Served

SECOND = Elapsed.parse("1s")
CAMERA = "steady"
FIRST = starts(CAMERA)[0]
CASE = "FIR 211/2026"
_ASKED = """async ([method, path, body]) => {
    const { csrf } = await (await fetch('/api/v1/session')).json();
    const headers = { 'Content-Type': 'application/json', 'Footage-CSRF': csrf };
    const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    return [answer.status, await answer.json()];
}"""


pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture(scope="module")
def people(home: Path) -> None:
    """Two people of one role each: bilal investigates, sadia is a court liaison."""
    parts = parts_of(home)
    for person, role in (("bilal", Role.INVESTIGATOR), ("sadia", Role.COURT_LIAISON)):
        parts.people.add(
            person_id(person), person.title(), [Grant(role)], PASSWORD, Purpose("root")
        )
    parts.close()


@pytest.fixture
def used(browser: Browser, served: Served) -> Iterator[Used]:
    """The page with amina, who has every role, signed in."""
    with opened(browser, served) as used:
        yield signed_in(used)
        assert used.faults == []


def asked(used: Used, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask the API as the person signed in; return the answer."""
    status, told = used.page.evaluate(_ASKED, [method, f"/api/v1{path}", body])
    assert status < 300, told
    answer: dict[str, Any] = told
    return answer


def the_case(used: Used, reference: str = CASE, camera: str = CAMERA) -> str:
    """Return the id of a case, opened with a bookmark where it is not yet."""
    found = asked(used, "GET", f"/cases?reference={reference}")["cases"]
    if found:
        return str(found[0]["case"])
    body = {"reference": reference, "purpose": "theft", "title": "Theft of a car", "note": "Two."}
    case = asked(used, "POST", "/cases", body)["case"]
    at = str(FIRST + SECOND * 5)
    exhibit = {"kind": "bookmark", "cameras": [camera], "at": at, "label": "The car passes"}
    asked(used, "POST", f"/cases/{case}/exhibits", exhibit)
    return str(case)


def parts_text(before: int = 60, after: int = 60, camera: str = CAMERA) -> str:
    first, last = (FIRST - SECOND * before).us // 1000, (FIRST + SECOND * after).us // 1000
    return f"{camera}/{first}/{last}"


def button(used: Used, name: str) -> Locator:
    return used.page.get_by_role("button", name=name, exact=True)


def sheet(used: Used) -> Locator:
    return used.page.locator("dialog[open]")


def outcomes(home: Path, action: Action) -> list[dict[str, Any]]:
    """Return what the custody log's intents of an action say, with their cases."""
    parts = parts_of(home)
    try:
        return [
            {**entry.what, "case": entry.case, "number": entry.number}
            for entry in parts.custody.read()
            if (entry.action, entry.phase) == (action, Phase.INTENT)
        ]
    finally:
        parts.close()


# ------------------------------------------------------------------------ cases


def test_a_case_is_opened_written_shared_and_closed(used: Used) -> None:
    page = used.page
    used.go("/cases")
    button(used, "Open a case").click()
    fields = sheet(used).locator("input, textarea")
    for number, text in enumerate(("FIR 9/2026", "assault", "Near the bus stand", "Two men.")):
        fields.nth(number).fill(text)
    sheet(used).locator("button.main").click()
    expect(page.locator("h1")).to_have_text("FIR 9/2026")
    page.fill("[aria-label='Add a member']", "bilal")
    button(used, "Add").click()
    expect(page.locator("main")).to_contain_text("bilal")
    page.get_by_role("button", name="Remove bilal from the case").click()
    expect(page.locator("main")).not_to_contain_text("bilal")
    page.fill("[aria-label='Add a member']", "nobody")
    button(used, "Add").click()
    expect(page.get_by_role("alert")).to_contain_text("nobody")

    button(used, "Write").click()
    sheet(used).locator("textarea").fill("Three men, one in a car.")
    button(used, "Save").click()
    expect(page.locator("p.written")).to_have_text("Three men, one in a car.")
    button(used, "History").click()
    expect(sheet(used).locator("li")).to_have_count(2)
    expect(sheet(used).locator("li").last).to_contain_text("Two men.")
    page.keyboard.press("Escape")

    button(used, "Close the case").click()
    sheet(used).locator("input").fill("convicted")
    sheet(used).locator("button.main").click()
    expect(page.locator(".banner")).to_contain_text("This case is closed")
    expect(page.locator("main")).to_contain_text("Closed by amina: convicted")
    expect(button(used, "Write")).to_have_count(0)
    used.go("/cases")
    expect(page.locator("main")).not_to_contain_text("FIR 9/2026")
    used.go("/cases?state=closed")
    expect(page.locator("a.case")).to_contain_text("FIR 9/2026")


def test_an_exhibit_shows_picture_place_times_words_and_what_is_held(used: Used) -> None:
    page = used.page
    used.go(f"/case?id={the_case(used)}")
    exhibit = page.locator("article").first
    expect(exhibit.locator("img")).to_be_visible()
    for told in ("The car passes", "Camera steady", "11:00:05", "06:00:05 UTC", "and held"):
        expect(exhibit).to_contain_text(told)
    exhibit.get_by_role("button", name="Write").click()
    sheet(used).locator("textarea").fill("Number plate not legible.")
    button(used, "Save").click()
    expect(exhibit).to_contain_text("Version 2")
    exhibit.get_by_role("button", name="History").click()
    expect(sheet(used).locator("li")).to_have_count(2)
    page.keyboard.press("Escape")
    exhibit.locator("input[type=checkbox]").check()
    expect(page.locator("main .head a", has_text="Export")).to_have_attribute(
        "href", re.compile(rf"parts={CAMERA}%2F\d+%2F\d+&case=FIR")
    )


def test_somebody_else_s_case_is_no_case_and_a_lost_server_is_said(
    browser: Browser, served: Served
) -> None:
    with opened(browser, served) as used:
        signed_in(used)
        case = the_case(used)
    with opened(browser, served) as used:
        page = used.page
        sign_in(used, "bilal")
        page.locator("header nav").wait_for()
        used.go(f"/case?id={case}")
        expect(page.locator("main")).to_contain_text("No such case")
        page.route("**/api/v1/cases?*", lambda route: route.abort())
        used.go("/cases")
        expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
        page.unroute("**/api/v1/cases?*")
        button(used, "Try again").click()
        expect(page.locator("main")).to_contain_text("No case here")
        assert used.faults == []


def test_a_report_is_a_paper_with_the_number_of_its_custody_entry(
    used: Used, home: Path, tmp_path: Path
) -> None:
    page = used.page
    page.evaluate("window.print = () => { document.body.dataset.printed = 'yes' }")
    used.go(f"/report?case={the_case(used)}")
    expect(page.locator(".sheet .still img")).to_be_visible()
    expect(page.locator(".sheet")).to_contain_text("preview, not entered")
    page.click("[data-print]")
    page.locator("body[data-printed]").wait_for()
    number = page.locator("[data-entry]").inner_text()
    made = {str(one["number"]): one for one in outcomes(home, Action.CASE)}
    assert number in made, made
    assert (made[number]["change"], made[number]["case"]) == ("report made", CASE)
    for told in (CASE, "theft", "Amina (amina)", "11:00:05 PKT", "06:00:05 UTC"):
        expect(page.locator(".sheet")).to_contain_text(told)
    rules = page.evaluate(
        "document.adoptedStyleSheets.map(one => one.cssRules[0].cssText).join('')"
    )
    assert f"custody entry {number}" in rules
    page.emulate_media(media="print")
    expect(page.locator("header").first).to_be_hidden()
    expect(page.locator("[data-print]")).to_be_hidden()
    assert page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True).count(b"/Page\n") > 0


# ------------------------------------------------------------------------ holds


def test_a_hold_is_looked_at_placed_listed_and_released(used: Used, home: Path) -> None:
    page = used.page
    parts = parts_text(camera="sounding")
    used.go(f"/hold?parts={parts},never/1/2&case={CASE}")
    expect(page.get_by_role("alert").first).to_contain_text("does not exist")
    page.locator("button[aria-label='Remove never']").click()
    expect(page.locator("main")).to_contain_text("12 s stored, none of it held")
    page.locator("summary").first.click()
    expect(page.locator("main")).to_contain_text("not scheduled")
    page.fill("[name=authority]", "Sessions Court, order 14/2026")
    page.fill("[name=reason]", "theft of a car")
    button(used, "Place the hold").click()
    expect(page.get_by_role("status")).to_contain_text("The hold stands")
    expect(page.locator(".placed")).to_contain_text("3 segments are held")
    hold = page.locator(".placed bdi.mono").first.inner_text()
    assert outcomes(home, Action.HOLD)[-1]["case"] == CASE

    used.go("/holds?order=size")
    row = page.locator("li", has_text=hold)
    expect(row).to_contain_text("kB")
    row.get_by_role("button", name="Release").click()
    sheet(used).locator("input").fill("the trial is over")
    sheet(used).locator("button.main").click()
    expect(page.get_by_role("status")).to_contain_text("Of 3 segments other holds cover 0")
    expect(page.locator("main")).not_to_contain_text(hold)
    used.go("/holds?released=1")
    expect(page.locator("li", has_text=hold)).to_contain_text("released")


def test_footage_is_named_by_hand_and_of_a_case_and_two_intervals_are_two_holds(
    used: Used,
) -> None:
    page = used.page
    the_case(used, "FIR 8/2026", "uneven")
    used.go("/hold?case=FIR 8/2026")
    button(used, "Choose cameras").click()
    sheet(used).locator("input[type=search]").fill("hevc")
    sheet(used).locator("input[type=checkbox]").last.check()
    page.keyboard.press("Escape")
    times = page.locator(".hand input")
    times.nth(0).fill("2026-11-22 10:59")
    times.nth(1).fill("2026-11-22 11:01")
    page.locator(".hand button", has_text="Add").last.click()
    page.wait_for_function("() => decodeURIComponent(location.hash).includes('parts=hevc/')")
    button(used, "From a case").click()
    button(used, "Add all").click()
    expect(page.locator(".rows li").nth(1)).to_contain_text("Camera uneven")
    page.fill("[name=authority]", "Sessions Court")
    page.fill("[name=reason]", "theft")
    button(used, "Place 2 holds").click()
    expect(page.get_by_role("status")).to_contain_text("2 holds stand")
    expect(page.locator(".placed")).to_have_count(2)


def test_a_hold_that_stands_is_not_placed_again_where_the_rest_was_refused(
    used: Used, home: Path
) -> None:
    page = used.page
    later = parts_text(-300, 360, "never")
    used.go(f"/hold?parts={parts_text(camera='uneven')},{later}&case={CASE}")
    page.fill("[name=authority]", "Sessions Court")
    page.fill("[name=reason]", "theft")
    button(used, "Place 2 holds").click()
    expect(page.get_by_role("status")).to_contain_text("Placed so far")
    before = len(outcomes(home, Action.HOLD))
    page.locator("button[aria-label='Remove never']").click()
    expect(page.get_by_role("status")).to_contain_text("The hold stands")
    expect(button(used, "Place the hold")).to_have_count(0)
    assert len(outcomes(home, Action.HOLD)) == before


def test_a_hold_whose_answer_was_lost_is_not_placed_twice(used: Used, home: Path) -> None:
    page = used.page

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/holds", lose)
    used.go(f"/hold?parts={parts_text(camera='resized')}&case={CASE}")
    page.fill("[name=authority]", "Sessions Court, order 15/2026")
    page.fill("[name=reason]", "theft of a bus")
    button(used, "Place the hold").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    page.unroute("**/api/v1/holds")
    button(used, "Place the hold").click()
    expect(page.get_by_role("status")).to_contain_text("The hold stands")
    expect(page.locator(".placed")).to_contain_text("segments are held")
    asked_for = [one for one in outcomes(home, Action.HOLD) if one["reason"] == "theft of a bus"]
    assert [one.get("again", False) for one in asked_for] == [False, True]
    assert len({one["hold"] for one in asked_for}) == 1


@pytest.mark.parametrize("page", ["hold", "export"])
def test_footage_that_an_address_names_wrongly_is_not_left_out_silently(
    used: Used, page: str
) -> None:
    used.go(f"/{page}?parts={parts_text()},{CAMERA}/2/1&case={CASE}")
    expect(used.page.locator("main")).to_contain_text("The address cannot be read")
    expect(used.page.locator("[name=authority]")).to_have_count(0)
    used.go(f"/{page}?case={CASE}")
    expect(used.page.locator("main")).to_contain_text("No footage is named yet")


# ------------------------------------------------------------------------ exports


def test_an_export_is_made_in_five_steps_survives_a_reload_and_is_verified(
    used: Used, home: Path
) -> None:
    page = used.page
    the_case(used)
    used.go(f"/export?parts={parts_text()}&case={CASE}")
    page.click("[data-next]")
    expect(page.locator("main")).to_contain_text("in 3 segments")
    expect(page.locator(".facts").first).to_contain_text("estimated")
    page.click("[data-next]")
    page.fill("[name=recipient]", "Sessions Court, Judge of Court 3")
    page.fill("[name=authority]", "Order 14/2026")
    page.click("[data-next]")
    page.click("[data-start]")
    page.locator("[data-job]").wait_for()
    page.reload()
    page.locator("[data-state=done]").wait_for()
    (entry,) = [one for one in outcomes(home, Action.EXPORT) if "recipient" in one]
    assert (entry["recipient"], entry["case"]) == ("Sessions Court, Judge of Court 3", CASE)
    with page.expect_download() as given:
        page.click("a[download]")
    assert given.value.suggested_filename.startswith("bundle-")
    page.click("[data-verify]")
    told = page.locator(".verification")
    expect(told).to_contain_text("Proven, with gaps")
    expect(told).to_contain_text("names the same digest")
    expect(told.locator(".findings li")).to_have_count(2)
    command = page.locator("code", has_text="verify.py")
    expect(command).to_contain_text("python3 -I -S bundle-")
    page.reload()  # the check is shown again
    expect(page.locator(".verification")).to_contain_text("Proven, with gaps")

    job = page.locator("[data-job]").get_attribute("data-job")
    (bundle,) = (home / "exports" / "bundles").glob(f"{job}.*")
    film = next(bundle.glob("master/**/*.mp4"))
    film.chmod(0o600)
    film.write_bytes(film.read_bytes()[:-1] + b"?")
    page.click("[data-verify]")
    expect(page.locator(".verification")).to_contain_text("Altered: do not rely on this bundle")
    used.go("/exports")
    expect(page.locator("li", has_text="Judge of Court 3").first).to_contain_text("ready")


def test_an_export_is_cancelled_and_one_of_nothing_never_starts(used: Used) -> None:
    page = used.page
    body = {"cameras": [CAMERA], "from": str(FIRST), "to": str(FIRST + SECOND * 12)}
    jobs = [asked(used, "POST", "/exports", body)["job"] for _ in range(30)]
    used.go(f"/export?job={jobs[-1]}")
    page.route(
        f"**/jobs/{jobs[-1]}",
        lambda route: (
            route.fulfill(status=409, json={})
            if route.request.method == "DELETE"
            else route.fallback()
        ),
    )
    button(used, "Cancel").click()  # refused, which is no lost connection
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("connection")
    page.unroute(f"**/jobs/{jobs[-1]}")
    button(used, "Cancel").click()
    page.locator("[data-state=cancelled]").wait_for()
    expect(page.get_by_role("link", name="Export again")).to_be_visible()
    for job in jobs:  # nobody waits for the others
        asked(used, "DELETE", f"/jobs/{job}")
    used.go("/exports")
    expect(page.locator("li", has_text="cancelled").first).to_be_visible()
    used.go(f"/export?parts={parts_text(7200, -3600)}&step=2")
    expect(page.locator(".banner")).to_contain_text("nothing to export")
    expect(page.locator("[data-next]")).to_be_disabled()
    used.go("/export?job=019ab2c4-7f00-7d3c-8a51-2b9f6c0e1d77")
    expect(page.locator("main")).to_contain_text("No such export")


# ------------------------------------------------------------------------ roles and looks


def test_each_role_has_the_pages_of_its_work(browser: Browser, served: Served) -> None:
    with opened(browser, served) as used:
        sign_in(used, "bilal")
        expect(used.page.locator("header nav a")).to_contain_text(
            ["Investigate", "Play", "Cases", "Holds"]
        )
        used.go("/export")
        expect(used.page.locator("main")).to_contain_text("These roles do: Court liaison")
        used.go("/holds")
        expect(used.page.locator("main .head")).to_contain_text(["Place a hold", "By age"])
        expect(button(used, "Release")).to_have_count(0)
        assert used.faults == []
    with opened(browser, served) as used:
        sign_in(used, "sadia")
        expect(used.page.locator("header nav a")).to_contain_text(
            ["Play", "Cases", "Holds", "Exports", "Requests"]
        )
        assert used.faults == []


@pytest.mark.parametrize(("language", "width", "theme"), SIZES)
def test_no_page_of_a_case_sticks_out_or_shuts_anybody_out(
    browser: Browser, served: Served, language: str, width: int, theme: str
) -> None:
    with opened(browser, served, language=language, width=width, theme=theme) as used:
        signed_in(used)
        case, parts = the_case(used), parts_text()
        for address, there in (
            ("/cases", "a.case"),
            (f"/case?id={case}", "article img"),
            (f"/report?case={case}", ".still img"),
            (f"/hold?parts={parts}&case={CASE}", ".camera"),
            ("/holds", ".head"),
            ("/exports", ".head"),
            (f"/export?parts={parts}", "[data-next]"),
            (f"/export?parts={parts}&step=2", ".camera"),
            (f"/export?parts={parts}&step=3", "[name=recipient]"),
        ):
            used.go(address)
            used.page.locator(there).first.wait_for()
            assert used.sticks_out() == 0, address
            assert grave(used, page_scripts()) == [], address
        assert used.faults == []
