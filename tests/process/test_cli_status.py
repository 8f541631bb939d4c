"""`footage status` and the node's pages, while a real recorder works in another process."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from footage.clock import SystemClock
from footage.errors import Unavailable
from footage.ids import CameraId
from footage.instant import Elapsed
from footage.scope import Scope
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from infra.host.process import Child
from infra.registers.sql_register import SqlRegister
from lab.servers.loopback import free_ports, request
from tests.common.builders import a_camera, a_district, a_site
from tests.common.cli import Cli
from tests.common.recording import make_film

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = Elapsed.parse("90s")
WELL, DEAD = "gate-1", "gate-2"
PASSWORD = "hunter2"  # noqa: S105 - nobody's


class Node:
    """`footage record` in the home `cli.home`, its pages on `port`."""

    def __init__(self, cli: Cli, port: int, *words: str) -> None:
        self.port = port
        self.settings = {
            "FOOTAGE_HOME": str(cli.home),
            "FOOTAGE_RECORDING__LISTEN": f"127.0.0.1:{port}",
            "FOOTAGE_RECORDING__SEGMENT_LENGTH": "2s",
        }
        self.child = Child(
            [sys.executable, "-m", "infra.cli", "record", *words],
            log=cli.home / "record.log",
            cwd=ROOT,
            env={**os.environ, **self.settings},
        )

    def wait(self, what: str, ready: Callable[[], object]) -> None:
        clock = SystemClock()
        until = clock.monotonic() + PATIENCE
        while not ready():
            assert self.child.alive, self.child.last_lines()
            assert clock.monotonic() < until, f"not {what}: {self.child.last_lines()}"
            clock.sleep(Elapsed.parse("200ms"))

    def cameras(self) -> dict[str, Any]:
        try:
            said = json.loads(request(self.port, "GET", "/status", timeout_s=20)[1])
        except Unavailable:
            return {}
        return {camera["camera"]: camera for camera in said["cameras"]}

    def metrics(self) -> dict[tuple[str, ...], float]:
        """By name and the values of the labels."""
        status, body = request(self.port, "GET", "/metrics", timeout_s=20)
        assert status == 200
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(body.decode())
            for sample in family.samples
        }

    def log(self) -> list[dict[str, Any]]:
        lines = self.child.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


@contextmanager
def recording(cli: Cli, port: int, *words: str) -> Iterator[Node]:
    node = Node(cli, port, *words)
    try:
        yield node
    finally:
        node.child.stop(signal.SIGTERM, Elapsed.parse("40s"))


def a_home(home: Path, **sources: str) -> Cli:
    """A home whose register knows these cameras, written as `footage cameras add` does."""
    home.mkdir()
    register = SqlRegister(f"sqlite:///{home / 'register.db'}", clock=SystemClock())
    register.add_districts([a_district()])
    register.add_sites([a_site()])
    named = [(name.replace("_", "-"), source) for name, source in sources.items()]
    register.add_cameras([a_camera(name, source=source) for name, source in named])
    register.close()
    return Cli(home)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_status_and_pages_of_a_recorder_with_a_dead_camera(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", seconds=120)
    dead = f"rtsp://user:{PASSWORD}@127.0.0.1:9/cam"
    cli, (port,) = a_home(tmp_path / "home", gate_1=str(film), gate_2=dead), free_ports(1)
    with recording(cli, port) as node:
        node.wait("stored", lambda: node.cameras().get(WELL, {}).get("stored", 0) >= 2)
        node.wait("lost", lambda: node.cameras()[DEAD]["restarts"] >= 1)

        said = cli("status", "--json", **node.settings)
        assert said.code == 1, said.err
        worst, well = said.json["cameras"]
        assert (worst["camera"], worst["state"], worst["severity"]) == (DEAD, "lost", "lost")
        assert worst["reason"].startswith("lost for ")
        assert "refused" in worst["reason"]
        assert (well["camera"], well["state"], well["severity"]) == (WELL, "recording", "none")
        assert said.json["summary"]["recording"] == 1
        assert PASSWORD not in said.out + said.err

        shown = cli("status", **node.settings)
        assert shown.out.startswith("1 of 2 recording, 1 lost")
        assert DEAD in shown.out
        assert WELL not in shown.out  # what is well shows with --all
        fine = cli.ok("status", "--camera", WELL, "--all", **node.settings)
        assert fine.out.startswith("1 of 1 recording")
        assert WELL in fine.out

        _check_metrics(node, cli)
        assert request(port, "GET", "/healthz")[0] == 200
        assert request(port, "GET", "/promise?from=a&token=b")[0] == 403
    assert node.child.exit_code == 0, node.child.last_lines()
    _check_log(node)

    after = cli("status", "--json", **node.settings)
    assert after.code == 1
    dead, left = after.json["cameras"]
    assert (dead["camera"], dead["reason"]) == (DEAD, "nobody records it")
    assert left["reason"].startswith("nobody records it; newest footage is ")
    assert "no recorder runs on this machine" in after.json["notes"][0]


def _check_metrics(node: Node, cli: Cli) -> None:
    catalogue = SqliteCatalogue(cli.home / "catalogue.db")
    before = node.metrics()
    scope = Scope(cameras=frozenset([CameraId(WELL)]))
    size = sum(segment.size_bytes for segment in catalogue.segments(scope))
    name = ("footage_camera_stored_bytes_total", WELL)
    assert 0 < before[name] <= size <= node.metrics()[name]
    assert before["footage_camera_state", WELL, "recording"] == 1
    assert before["footage_camera_state", DEAD, "lost"] == 1
    assert before["footage_camera_restarts_total", DEAD] >= 1
    reasons = ("camera_lost", "recorder_down")
    assert sum(before["footage_camera_lost_seconds_total", DEAD, one] for one in reasons) > 0
    assert 0 < before["footage_camera_lag_seconds", WELL] < 60
    assert 0 < before["footage_camera_clock_uncertainty_seconds", WELL] < 10
    assert before["footage_node_cameras", "recording"] == 1
    assert before["footage_node_close_to_stored_seconds_count",] >= 2
    assert before["footage_node_spool_disk_free_bytes",] > 0
    assert before["footage_node_child_processes",] >= 1


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_recorder_whose_port_is_taken_is_loud_and_records(tmp_path: Path) -> None:
    film = str(make_film(tmp_path / "film.mp4", seconds=120))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        cli = a_home(tmp_path / "home", gate_1=film)
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        short = {"FOOTAGE_RECORDING__SEGMENT_LENGTH": "2s"}
        said = cli.ok("record", "--for", "8s", FOOTAGE_RECORDING__LISTEN=listen, **short)
    (loud,) = [line for line in said.err.splitlines() if "cannot listen" in line]
    assert json.loads(loud)["level"] == "error"
    assert "recorded" in said.out


def _check_log(node: Node) -> None:
    text = node.child.log.read_text()
    assert PASSWORD not in text
    assert "Traceback" not in text
    log = node.log()
    assert any("metrics and status at" in line["event"] for line in log)
    lost = [line for line in log if line.get("camera") == DEAD and "refused" in line["event"]]
    assert lost[0]["level"] == "warning"
    assert all(line["at"].endswith("Z") and line["logger"] for line in log)
