"""What the stand-alone verifier finds: each mutation of a good bundle gives its verdict."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evidence import verify
from tests.common.bundles import found, masters


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
    report = verify.check(bundle)
    assert report.added == ["view/clip.mp4"]
    assert (report.verdicts["intact"], report.exit_code) == ("proven", 2)
    assert "added: view/clip.mp4: added, not part of the bundle" in report.words()
    assert "added          1 of the files here, no part of the bundle" in report.words()


def test_an_added_file_alone_keeps_a_complete_bundle_from_exit_code_0(complete: Path) -> None:
    assert verify.check(complete).exit_code == 0
    for name in (".DS_Store", "Thumbs.db"):
        (complete / "master" / name).write_bytes(b"x")
    report = verify.check(complete)
    assert (report.verdicts["intact"], report.verdicts["complete"]) == ("proven", "yes")
    assert (report.added, report.exit_code) == (["master/.DS_Store", "master/Thumbs.db"], 2)
    assert "ALTERED" not in report.words()


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
    assert [f.where for f in verify.check(bundle).findings if f.kind == "added"] == ["master"]
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


# ---------------------------------------------------------------- the noted digest


def test_a_digest_noted_wrongly_written_is_no_alteration(complete: Path) -> None:
    """A digit forgotten on paper accuses nobody: the check is not made, and says so."""
    noted = verify.check(complete).manifest
    for right in (noted, noted.upper(), noted.removeprefix("sha256:"), f" {noted}\n"):
        report = verify.check(complete, right)
        assert (report.exit_code, report.noted) == (0, True)
        assert "is the one noted at hand-over" in report.words()
    for wrong in (noted[:-1], "yes", "sha256:" + "x" * 64):
        with pytest.raises(verify.Unreadable, match="no SHA-256 digest"):
            verify.check(complete, wrong)
    assert verify.check(complete, "0" * 64).exit_code == 1


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


@pytest.mark.process
def test_it_runs_alone_in_plain_words(bundle: Path) -> None:
    done = run_alone(bundle)
    assert (done.returncode, done.stderr) == (2, "")
    assert "intact         proven" in done.stdout
    assert "complete       no" in done.stdout
    assert "signer         not checked: it is not signed" in done.stdout
    assert "OK" not in done.stdout
    masters(bundle)[0].write_bytes(b"x")
    assert run_alone(bundle).returncode == 1


@pytest.mark.process
def test_json_is_as_the_contract_says(bundle: Path) -> None:
    document = json.loads(run_alone(bundle, "--json").stdout)
    names = {"intact", "signer", "time", "complete", "camera_signed", "committed"}
    assert set(document["verdicts"]) == names
    assert document["bundle"]
    assert document["findings"][0]["kind"] == "gap"


@pytest.mark.process
def test_names_in_any_script_are_printed_in_any_locale(bundle: Path) -> None:
    (bundle / "ثبوت\n.mp4").write_bytes(b"x")
    (Path(os.fsdecode(os.fsencode(bundle) + b"/\xff\x1b[2J"))).write_bytes(b"x")
    done = run_alone(bundle)
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout.isascii()
    assert "\x1b" not in done.stdout


@pytest.mark.process
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
