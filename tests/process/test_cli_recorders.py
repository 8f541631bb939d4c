"""`footage recorders`, and a recorder whose place is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footage.ids import CameraId, NodeId
from footage.instant import Elapsed
from footage.membership import Heartbeat
from infra.node.home import held
from infra.registers.sql_leases import SqlLeases
from infra.registers.sql_register import SqlRegister
from tests.common.builders import a_camera, a_district, a_site
from tests.common.cli import Cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

A = NodeId("a")
SECRET = "geheim"  # noqa: S105 - of nobody


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "home")


@pytest.fixture
def leases(cli: Cli) -> Iterator[SqlLeases]:
    """A register with one camera, in the home of the command line."""
    cli.home.mkdir()
    url = f"sqlite:///{cli.home / 'register.db'}"
    register = SqlRegister(url)
    register.add_districts([a_district()])
    register.add_sites([a_site()])
    register.add_cameras([a_camera(source="film.mp4")])
    register.close()
    made = SqlLeases(url)
    yield made
    made.close()


def beat(leases: SqlLeases, ttl: str) -> None:
    address = "127.0.0.1:8961#of-this-machine"
    leases.beat(Heartbeat(A, "elsewhere", SECRET, Elapsed.parse(ttl), address=address, group="all"))
    leases.take(A, SECRET, {CameraId("camera-1"): 0})


def test_recorders_are_listed_without_their_secrets(cli: Cli, leases: SqlLeases) -> None:
    beat(leases, "1h")
    said = cli("recorders", "list", "--json")
    expected = {"node": "a", "live": True, "cameras": 1, "address": "127.0.0.1:8961"}
    assert said.json == [expected]
    shown = cli("recorders", "list")
    assert "live" in shown.out
    assert SECRET not in shown.out


def test_only_a_lapsed_one_is_forgotten(cli: Cli, leases: SqlLeases) -> None:
    beat(leases, "1h")
    refused = cli("recorders", "forget", "a")
    assert refused.code == 6
    assert "is live" in refused.err
    beat(leases, "1us")
    assert cli("recorders", "forget", "a").code == 0
    assert leases.membership().leases == ()
    assert cli("recorders", "forget", "a").code == 2


def test_a_second_recorder_on_sqlite_is_refused_by_name(cli: Cli, leases: SqlLeases) -> None:
    beat(leases, "1h")
    said = cli("record", "--for", "1s", FOOTAGE_RECORDING__LISTEN="")
    assert said.code == 6, said.err
    assert "recorder a is live" in said.err
    assert "PostgreSQL" in said.err


def test_a_second_recorder_in_one_home_is_refused(cli: Cli, leases: SqlLeases) -> None:
    del leases
    with held(cli.home):
        said = cli("record", "--for", "1s", FOOTAGE_RECORDING__LISTEN="")
    assert said.code == 4, said.err
    assert "another recorder works in" in said.err
