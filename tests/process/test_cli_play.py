"""Playing by command, and the commands that a search prints, pasted back."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import Any

import av
import pytest

from infra.media.ffmpeg_tool import find
from tests.common.cli import Cli, Said
from tests.common.recording import make_film

CAMERA = "dik-001-1"
WHY = ("--case", "FIR-1/2026", "--purpose", "theft")
CASE = {"FOOTAGE_REQUIRE_CASE": "true"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a camera of which two films are stored, a minute apart, and indexed."""
    folder = tmp_path_factory.mktemp("city")
    cli = Cli(folder / "home")
    cli.ok("cameras", "add", CAMERA, "--site", "dik-001", "--district", "dik",
           "--lat", "31.83", "--lon", "70.90")  # fmt: skip
    for seconds, start in ((6, "15:00:00"), (4, "15:01:00")):
        film = make_film(folder / f"{seconds}.mp4", seconds=seconds, audio="aac")
        cli.ok("ingest", str(film), "--camera", CAMERA, "--start", f"2026-11-22T{start}Z")
    cli.ok("index", "--once")
    return cli.home


@pytest.fixture
def cli(city: Path, tmp_path: Path) -> Cli:
    """A copy of the city for a single test."""
    return Cli(Path(shutil.copytree(city, tmp_path / "home")))


def during(start: str, end: str) -> tuple[str, ...]:
    return ("--from", f"2026-11-22T15:{start}Z", "--to", f"2026-11-22T15:{end}Z")


def length_s(path: Path) -> float:
    """Length of a film by its pictures, all of which must be decodable."""
    with av.open(str(path)) as container:
        times = [float(frame.time or 0) for frame in container.decode(video=0)]
    assert times == sorted(times)
    assert times[0] < 0.5, "a player begins at once"
    return round(times[-1] - times[0] + 0.04, 2)


def views(cli: Cli) -> list[dict[str, Any]]:
    entries = cli.ok("audit", "show", "--json").json
    return [entry for entry in entries if entry["action"] == "view"]


def test_an_interval_is_written_as_a_playable_film_and_entered_as_a_view(
    cli: Cli, tmp_path: Path
) -> None:
    out = tmp_path / "film.mp4"
    said = cli.ok("play", CAMERA, *during("00:02", "00:04"), "--out", str(out), *WHY, "--json").json
    assert length_s(out) == 2
    assert said["bytes"] == out.stat().st_size
    assert said["films"] == [
        {"start": "2026-11-22T15:00:02.000000Z", "end": "2026-11-22T15:00:04.000000Z"}
    ]
    intent, outcome = views(cli)
    assert (intent["what"]["camera"], intent["what"]["file"]) == (CAMERA, "film.mp4")
    assert (intent["case"], intent["code"]) == ("FIR-1/2026", "theft")
    assert outcome["what"]["ok"] is True
    refused = cli.refused("play", CAMERA, *during("00:02", "00:04"), "--out", str(out))
    assert "is there already" in refused.err


def test_across_a_gap_the_films_are_joined_and_the_gap_is_told(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "joined.mp4"
    said = cli.ok("play", CAMERA, *during("00:00", "01:04"), "--out", str(out)).out
    assert length_s(out) == pytest.approx(10, abs=0.5), "its sound is longer than its picture"
    assert said.count("\nshown: ") == 2
    assert "not shown: 2026-11-22 20:00:06 +05:00 to 2026-11-22 20:01:00 +05:00" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "joined.mp4"]


def test_nothing_stored_is_no_film(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    said = cli.refused("play", CAMERA, *during("30:00", "31:00"), "--out", str(out))
    assert said.code == 2
    assert f"no footage of {CAMERA} is stored" in said.err
    assert not out.exists()


def test_a_view_needs_a_case_where_the_settings_ask_for_one(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    asked = ("play", CAMERA, *during("00:02", "00:04"), "--out", str(out))
    cli.refused(*asked, **CASE)
    assert not out.exists()
    cli.ok(*asked, *WHY, **CASE)


def a_player(folder: Path, name: str, script: str) -> str:
    """Make a program and return a PATH on which it is the only player, beside FFmpeg."""
    folder.mkdir()
    (folder / "ffmpeg").symlink_to(find().path)
    (folder / "env").symlink_to("/usr/bin/env")
    player = folder / name
    player.write_text(f"#!/bin/sh\n{script}\n")
    player.chmod(0o755)
    return str(folder)


def test_the_player_of_the_machine_gets_the_film_which_is_removed_then(
    cli: Cli, tmp_path: Path
) -> None:
    seen = tmp_path / "seen.mp4"
    path = a_player(tmp_path / "bin", "mpv", f'/bin/cp "$2" {seen}')
    cli.ok("play", CAMERA, *during("00:02", "00:04"), PATH=path)
    assert length_s(seen) == 2
    assert list((cli.home / "playing").iterdir()) == []
    assert views(cli)[0]["what"]["player"] == "mpv"


def test_a_player_that_returns_at_once_keeps_the_film(cli: Cli, tmp_path: Path) -> None:
    path = a_player(tmp_path / "bin", "xdg-open", "exit 0")
    cli.ok("play", CAMERA, *during("00:02", "00:04"), PATH=path)
    (film,) = (cli.home / "playing").iterdir()
    assert length_s(film) == 2


def test_without_a_player_or_with_one_that_fails_the_way_out_is_named(
    cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    asked = ("play", CAMERA, *during("00:02", "00:04"))
    none = cli.refused(*asked, PATH=str(tmp_path / "empty"))
    assert "no player on this machine: none of mpv, ffplay, xdg-open" in none.err
    assert "--out FILE" in none.err
    assert views(cli) == [], "nothing was shown"
    path = a_player(tmp_path / "bin", "mpv", "echo no screen >&2; exit 1")
    fails = cli.refused(*asked, PATH=path)
    assert "mpv does not play" in fails.err
    assert "no screen" in fails.err
    assert list((cli.home / "playing").iterdir()) == []
    assert views(cli)[-1]["what"]["ok"] is False


def printed(said: Said) -> list[list[str]]:
    """The commands under the first moment of an answer, as words of a shell."""
    lines = [line.strip() for line in said.out.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("footage ")][:3]


def test_the_commands_under_a_moment_paste_back(cli: Cli, tmp_path: Path) -> None:
    search = ("search", "a red car", *during("00:00", "01:04"), "--threshold", "-1", *WHY)
    play, hold, export = printed(cli.ok(*search, **CASE))
    path = a_player(tmp_path / "bin", "mpv", f'/bin/cp "$2" {tmp_path / "seen.mp4"}')
    cli.ok(*play, PATH=path, **CASE)
    assert length_s(tmp_path / "seen.mp4") > 0

    asked = cli.answering("Sessions Court 14/2026\ntheft of a car\n", *hold, "--json", **CASE)
    assert asked.code == 0, asked.err
    assert asked.json["segments"] >= 1
    (placed,) = cli.ok("hold", "list", "--json").json
    assert (placed["authority"], placed["reason"]) == ("Sessions Court 14/2026", "theft of a car")
    assert "On whose authority?" in asked.err
    nobody = cli.answering("", *hold, **CASE)
    assert nobody.code == 2
    assert "--authority TEXT" in nobody.err
    assert len(cli.ok("hold", "list", "--json").json) == 1

    out = tmp_path / export[export.index("--out") + 1]
    export[export.index("--out") + 1] = str(out)
    cli.ok(*export, **CASE)
    assert (out / "MANIFEST.json").is_file()


def test_a_moment_is_played_by_its_number(cli: Cli, tmp_path: Path) -> None:
    answer = cli.ok(
        *("search", "a red car", *during("00:00", "01:04"), "--threshold", "-1", "--json")
    ).json
    out = tmp_path / "moment.mp4"
    said = cli.ok(
        *("play", "--moment", answer["moments"][0]["moment"], "--out", str(out), "--json")
    ).json
    assert said["times"]["from"]["utc"] == answer["moments"][0]["start"]
    assert length_s(out) > 0
    both = cli.refused("play", CAMERA, "--moment", answer["moments"][0]["moment"])
    assert "--moment names camera and time itself" in both.err
