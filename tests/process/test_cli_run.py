"""`footage run` on a machine of its own, and the catalogue made anew from the objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.common.cli import Cli
from tests.common.recording import make_film

if TYPE_CHECKING:
    from pathlib import Path

CAMERA = "c1"


@pytest.mark.slow
def test_run_records_and_indexes_and_the_catalogue_can_be_rebuilt(tmp_path: Path) -> None:
    cli = Cli(tmp_path / "home")
    film = make_film(tmp_path / "film.mp4", seconds=30)
    place = ("--site", "s1", "--district", "d1", "--lat", "31", "--lon", "70")
    cli.ok("cameras", "add", CAMERA, *place, "--source", str(film))
    cli.ok("run", "--for", "12s", FOOTAGE_RECORDING__SEGMENT_LENGTH="4s")
    cli.ok("index", "--once")

    before = cli.ok("search", "a car", "--json").json["coverage"]
    assert before["recorded_s"] > 8
    assert before["searched_s"] == before["recorded_s"]
    spans = cli.ok("timeline", "--camera", CAMERA, "--json").json["spans"]

    (cli.home / "catalogue.db").write_bytes(b"no database" * 1000)
    for end in ("-wal", "-shm"):
        (cli.home / f"catalogue.db{end}").unlink(missing_ok=True)
    assert "catalogue rebuild" in cli.refused("timeline", "--camera", CAMERA).err
    assert "set aside" in cli.ok("catalogue", "rebuild").out
    assert cli.ok("timeline", "--camera", CAMERA, "--json").json["spans"][-1] == spans[-1]
    cli.ok("index", "--once")
    after = cli.ok("search", "a car", "--json").json["coverage"]
    assert after["searched_s"] == pytest.approx(before["searched_s"])


@pytest.mark.slow
def test_run_looks_after_a_home_of_imports_only(tmp_path: Path) -> None:
    cli = Cli(tmp_path / "home")
    assert "no camera" in cli.refused("run", "--for", "1s").err
    film = make_film(tmp_path / "film.mp4", seconds=10)
    place = ("--site", "s1", "--district", "d1", "--lat", "31", "--lon", "70")
    cli.ok("cameras", "add", CAMERA, *place)
    cli.ok("ingest", str(film), "--camera", CAMERA, "--start", "2026-11-22T15:00:00Z")
    assert "NO RECORDER ANSWERS" in cli("status").out
    assert cli("status").code == 1
    assert "nothing is recorded" in cli.ok("run", "--for", "3s").out
