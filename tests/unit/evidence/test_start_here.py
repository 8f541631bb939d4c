"""The START-HERE pages: what they say in both languages, and that the verifier guards them."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING

import pytest

from evidence import verify
from evidence.start_words import ENGLISH, URDU, isolated
from footage.ids import CameraId, SiteId
from footage.instant import Elapsed
from footage.segment import ClockReading, TimeSource
from footage.span import GapReason
from tests.common.builders import a_camera, a_gap, a_site, during, segments_in_a_row
from tests.common.bundles import found
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import Parts, exporter, the_parts

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")
PAGES = ["START-HERE.html", "START-HERE.txt"]
_ISOLATES = re.compile("[\u2066\u2068\u2069]")


def said(folder: Path, name: str) -> str:
    """Text of a page without tags and direction marks."""
    text = (folder / name).read_text(encoding="utf-8")
    if name.endswith(".html"):
        text = unescape(re.sub(r"<[^>]+>", "", text.partition("<body>")[2]))
    return _ISOLATES.sub("", text)


def exported(parts: Parts, **options: dict[str, str]) -> Path:
    out = parts.folder / "out"
    exporter(parts).export([ONE, TWO], during(0, 180), out, LIAISON, **options)  # type: ignore[arg-type]
    return out


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """A minute of camera-1 with a measured clock, then a gap; nothing of camera-2."""
    made = the_parts(tmp_path)
    clock = ClockReading(TimeSource.RTCP, Elapsed.parse("2s"), Elapsed.parse("40ms"))
    made.stored([replace(one, clock=clock) for one in segments_in_a_row(1)])
    gap = a_gap("camera-1", during(60, 180), GapReason.CAMERA_LOST, "no <frames> for 10s")
    made.catalogue.add_gaps([gap])
    return made


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_case_place_times_gaps_and_clock_in_both_languages(
    parts: Parts, page: str
) -> None:
    text = said(exported(parts, addressed={"recipient": "Sessions court"}), page)
    (segment,) = segments_in_a_row(1)
    for words in (ENGLISH, URDU):
        assert words.title in text
        assert words.reasons[GapReason.CAMERA_LOST] + " (no <frames> for 10s)" in text
        assert words.uncertain.format("0.040 s") in text
        assert words.offset.format(least="2.000 s", greatest="2.000 s") in text
        assert words.no_footage in text
        assert words.check in text
    for fact in (
        *(LIAISON.case, LIAISON.code, LIAISON.actor, "Sessions court"),
        *("Site site-1", "Asia/Karachi", segment.key, "python3 -I -S verify/verify.py ."),
    ):
        assert fact in text, fact


@pytest.mark.parametrize("page", PAGES)
def test_times_are_told_in_the_site_s_own_zone_and_in_utc(parts: Parts, page: str) -> None:
    parts.register.add_sites([a_site("site-2", zone="Europe/Berlin")])
    parts.register.add_cameras([a_camera("camera-3", site="site-2")])
    there = SiteId("site-2")
    parts.stored([replace(one, site=there) for one in segments_in_a_row(1, "camera-3")])
    out = parts.folder / "two"
    exporter(parts).export([ONE, CameraId("camera-3")], during(0, 60), out, LIAISON)
    text = said(out, page)
    start = segments_in_a_row(1)[0].interval.start
    assert start.to_datetime().strftime("%Y-%m-%dT%H:%M:%S") in text
    assert "Asia/Karachi" in text
    assert " +05:00" in text
    assert "Europe/Berlin" in text
    assert re.search(r" \+0[12]:00", text)


def test_a_measurement_nobody_made_is_not_claimed(tmp_path: Path) -> None:
    parts = the_parts(tmp_path)
    arrival, stated = (ClockReading(source) for source in (TimeSource.ARRIVAL, TimeSource.STATED))
    for camera, clock in (("camera-1", arrival), ("camera-2", stated)):
        parts.stored([replace(one, clock=clock) for one in segments_in_a_row(1, camera)])
    text = said(exported(parts), "START-HERE.txt")
    first, second = text.split(ENGLISH.camera + ": ")[1:3]
    assert ENGLISH.offset_unknown in first
    assert ENGLISH.uncertain.format("0.000 s") not in second
    assert ENGLISH.stated.format("0.000 s") in second


def test_a_page_has_no_script_and_loads_nothing(parts: Parts) -> None:
    camera = a_camera("camera-1", source="rtsp://user:geheim@10.0.0.1/1")
    name = '<script src="http://10.0.0.9/x.js"></script>\n\u202eGate'
    parts.register.add_cameras([replace(camera, name=name)])
    page = (exported(parts) / "START-HERE.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "geheim" not in page
    assert "\u202e" not in page
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|href)=\"(?!master/|verify/)", page)


def test_each_link_of_a_page_leads_to_a_file_of_the_bundle(parts: Parts) -> None:
    out = exported(parts)
    page = (out / "START-HERE.html").read_text(encoding="utf-8")
    links = [unescape(link) for link in re.findall(r'href="([^"]+)"', page)]
    assert links
    assert all((out / link).is_file() for link in links)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_altered_or_taken_away_is_found(bundle: Path, page: str) -> None:
    path = bundle / page
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Z", "z", 1), encoding="utf-8")
    report = verify.check(bundle)
    assert report.verdicts["intact"] == "altered"
    assert page in {finding.where for finding in report.findings}
    path.unlink()
    assert found(bundle, "missing") == [f"{page} is listed in the manifest, but not here"]


@pytest.mark.parametrize("words", [ENGLISH, URDU], ids=["English", "Urdu"])
def test_every_reason_of_a_gap_has_words(words: object) -> None:
    assert isinstance(words, type(ENGLISH))
    assert set(words.reasons) == set(GapReason)


def test_a_typed_text_stays_on_one_line_and_keeps_its_spelling() -> None:
    assert isolated("Gate\r\n\u202e2 \u2069x") == "\u2068Gate 2 x\u2069"
    assert isolated("بی\u200cبی") == "\u2068بی\u200cبی\u2069"
