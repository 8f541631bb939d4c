"""`footage retention` on the command line: plans named by id, by its beginning, by file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from footage.clock import SimulatedClock
from footage.instant import Elapsed, Instant
from tests.common.api_city import parts_of
from tests.common.builders import a_camera, a_district, a_site
from tests.common.cli import Cli
from tests.common.tiny_films import fragmented_mp4, frames

LONG_AGO = Instant.parse("2020-01-01T00:00:00Z")


@pytest.fixture(scope="session")
def recorded_long_ago(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two segments that the only policy has expire."""
    home = tmp_path_factory.mktemp("long-ago")
    parts = parts_of(home)
    parts.register.add_districts([a_district()])
    parts.register.add_sites([a_site()])
    parts.register.add_cameras([camera := a_camera("camera-1")])
    film = home / "film.mp4"
    film.write_bytes(fragmented_mp4(frames(8, [])))
    importer = parts.importer_by(SimulatedClock(LONG_AGO))
    importer.ingest(film, camera, LONG_AGO, length=Elapsed.parse("4s"))
    parts.close()
    (home / "policies.toml").write_text(
        '[[policy]]\nname = "all"\nkeep = "30d"\n', encoding="utf-8"
    )
    return home


@pytest.fixture
def cli(recorded_long_ago: Path, tmp_path: Path) -> Cli:
    return Cli(shutil.copytree(recorded_long_ago, tmp_path / "home"))


def test_a_plan_is_applied_by_its_id(cli: Cli) -> None:
    made = cli.ok("retention", "plan", "--json").json
    file = Path(made["file"])
    assert file == cli.home / "plans" / f"{made['plan']}.jsonl"
    header, *items, last = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert made["created"] == header["created"]
    assert made["intervals"] == items
    assert (made["plan"], made["totals"]) == (last["plan"], last["totals"])

    done = cli.ok("retention", "apply", made["plan"], "--yes", "--json").json
    assert (done["plan"], done["complete"]) == (made["plan"], True)
    assert done["totals"]["purged"] == made["totals"]["segments"] == 2
    assert "applied" in cli.refused("retention", "apply", made["plan"], "--yes").err


def test_a_plan_is_applied_by_the_beginning_of_its_id(cli: Cli, tmp_path: Path) -> None:
    made = cli.ok("retention", "plan", "--json").json
    printed = tmp_path / "printed.json"
    printed.write_text(json.dumps(made), encoding="utf-8")
    elsewhere = tmp_path / "elsewhere.json"
    other = cli.ok("retention", "plan", "--json", "--out", str(elsewhere)).json
    assert other["file"] == str(elsewhere)
    said = cli.refused("retention", "apply", other["plan"])
    assert f"no plan {other['plan']}" in said.err
    assert "--out" in said.err

    done = cli.ok("retention", "apply", made["plan"][:12], "--yes", "--json").json
    assert done["plan"] == made["plan"]
    assert "not a plan file" in cli.refused("retention", "apply", str(printed)).err
    assert "applied" in cli.refused("retention", "apply", made["file"], "--yes").err


def test_a_plan_is_applied_by_its_file(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    said = cli.ok("retention", "plan", "--out", str(file))
    assert f"apply it with: footage retention apply {file}" in said.out.replace("\n", "")
    assert cli.ok("retention", "apply", str(file), "--yes", "--json").json["complete"]


def test_an_id_that_matches_several_plans_is_refused(cli: Cli) -> None:
    ids = sorted(cli.ok("retention", "plan", "--json").json["plan"] for _ in range(2))
    said = cli.refused("retention", "apply", "plan-")
    assert said.code == 2
    assert f"2 plans begin with plan-: {', '.join(ids)} (give the whole id)" in said.err


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ("plan-0123", "`footage retention plan` makes one"),
        ("plan-../../policies", "`footage retention plan` makes one"),
        ("missing.json", "no plan file missing.json (give the id or the file"),
        (".", "no plan file . (give the id or the file"),
    ],
)
def test_a_plan_that_is_not_there_is_one_line_with_its_mend(
    cli: Cli, chosen: str, told: str
) -> None:
    said = cli.refused("retention", "apply", chosen)
    assert said.code == 2
    assert told in said.err


def test_a_file_that_bears_the_name_of_another_plan_is_refused(cli: Cli) -> None:
    made = cli.ok("retention", "plan", "--json").json
    other = f"plan-{'0' * 32}"
    Path(made["file"]).rename(cli.home / "plans" / f"{other}.jsonl")
    assert f"holds another plan, {made['plan']}" in cli.refused("retention", "apply", other).err


def test_a_small_plan_lists_each_segment_beside_the_intervals(cli: Cli) -> None:
    made = cli.ok("retention", "plan", "--json").json
    (interval,) = made["intervals"]
    first, second = made["segments"]
    assert made["held"] == []
    assert (interval["start"], interval["end"]) == (first["start"], second["end"])
    assert interval["count"] == 2
    assert interval["bytes"] == first["bytes"] + second["bytes"]
    for segment in (first, second):
        assert {"id", "camera", "start", "end", "bytes", "reasons"} <= segment.keys()
        assert segment["reasons"] == interval["reasons"]
    assert made["all_of"] == ["camera-1"]
    (camera,) = made["cameras"]
    assert (camera["segments"], camera["stored_segments"]) == (2, 2)
    shown = cli.ok("retention", "plan", COLUMNS="80").out
    assert "would go: 2 segments" in shown
    assert "ALL that is stored of 1 of 1 camera: camera-1" in shown
    assert "why" not in shown
    assert "2 segments would go" in cli.ok("retention", "plan", "--rows").out


def test_a_plan_is_applied_only_when_somebody_agrees(cli: Cli) -> None:
    plan = cli.ok("retention", "plan", "--json").json["plan"]
    said = cli.refused("retention", "apply", plan)
    assert said.code == 6
    assert "of 1 camera; ALL that is stored of 1 of 1 camera: camera-1" in said.err
    assert "nobody is there to be asked (give --yes)" in said.err
    done = cli.ok("retention", "apply", plan, "--yes")
    assert "ALL that is stored of 1 of 1 camera: camera-1" in done.err
    assert "2 segments deleted" in done.out


def test_a_policy_about_an_unknown_name_is_refused_with_file_and_line(cli: Cli) -> None:
    policies = cli.home / "policies.toml"
    text = '# gates\n[[policy]]\nname = "gates"\nkeep = "1d"\nmatch = { camera = ["camera-l"] }\n'
    policies.write_text(text, encoding="utf-8")
    said = cli.refused("retention", "plan")
    assert said.code == 2
    assert f"{policies}, policy 1 'gates' (line 2): no camera 'camera-l' is registered" in said.err
    assert "did you mean camera-1?" in said.err


def test_a_plan_of_an_older_version_is_refused_with_what_to_do(cli: Cli) -> None:
    name = f"plan-{'1' * 32}"
    old = cli.home / "plans" / f"{name}.json"
    old.parent.mkdir(exist_ok=True)
    old.write_text(f'{{\n "plan": "{name}",\n "format": 1,\n "segments": []\n}}\n')
    said = cli.refused("retention", "apply", name)
    assert said.code == 2
    assert "not a plan file of this version of Footage" in said.err
    assert "make a new plan with `footage retention plan`" in said.err.replace("\n", " ")


def test_the_forecast_says_when_the_store_is_full_and_who_stays_short(cli: Cli) -> None:
    found = cli.ok("retention", "forecast", "--ahead", "5", "--json").json
    (camera,) = found["cameras"]
    assert (camera["camera"], camera["policy"], camera["keep"]) == ("camera-1", "all", "30d")
    assert (camera["reaching"], camera["bytes"]) == ("silent", found["bytes"])
    assert found["by_day"] == [found["bytes"], 0, 0, 0, 0, 0]  # due for long
    told = cli.ok("retention", "forecast", "--room", "1TB").out
    assert "nothing of the last day" in told
    assert "not full within 90 days" in told
    assert "not a size" in cli.refused("retention", "forecast", "--room", "much").err
