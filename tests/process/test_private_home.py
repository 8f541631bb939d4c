"""Nothing in the home folder can be read by other users, whatever the umask of whoever calls."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests.common.cli import Cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CAMERA = "dik-001-1"
OUTSIDE = ("secrets", "store", "spool", "custody")
WHEN = ("--from", "2026-11-22T15:00:00Z", "--to", "2026-11-22T15:00:30Z")


@pytest.fixture(autouse=True)
def careless_umask() -> Iterator[None]:
    """The commands' caller opens everything to everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


def _modes(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode)
        for path in (folder, *folder.rglob("*"))
    }


@pytest.mark.slow
def test_all_a_home_holds_is_closed_and_an_export_has_the_users_modes(
    tmp_path: Path, clips: Path
) -> None:
    cli = Cli(tmp_path / "home")
    film = clips / "intel" / "car-detection.mp4"
    cli.ok("cameras", "add", CAMERA, "--site", "dik-001", "--district", "dik", "--lat", "31.83",
           "--lon", "70.90", "--source", str(film))  # fmt: skip
    cli.ok("ingest", str(film), "--camera", CAMERA, "--start", "2026-11-22T15:00:00Z")
    cli.ok("run", "--for", "5s", FOOTAGE_RECORDING__LISTEN="127.0.0.1:0")
    sheet, bundle = tmp_path / "sheet.png", tmp_path / "bundle"
    cli.ok("search", "a car", *WHEN, "--sheet", str(sheet))
    cli.ok("export", "--camera", CAMERA, *WHEN, "--out", str(bundle))

    modes = _modes(cli.home)
    assert len(modes) > 40
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o666
    assert set(_modes(bundle).values()) == {0o777, 0o666}


def test_doctor_names_an_open_home_and_closes_it_on_request(tmp_path: Path) -> None:
    cli = Cli(tmp_path / "home")
    cli.home.mkdir(mode=0o755)
    cli.ok("cameras", "list")
    (cli.home / "register.db").chmod(0o644)
    said = {one["what"]: one for one in cli("doctor", "--json").json}["home folder"]
    assert not said["ok"]
    assert f"reach 2: {cli.home} (0755), {cli.home / 'register.db'} (0644)" in said["said"]
    assert cli.ok("doctor", "--make-private").err == "closed to other users: 2 files and folders\n"
    assert _modes(cli.home)["."] == 0o700


def test_doctor_closes_what_settings_and_links_put_outside_the_home(tmp_path: Path) -> None:
    """Register, secrets and store by settings; spool and custody log by links to another disk."""
    cli, disk = Cli(tmp_path / "home"), tmp_path / "disk"
    for folder in (cli.home, disk, *(disk / name for name in OUTSIDE)):
        folder.mkdir(mode=0o755)
    for name in ("spool", "custody"):
        (cli.home / name).symlink_to(disk / name)
    (cli.home / "footage.toml").write_text(
        f'[database]\nurl = "sqlite:///{disk / "register.db"}"\n'
        f'[recording]\nsecrets = "{disk / "secrets"}"\n[store]\npath = "{disk / "store"}"\n'
    )
    cli.ok("cameras", "add", CAMERA, "--site", "dik-001", "--district", "dik", "--lat", "31.83",
           "--lon", "70.90")  # fmt: skip
    assert _modes(disk)["register.db"] == 0o600
    assert _modes(disk)["custody/custody.jsonl"] == 0o600
    (disk / "register.db").chmod(0o640)
    (disk / "spool" / "a.mp4").write_bytes(b"footage")

    said = {one["what"]: one for one in cli("doctor", "--json").json}["home folder"]
    assert not said["ok"]
    for name in ("register.db (0640)", *(f"{name} (0755)" for name in OUTSIDE)):
        assert str(disk / name) in said["said"]
    cli.ok("doctor", "--make-private")
    wide = {name: oct(mode) for name, mode in _modes(disk).items() if mode & 0o077}
    assert wide == {".": "0o755"}  # the disk itself is not ours
    said = {one["what"]: one for one in cli("doctor", "--json").json}["home folder"]
    assert said["said"].startswith(f"closed to other users: {cli.home}, ")
