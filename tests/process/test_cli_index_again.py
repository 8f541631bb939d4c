"""A damaged vector shard on a machine of its own: said, set aside, indexed again."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.common.cli import Cli
from tests.common.recording import make_film

if TYPE_CHECKING:
    from pathlib import Path

CAMERA = "c1"
DAY = "2026-11-20"
WINDOW = ("--from", f"{DAY}T10:00:00Z", "--to", f"{DAY}T10:00:20Z")
AGAIN = ("--again-from", f"{DAY}T10:00:00Z", "--again-to", f"{DAY}T10:00:01Z")


def ask(cli: Cli) -> tuple[float, set[str]]:
    """Seconds searched, and why not more."""
    coverage = cli.ok("search", "a car", *WINDOW, "--json").json["coverage"]
    return coverage["searched_s"], {missing["reason"] for missing in coverage["missing"]}


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """A home with one camera and twenty seconds of it, in segments of five."""
    made = Cli(tmp_path / "home")
    film = make_film(tmp_path / "film.mp4", seconds=20)
    place = ("--site", "s1", "--district", "d1", "--lat", "31", "--lon", "70")
    made.ok("cameras", "add", CAMERA, *place)
    length = {"FOOTAGE_RECORDING__SEGMENT_LENGTH": "5s"}
    made.ok("ingest", str(film), "--camera", CAMERA, "--start", f"{DAY}T10:00:00Z", **length)
    return made


@pytest.mark.slow
def test_a_damaged_shard_is_said_set_aside_and_indexed_again(cli: Cli) -> None:
    cli.ok("index", "--once")
    searched, reasons = ask(cli)
    assert searched > 18
    assert "shard_unreadable" not in reasons

    (shard,) = cli.home.glob(f"vectors/*/{DAY}")
    rows, *_ = sorted(shard.rglob("*.log"))
    damaged = rows.read_bytes()[:-1]
    rows.write_bytes(damaged)
    assert ask(cli) == (0, {"shard_unreadable"})
    assert "a part of the index is damaged" in cli.ok("search", "a car", *WINDOW).out

    assert "go together" in cli.refused("index", "--once", *AGAIN[:2]).err
    said = cli.ok("index", "--once", *AGAIN).out
    aside = shard.with_name(f"{DAY}.damaged-1")
    assert str(aside) in "".join(said.split("\n"))
    assert (aside / rows.relative_to(shard)).read_bytes() == damaged
    assert ask(cli) == (searched, reasons)


@pytest.mark.slow
def test_vectors_that_are_lost_are_told_and_fetched(cli: Cli) -> None:
    cli.ok("index", "--once")
    searched, reasons = ask(cli)
    shutil.rmtree(cli.home / "vectors")
    assert ask(cli) == (0, reasons | {"index_missing"})
    doctor = {f["what"]: f for f in cli("doctor", "--json").json}
    assert not doctor["vectors"]["ok"]
    assert "footage index --fetch" in doctor["vectors"]["said"]
    assert "1 part fetched, 0 segments to index again" in cli.ok("index", "--fetch").out
    assert ask(cli) == (searched, reasons)
    assert "1 sealed part read, 0 days damaged" in cli.ok("index", "--check").out
    assert "passed over" not in cli.ok("catalogue", "rebuild").out


@pytest.mark.slow
def test_a_rebuild_reads_all_but_the_damaged_object_and_names_it(cli: Cli) -> None:
    found = sorted(cli.home.glob("store/meta/**/*.json"))
    assert len(found) >= 3
    found[1].write_bytes(b"{")
    said = cli.refused("catalogue", "rebuild")
    assert said.code == 5
    assert f"{len(found) - 1} segments and 0 gaps read" in said.out
    key = found[1].relative_to(cli.home / "store" / "meta").as_posix().removesuffix(".json")
    (line,) = (one for one in said.out.splitlines() if key in one)
    assert line.startswith("unreadable: 1 object: ")
