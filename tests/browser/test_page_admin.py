"""The pages of storage admin, auditor and system admin, as each of these works with them."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from footage.access import Grant, Role, person_id
from footage.action import Action, Purpose
from footage.clock import SimulatedClock
from footage.ids import CameraId
from footage.instant import Elapsed, Instant, Interval
from footage.scope import Scope
from tests.browser.test_page import parts_of
from tests.common.browsing import PASSWORD
from tests.common.builders import a_camera
from tests.common.page_list import pages
from tests.common.played_city import starts
from tests.common.tiny_films import fragmented_mp4, frames
from tests.common.using_page import opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator

    from tests.common.browsing import Served
    from tests.common.using_page import Used

PEOPLE = {"sara": Role.STORAGE_ADMIN, "omar": Role.AUDITOR, "yusuf": Role.SYSTEM_ADMIN}
POLICIES = '# of the city\n[[policy]]\nname = "city"\nkeep = "30d"\n'
ORDER = "Sessions Court, order 14/2026"
LONG_AGO = Instant.parse("2020-01-01T00:00:00Z")
FOUR_SECONDS = Elapsed.parse("4s")


@pytest.fixture(scope="module")
def home(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recorded home with a policy, a hold, what is due, and people of the three roles."""
    home = shutil.copytree(recorded, tmp_path_factory.mktemp("admin") / "home")
    (home / "policies.toml").write_text(POLICIES, encoding="utf-8")
    parts = parts_of(home)
    for person, role in PEOPLE.items():
        parts.people.add(
            person_id(person), person.title(), [Grant(role)], PASSWORD, Purpose("root")
        )
    held = Interval(starts("hevc")[0], starts("hevc")[0] + Elapsed.parse("1m"))
    parts.holds.place([CameraId("hevc")], held, ORDER, "theft", Purpose("root", "FIR 7/2026"))
    parts.register.add_cameras([gone := a_camera("gone-1")])
    parts.register.add_cameras([a_camera("silent-1", source="rtsp://192.0.2.7/1")])
    film = home / "film.mp4"
    film.write_bytes(fragmented_mp4(frames(8, [])))
    parts.importer_by(SimulatedClock(LONG_AGO)).ingest(film, gone, LONG_AGO, length=FOUR_SECONDS)
    parts.close()
    return home


@contextmanager
def working(
    browser: Browser, served: Served, person: str, *, language: str = "en"
) -> Iterator[Used]:
    """The page, in which a person has signed in."""
    with opened(browser, served, language=language, case=False) as used:
        used.page.fill("[name=username]", person)
        used.page.fill("[name=password]", PASSWORD)
        used.page.keyboard.press("Enter")
        used.page.locator("header nav").wait_for()
        yield used
        assert used.faults == []


def named(used: Used) -> list[str]:
    return used.page.locator("header nav a").all_inner_texts()


def text(home: Path) -> str:
    return (home / "policies.toml").read_text(encoding="utf-8")


def stored(home: Path, camera: str) -> int:
    parts = parts_of(home)
    try:
        return len(list(parts.catalogue.segments(Scope.parse([camera]))))
    finally:
        parts.close()


def choice(used: Used, name: str) -> Locator:
    """A list to choose from; its options are part of the text of its label."""
    return used.page.locator(f"label:has(> span:text-is('{name}')) select")


def main(used: Used) -> Locator:
    return used.page.locator("main")


def test_each_role_is_shown_what_its_work_needs_alone(browser: Browser, served: Served) -> None:
    seen = {}
    for person in PEOPLE:
        with working(browser, served, person) as used:
            seen[person] = named(used)
            used.show("/storage")
    assert seen == {
        "sara": ["Holds", "Storage", "Health", "First steps"],
        "omar": ["Cases", "Holds", "Storage", "Audit"],
        "yusuf": ["Health", "Cameras", "People", "First steps"],
    }


def test_the_storage_admin_sees_what_is_stored_and_what_comes_of_it(
    browser: Browser, served: Served
) -> None:
    with working(browser, served, "sara") as used:
        used.show("/storage")
        expect(main(used)).to_contain_text("Room left")
        row = used.page.locator("tbody tr", has_text="hevc")
        # Another test of this file puts a policy of the camera's own in force.
        expect(row).to_contain_text(re.compile("city|gates"))
        expect(row).to_contain_text("of it held")
        used.page.get_by_role("searchbox").fill("stead")
        expect(used.page.locator("section:has(#by-camera) tbody tr")).to_have_count(1)
        used.show("/storage?part=holds")
        expect(main(used)).to_contain_text("Sessions Court, order 14/2026")
        expect(main(used)).to_contain_text("FIR 7/2026")
        used.show("/storage?part=findings")
        expect(main(used)).to_contain_text("Holds are kept by Footage alone")


def test_policies_are_saved_only_after_the_difference_was_shown(
    browser: Browser, served: Served, home: Path
) -> None:
    with working(browser, served, "sara") as used:
        used.show("/storage?part=policies")
        page = used.page
        area = page.get_by_label("Policy file")
        expect(area).to_have_value(POLICIES)
        page.get_by_text("Add a rule").click()
        page.get_by_label("Name of the rule").fill("gates")
        choice(used, "About").select_option("camera")
        choice(used, "Which").select_option("hevc")
        page.get_by_label("Days to keep").fill("60")
        page.get_by_role("button", name="Add to the text").click()
        expect(page.get_by_role("button", name="Put in force")).to_have_count(0)
        page.get_by_role("button", name="Show what would change").click()
        preview = page.locator("section.preview")
        expect(preview).to_contain_text("gates")
        expect(preview.get_by_role("img")).to_be_visible()
        assert text(home) == POLICIES  # nothing is saved before
        area.fill(area.input_value() + "\n# later\n")
        expect(page.get_by_role("button", name="Put in force")).to_have_count(0)
        page.get_by_role("button", name="Show what would change").click()
        page.get_by_role("button", name="Put in force").click()
        expect(page.get_by_text("The policies are in force.")).to_be_visible()
        assert 'camera = ["hevc"]' in text(home)
        area.fill("nothing [")
        page.get_by_role("button", name="Show what would change").click()
        expect(page.get_by_role("alert")).to_contain_text("the policies")


def test_a_policy_changed_by_another_meanwhile_is_not_overwritten(
    browser: Browser, served: Served, home: Path
) -> None:
    with working(browser, served, "sara") as used:
        used.show("/storage?part=policies")
        area = used.page.get_by_label("Policy file")
        expect(area).not_to_have_value("")
        other = '[[policy]]\nname = "other"\nkeep = "29d"\n'
        (home / "policies.toml").write_text(other, encoding="utf-8")
        area.fill(POLICIES)
        used.page.get_by_role("button", name="Show what would change").click()
        expect(used.page.get_by_role("alert")).to_contain_text("changed meanwhile")
        used.page.get_by_role("button", name="Somebody changed the policies").click()
        used.page.get_by_role("button", name="Show what would change").click()
        expect(used.page.locator("section.preview")).to_contain_text("other")
        assert text(home) == other
        (home / "policies.toml").write_text(POLICIES, encoding="utf-8")


def test_a_plan_is_made_read_and_applied_against_its_numbers(
    browser: Browser, served: Served, home: Path
) -> None:
    with working(browser, served, "sara") as used:
        used.show("/storage?part=plans")
        page = used.page
        page.get_by_role("button", name="Make a plan").click()
        page.wait_for_function("() => location.hash.includes('plan=plan-')")
        expect(main(used)).to_contain_text("gone-1")  # which would lose everything
        page.get_by_text("Each stretch with its reasons").click()
        expect(main(used)).to_contain_text("keep 30d")
        segments = page.get_by_label("Segments to delete (2)")
        segments.fill("3")
        page.get_by_label("Cameras that lose everything (1)").fill("1")
        page.get_by_role("button", name="Delete for good").click()
        expect(page.get_by_text("The numbers are not those of the plan.")).to_be_visible()
        assert stored(home, "gone-1") == 2
        segments.fill("2")
        page.get_by_role("button", name="Delete for good").click()
        expect(main(used)).to_contain_text("2 segments deleted")
        page.get_by_role("link", name="All plans").click()
        expect(page.locator("tbody tr")).to_have_count(1)
    assert stored(home, "gone-1") == 0


def test_the_store_is_tried_and_said_in_words(browser: Browser, served: Served) -> None:
    with working(browser, served, "sara") as used:
        used.show("/storage?part=store")
        expect(main(used)).to_contain_text("Only Footage refuses")
        used.page.get_by_role("button", name="Try the store").click()
        expect(used.page.locator(".job")).to_contain_text("done")
        used.show("/storage?part=jobs")
        expect(main(used)).to_contain_text("Trial of the store")


def test_the_auditor_reads_filters_checks_and_changes_nothing(
    browser: Browser, served: Served, home: Path
) -> None:
    with working(browser, served, "omar") as used:
        page = used.page
        used.show("/audit?entered_from=2020-01-01")
        choice(used, "Action").select_option("hold")
        page.get_by_role("button", name="Show", exact=True).click()
        row = page.locator("tbody tr", has_text="FIR 7/2026")
        expect(row).to_have_count(1)
        expect(row).to_contain_text("held")
        row.get_by_role("button").click()
        detail = page.locator("dialog[open]")
        expect(detail).to_contain_text("authority")
        expect(detail).to_contain_text("segments")
        page.keyboard.press("Escape")
        page.get_by_role("textbox", name="Account").fill("nobody")
        page.get_by_role("button", name="Show", exact=True).click()
        expect(main(used)).to_contain_text("No act fits.")
        page.go_back()
        expect(row).to_have_count(1)
        with page.expect_download() as saved:
            page.get_by_role("link", name="Save as CSV").click()
        assert "FIR 7/2026" in saved.value.path().read_text(encoding="utf-8-sig")
        with page.expect_download() as saved:
            page.get_by_role("link", name="Save as PDF").click()
        assert saved.value.path().read_bytes().startswith(b"%PDF-")
        page.get_by_role("button", name="Check the chain").click()
        expect(main(used)).to_contain_text("The log is whole")
        page.emulate_media(media="print")
        expect(page.locator("header .brand")).to_be_hidden()
        expect(row).to_be_visible()
        page.emulate_media(media="screen")
        used.show("/storage?part=policies")
        expect(page.get_by_label("Policy file")).to_have_count(0)
        expect(main(used)).to_contain_text("change nothing")
    parts = parts_of(home)
    entered = [one for one in parts.custody.read() if one.action is Action.AUDIT]
    parts.close()
    assert {one.actor for one in entered} == {"omar"}


def test_health_tells_each_trouble_and_what_to_do(browser: Browser, served: Served) -> None:
    with working(browser, served, "yusuf") as used:
        used.show("/health")
        expect(main(used)).to_contain_text("Encoder of searches")
        expect(main(used)).to_contain_text("not fit for real footage")
        row = used.page.locator("tbody tr", has_text="silent-1")
        expect(row).to_contain_text("not recorded")
        expect(row).to_contain_text("Does a recorder run")
        with used.page.expect_response("**/api/v1/status**"):
            used.page.get_by_role("button", name="Read now").click()


def test_a_camera_is_added_and_changed_by_its_version(
    browser: Browser, served: Served, home: Path
) -> None:
    with working(browser, served, "yusuf") as used:
        page = used.page
        used.show("/cameras?camera=%2B")
        page.get_by_label("Id", exact=True).fill("gate-1")
        page.get_by_label("Name", exact=True).fill("Gate")
        page.get_by_label("Site id").fill("site-1")
        page.get_by_label("Latitude").fill("31.83")
        page.get_by_label("Longitude").fill("70.9")
        page.get_by_label("Source").last.fill("rtsp://127.0.0.1/1")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("alert")).to_be_visible()  # an address of the machine itself
        page.get_by_label("Source").last.fill("rtsp://192.0.2.5/1")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status").filter(has_text="is saved")).to_be_visible()
        used.show("/cameras?camera=gate-1")
        name = page.get_by_label("Name", exact=True)
        expect(name).to_have_value("Gate")
        name.fill("Gate of the court")
        page.get_by_label("Latitude").fill("31.84")
        page.get_by_label("It did not move: the place written down was wrong").check()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status").filter(has_text="is saved")).to_be_visible()
    parts = parts_of(home)
    camera = parts.register.camera(CameraId("gate-1"))
    parts.close()
    assert (camera.name, camera.place.lat, camera.source) == (
        "Gate of the court",
        31.84,
        "rtsp://192.0.2.5/1",
    )


def test_a_person_is_added_granted_and_disabled(browser: Browser, served: Served) -> None:
    with working(browser, served, "yusuf") as used:
        page = used.page
        used.show("/people?person=%2B")
        page.get_by_role("textbox", name="Account").fill("nadia")
        page.get_by_label("Name", exact=True).fill("Nadia")
        page.get_by_label("First password").fill(PASSWORD)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved.")).to_be_visible()
        used.show("/people?person=nadia")
        expect(page.get_by_label("Name", exact=True)).to_have_value("Nadia")
        page.get_by_role("button", name="One more grant").click()
        choice(used, "Role").last.select_option("auditor")
        page.get_by_label("Let in no more").check()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved.")).to_be_visible()
        page.keyboard.press("Escape")
        row = page.locator("tbody tr", has_text="nadia")
        expect(row).to_contain_text("Auditor")
        expect(row).to_contain_text("disabled")
        used.show("/people?person=yusuf")
        expect(page.get_by_text("Nobody changes their own grants")).to_be_visible()
        expect(choice(used, "Role")).to_be_disabled()


def test_the_first_steps_are_checked_and_lead_to_a_search(browser: Browser, served: Served) -> None:
    with working(browser, served, "amina") as used:
        used.show("/setup")
        steps = used.page.locator("main ol > li")
        expect(steps.nth(0)).to_contain_text("done")
        expect(steps.nth(1)).to_contain_text("Cameras known: ")
        policies = text(served.home).count("[[policy]]")  # tests before this one may change them
        expect(steps.nth(3)).to_contain_text(f"Policies in force: {policies}.")
        expect(steps.nth(4)).to_contain_text("to do")  # the encoder shipped is not fit
        used.page.get_by_role("link", name="Search now").click()
        expect(used.box()).to_be_visible()


@pytest.mark.parametrize(("language", "width"), [("en", 360), ("ur", 360), ("ur", 1280)])
def test_no_page_of_these_sticks_out_of_its_window(
    browser: Browser, served: Served, language: str, width: int
) -> None:
    with opened(browser, served, language=language, width=width, case=False) as used:
        used.page.fill("[name=username]", "amina")
        used.page.fill("[name=password]", PASSWORD)
        used.page.keyboard.press("Enter")
        used.page.locator("header nav").wait_for()
        wide = {}
        parts = ("policies", "plans", "holds", "store", "jobs", "findings")
        for address in [*pages().values(), *(f"/storage?part={part}" for part in parts)]:
            used.show(address)
            wide[address] = used.sticks_out()
        assert {address: by for address, by in wide.items() if by > 0} == {}
        assert used.faults == []
