"""Holds, exports and checks by commands where nothing is stored, or something lies beside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from evidence.report import facts_digest
from tests.common.bundles import forge
from tests.common.cli import Cli
from tests.common.recording import make_film

if TYPE_CHECKING:
    from pathlib import Path

    from tests.common.bundles import Document

CAMERA, OTHER = "dik-001-1", "dik-001-2"
HERE = ("--from", "2026-11-22T15:00:00Z", "--to", "2026-11-22T15:00:04Z")
BEFORE = ("--from", "2026-11-22T14:00:00Z", "--to", "2026-11-22T14:10:00Z")
WHY = ("--authority", "Sessions Court, order 14/2026", "--reason", "robbery at the bus stand")


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A home with two cameras, and four seconds of footage of the first camera."""
    folder = tmp_path_factory.mktemp("bundles")
    cli = Cli(folder / "home")
    for camera in (CAMERA, OTHER):
        cli.ok("cameras", "add", camera, "--site", "dik-001", "--district", "dik",
               "--lat", "31.83", "--lon", "70.90")  # fmt: skip
    film = make_film(folder / "film.mp4", seconds=4)
    cli.ok("ingest", str(film), "--camera", CAMERA, "--start", "2026-11-22T15:00:00Z")
    return cli


def test_a_hold_on_nothing_says_whether_footage_is_expected(cli: Cli) -> None:
    both = ("hold", "place", "--camera", CAMERA, "--camera", OTHER, *BEFORE, *WHY)
    placed = cli.ok(*both, "--json").json
    assert (placed["segments"], placed["already_gone"]) == (0, [])
    told = placed["nothing_stored"]
    assert "the oldest footage stored begins at 2026-11-22 20:00:00 +05:00" in told[CAMERA]
    assert told[OTHER] == (
        "no footage of this camera is stored; "
        "this camera has no source, so its footage comes by import only"
    )
    shown = cli.ok(*both).out
    assert "stands: nothing that it covers is stored\n" in shown
    assert f"nothing of {OTHER} is stored in this time: no footage of this camera" in shown
    one = cli.ok("hold", "place", "--camera", CAMERA, "--camera", OTHER, *HERE, *WHY, "--json")
    assert list(one.json["nothing_stored"]) == [OTHER]


def test_an_export_of_nothing_makes_no_bundle(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = cli.refused("export", "--camera", CAMERA, *BEFORE, "--out", str(out))
    assert said.code == 2
    assert "no bundle was made" in said.err
    assert "the oldest footage stored begins at" in said.err
    assert list(tmp_path.iterdir()) == []
    outcome = cli.ok("audit", "show", "--json").json[-1]["what"]
    assert (outcome["ok"], outcome["result"]["error"]) == (False, "NotFound")


def test_size_and_time_are_told_before_the_start(cli: Cli, tmp_path: Path) -> None:
    entries = len(cli.ok("audit", "show", "--json").json)
    out = str(tmp_path / "deep" / "out")
    export = ("export", "--camera", CAMERA, *HERE, "--without-originals", "--out", out)
    told = cli.ok(*export, "--dry-run", "--json").json
    by_site = ("export", "--site", "dik-001", *HERE, "--out", str(tmp_path / "x"), "--dry-run")
    assert cli.ok(*by_site, "--json").json["bytes"] == told["bytes"]
    assert (told["cameras"], told["stills_at_most"]) == ([CAMERA], 0)
    assert told["free_bytes"] > told["bytes"] > 0
    assert cli.ok(*export, "--dry-run", "--clips", "--json").json["bytes"] == 2 * told["bytes"]
    assert "time: about" in cli.ok(*export, "--dry-run").out
    nothing = cli.refused("export", "--camera", CAMERA, *BEFORE, "--out", "x", "--dry-run")
    assert (nothing.code, "nothing is stored" in nothing.err) == (2, True)
    assert list(tmp_path.iterdir()) == []
    assert len(cli.ok("audit", "show", "--json").json) == entries
    made = cli.ok(*export, "--json").json
    assert (made["segments"], made["bytes"]) == (told["segments"], told["bytes"])


def another_case(document: Document) -> None:
    """Name another case, as a forger does who knows that the report is of the facts stated."""
    document["case"]["ref"] = "FIR-1"
    document["report"]["facts_sha256"] = facts_digest(document)


def test_the_home_that_made_a_bundle_compares_with_its_custody_log(
    cli: Cli, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    made = cli.ok("export", "--camera", CAMERA, *HERE, "--out", str(out), "--json").json
    checked = cli.ok("verify", str(out), "--manifest", made["manifest"], "--json").json
    assert (checked["noted"], checked["custody"]["manifest"]) == (True, made["manifest"])
    assert "names the same digest, in entry" in cli.ok("verify", str(out)).out

    (out / "master" / "Thumbs.db").write_bytes(b"x")
    litter = cli("verify", str(out))
    assert litter.code == 2
    assert "added: master/Thumbs.db: added, not part of the bundle" in litter.out
    assert "intact         proven" in litter.out
    (out / "master" / "Thumbs.db").unlink()

    stranger = Cli(tmp_path / "stranger")
    forge(out, another_case)
    elsewhere = stranger.ok("verify", str(out)).out
    assert "intact         proven" in elsewhere
    assert "NOT COMPARED with a custody log of this machine: there is no custody log" in elsewhere
    assert not stranger.home.exists(), "checking makes no home"
    here = cli("verify", str(out))
    assert here.code == 1
    assert "intact         ALTERED" in here.out
    assert "names ANOTHER digest" in here.out


def test_a_home_that_may_not_be_read_is_not_compared(cli: Cli, tmp_path: Path) -> None:
    """No system looks into a folder of such a name, as it would not into another user's home."""
    out = tmp_path / "out"
    cli.ok("export", "--camera", CAMERA, *HERE, "--out", str(out))
    checked = cli("verify", str(out), "--json", FOOTAGE_HOME=str(tmp_path / ("x" * 300)))
    assert checked.code == 0
    assert checked.json["custody"] is None
    assert "NOT COMPARED" in checked.json["custody_said"]
    assert "File name too long" in checked.json["custody_said"]


def test_films_with_a_covered_part_are_exported_alone(cli: Cli, tmp_path: Path) -> None:
    parts = tmp_path / "parts.json"
    covered = {
        "camera": CAMERA,
        "from": "2026-11-22 20:00:01",  # in the zone of the site
        "to": "2026-11-22 20:00:02",
        "picture": [640, 360],
        "rectangles": [[10, 10, 100, 100]],
        "reason": "a passer-by",
    }
    parts.write_text(json.dumps({"redactions": [covered]}), "utf-8")
    out = tmp_path / "out"
    asked = ("export", "--camera", CAMERA, *HERE, "--redact", str(parts), "--only-view")
    report = cli.ok(*asked, "--out", str(out), "--json").json
    assert report["views"] == [f"view/{CAMERA}.mp4"]
    assert (report["only_view"], report["complete"]) == (True, False)
    stated = json.loads((out / "MANIFEST.json").read_bytes())["redactions"]["list"]
    assert stated[0]["start"] == "2026-11-22T15:00:01.000000Z"
    checked = cli("verify", str(out))
    assert checked.code == 2
    assert "recorded files left out on purpose: 1" in checked.out


def test_a_file_of_redactions_that_is_none_makes_no_bundle(cli: Cli, tmp_path: Path) -> None:
    parts = tmp_path / "parts.json"
    asked = ("export", "--camera", CAMERA, *HERE, "--out", str(tmp_path / "out"), "--redact")
    assert "cannot be read" in cli.refused(*asked, str(parts)).err
    parts.write_text("[]", "utf-8")
    assert "no object with a list" in cli.refused(*asked, str(parts)).err
    assert not (tmp_path / "out").exists()
