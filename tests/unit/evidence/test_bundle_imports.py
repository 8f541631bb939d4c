"""A bundle names imported footage: file, digest, who imported, who states the time, what is odd."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from evidence import verify
from footage.action import Purpose
from footage.custody import bracket
from footage.digest import Digest
from footage.ids import CameraId
from footage.import_run import run_of
from footage.instant import Elapsed
from footage.segment import ClockReading, TimeSource
from recorder.imports.entry import FileEntry, deed_of, done_of
from recorder.imports.plan import Stated
from tests.common.builders import START, a_segment, at, during
from tests.common.bundles import forge, found
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import Parts, exporter, the_parts

if TYPE_CHECKING:
    from footage.instant import Instant
    from footage.segment import Segment

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")
FILM = Digest.of(b"film")
SECOND = Elapsed.parse("1s")


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return the_parts(tmp_path)


def export(parts: Parts, cameras: list[CameraId], until: int = 60) -> tuple[Path, dict[str, Any]]:
    out = parts.folder / "bundle"
    exporter(parts).export(cameras, during(0, until), out, LIAISON)
    return out, json.loads((out / "MANIFEST.json").read_bytes())


def imported(
    parts: Parts,
    camera: CameraId,
    start: Instant = START,
    *,
    entered: bool = True,
    purpose: Purpose = LIAISON,
) -> Segment:
    """Store a segment as imported from a film, with the custody entries of an import."""
    run = run_of(FILM, start, 1, Elapsed.parse("60s"), parts.clock.now())
    clock = ClockReading(TimeSource.STATED, None, SECOND)
    segment = replace(a_segment(camera, start, run=run), clock=clock)
    if not entered:
        (stored,) = parts.stored([segment])
        return stored
    file = FileEntry(Path("/usb/dvr 3.avi"), FILM, 4_321, Stated(start, "by hand", SECOND))
    with bracket(parts.custody, deed_of(purpose, camera, [file])) as act:
        (stored,) = parts.stored([segment])
        act.result = {"files": [done_of([stored], 1, "avi")]}
    return stored


def test_an_import_is_named_in_manifest_readme_and_by_the_verifier(
    parts: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    segment = imported(parts, ONE)
    out, manifest = export(parts, [ONE])
    (told,) = manifest["imports"]
    assert (told["file"], told["sha256"], told["size"], told["container"]) == (
        *("/usb/dvr 3.avi", FILM.hex, 4_321, "avi"),
    )
    assert (told["stated_by"], told["start"], told["uncertainty_us"]) == (
        *("by hand", str(START), 1_000_000),
    )
    assert told["imported"] == {
        "by": LIAISON.actor,
        "at": str(parts.clock.now()),
        "case": LIAISON.case,
        "custody": [1],
    }
    assert (told["members"], told["contradicts"]) == ([segment.key], [])
    readme = (out / "README.txt").read_text()
    assert "IMPORTED, NOT RECORDED BY THIS SYSTEM" in readme
    assert f"SHA-256 of that file {FILM.hex}" in readme
    assert f"stated by: {LIAISON.actor}, by hand" in readme
    assert "uncertain by 1.000 s as stated; nobody compared the device's clock" in readme
    assert "byte for byte as they were first written" not in readme
    assert any("not recorded by this system" in each for each in manifest["limitations"])
    assert not any("what the recorder received" in each for each in manifest["limitations"])
    assert verify.main([str(out)]) == verify.EXIT_PROVEN
    said = capsys.readouterr().out
    assert "imported, not recorded: camera-1, 1 cut from /usb/dvr 3.avi" in said
    assert f"(sha256 {FILM.hex}); start {START} as stated (by hand)" in said
    entries = json.loads((out / "provenance/custody.json").read_bytes())["entries"]
    assert [entry["action"] for entry in entries].count("import") == 2


def test_the_same_bytes_as_another_camera_and_day_are_a_contradiction(
    parts: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    """The import that was planted later is told in the bundle of the first, too."""
    imported(parts, ONE)
    imported(parts, TWO, at(86_400))
    out, manifest = export(parts, [ONE])
    (told,) = manifest["imports"]
    text = f"the same bytes were imported as camera-2 from {at(86_400)} (custody entry 3)"
    assert told["contradicts"] == [text]
    assert f"CONTRADICTION: {text}" in (out / "README.txt").read_text()
    verify.main([str(out)])
    assert f"contradiction: {text}" in capsys.readouterr().out


def test_an_import_that_the_log_does_not_have_is_told_so(parts: Parts) -> None:
    imported(parts, ONE, entered=False)
    out, manifest = export(parts, [ONE])
    (told,) = manifest["imports"]
    assert (told["sha256"], told["sha256_begins"]) == (None, FILM.hex[:16])
    assert "file, person and time are not known" in (out / "README.txt").read_text()
    assert verify.check(out).exit_code == verify.EXIT_PROVEN


def test_the_import_that_stored_the_segments_is_told(parts: Parts) -> None:
    """Not the one before, whose segments retention deleted."""
    first = imported(parts, ONE, purpose=Purpose("somebody"))
    parts.store.delete([first.key])
    parts.catalogue.remove_segments([first.key])
    parts.clock.sleep(Elapsed.parse("1h"))
    imported(parts, ONE)
    imported(parts, ONE, at(3_600), purpose=Purpose("later"))
    _, manifest = export(parts, [ONE])
    (told,) = manifest["imports"]
    facts = told["imported"]
    assert (facts["by"], facts["case"]) == (LIAISON.actor, LIAISON.case)
    assert (facts["at"], facts["custody"]) == (str(parts.clock.now()), [1, 3])


def test_recorded_and_imported_are_told_apart(parts: Parts) -> None:
    imported(parts, ONE)
    parts.a_minute_each(1, "camera-2")
    out, manifest = export(parts, [ONE, TWO])
    assert len(manifest["imports"]) == 1
    readme = " ".join((out / "README.txt").read_text().split())
    assert "byte for byte as they were first written; those of the imports" in readme
    assert any("what the recorder received" in each for each in manifest["limitations"])


def test_recorded_footage_names_no_import(parts: Parts) -> None:
    parts.a_minute_each(1)
    out, manifest = export(parts, [ONE])
    assert manifest["imports"] == []
    assert "IMPORTED" not in (out / "README.txt").read_text()
    assert verify.check(out).imports == []


def test_an_import_that_the_manifest_hides_is_found(parts: Parts) -> None:
    imported(parts, ONE)
    out, _ = export(parts, [ONE])
    forge(out, lambda document: document["imports"][0]["members"].append("camera-9/unheard.mp4"))
    assert found(out, "statement") == ["MANIFEST.json names imported files that are not stated"]
    forge(out, lambda document: document["imports"].clear())
    (told,) = found(out, "statement")
    assert told == "MANIFEST.json has imported files without naming their import"


@pytest.mark.parametrize("wrong", [3, [3], [{}], [{"members": [{}]}], None])
def test_a_hostile_manifest_is_altered_and_no_traceback(parts: Parts, wrong: object) -> None:
    imported(parts, ONE)
    out, _ = export(parts, [ONE])
    forge(out, lambda document: document.update(imports=wrong))
    assert verify.main([str(out)]) == verify.EXIT_ALTERED
