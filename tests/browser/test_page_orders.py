"""Orders on paper and certificates of absence on the page, from asking to the files to keep."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from footage.action import Action
from footage.digest import Digest
from tests.browser.test_page import SIZES, signed_in
from tests.browser.test_page_axe import grave
from tests.browser.test_page_desk import CASE, FIRST, button, outcomes, parts_text, sheet
from tests.common.browsing import page_scripts
from tests.common.using_page import Used, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Route

    from tests.common.browsing import Served

TIMES = {"from": "2026-11-22 10:59", "to": "2026-11-22 11:01"}


@pytest.fixture
def used(browser: Browser, served: Served) -> Iterator[Used]:
    """The page with amina, who has every role, signed in."""
    with opened(browser, served) as used:
        yield signed_in(used)
        assert used.faults == []


def write_order(used: Used, number: str, camera: str) -> None:
    """Fill in the form of an order by hand, as it stands on the paper."""
    page = used.page
    page.fill("[name=authority]", "Sessions Court, D.I. Khan")
    page.fill("[name=order]", number)
    page.click("[data-choose-cameras]")
    sheet(used).locator("input[type=search]").fill(camera)
    sheet(used).locator("input[type=checkbox]").last.check()
    page.keyboard.press("Escape")
    for name, text in TIMES.items():
        page.fill(f"[name={name}]", text)


def test_an_order_on_paper_is_a_hold_with_a_receipt(used: Used, home: Path, tmp_path: Path) -> None:
    page = used.page
    scan = tmp_path / "order.pdf"
    scan.write_bytes(b"a scan")
    used.go("/holds")
    page.get_by_role("link", name="Order on paper").click()
    expect(page.locator("[name=case]")).to_have_value(CASE)
    write_order(used, "14/2026", "sounding")
    page.fill("[name=given]", "2026-11-22 21:00")
    page.set_input_files("[name=document]", scan)
    expect(page.locator("main")).to_contain_text(str(Digest.of(b"a scan")))
    expect(page.locator("main")).to_contain_text("11:01:00")
    page.select_option(".within select", "50")
    expect(page.locator("li.taken").first).to_contain_text("held too")
    page.click("[data-preserve]")
    told = page.locator("[data-receipt]")
    for words in ("The hold stands", "14/2026", "3 segments are held", "Answered after"):
        expect(told).to_contain_text(words)
    expect(page.locator("main")).to_contain_text("not scheduled")
    expect(page.locator("main")).to_contain_text("Held too, under a hold of its own")
    files = {}
    for link in told.locator("a[download]").all():
        with page.expect_download() as given:
            link.click()
        files[given.value.suggested_filename] = given.value.path().read_bytes()
    hold = told.get_attribute("data-receipt")
    assert list(files) == [f"receipt-{hold}{end}" for end in (".json", ".pdf", ".ur.pdf")]
    receipt = json.loads(files[f"receipt-{hold}.json"])
    assert receipt["order"]["paper"]["name"] == "order.pdf"
    assert receipt["order"]["given"].startswith("2026-11-22T16:00:00")
    assert files[f"receipt-{hold}.pdf"].startswith(b"%PDF")
    assert outcomes(home, Action.HOLD)[-2]["case"] == CASE


def test_an_order_whose_answer_was_lost_is_held_once(used: Used, home: Path) -> None:
    page = used.page

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/api/v1/preservations*", lose)
    used.go(f"/preserve?case={CASE}")
    write_order(used, "15/2026", "resized")
    page.click("[data-preserve]")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(page.locator("main")).to_contain_text("nothing is done twice")
    page.unroute("**/api/v1/preservations*")
    page.reload()  # the address has the order
    page.click("[data-preserve]")
    expect(page.locator("[data-receipt]")).to_contain_text("stood before")
    expect(page.locator("main")).to_contain_text("Not held by this order")
    page.get_by_role("button", name="as well").click()
    expect(page.locator("main")).to_contain_text("Held too, under a hold of its own")
    placed = [one for one in outcomes(home, Action.HOLD) if one["order"]["reference"] == "15/2026"]
    assert len({one["hold"] for one in placed}) == 2


def test_a_time_that_cannot_be_is_said_before_anything_is_held(used: Used, home: Path) -> None:
    page = used.page
    before = len(outcomes(home, Action.HOLD))
    used.go(f"/preserve?case={CASE}&order=16/2026&camera=steady&to=2026-11-22 11:01")
    page.fill("[name=from]", "the day after")
    page.locator("[name=to]").focus()
    expect(page.get_by_role("alert")).to_contain_text("the day after")
    page.fill("[name=authority]", "a court")
    page.click("[data-preserve]")
    expect(button(used, "Hold it now")).to_be_enabled()
    assert len(outcomes(home, Action.HOLD)) == before


def test_a_gap_of_the_timeline_becomes_a_certificate_that_survives_a_reload(
    used: Used, home: Path
) -> None:
    page = used.page
    used.go(f"/play?camera=steady&at={FIRST}")
    page.locator("summary", has_text="table").click()
    gap = page.locator("tr", has_text="not scheduled").first
    gap.get_by_role("link", name="Certificate of absence").click()
    expect(page.locator("main")).to_contain_text("Camera steady")
    used.go(f"/absence?parts={parts_text()}&case={CASE}")
    page.click("[data-start]")
    page.locator("[data-job]").wait_for()
    page.reload()
    expect(page.locator("[data-verdict]")).to_contain_text("Not all of it is proven")
    told = page.locator("[data-absence=steady]")
    expect(told.locator("li")).to_have_count(3)
    missing = told.locator("li[data-state=absent]").first
    for words in ("stated, not proven", "not scheduled", "no recorder told of the camera"):
        expect(missing).to_contain_text(words)
    names = []
    for link in page.locator("a[download]").all():
        with page.expect_download() as given:
            link.click()
        names.append(given.value.suggested_filename.partition(".")[2])
    assert names == ["zip", "pdf", "ur.pdf", "json"]
    entered = outcomes(home, Action.ABSENCE)
    assert [one.get("file", "") for one in entered[-4:]] == [
        "", "certificate.pdf", "certificate.ur.pdf", "certificate.json",
    ]  # fmt: skip
    used.go("/exports")
    row = page.locator("li", has_text="Certificate of absence")
    row.first.get_by_role("link", name="Open").click()
    expect(page.locator("[data-verdict]")).to_be_visible()
    used.go("/absence?job=019ab2c4-7f00-7d3c-8a51-2b9f6c0e1d77")
    expect(page.locator("main")).to_contain_text("No such certificate")


def test_a_certificate_of_time_that_has_not_passed_is_refused(used: Used) -> None:
    page = used.page
    used.go(f"/absence?parts=steady/4102444800000/4102448400000&case={CASE}")
    page.click("[data-start]")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("[data-start]")).to_be_enabled()


@pytest.mark.parametrize(("language", "width", "theme"), SIZES)
def test_an_order_sticks_out_nowhere_and_shuts_nobody_out(
    browser: Browser, served: Served, language: str, width: int, theme: str
) -> None:
    with opened(browser, served, language=language, width=width, theme=theme) as used:
        signed_in(used)
        at = "from=2026-11-22 10:59&to=2026-11-22 11:01&authority=Court&order=17/2026"
        used.go(f"/preserve?case={CASE}&camera=hevc&{at}")
        used.page.locator(".within").wait_for()
        assert used.sticks_out() == 0
        assert grave(used, page_scripts()) == []
        used.page.click("[data-preserve]")
        used.page.locator("[data-receipt] a[download]").first.wait_for()
        assert used.sticks_out() == 0
        assert grave(used, page_scripts()) == []
        used.go(f"/absence?parts={parts_text()}&case={CASE}")
        used.page.click("[data-start]")
        used.page.locator("[data-absence] li").first.wait_for()
        assert used.sticks_out() == 0
        assert grave(used, page_scripts()) == []
        assert used.faults == []
