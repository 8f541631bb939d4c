"""`footage catalogue` on a machine of its own: a file of the version before, wrong summaries."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from footage.clock import SystemClock
from footage.digest import Digest
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from infra.objects.directory_store import DirectoryStore
from tests.common.builders import START, a_segment, segments_in_a_row
from tests.common.cli import Cli

SCHEMA = Path(__file__).parents[1] / "golden" / "catalogue_schema_1.sql"


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    made = Cli(tmp_path / "home")
    made.home.mkdir()
    return made


def test_wrong_summaries_are_told_with_exit_code_1_and_repaired_on_request(cli: Cli) -> None:
    path = cli.home / "catalogue.db"
    place = ("--site", "s1", "--district", "d1", "--lat", "31", "--lon", "70")
    cli.ok("cameras", "add", "camera-2", *place)
    with closing(SqliteCatalogue(path)) as catalogue:
        catalogue.add_segments([*segments_in_a_row(3), a_segment("camera-2")])
    assert cli.ok("catalogue", "check", "--json").json == {
        "days": 2,
        "wrong": [],
        "repaired": False,
    }
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE days SET document = '{' WHERE camera = 'camera-2'")
        file.commit()
    told = cli("catalogue", "check")
    assert told.code == 1, told.err
    assert f"wrong: camera-2 {str(START)[:10]}" in told.out
    repaired = cli("catalogue", "check", "--repair", "--json")
    assert repaired.code == 1, repaired.err
    assert repaired.json["repaired"] is True
    assert [one["camera"] for one in repaired.json["wrong"]] == ["camera-2"]
    assert "wrong summaries: 0" in cli.ok("catalogue", "check").out


def test_a_file_of_the_version_before_is_converted_by_a_rebuild(cli: Cli) -> None:
    with closing(sqlite3.connect(cli.home / "catalogue.db")) as file:
        file.executescript(SCHEMA.read_text(encoding="utf-8"))
        file.commit()
    assert "was converted" in cli.ok("catalogue", "rebuild").out
    assert "converted" not in cli.ok("catalogue", "rebuild").out


def test_many_objects_of_others_are_one_line_and_each_stands_in_the_json(cli: Cli) -> None:
    store, film = DirectoryStore(cli.home / "store", SystemClock()), cli.home / "film"
    film.write_bytes(b"a film of somebody")
    others = [f"films/{number}.mp4" for number in range(3)]
    for key in others:
        store.put(key, film, Digest.of_file(film), {})
    said = [line for line in cli.ok("catalogue", "rebuild").out.splitlines() if "films/" in line]
    assert len(said) == 1
    assert said[0].startswith("passed over: 3 objects: ")
    told = cli.ok("catalogue", "rebuild", "--json").json
    assert [key for key, _ in told["passed_over"]] == others
    assert told["totals"]["passed_over"]["count"] == len(others)
    assert told["totals"]["unreadable"] == {"count": 0, "by_kind": []}
    assert (told["segments"], told["converted"], told["set_aside"]) == (0, False, None)
