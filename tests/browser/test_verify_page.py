"""The page in each bundle that checks the bundle's files in a browser, opened as a file."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from evidence import verify
from evidence.readme import VERIFY_COMMAND
from evidence.start_words import ENGLISH, URDU
from evidence.views import ViewsAsked
from footage.action import Purpose
from footage.clock import SystemClock
from footage.ids import CameraId
from footage.instant import Elapsed, Interval
from infra.config.settings import Settings
from infra.run.key_ceremony import make_keys
from infra.wiring import Parts
from tests.common.browsing import WITHIN_MS, Watched
from tests.common.bundles import forge, masters, write_sums
from tests.common.played_city import SECONDS, starts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

CASE = Purpose("amina", "FIR-4711", "robbery")
LENGTHS = (0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000, (4 << 20) - 1, 4 << 20, (8 << 20) + 57)


@pytest.fixture(scope="module")
def made(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signed bundle of two unbroken stretches of a camera, with the time between."""
    parts = Parts(Settings(home=home, cache=home / "cache", actor="amina"), SystemClock())
    out = tmp_path_factory.mktemp("made") / "bundle"
    try:
        make_keys(parts, CASE, first=True)
        first, second, *_ = starts("steady")
        asked = Interval(first, second + Elapsed.seconds(SECONDS))
        parts.exporter.export([CameraId("steady")], asked, out, CASE, derived=True)
    finally:
        parts.close()
    return out


@pytest.fixture(scope="module")
def made_to_view(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of a film for viewing alone."""
    parts = Parts(Settings(home=home, cache=home / "cache", actor="amina"), SystemClock())
    out = tmp_path_factory.mktemp("viewed") / "bundle"
    try:
        first, *_ = starts("steady")
        asked = Interval(first, first + Elapsed.seconds(SECONDS))
        views = ViewsAsked("en", (), alone=True)
        parts.exporter.export([CameraId("steady")], asked, out, CASE, views=views)
    finally:
        parts.close()
    return out


@pytest.fixture
def bundle(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "bundle")


@pytest.fixture
def page(browser: Browser, bundle: Path) -> Iterator[Page]:
    """The page as a person opens it: a file, without a server."""
    context = browser.new_context(locale="en-GB", offline=True)
    context.set_default_timeout(WITHIN_MS)
    watched = Watched(context.new_page())
    watched.page.goto((bundle / "verify" / "verify.html").as_uri())
    yield watched.page
    context.close()
    assert watched.faults == []


def checked(page: Page, bundle: Path) -> str:
    """Choose the folder; return the verdict."""
    page.get_by_label("The folder of the bundle").set_input_files(bundle)
    verdict = page.locator("#verdict")
    verdict.wait_for()
    return verdict.inner_text()


def told(page: Page) -> dict[str, str]:
    """Return what the table of wrong files says, by path."""
    rows = page.locator("h2:has-text('Files that are not as listed') + table tr").all()
    cells = [row.locator("td").all_inner_texts() for row in rows]
    return {cell[0]: cell[1] for cell in cells if cell}


def test_a_sound_bundle_is_as_listed_and_its_films_play(page: Page, bundle: Path) -> None:
    files = len(json.loads((bundle / "MANIFEST.json").read_bytes())["files"])
    assert checked(page, bundle).startswith(
        f"Every file is as listed in MANIFEST.json ({files} in all)."
    )
    facts = page.locator("main table").first
    digest = hashlib.sha256((bundle / "MANIFEST.json").read_bytes()).hexdigest()
    expect(facts).to_contain_text(f"{digest} (to be compared)")
    expect(page.get_by_text("not scheduled (no recorder has recorded this camera)")).to_be_visible()
    expect(facts).to_contain_text("gaps stated: 1; holes stated: 0")
    expect(facts).to_contain_text(
        "not checked by this page, but by: python3 -I -S verify/verify.py ."
    )
    films = page.locator("video")
    assert films.count() == len(list(bundle.glob("clip/**/*.mp4"))) == 2
    clips = json.loads((bundle / "MANIFEST.json").read_bytes())["clips"]
    assert all(clip["sealed"] for clip in clips), "the seal of a film hinders no player"
    for film in films.all():
        assert film.evaluate(
            "async (film) => { film.muted = true; await film.play(); return film.videoWidth; }"
        )
    stills = page.locator("figure img")
    assert stills.count() == 2
    for still in stills.all():
        assert still.evaluate("async (still) => { await still.decode(); return still.width; }")


def test_a_film_for_viewing_plays_and_is_said_to_be_derived(page: Page, made_to_view: Path) -> None:
    assert checked(page, made_to_view).startswith("Every file is as listed")
    expect(page.get_by_text("The recorded files are left out of this bundle")).to_be_visible()
    (film,) = page.locator("video").all()
    assert film.evaluate(
        "async (film) => { film.muted = true; await film.play(); return film.videoWidth; }"
    )
    expect(page.locator("figure")).to_contain_text("film for viewing, derived, not compared")


def test_the_noted_digest_tells_the_bundle_from_another(page: Page, bundle: Path) -> None:
    digest = hashlib.sha256((bundle / "MANIFEST.json").read_bytes()).hexdigest()
    noted = page.get_by_label("SHA-256 of MANIFEST.json as noted")
    noted.fill(f"sha256:{digest.upper()}")
    assert "the list is the one that was noted" in checked(page, bundle)
    noted.fill("0" * 64)
    noted.press("Tab")
    expect(page.locator("#verdict")).to_contain_text("not the bundle that was handed over")


def test_each_change_of_a_file_is_named(page: Page, bundle: Path) -> None:
    altered, gone = masters(bundle)[:2]
    data = bytearray(altered.read_bytes())
    data[-1] ^= 1
    altered.write_bytes(data)
    gone.unlink()
    (bundle / "README.txt").write_text("another", encoding="ascii")
    (bundle / ".DS_Store").write_bytes(b"x")
    clip = min(bundle.glob("clip/**/*.mp4"))
    clip.write_bytes(clip.read_bytes()[:-1] + b"\0")
    verdict = checked(page, bundle)
    assert "ALTERED" in verdict
    assert "Files that lie here and are not listed: 1." in verdict
    found = told(page)
    assert found.pop(altered.relative_to(bundle).as_posix()) == "has another SHA-256 than listed"
    assert found.pop(gone.relative_to(bundle).as_posix()) == "missing"
    assert found.pop(clip.relative_to(bundle).as_posix()) == "has another SHA-256 than listed"
    assert re.fullmatch(r"has 7 bytes, \d+ are listed", found.pop("README.txt"))
    assert found == {".DS_Store": "not listed"}
    assert page.locator("video").count() == 1, "what is not as listed is not shown"
    expect(page.locator("figcaption .bad")).to_have_text("NOT as listed: not shown")


def test_sums_that_say_something_else_are_told(page: Page, bundle: Path) -> None:
    sums = bundle / "SHA256SUMS"
    lines = sums.read_text().splitlines(keepends=True)
    sums.write_text("".join(lines[1:]))
    assert "ALTERED" in checked(page, bundle)
    sums.unlink()
    assert "SHA256SUMS differs from MANIFEST.json" in checked(page, bundle)
    write_sums(bundle)
    assert "as listed" in checked(page, bundle)


def test_what_a_bundle_says_is_shown_as_text_in_both_languages(page: Page, bundle: Path) -> None:
    evil = "<img src=x onerror=\"document.title='no'\">"
    forge(bundle, lambda document: document["case"].update(ref=evil))
    assert "as listed" in checked(page, bundle)
    expect(page.locator("main table").first).to_contain_text(evil)
    page.get_by_role("button", name="اردو").click()
    assert page.title() == "فوٹیج کے بنڈل کی جانچ"
    assert page.locator("html").get_attribute("dir") == "rtl"
    expect(page.locator("#verdict")).to_contain_text("فہرست کے مطابق ہے")


def test_a_folder_without_a_manifest_that_can_be_read_is_not_judged(
    page: Page, bundle: Path
) -> None:
    doing = page.locator("#doing")
    choose = page.get_by_label("The folder of the bundle")
    choose.set_input_files(bundle / "master")
    expect(doing).to_contain_text("There is no MANIFEST.json in this folder")
    document = json.loads((bundle / "MANIFEST.json").read_bytes())
    odd = [json.dumps({**document, name: [None]}) for name in ("gaps", "clips")]
    for text in (*odd, "{", "[]", "null", '{"schema":"footage.absence/1"}', '{"schema":1}'):
        (bundle / "MANIFEST.json").write_text(text)
        choose.set_input_files(bundle)
        expect(doing).to_contain_text("MANIFEST.json cannot be read")
    expect(page.locator("#verdict")).to_have_count(0)


def test_the_sums_are_those_of_sha_256_at_every_length(page: Page) -> None:
    computed = page.evaluate(
        """async (lengths) => Promise.all(lengths.map((length) =>
            sha256(new Blob([Uint8Array.from({ length }, (_, at) => at * 7 % 251)]))))""",
        list(LENGTHS),
    )
    data = bytes(at * 7 % 251 for at in range(max(LENGTHS)))
    assert computed == [hashlib.sha256(data[:length]).hexdigest() for length in LENGTHS]


def test_the_page_says_the_words_of_start_here_for_gaps(page: Page) -> None:
    for words in (ENGLISH, URDU):
        stated = {reason.value: text for reason, text in words.reasons.items()}
        assert page.evaluate("(code) => WORDS[code].reasons", words.code) == stated
    english, urdu = page.evaluate("[Object.keys(WORDS.en), Object.keys(WORDS.ur)]")
    assert english == urdu
    assert page.evaluate("COMMAND") == VERIFY_COMMAND


def test_page_and_program_list_the_same_files_beside_the_manifest(page: Page) -> None:
    beside = page.evaluate("BESIDE")
    assert sorted(beside) == sorted([verify.MANIFEST, verify.SUMS, *verify.BESIDE])
