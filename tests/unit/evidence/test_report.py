"""Report and stills of a bundle: what stands in them, and that the verifier guards both."""

from __future__ import annotations

import io
import json
import re
from dataclasses import fields, replace
from string import Formatter
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from PIL import Image
from pypdf import PdfReader

from evidence import export, verify
from evidence.bundle import BundleFolder
from evidence.papers import Papers, exhibits_of
from evidence.report import FILES
from evidence.report_words import ENGLISH, URDU, WORDS
from evidence.seal import BundleSeal
from evidence.start_words import ENGLISH as START
from footage.document import LANGUAGES
from footage.errors import Unavailable
from footage.ids import CameraId
from footage.instant import Elapsed
from footage.segment import ClockReading, TimeSource
from footage.span import GapReason
from infra.keys.key_folder import FolderSealer, KeyFolder
from infra.media.pyav_decoder import PyavDecoder
from infra.pdf.typst_pdf import TypstDocuments
from infra.registers.memory_cases import MemoryCases
from tests.common.builders import a_gap, at, during, segments_in_a_row
from tests.common.bundles import Document, forge, found
from tests.common.case_parts import a_case, a_document, an_exhibit
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import Parts, exporter, the_parts
from tests.common.tiny_films import small_film, store_film

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from footage.case import Exhibit

pytestmark = pytest.mark.slow

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")
ADDRESSED = {
    "recipient": "Sessions court",
    "recipient_kind": "court",
    "authority": "Order 17 of the court",
}
BUNDLE = "01a20404-0afb-7000-8000-000000000000"


def papers(*exhibits: Exhibit) -> Papers:
    return Papers(TypstDocuments(), PyavDecoder(), lambda _case: exhibits)


def exported(
    parts: Parts,
    made: Papers,
    name: str = "out",
    *,
    clips: bool = False,
    seal: BundleSeal | None = None,
) -> Path:
    out = parts.folder / name
    service = exporter(parts, papers=made, seal=seal, documents=[a_document()])
    with mock.patch.object(export, "timed_id", return_value=BUNDLE):
        service.export([ONE, TWO], during(0, 180), out, LIAISON, derived=clips, addressed=ADDRESSED)
    return out


def said(out: Path, name: str) -> str:
    pages = PdfReader(out / name).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def unspaced(text: str) -> str:
    """Return a text without what breaks its lines and keeps its direction."""
    return re.sub("[\\s\u200b\u2066-\u2069]", "", text)


def manifest(out: Path) -> Document:
    document: Document = json.loads((out / "MANIFEST.json").read_bytes())
    return document


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """A minute of camera-1 with a measured clock, then a gap; nothing of camera-2."""
    made = the_parts(tmp_path)
    clock = ClockReading(TimeSource.RTCP, Elapsed.parse("2s"), Elapsed.parse("40ms"))
    made.stored([replace(one, clock=clock) for one in segments_in_a_row(1)])
    gap = a_gap("camera-1", during(60, 180), GapReason.CAMERA_LOST, "no frames for 10s")
    made.catalogue.add_gaps([gap])
    return made


@pytest.fixture
def filmed(tmp_path: Path) -> Parts:
    """Two films of camera-1, 6 s each, that follow one another."""
    made = the_parts(tmp_path)
    for number in range(2):
        segment = store_film(
            made.store, tmp_path, small_film(6), start=at(6 * number), sequence=number
        )
        made.catalogue.add_segments([segment])
    return made


def test_the_report_says_case_person_times_gaps_clock_and_digests(parts: Parts) -> None:
    out = exported(parts, papers())
    text = said(out, FILES["en"])
    (segment,) = segments_in_a_row(1)
    stated = manifest(out)
    assert stated["request"].items() >= ADDRESSED.items()
    assert stated["case"]["authority_documents"] == [a_document().document()]
    for fact in (
        *(LIAISON.case, LIAISON.code, LIAISON.actor, "Sessions court", "Order 17 of the court"),
        *(ENGLISH.recipient_kind, "Sessions Court, order 14/2026", "order.pdf"),
        *(
            START.reasons[GapReason.CAMERA_LOST],
            "no frames for 10s",
            "0.040 s",
            "2.000 s to 2.000 s",
            "Asia/Karachi",
        ),
        f"master/{segment.key}",
        stated["sources"][0]["segments"][0]["sha256"],
        stated["custody"]["head"].removeprefix("sha256:"),
        ENGLISH.unsigned,
    ):
        assert fact in text.replace("\u200b", ""), fact


class SilentAuthority:
    """A time-stamp authority that does not answer."""

    name = "tsa.invalid"
    certificates = ""

    def stamp(self, _: bytes) -> bytes:
        raise Unavailable("no answer")


def test_the_report_says_who_signs_and_stamps(parts: Parts) -> None:
    keys = KeyFolder(parts.folder / "keys")
    keys.make("footage-ledger.invalid/0011223344556677", parts.clock.now(), first=True)
    seal = BundleSeal(FolderSealer(keys), SilentAuthority(), parts.clock)
    out = exported(parts, papers(), seal=seal)
    signer = keys.seal_certificate()
    for name, say in ((FILES["en"], ENGLISH), (FILES["ur"], URDU)):
        text = unspaced(said(out, name))
        assert signer.sha256 in text
        assert signer.common_name in text
        assert "tsa.invalid" in text
        assert unspaced(say.unknown_signature) not in text
    assert unspaced(ENGLISH.unknown_signer) in unspaced(said(out, FILES["en"]))


def test_the_report_says_whether_cameras_signed(parts: Parts) -> None:
    none = unspaced(said(exported(parts, papers()), FILES["en"]))
    assert unspaced(ENGLISH.none_found) in none
    assert unspaced(ENGLISH.unknown_camera_valid) not in none
    with mock.patch.object(BundleFolder, "signed", return_value="axis"):
        text = said(exported(parts, papers(), "signed"), FILES["en"])
    told = ENGLISH.signatures_found.format(kind="axis", n=1, of=1)
    assert unspaced(told) in unspaced(text)
    assert unspaced(ENGLISH.unknown_camera_valid) in unspaced(text)


def test_both_languages_have_the_same_facts_and_the_digest_of_the_manifest(parts: Parts) -> None:
    out = exported(parts, papers())
    stated = manifest(out)
    for name in FILES.values():
        text = said(out, name)
        assert stated["report"]["facts_sha256"] in text
        assert stated["sources"][0]["segments"][0]["sha256"] in text
        assert BUNDLE in text
    assert stated["report"]["members"] == list(FILES.values())
    assert PdfReader(out / FILES["ur"]).metadata.title == URDU.title  # type: ignore[union-attr]


def test_the_words_of_both_languages_name_the_same_things() -> None:
    for field in fields(ENGLISH):
        english, urdu = getattr(ENGLISH, field.name), getattr(URDU, field.name)
        if isinstance(english, str):
            names = [{n for _, n, _, _ in Formatter().parse(one)} for one in (english, urdu)]
            assert names[0] == names[1], field.name
    for language in LANGUAGES:
        assert len(WORDS[language].requirements) == 21
        assert all(map(all, WORDS[language].requirements))


def test_the_same_facts_make_the_same_report(parts: Parts) -> None:
    one, two = (parts.folder / name for name in ("one", "two"))
    for home in (one, two):
        home.mkdir()
        again = the_parts(home)
        again.a_minute_each(1)
        exported(again, papers())
    for name in FILES.values():
        assert (one / "out" / name).read_bytes() == (two / "out" / name).read_bytes()


def test_a_missing_or_edited_report_is_found(parts: Parts) -> None:
    out = exported(parts, papers())
    assert verify.check(out).verdicts["intact"] == "proven"
    report = out / "report.pdf"
    report.write_bytes(report.read_bytes().replace(b"%PDF-1.7", b"%PDF-1.6"))
    assert any("report.pdf" in text for text in found(out, "altered"))
    report.unlink()
    assert any("report.pdf" in text for text in found(out, "missing"))


def drop_gap(document: Document) -> None:
    document["gaps"][0]["reason"] = "expired"


def drop_report(document: Document) -> None:
    del document["report"]


def other_member(document: Document) -> None:
    document["report"]["members"] = ["report.pdf"]


@pytest.mark.parametrize("edit", [drop_gap, drop_report, other_member])
def test_a_manifest_forged_beside_the_report_is_found(
    parts: Parts, edit: Callable[[Document], None]
) -> None:
    out = exported(parts, papers())
    forge(out, edit)
    assert any("report" in text for text in found(out, "statement"))


def test_stills_are_the_pictures_of_the_exhibits(filmed: Parts) -> None:
    exhibits = [
        replace(an_exhibit(interval=during(second, second + 1)), number=number)
        for number, second in enumerate((1.5, 8.3), 1)
    ]
    outside = replace(an_exhibit(camera="camera-2"), number=3)
    out = exported(filmed, papers(*exhibits, outside), clips=True)
    stated = manifest(out)["stills"]
    assert [one["exhibit"] for one in stated] == [1, 2]
    assert [one["shown_from"] for one in stated] == [str(at(1.4)), str(at(8.2))]
    for one in stated:
        assert Image.open(io.BytesIO((out / one["path"]).read_bytes())).size == (320, 180)
    report = verify.check(out)
    assert report.verdicts["intact"] == "proven"
    text = said(out, "report.pdf")
    assert "The car" in text
    assert " 1.4 " in text
    page = (out / "START-HERE.txt").read_text()
    assert all(one["path"] in page for one in stated)


def test_without_clips_the_second_counts_from_the_first_picture_of_the_stored_file(
    filmed: Parts,
) -> None:
    exhibit = replace(an_exhibit(interval=during(8.3, 9.3)), number=1)
    text = said(exported(filmed, papers(exhibit)), "report.pdf")
    assert " 2.2 " in text
    assert "count the seconds from the first picture shown" in text


def test_without_exhibits_the_first_picture_of_each_stretch_is_a_still(filmed: Parts) -> None:
    [still] = manifest(exported(filmed, papers()))["stills"]
    assert (still["exhibit"], still["shown_from"]) == (None, str(at(0)))


def other_time(still: Document) -> None:
    still["shown_from"] = str(at(4))


def other_ticks(still: Document) -> None:
    still["media_ticks"] += 1


def other_camera(still: Document) -> None:
    still["camera"] = "camera-2"


def other_path(still: Document) -> None:
    still["path"] = "stills/none.png"


@pytest.mark.parametrize("edit", [other_time, other_ticks, other_camera, other_path])
def test_what_is_stated_of_a_still_is_compared_with_its_master(
    filmed: Parts, edit: Callable[[Document], None]
) -> None:
    out = exported(filmed, papers())

    def forged(document: Document) -> None:
        edit(document["stills"][0])

    forge(out, forged)
    assert any(text.startswith("stills/") for text in found(out, "statement"))


def test_a_picture_that_cannot_be_decoded_stops_no_export(parts: Parts) -> None:
    out = exported(parts, papers())
    stated = manifest(out)
    assert "stills" not in stated
    assert [one["asked"] for one in stated["no_stills"]] == [str(at(0))]
    assert verify.check(out).verdicts["intact"] == "proven"


def test_all_exhibits_of_a_case_are_given() -> None:
    cases = MemoryCases()
    case = a_case(reference=LIAISON.case)
    cases.open(case, [])
    made: Sequence[Exhibit] = [cases.add_exhibit(an_exhibit(case.id)) for _ in range(3)]
    assert exhibits_of(cases, LIAISON.case) == made
    assert exhibits_of(cases, "no such case") == []
