"""A camera that is moved to another site, as the commands tell of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

import pytest
from typer.testing import CliRunner

from footage.clock import SystemClock
from footage.errors import BadInput, DataLoss
from footage.instant import DAY
from infra import cli
from infra.cmds.camera_check import places_known
from infra.config.settings import Settings
from infra.wiring import Parts
from tests.common.builders import a_segment, at

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

CAMERA = "camera-1"
OLD = ("--site", "old", "--district", "dik", "--lat", "31.83", "--lon", "70.90")
NEW = ("--site", "new", "--district", "bannu", "--lat", "32.98", "--lon", "70.60")
START, MOVED, END = (f"2026-11-22T15:00:{second:02d}Z" for second in (0, 10, 20))
WHEN = ("--from", START, "--to", END)
WHY = ("--authority", "Sessions Court, order 14/2026", "--reason", "robbery at the bus stand")


class Run(Protocol):
    """Runs a command in a home; returns the printed text."""

    def __call__(self, *words: str) -> str: ...


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A home with a camera that was moved from the old site to the new."""

    def footage(*words: str) -> str:
        settings = {"FOOTAGE_HOME": str(tmp_path / "home")}
        result = CliRunner().invoke(cli.app, words, env=settings)
        if result.exception is not None:
            raise result.exception
        return result.output

    added = footage("cameras", "add", CAMERA, *OLD, "--name", "Bus stand", "--source", "rtsp://x/1")
    assert added == "added camera-1\n"
    moved = footage("cameras", "add", CAMERA, *NEW, "--since", MOVED)
    assert moved == (
        "camera-1 stands at new since 2026-11-22 20:00:10 PKT; footage from before stays at old\n"
    )
    return footage


def test_a_moved_camera_is_named_at_the_old_site_too(run: Run) -> None:
    listed = run("cameras", "list", "--site", "old")
    assert "stood there before: camera-1, old until 2026-11-22 20:00:10 PKT" in listed
    (camera,) = json.loads(run("cameras", "list", "--site", "new", "--json"))
    told = [(p["site"], p["since"] and p["since"][:19], p["until"]) for p in camera["places"]]
    assert told == [("old", None, camera["places"][1]["since"]), ("new", MOVED[:-1], None)]
    line = json.loads(run("timeline", "--camera", CAMERA, *WHEN, "--json"))
    assert [(p["site"], p["end"][:19]) for p in line["places"]] == [
        ("old", MOVED[:-1]),
        ("new", END[:-1]),
    ]
    assert "stood at old from" in run("timeline", "--camera", CAMERA, *WHEN)


def test_what_is_left_out_stays_as_it_is(run: Run) -> None:
    shown = json.loads(run("cameras", "show", CAMERA, "--json"))
    assert (shown["name"], shown["recorded"], shown["site"]) == ("Bus stand", True, "new")
    again = run("cameras", "add", CAMERA, *NEW, "--source", "")
    assert "stands at new since 2026-11-22 20:00:10 PKT, as before" in again
    shown = json.loads(run("cameras", "show", CAMERA, "--json"))
    assert (shown["name"], shown["recorded"]) == ("Bus stand", False)


@pytest.mark.slow
def test_a_place_is_corrected_and_the_wrong_one_shown(run: Run) -> None:
    with pytest.raises(BadInput, match="stands at new") as refused:
        run("cameras", "add", CAMERA, *OLD, "--since", START)
    assert "--correct" in str(refused.value)
    run("cameras", "add", CAMERA, *OLD, "--correct")
    shown = json.loads(run("cameras", "show", CAMERA, "--json"))
    assert [place["site"] for place in shown["places"]] == ["old"]
    assert [place["site"] for place in shown["corrected"]] == ["new"]
    assert "wrong, said" in " ".join(run("cameras", "show", CAMERA).split())


def test_a_hold_on_a_site_covers_who_stood_there_and_who_comes(run: Run) -> None:
    hold = json.loads(run("hold", "place", "--site", "old", *WHEN, *WHY, "--json"))
    assert hold["cameras"] == [CAMERA]
    added = run("cameras", "add", "camera-2", *OLD)
    assert f"camera-2 comes under {hold['hold']}, a hold on that place" in added
    (listed,) = json.loads(run("hold", "list", "--json"))
    assert (listed["sites"], listed["cameras"]) == (["old"], [CAMERA, "camera-2"])


def test_recordings_of_a_place_the_register_does_not_know_are_named(
    run: Run, tmp_path: Path
) -> None:
    assert "every camera recorded where" in run("cameras", "check", *WHEN)
    home = tmp_path / "home"
    parts = Parts(Settings(home=home, cache=home / "cache", actor="amina"), SystemClock())
    parts.catalogue.add_segments([a_segment(CAMERA, start=at(-3600), site="older")])
    with pytest.raises(DataLoss, match="camera-1 at older: a search by place misses that"):
        places_known(parts, at(3600))
    assert "every camera recorded where" in places_known(parts, at(3600) + DAY * 40)
    parts.close()
    with pytest.raises(SystemExit) as ended:
        run("cameras", "check", "--from", "2026-11-20", "--to", "2026-11-23", "--json")
    assert ended.value.code == 1


def test_a_file_of_cameras_says_how_many_were_moved(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "cameras.csv"
    row = "district,site,camera,lat,lon\ndik,old,camera-1,31.83,70.90\n"
    file.write_text(row + "dik,old,camera-3,31.83,70.90\n", encoding="utf-8")
    assert run("cameras", "import", str(file)).endswith("; moved: 1\n")
    shown = json.loads(run("cameras", "show", CAMERA, "--json"))
    assert [place["site"] for place in shown["places"]] == ["old", "new", "old"]
