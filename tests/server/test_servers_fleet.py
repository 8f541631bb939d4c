"""A fleet outlives its command, comes back as it was, and `down` hits nobody else."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest

from footage.clock import SystemClock
from footage.errors import DataLoss
from footage.instant import Elapsed
from infra.host import process
from infra.host.process import Child, Identity, is_running
from lab.servers import loopback
from lab.servers.fleet import Fleet, data_folder
from tests.common.servers import require

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.server


@pytest.fixture
def home(server_folder: Path, server_cache: Path) -> Iterator[Path]:
    require("toxiproxy", server_cache, os.environ)
    home = server_folder / "home"
    yield home
    command(home, server_cache, "down")
    shutil.rmtree(data_folder(home, server_cache, os.geteuid()), ignore_errors=True)


def command(home: Path, cache: Path, *words: str) -> str:
    """Run `footage servers` as a person does, in a process of its own."""
    extra = {"FOOTAGE_HOME": str(home), "FOOTAGE_CACHE": str(cache)}
    argv = process.with_environment(extra, [sys.executable, "-m", "lab.servers", *words])
    return process.run(argv, timeout=Elapsed.parse("2m")).text


def identity_of(home: Path, name: str) -> Identity:
    stored = json.loads((home / "servers/servers.json").read_text())
    return Identity(**stored[name]["identity"])


def test_fleet_outlives_its_command(home: Path, server_cache: Path) -> None:
    command(home, server_cache, "up", "toxiproxy")
    first = identity_of(home, "toxiproxy")
    assert is_running(first)
    (report,) = status(home, server_cache)
    assert report["state"] == "healthy"
    assert loopback.answers(int(report["facts"]["port"]), "/version")
    command(home, server_cache, "up", "toxiproxy")
    assert identity_of(home, "toxiproxy") == first, "started twice"
    command(home, server_cache, "down")
    assert not is_running(first)
    assert [report["state"] for report in status(home, server_cache)] == ["stopped"]


def status(home: Path, cache: Path) -> list[dict[str, Any]]:
    reports: list[dict[str, Any]] = json.loads(command(home, cache, "status", "--json"))
    return reports


def test_server_comes_back_with_its_data_and_credentials(home: Path, server_cache: Path) -> None:
    require("postgres", server_cache, os.environ)
    command(home, server_cache, "up", "postgres")
    secrets = home / "servers/credentials.json"
    assert secrets.stat().st_mode & 0o777 == 0o600
    before = json.loads(secrets.read_text())["postgres"]
    assert before["password"] not in (home / "servers/servers.json").read_text()
    insert(before["dsn"], "CREATE TABLE held (id int)")
    command(home, server_cache, "down")
    command(home, server_cache, "up", "postgres")
    assert json.loads(secrets.read_text())["postgres"] == before
    insert(before["dsn"], "INSERT INTO held VALUES (1)")
    command(home, server_cache, "down")
    command(home, server_cache, "up", "postgres", "--fresh")
    assert json.loads(secrets.read_text())["postgres"] != before


def insert(dsn: str, statement: str) -> None:
    argv = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", dsn, "-c", statement]
    process.run(argv, timeout=Elapsed.parse("30s"))


def test_recycled_pid_is_never_stopped(home: Path, server_cache: Path, tmp_path: Path) -> None:
    command(home, server_cache, "up", "toxiproxy")
    state = home / "servers/servers.json"
    ours = identity_of(home, "toxiproxy")
    bystander = Child(["sleep", "60"], log=tmp_path / "log")
    try:
        stored = json.loads(state.read_text())
        stored["toxiproxy"]["identity"]["pid"] = bystander.pid
        state.write_text(json.dumps(stored))
        command(home, server_cache, "down")
        assert bystander.alive
    finally:
        bystander.stop()
        process.stop_group(ours, clock=SystemClock())


def test_damaged_state_is_told(server_folder: Path, server_cache: Path) -> None:
    fleet = Fleet(server_folder, data=server_folder, cache=server_cache, clock=SystemClock())
    (server_folder / "servers.json").write_text("{")
    with pytest.raises(DataLoss, match="no JSON"):
        fleet.status()
    (server_folder / "servers.json").write_text('{"minio": {"pid": 1}}')
    with pytest.raises(DataLoss, match="not a state file of this version"):
        fleet.status()
