"""What the stand-alone verifier finds: each mutation of a good bundle gives its verdict."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from evidence import verify
from evidence.export import ExportService
from footage.ids import CameraId
from footage.span import GapReason
from tests.common.builders import a_gap, during, segments_in_a_row
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import the_parts

if TYPE_CHECKING:
    from collections.abc import Callable

Document = dict[str, Any]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of three minutes of camera-1, with a gap of one minute between, and camera-2."""
    folder = tmp_path_factory.mktemp("bundle")
    parts = the_parts(folder)
    first, _, third = segments_in_a_row(3)
    parts.stored([first, third])
    parts.a_minute_each(3, "camera-2")
    parts.catalogue.add_gaps([a_gap("camera-1", during(60, 120), GapReason.CAMERA_LOST)])
    service = ExportService(
        parts.register, parts.catalogue, parts.store, parts.custody, parts.clock, "0.1.0"
    )
    service.export(
        [CameraId("camera-1"), CameraId("camera-2")], during(0, 180), folder / "out", LIAISON
    )
    return folder / "out"


@pytest.fixture
def bundle(good: Path, tmp_path: Path) -> Path:
    return shutil.copytree(good, tmp_path / "copy")


def masters(bundle: Path) -> list[Path]:
    return sorted((bundle / "master").rglob("*.mp4"))


def write_sums(bundle: Path) -> None:
    """As a forger would: every checksum anew."""
    lines = []
    for path in sorted(bundle.rglob("*")):
        if path.is_file() and path.name != "SHA256SUMS":
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            lines.append(f"{digest}  {path.relative_to(bundle).as_posix()}\n")
    (bundle / "SHA256SUMS").write_text("".join(lines))


def forge(bundle: Path, edit: Callable[[Document], object]) -> None:
    """Change the manifest, spell it canonically, compute every checksum anew."""
    document = json.loads((bundle / "MANIFEST.json").read_bytes())
    edit(document)
    for name in ("gaps", "clock"):
        side = bundle / "provenance" / f"{name}.json"
        if side.is_file():
            side.write_text(spelled({name: document[name]}))
    for fact in document["files"]:
        path = bundle / str(fact["path"])
        if path.is_file() and "master" not in fact["path"]:
            fact["size"] = path.stat().st_size
            fact["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (bundle / "MANIFEST.json").write_text(spelled(document))
    write_sums(bundle)


def spelled(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def found(bundle: Path, kind: str) -> list[str]:
    report = verify.check(bundle)
    assert report.verdicts["intact"] == "altered"
    assert report.exit_code == 1
    return [f"{f.where} {f.message}" for f in report.findings if f.kind == kind]


def test_the_good_one_is_intact_and_incomplete(bundle: Path) -> None:
    report = verify.check(bundle)
    assert [finding.kind for finding in report.findings] == ["gap"]
    assert (report.verdicts["intact"], report.verdicts["complete"]) == ("proven", "no")
    assert report.exit_code == 2


# ---------------------------------------------------------------- files


def test_a_byte_altered_in_any_file_is_found(bundle: Path) -> None:
    for path in [p for p in bundle.rglob("*") if p.is_file()]:
        good = path.read_bytes()
        where = path.relative_to(bundle).as_posix()
        for at in (0, len(good) // 2, len(good) - 1):
            path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
            try:
                report = verify.check(bundle)
            except verify.Unreadable:
                assert where == "MANIFEST.json"
                continue
            assert report.exit_code == 1, where
            named = {finding.where for finding in report.findings}
            assert where in named or "SHA256SUMS" in named
        path.write_bytes(good)
    assert verify.check(bundle).exit_code == 2


def test_a_missing_file_is_found(bundle: Path) -> None:
    masters(bundle)[1].unlink()
    assert found(bundle, "missing") == [
        f"{masters_path(bundle, 1)} is listed in the manifest, but not here"
    ]


def masters_path(bundle: Path, number: int) -> str:
    document = json.loads((bundle / "MANIFEST.json").read_bytes())
    paths = sorted(f["path"] for f in document["files"] if f["role"] == "master")
    return str(paths[number])


def test_a_file_too_many_is_found(bundle: Path) -> None:
    (bundle / "view").mkdir()
    (bundle / "view" / "clip.mp4").write_bytes(b"x")
    assert found(bundle, "extra") == ["view/clip.mp4 is not listed in the manifest"]


def test_a_file_cut_short_is_found(bundle: Path) -> None:
    path = masters(bundle)[0]
    path.write_bytes(path.read_bytes()[:-1])
    assert "2999 bytes instead of 3000" in found(bundle, "altered")[0]


def test_two_files_swapped_are_both_found(bundle: Path) -> None:
    one, two, *_ = masters(bundle)
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    assert len(found(bundle, "altered")) == 2


def test_a_file_replaced_by_a_link_is_found(bundle: Path, tmp_path: Path) -> None:
    path = masters(bundle)[0]
    shutil.move(path, tmp_path / "elsewhere.mp4")
    path.symlink_to(tmp_path / "elsewhere.mp4")
    assert "link or device" in found(bundle, "altered")[0]


def test_a_folder_replaced_by_a_link_is_not_followed(bundle: Path, tmp_path: Path) -> None:
    shutil.move(bundle / "master", tmp_path / "master")
    (bundle / "master").symlink_to(tmp_path / "master")
    assert found(bundle, "extra") == ["master is not listed in the manifest"]
    assert len(found(bundle, "missing")) == 5


def test_a_pipe_does_not_stop_the_verifier(bundle: Path) -> None:
    path = masters(bundle)[0]
    path.unlink()
    os.mkfifo(path)
    assert "link or device" in found(bundle, "altered")[0]


def test_missing_or_contradicting_checksums_are_found(bundle: Path) -> None:
    sums = bundle / "SHA256SUMS"
    lines = sums.read_text().splitlines(keepends=True)
    for wrong in (
        lines[1:],
        [*lines, lines[0]],
        [*lines, "garbage\n"],
        [*lines, f"{'0' * 64}  x\n"],
    ):
        sums.write_text("".join(wrong))
        assert any("SHA256SUMS" in each for each in found(bundle, "altered"))
    sums.unlink()
    assert any("SHA256SUMS" in each for each in found(bundle, "statement"))


# ---------------------------------------------------------------- statements, checksums made anew


def test_a_forger_who_only_recomputes_checksums_is_told_by_the_noted_digest(bundle: Path) -> None:
    noted = verify.check(bundle).manifest
    assert verify.check(bundle, noted).exit_code == 2
    forge(bundle, lambda document: document["case"].update(ref="FIR-1"))
    assert verify.check(bundle).verdicts["intact"] == "proven"
    report = verify.check(bundle, noted)
    assert report.exit_code == 1
    assert "noted at hand-over" in report.findings[0].message


def drop_gap(document: Document) -> None:
    document["gaps"].clear()


def shorten_gap(document: Document) -> None:
    document["gaps"][0]["end"] = document["gaps"][0]["end"].replace("10:23", "10:22")


def hide_gap(document: Document) -> None:
    """Claim the gap as delivered: adds up, but no segment covers it."""
    gap = document["gaps"].pop()
    del gap["camera"], gap["reason"], gap["detail"]
    document["intervals"][0]["delivered"].insert(1, gap)


def invent_gap(document: Document) -> None:
    """Claim delivered time as a gap."""
    part = document["intervals"][1]["delivered"].pop()
    document["gaps"].append({"camera": "camera-2", **part, "reason": "unknown", "detail": ""})


def narrow_request(document: Document) -> None:
    document["intervals"][0]["requested"] = document["intervals"][0]["delivered"][0]


def move_segment(document: Document) -> None:
    segment = document["sources"][0]["segments"][1]
    segment["start"] = document["sources"][0]["segments"][0]["end"]


def lose_segment(document: Document) -> None:
    document["sources"][1]["segments"].pop()


def restate_segment(document: Document) -> None:
    document["sources"][0]["segments"][0]["sha256"] = "0" * 64


def double_segment(document: Document) -> None:
    document["sources"][1]["segments"].append(document["sources"][1]["segments"][0])


def swap_cameras(document: Document) -> None:
    one, two = document["sources"]
    one["camera"], two["camera"] = two["camera"], one["camera"]


def forget_camera(document: Document) -> None:
    document["intervals"].pop()


def no_limitations(document: Document) -> None:
    document["limitations"] = []


def backwards(document: Document) -> None:
    segment = document["sources"][0]["segments"][0]
    segment["start"], segment["end"] = segment["end"], segment["start"]


def no_sources(document: Document) -> None:
    del document["sources"]


def nonsense(document: Document) -> None:
    document["intervals"] = {"a": None}


def other_intent(document: Document) -> None:
    document["custody"]["intent"] = 99


@pytest.mark.parametrize(
    "edit",
    [
        drop_gap,
        shorten_gap,
        hide_gap,
        invent_gap,
        narrow_request,
        move_segment,
        lose_segment,
        restate_segment,
        double_segment,
        swap_cameras,
        forget_camera,
        no_limitations,
        backwards,
        no_sources,
        nonsense,
        other_intent,
    ],
)
def test_statements_that_do_not_add_up_are_found(
    bundle: Path, edit: Callable[[Document], None]
) -> None:
    forge(bundle, edit)
    assert found(bundle, "statement")


def test_provenance_that_differs_is_found(bundle: Path) -> None:
    document = json.loads((bundle / "MANIFEST.json").read_bytes())
    path = bundle / "provenance" / "gaps.json"
    path.write_text(spelled({"gaps": []}))
    for fact in document["files"]:
        if fact["path"] == "provenance/gaps.json":
            fact["size"] = path.stat().st_size
            fact["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (bundle / "MANIFEST.json").write_text(spelled(document))
    write_sums(bundle)
    assert found(bundle, "statement") == ["provenance/gaps.json differs from the manifest"]


def test_an_edited_custody_entry_is_found(bundle: Path) -> None:
    path = bundle / "provenance" / "custody.json"
    path.write_bytes(path.read_bytes().replace(b'"actor":"liaison"', b'"actor":"someone"'))
    forge(bundle, lambda _: None)
    assert found(bundle, "statement")


@pytest.mark.parametrize(
    "path",
    ["../x", "/etc/passwd", "a/../../x", "a//b", "C:x", "a\\b", "mäster", "a\x1b[2Jb", "", 7, None],
)
def test_names_that_lead_out_are_not_followed(bundle: Path, path: object) -> None:
    def edit(document: Document) -> None:
        document["files"][0]["path"] = path

    document = json.loads((bundle / "MANIFEST.json").read_bytes())
    edit(document)
    (bundle / "MANIFEST.json").write_text(spelled(document))
    assert any("leads out" in each for each in found(bundle, "altered"))


def test_a_file_listed_twice_is_found(bundle: Path) -> None:
    forge(bundle, lambda document: document["files"].append(document["files"][0]))
    assert any("listed twice" in each for each in found(bundle, "altered"))


def test_another_spelling_of_the_manifest_is_found(bundle: Path) -> None:
    document = json.loads((bundle / "MANIFEST.json").read_bytes())
    (bundle / "MANIFEST.json").write_text(json.dumps(document, indent=2, sort_keys=True))
    write_sums(bundle)
    assert found(bundle, "altered") == ["MANIFEST.json is not spelled as it was made"]


# ---------------------------------------------------------------- unreadable


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"schema":"footage.bundle/9"}',
        b'{"schema":"footage.bundle/1","schema":"footage.bundle/1"}',
        b'{"schema":"footage.bundle/1","x":NaN}',
        b'{"schema":"footage.bundle/1","x":1.5}',
        b'{"a":' * 100_000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_manifest_is_unreadable(bundle: Path, data: bytes) -> None:
    (bundle / "MANIFEST.json").write_bytes(data)
    with pytest.raises(verify.Unreadable):
        verify.check(bundle)
    assert verify.main([str(bundle)]) == 3


def test_a_manifest_that_is_nothing_but_its_schema_is_altered(bundle: Path) -> None:
    (bundle / "MANIFEST.json").write_text('{"schema":"footage.bundle/1"}')
    assert verify.check(bundle).exit_code == 1


def test_no_bundle_is_unreadable(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        assert verify.main([str(folder)]) == 3
    assert verify.main([]) == 3


def test_a_manifest_too_large_is_unreadable(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "MOST_JSON", 100)
    with pytest.raises(verify.Unreadable, match="too large"):
        verify.check(bundle)


# ---------------------------------------------------------------- alone on a stranger's computer


def run_alone(bundle: Path, *options: str) -> subprocess.CompletedProcess[str]:
    script = bundle / "verify" / "verify.py"
    argv = [sys.executable, "-I", "-S", "-B", str(script), str(bundle), *options]
    environment = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    return subprocess.run(
        argv, capture_output=True, text=True, check=False, cwd="/", env=environment
    )


def test_it_runs_alone_in_plain_words(bundle: Path) -> None:
    done = run_alone(bundle)
    assert (done.returncode, done.stderr) == (2, "")
    assert "intact         proven" in done.stdout
    assert "complete       no" in done.stdout
    assert "signer         not checked (the bundle is not signed)" in done.stdout
    assert "OK" not in done.stdout
    masters(bundle)[0].write_bytes(b"x")
    assert run_alone(bundle).returncode == 1


def test_json_is_as_the_contract_says(bundle: Path) -> None:
    document = json.loads(run_alone(bundle, "--json").stdout)
    assert set(document["verdicts"]) == {"intact", "signer", "time", "complete", "camera_signed"}
    assert document["bundle"]
    assert document["findings"][0]["kind"] == "gap"


def test_names_in_any_script_are_printed_in_any_locale(bundle: Path) -> None:
    (bundle / "ثبوت\n.mp4").write_bytes(b"x")
    (Path(os.fsdecode(os.fsencode(bundle) + b"/\xff\x1b[2J"))).write_bytes(b"x")
    done = run_alone(bundle)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.isascii()
    assert "\x1b" not in done.stdout


def test_it_imports_the_standard_library_only() -> None:
    script = Path(verify.__file__)
    code = (
        "import runpy, sys; sys.argv = ['verify.py'];"
        f"runpy.run_path({str(script)!r}, run_name='checked');"
        "print(' '.join({name.partition('.')[0] for name in sys.modules}))"
    )
    argv = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    foreign = set(done.stdout.split()) - sys.stdlib_module_names - {"__main__"}
    assert foreign == set()


def test_the_copy_in_the_bundle_is_ours(bundle: Path) -> None:
    assert (bundle / "verify" / "verify.py").read_bytes() == Path(verify.__file__).read_bytes()
