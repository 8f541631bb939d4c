"""A person's way from a recording of their own to a verified bundle, by commands alone."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import av
import pytest

from footage.digest import Digest
from tests.common.cli import Cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START = "2026-11-22T15:00:00Z"
END = "2026-11-22T15:02:19Z"
CAMERA = "dik-001-1"


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """A home with one camera."""
    cli = Cli(tmp_path / "home")
    cli.ok("cameras", "add", CAMERA, "--site", "dik-001", "--district", "dik",
           "--lat", "31.83", "--lon", "70.90")  # fmt: skip
    return cli


def _packets(paths: list[Path]) -> Iterator[Digest]:
    for path in paths:
        with av.open(str(path)) as container:
            for packet in container.demux(video=0):
                if packet.size:
                    yield Digest.of(bytes(packet))


@pytest.mark.slow
def test_ingest_search_timeline_export_verify(cli: Cli, clips: Path, tmp_path: Path) -> None:
    source = clips / "intel" / "one-by-one-person-detection.mp4"
    cli.ok("ingest", str(source), "--camera", CAMERA, "--start", START)
    again = cli.ok("ingest", str(source), "--camera", CAMERA, "--start", START, "--json")
    assert again.json["stored"] == 0
    cli.ok("index", "--once")

    when = ("--from", START, "--to", END)
    sheet = tmp_path / "sheet.png"
    answer = cli.ok(
        "search", "a person", *when, "--camera", CAMERA, "--json", "--sheet", str(sheet)
    )
    assert answer.json["method"] == "exhaustive"
    assert answer.json["moments"]
    assert answer.json["coverage"]["searched_s"] == pytest.approx(139, abs=1)
    assert "rendered" in answer.json["encoder"]["note"]
    assert sheet.read_bytes().startswith(b"\x89PNG")

    local = ("--from", "2026-11-22 20:00", "--to", "2026-11-22 20:02:19 +05:00")
    line = cli.ok("timeline", "--camera", CAMERA, *local, "--json").json
    assert line["times"] == {
        "zone": "Asia/Karachi",
        "from": {"utc": "2026-11-22T15:00:00.000000Z", "local": "2026-11-22 20:00:00 +05:00"},
        "to": {"utc": "2026-11-22T15:02:19.000000Z", "local": "2026-11-22 20:02:19 +05:00"},
    }
    assert [span["segments"] for span in line["spans"]] == [3]

    bundle = tmp_path / "bundle"
    said = cli.ok("export", "--camera", CAMERA, *local, "--out", str(bundle)).out
    assert "time: 2026-11-22 20:00:00 +05:00 to 2026-11-22 20:02:19 +05:00" in said
    verdicts = cli.ok("verify", str(bundle), "--json").json["verdicts"]
    assert verdicts["intact"].startswith("proven")
    exported = sorted((bundle / "master").rglob("*.mp4"))
    assert list(_packets(exported)) == list(_packets([source]))

    moment = answer.json["moments"][0]
    held = cli.ok("hold", "place", "--moment", moment["moment"], "--authority", "SHO", "--reason",
                  "theft", "--json").json  # fmt: skip
    assert held["times"]["from"]["utc"] == moment["start"]
    assert held["times"]["to"]["utc"] == moment["end"]
    assert held["segments"] >= 1

    audit = cli.ok("audit", "verify", "--json").json
    assert audit["whole"]
    shown = cli.ok("audit", "show", "--json").json
    assert {entry["action"] for entry in shown} == {
        *("cameras", "settings", "import", "search", "view", "export", "hold"),
    }
    drawn = next(e for e in shown if e["action"] == "view" and e["phase"] == "outcome")
    assert drawn["what"]["result"]["files"][0]["sha256"] == str(Digest.of(sheet.read_bytes()))


@pytest.mark.slow
def test_a_sheet_that_cannot_be_written_is_refused_before_the_search(
    cli: Cli, tmp_path: Path
) -> None:
    for sheet in ("/nowhere/sheet.png", str(tmp_path), str(tmp_path / "sheet.jpg")):
        assert sheet in cli.refused("search", "a car", "--sheet", sheet).err
    shown = cli.ok("audit", "show", "--json").json
    assert {entry["action"] for entry in shown} <= {"cameras", "settings"}
    cli.ok("search", "-car", "--sheet", str(tmp_path / "sheet.pdf"))
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("timeline", "--camera", "nobody"), "nobody"),
        (("timeline", "--camera", CAMERA, "--from", "soon"), "soon"),
        (("timeline", "--camera", CAMERA, "--from", "18:00"), "yesterday 18:00"),
        (("search", "a car", "--near", "31,70"), "31,70"),
        (("search", "  "), "nothing to search"),
        (("search", "--carr"), "no such option"),
        (("search", "a car", "--sheet", "/nowhere/sheet.png"), "/nowhere/sheet.png"),
        (("search", "a car", "--site", "nowhere"), "nowhere"),
        (("export", "--moment", "7.1", "--out", "bundle"), "no answer 7"),
        (("export", "--out", "bundle"), "--moment"),
        (("record", "--camera", "nobody"), "nobody"),
        (("record", "--camera", CAMERA), "no source"),
        (("ingest", "missing.mp4", "--camera", CAMERA, "--start", START), "missing.mp4"),
        (("retention", "plan"), "no policy file"),
        (("retention", "apply", "missing.json"), "missing.json"),
        (("hold", "release", "hold-x", "--reason", "why"), "hold-x"),
        (("cameras", "import", "missing.csv"), "missing.csv"),
    ],
)
def test_bad_input_is_one_clear_line(cli: Cli, words: tuple[str, ...], told: str) -> None:
    assert told in cli.refused(*words).err


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"not a film at all" * 100])
def test_a_broken_file_is_refused_and_nothing_is_stored(
    cli: Cli, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(content)
    said = cli.refused("ingest", str(path), "--camera", CAMERA, "--start", START)
    assert "broken.mp4" in said.err
    line = cli.ok("timeline", "--camera", CAMERA, "--from", START, "--to", END, "--json").json
    assert line["spans"] == []


@pytest.mark.slow
def test_a_missing_model_is_named_with_its_mend(cli: Cli, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "no-model")
    said = cli.refused("search", "a car", FOOTAGE_ENCODER__FOLDER=nowhere)
    assert nowhere in said.err
    assert said.code == 3


@pytest.mark.slow
def test_an_unknown_setting_is_refused(cli: Cli) -> None:
    assert "FOOTAGE_STOER" in cli.refused("settings", FOOTAGE_STOER="x").err
    (cli.home / "footage.toml").write_text("[store]\ncolour = 1\n", encoding="utf-8")
    assert "store.colour" in cli.refused("settings").err


@pytest.mark.slow
def test_an_unreachable_camera_ends_with_a_clear_line_and_a_masked_password(cli: Cli) -> None:
    cli.ok("cameras", "add", CAMERA, "--site", "dik-001", "--district", "dik", "--lat", "31.83",
           "--lon", "70.90", "--source", "rtsp://user:hunter2@127.0.0.1:9/cam")  # fmt: skip
    said = cli("record", "--camera", CAMERA, "--for", "5s")
    assert said.code == 4
    assert "hunter2" not in said.out + said.err
    assert "Traceback" not in said.err
    assert "refused" in said.out


@pytest.mark.slow
def test_require_case_refuses_without_case_and_purpose(cli: Cli) -> None:
    strict = {"FOOTAGE_REQUIRE_CASE": "true"}
    assert cli.refused("search", "a car", **strict).code == 6
    cli.ok("search", "a car", "--case", "FIR 1/2026", "--purpose", "theft", **strict)


@pytest.mark.slow
def test_an_altered_custody_log_is_found(cli: Cli) -> None:
    cli.ok("search", "a red car")
    (log,) = (cli.home / "custody").glob("*.jsonl")
    parts = [json.loads(line)["personal"] for line in log.read_text().splitlines()]
    part = next(part for part in parts if b"red car" in base64.b64decode(part))
    altered = base64.b64encode(base64.b64decode(part).replace(b"red car", b"fed car")).decode()
    log.write_text(log.read_text().replace(part, altered))
    said = cli("audit", "verify")
    assert said.code == 1
    assert "NOT WHOLE" in said.out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "loaded"),
    [(("--help",), False), (("search", "a car"), False), (("index", "--once"), True)],
)
def test_only_indexing_loads_opencv(cli: Cli, words: tuple[str, ...], loaded: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    imported = cli.ok(*words, PYTHONPROFILEIMPORTTIME="1").err
    names = {line.rpartition("|")[2].strip() for line in imported.splitlines()}
    assert "typer" in names
    assert ("cv2" in names) is loaded
