"""A home that is destroyed comes back from a backup, the object store and three commands."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.common.cli import Cli
from tests.common.tiny_films import Mover, small_film

if TYPE_CHECKING:
    from pathlib import Path

CAMERA = "gate-1"
START, END = "2026-11-22T15:00:00Z", "2026-11-22T15:00:24Z"
WHEN = ("--camera", CAMERA, "--from", START, "--to", END)
RED = Mover((220, 20, 20), y=0.5, w=0.15, h=0.2, first_s=8, last_s=16, x0=0.1, speed=0.05)
PASSWORD = "four words without sense"  # noqa: S105 - of nobody


def found(cli: Cli) -> Any:  # noqa: ANN401 - as the command documents
    """Return moments and searched time of one question, without what names the answer itself."""
    said = cli.ok("search", "a red car", *WHEN, "--json").json
    for moment in said["moments"]:
        del moment["moment"]
    coverage = {name: said["coverage"][name] for name in ("asked_s", "recorded_s", "searched_s")}
    return said["moments"], coverage


def a_lived_in_home(folder: Path) -> tuple[Cli, str]:
    """Return a home with indexed footage, a hold and a person, and the home's settings."""
    cli = Cli(folder / "home")
    cli.home.mkdir(mode=0o700)
    settings = f'[store]\npath = "{folder / "disk" / "store"}"\n'
    (cli.home / "footage.toml").write_text(settings)
    cli.ok("cameras", "add", CAMERA, "--site", "gate", "--district", "d",
           "--lat", "31.83", "--lon", "70.90")  # fmt: skip
    film = folder / "film.mp4"
    film.write_bytes(small_film(24, (RED,)))
    cli.ok("ingest", str(film), "--camera", CAMERA, "--start", START)
    cli.ok("index", "--once")
    cli.ok("hold", "place", *WHEN, "--authority", "court", "--reason", "theft")
    (folder / "password").write_text(PASSWORD)
    cli.ok("users", "add", "amir.shah", "--name", "Amir Shah", "--role", "system-admin",
           "--password-file", str(folder / "password"))  # fmt: skip
    return cli, settings


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_all_but_the_objects_is_lost_and_comes_back(tmp_path: Path) -> None:
    cli, settings = a_lived_in_home(tmp_path)
    before = found(cli)
    assert before[0]
    timeline = cli.ok("timeline", *WHEN, "--json").json
    held = {one["hold"] for one in cli.ok("hold", "list", "--json").json}
    people = cli.ok("users", "list", "--json").json
    made = cli.ok("backup", str(tmp_path / "backup"), "--json").json

    shutil.rmtree(cli.home)  # register, catalogue, vectors, custody log, the choice of encoder: all
    cli.home.mkdir(mode=0o700)
    (cli.home / "footage.toml").write_text(settings)
    refused = cli("timeline", *WHEN)
    assert refused.code != 0, "nothing may read as if nothing had been recorded"

    cli.ok("catalogue", "rebuild")
    back = cli.ok("restore", str(tmp_path / "backup"), "--json").json
    assert back["rows"]
    assert back["custody_log"] == "restored"
    cli.ok("index", "--fetch")
    cli.ok("index", "--once")

    again = cli.ok("timeline", *WHEN, "--json").json
    assert again["spans"] == timeline["spans"]
    assert again["gaps"] == timeline["gaps"]
    assert found(cli) == before
    assert cli.ok("users", "list", "--json").json == people
    holds = {one["hold"] for one in cli.ok("hold", "list", "--json").json}
    assert holds == held | {back["precaution"]}, (
        "nobody knows of holds since the backup: all is held"
    )
    (cli.home / "policies.toml").write_text('[[policy]]\nname = "all"\nkeep = "1d"\n')
    assert cli.ok("retention", "plan", "--json").json["totals"]["segments"] == 0
    audit = cli.ok("audit", "verify", "--from", str(made["custody_entries"]),
                   "--hash", made["head"], "--json").json  # fmt: skip
    assert audit["whole"]
    assert "FAILED" not in cli("doctor").out
