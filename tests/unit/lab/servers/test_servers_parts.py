"""The deciding parts of `lab.servers`: missing needs, versions, names, ports, folders."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from footage.clock import SimulatedClock, SystemClock
from footage.errors import BadInput, Misconfigured, Unavailable
from footage.instant import Elapsed, Instant
from infra.host.process import Child
from lab.servers import golang, java, loopback, pins
from lab.servers.cache import install_into
from lab.servers.elasticsearch import install as install_elasticsearch
from lab.servers.fleet import data_folder
from lab.servers.postgres import Database
from lab.servers.roster import SERVERS, choose
from lab.servers.running import Former, Keys, own_folder, wait_healthy
from lab.servers.system import Need, command, ensure, missing

CLOCK = SimulatedClock(Instant(0))


def quiet(_: str) -> None:
    """Ignore a line of progress."""


def test_installation_is_whole_and_happens_once(tmp_path: Path) -> None:
    said: list[str] = []
    built: list[Path] = []

    def build(into: Path) -> None:
        built.append(into)
        (into / "program").write_bytes(b"12345")

    for _ in range(2):
        install_into(tmp_path / "cache", "a-1", build, clock=CLOCK, say=said.append)
        target = tmp_path / "cache/a-1"
        assert (target / "program").read_bytes() == b"12345"
    assert len(built) == 1
    assert said == ["a-1: installing", "a-1: installed in 0 s, 5 bytes"]
    assert (tmp_path / "cache/a-1").stat().st_mode & 0o777 == 0o755


def test_failed_installation_leaves_nothing(tmp_path: Path) -> None:
    def build(into: Path) -> None:
        (into / "half").touch()
        raise Unavailable("the proxy is away")

    (tmp_path / ".a-1.killed.partial").mkdir()
    with pytest.raises(Unavailable, match="the proxy is away"):
        install_into(tmp_path, "a-1", build, clock=CLOCK, say=quiet)
    assert [entry.name for entry in tmp_path.iterdir()] == [".a-1.lock"]


def test_racing_installers_build_once(tmp_path: Path) -> None:
    built: list[Path] = []
    threads = [
        threading.Thread(
            target=install_into,
            args=(tmp_path, "a-1", built.append),
            kwargs={"clock": CLOCK, "say": quiet},
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1


def test_unusable_cache_is_told(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(Misconfigured, match="FOOTAGE_CACHE"):
        install_into(tmp_path / "cache", "a-1", lambda _: None, clock=CLOCK, say=quiet)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("go version go1.26.8 linux/amd64", (1, 26)),
        ("go version go1.9 linux/amd64", (1, 9)),
        ("go version devel +abc", (0, 0)),
    ],
)
def test_go_version(text: str, expected: tuple[int, int]) -> None:
    assert golang.parse_version(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('IMPLEMENTOR="X"\nJAVA_VERSION="17.0.15"\nJAVA_VERSION_DATE="2025-04-15"\n', 17),
        ('JAVA_VERSION="1.8.0_292"\n', 8),
        ('JAVA_VERSION="25"\n', 25),
        ('JAVA_VERSION_DATE="2025-04-15"\n', None),
    ],
)
def test_java_release(text: str, expected: int | None) -> None:
    assert java.parse_release(text) == expected


def test_roster_names_what_was_asked_for() -> None:
    assert choose([]) == SERVERS
    assert [server.name for server in choose(["rtsp", "minio"])] == ["minio", "rtsp"]
    with pytest.raises(
        BadInput, match=r"no such server: oracle .*known are dex, elasticsearch, minio"
    ):
        choose(["minio", "oracle"])


def test_every_elasticsearch_pin_has_its_java(tmp_path: Path) -> None:
    assert pins.ELASTICSEARCH in pins.ELASTICSEARCH_JAVA
    with pytest.raises(BadInput, match="never tried"):
        install_elasticsearch(tmp_path, clock=CLOCK, say=quiet, version="7.0.0")


THERE = Need("Ear", ("ear",), lambda: True)
AWAY = Need("Eye", ("eye", "lid"), lambda: False)


def test_missing_needs_and_their_command() -> None:
    assert missing([THERE, AWAY, AWAY]) == (AWAY,)
    assert command([THERE, AWAY]).endswith("--no-install-recommends ear eye lid")


def test_ordinary_user_is_told_the_command() -> None:
    ensure([THERE], uid=1000, say=quiet)
    with pytest.raises(Misconfigured, match=r"missing: Eye \(sudo apt-get install .* eye lid\)"):
        ensure([THERE, AWAY], uid=1000, say=quiet)


def test_free_ports_differ_and_are_free() -> None:
    ports = loopback.free_ports(5)
    assert len(set(ports)) == 5
    assert loopback.claim(ports, 5) == ports
    assert not loopback.answers(ports[0], "/")
    with pytest.raises(Unavailable, match=f"GET http://127.0.0.1:{ports[0]}/x"):
        loopback.request(ports[0], "GET", "/x")


def test_keys_are_fresh_and_hidden() -> None:
    first, second = Keys(), Keys()
    assert first != second
    assert first.secret_key not in repr(first)


def test_former_server_gives_back_what_it_was() -> None:
    assert (Former().ports("port"), Former().keys()) == (None, None)
    former = Former(
        facts={"port": "1", "console": "2"}, secrets={"access_key": "a", "secret_key": "hidden"}
    )
    assert former.ports("port", "console") == (1, 2)
    assert former.keys() == Keys(access_key="a", secret_key="hidden")  # noqa: S106 - made up
    assert "hidden" not in repr(former)


def test_database_urls_escape_the_password() -> None:
    database = Database("cases", 5432, "p@/:")
    assert database.dsn == "postgresql://footage:p%40%2F%3A@127.0.0.1:5432/cases"
    assert database.sqlalchemy_url.startswith("postgresql+psycopg://footage:p%40")


def test_fleet_data_is_reachable_for_root_and_at_home_for_others() -> None:
    home, other, cache = Path("/h"), Path("/g"), Path("/c")
    assert data_folder(home, cache, 1000) == Path("/h/servers/data")
    assert data_folder(home, cache, 0).parent == Path("/c/data")
    assert data_folder(home, cache, 0) != data_folder(other, cache, 0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_closed_parent_is_told(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o700)
    with pytest.raises(Misconfigured, match=r"user 1000 cannot reach .*closed/data"):
        own_folder(tmp_path / "closed/data", 1000)


@pytest.mark.process
def test_server_that_never_answers_is_stopped(tmp_path: Path) -> None:
    child = Child(["sh", "-c", "echo waiting; exec sleep 60"], log=tmp_path / "log")
    within = Elapsed.parse("300ms")
    with pytest.raises(Unavailable, match=r"(?s)x was not ready within 300ms; .*waiting"):
        wait_healthy(child, lambda: False, what="x", within=within, clock=SystemClock())
    assert not child.alive


@pytest.mark.process
def test_server_that_ends_is_told_at_once(tmp_path: Path) -> None:
    child = Child(["sh", "-c", "echo no such disk; exit 4"], log=tmp_path / "log")
    within = Elapsed.parse("1h")
    with pytest.raises(Unavailable, match=r"(?s)x ended with 4 .*no such disk"):
        wait_healthy(child, lambda: False, what="x", within=within, clock=SystemClock())
