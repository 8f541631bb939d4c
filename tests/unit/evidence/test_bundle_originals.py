"""The original file of an import in a bundle: whole, named, checked; and told where it is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from evidence import verify
from footage.custody import bracket
from footage.digest import Digest
from footage.errors import DataLoss
from footage.ids import CameraId
from footage.import_run import run_of
from footage.instant import Elapsed
from footage.originals import Original, key_of, to_metadata
from footage.segment import ClockReading, TimeSource
from recorder.imports.entry import FileEntry, deed_of, done_of
from recorder.imports.originals import KeptOriginal
from recorder.imports.plan import Stated
from tests.common.builders import START, during, segments_in_a_row
from tests.common.bundles import forge, found
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import Parts, exporter, the_parts

if TYPE_CHECKING:
    from footage.segment import Segment

ONE = CameraId("camera-1")
FILM = b"the whole film with all its tracks" * 1_000
DIGEST = Digest.of(FILM)
KEY = key_of(ONE, DIGEST, START, 1)
PATH = f"{KEY}.avi"


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return the_parts(tmp_path)


def imported(parts: Parts, *, film: bytes | None = FILM, digest: Digest = DIGEST) -> list[Segment]:
    """Store three minutes cut from a film, and the film itself, as `footage ingest` enters both."""
    run = run_of(DIGEST, START, 1, Elapsed.parse("60s"), parts.clock.now())
    clock = ClockReading(TimeSource.STATED, None, Elapsed.parse("1s"))
    cut = [replace(one, clock=clock) for one in segments_in_a_row(3, run=run)]
    stated = Stated(START, "by hand")
    file = FileEntry(Path("/usb/dvr 3.avi"), digest, len(FILM), stated, keeps_original=True)
    original = Original(KEY, ONE, during(0, 180), DIGEST, len(FILM), "dvr 3.avi")
    with bracket(parts.custody, deed_of(LIAISON, ONE, [file])) as act:
        segments = parts.stored(cut)
        if film is not None:
            source = parts.folder / "film"
            source.write_bytes(film)
            parts.store.put(KEY, source, Digest.of(film), to_metadata(original))
        kept = KeptOriginal(original, new=True)
        act.result = {"files": [done_of(segments, 3, "avi", original=kept)]}
    return segments


def export(parts: Parts, *, originals: bool = True) -> tuple[Path, dict[str, Any]]:
    out = parts.folder / "bundle"
    exporter(parts).export([ONE], during(0, 90), out, LIAISON, originals=originals)
    return out, json.loads((out / "MANIFEST.json").read_bytes())


def test_the_original_is_in_the_bundle_with_its_digest_and_its_segments(parts: Parts) -> None:
    segments = imported(parts)
    out, manifest = export(parts)
    assert (out / PATH).read_bytes() == FILM
    (told,) = manifest["imports"]
    assert told["original"] == {
        "path": PATH,
        "object_key": KEY,
        "size": len(FILM),
        "sha256": DIGEST.hex,
        "file": "dvr 3.avi",
    }
    assert told["members"] == [segment.key for segment in segments[:2]]
    assert {"path": PATH, "size": len(FILM), "sha256": DIGEST.hex, "role": "original"} in (
        manifest["files"]
    )
    readme = (out / "README.txt").read_text()
    assert "originals/" in readme
    assert f"the file itself is {PATH}, byte for byte" in readme
    report = verify.check(out)
    assert report.verdicts["intact"] == "proven"
    assert f"original: {PATH} is the file itself, 2 files of master/ were cut from it" in (
        report.imports
    )


@pytest.mark.process
def test_the_verifier_in_the_bundle_checks_the_original_alone(parts: Parts) -> None:
    imported(parts)
    out, _ = export(parts)
    alone = [sys.executable, "-I", "-S", str(out / "verify" / "verify.py"), str(out)]
    said = subprocess.run(alone, capture_output=True, text=True, check=False)
    assert said.returncode == verify.EXIT_PROVEN, said.stdout
    assert f"original: {PATH}" in said.stdout
    (out / PATH).write_bytes(FILM[:-1] + b"!")
    said = subprocess.run(alone, capture_output=True, text=True, check=False)
    assert said.returncode == verify.EXIT_ALTERED


def test_an_original_left_out_is_named_and_not_in_the_bundle(parts: Parts) -> None:
    imported(parts)
    out, manifest = export(parts, originals=False)
    assert not (out / "originals").exists()
    (told,) = manifest["imports"]
    assert (told["original"]["path"], told["original"]["sha256"]) == (None, DIGEST.hex)
    assert "not in here" in (out / "README.txt").read_text()
    report = verify.check(out)
    assert report.exit_code == verify.EXIT_PROVEN
    assert "original not in the bundle: dvr 3.avi" in report.imports
    intent = next(each for each in parts.custody.read() if each.action == "export")
    assert intent.what["originals"] == "left out"


def test_an_import_without_its_file_says_nothing_of_an_original(parts: Parts) -> None:
    parts.a_minute_each(1)
    out, manifest = export(parts)
    assert manifest["imports"] == []
    assert not (out / "originals").exists()


def test_a_lost_original_is_a_contradiction_of_the_log(parts: Parts) -> None:
    imported(parts, film=None)
    out, manifest = export(parts)
    (told,) = manifest["imports"]
    assert told["original"] is None
    (text,) = told["contradicts"]
    assert "says that the file itself was stored, and the store has no such file" in text
    assert f"CONTRADICTION: {text}" in (out / "README.txt").read_text()


def test_an_original_whose_bytes_rotted_stops_the_export(parts: Parts) -> None:
    imported(parts)
    entry = parts.store._entries[KEY]
    parts.store._entries[KEY] = replace(entry, data=b"!" + FILM[1:])
    with pytest.raises(DataLoss, match="is not what was recorded"):
        export(parts)
    assert not (parts.folder / "bundle").exists()


def test_an_original_that_is_not_the_file_of_the_log_stops_the_export(parts: Parts) -> None:
    """Sixteen digits may be met by force; the log has all of them."""
    forged = Digest(DIGEST.hex[:16] + "0" * 48)
    imported(parts, digest=forged)
    with pytest.raises(DataLoss, match="is not the file that was imported"):
        export(parts)


def test_a_forged_original_keeps_no_bundle_without_originals_from_being_made(parts: Parts) -> None:
    imported(parts, digest=Digest(DIGEST.hex[:16] + "0" * 48))
    out, manifest = export(parts, originals=False)
    (told,) = manifest["imports"]
    assert told["original"] is None
    (text,) = told["contradicts"]
    assert "is not the file that was imported: the custody log names sha256" in text
    assert verify.check(out).exit_code == verify.EXIT_PROVEN


def test_an_unreadable_original_keeps_no_bundle_without_originals_from_being_made(
    parts: Parts,
) -> None:
    imported(parts)
    entry = parts.store._entries[KEY]
    parts.store._entries[KEY] = replace(entry, facts=replace(entry.facts, metadata={}))
    with pytest.raises(DataLoss, match="export without originals"):
        export(parts)
    out, manifest = export(parts, originals=False)
    (told,) = manifest["imports"]
    assert told["original"] is None
    (text,) = told["contradicts"]
    assert text == f"{KEY} is stored, and unreadable"
    assert verify.check(out).exit_code == verify.EXIT_PROVEN


def test_a_forged_statement_of_the_original_is_found(parts: Parts) -> None:
    imported(parts)
    out, _ = export(parts)
    forge(out, lambda document: document["imports"][0].update(original=None))
    assert found(out, "statement") == [
        f"{PATH} is an original without its import, or is not listed"
    ]


@pytest.mark.parametrize("entered", [DIGEST.hex, None])
def test_another_file_in_place_of_the_original_is_found(parts: Parts, entered: str | None) -> None:
    """Also where the log has no entry of the import: a run tells how the digest begins."""
    imported(parts)
    out, _ = export(parts)
    (out / PATH).write_bytes(b"another film")

    def other(document: dict[str, Any]) -> None:
        kept = document["imports"][0]["original"]
        kept["size"], kept["sha256"] = 12, Digest.of(b"another film").hex
        document["imports"][0]["sha256"] = entered

    forge(out, other)
    assert found(out, "statement") == [f"{KEY} is not the file that was imported"]


@pytest.mark.parametrize("wrong", [3, {}, {"path": 3}, []])
def test_a_hostile_original_is_altered_and_no_traceback(parts: Parts, wrong: object) -> None:
    imported(parts)
    out, _ = export(parts)
    forge(out, lambda document: document["imports"][0].update(original=wrong))
    assert verify.main([str(out)]) == verify.EXIT_ALTERED
