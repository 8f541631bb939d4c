"""Nodes of a cluster as processes, and where a network of our own may be laid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.errors import Misconfigured, Unavailable
from footage.instant import Elapsed
from infra.host.process import Child
from lab.servers import netns
from lab.servers.cluster import Node, start_all, stop_all, wait_whole

if TYPE_CHECKING:
    from pathlib import Path

CLOCK = SystemClock()
SOON = Elapsed.parse("20s")


def a_node(folder: Path, *argv: str, ready: bool = True, within: Elapsed = SOON) -> Node:
    return Node(
        name="node",
        host="127.0.0.1",
        port=1,
        within=within,
        clock=CLOCK,
        _begin=lambda: Child(argv or ("sleep", "100"), log=folder / "log"),
        _probe=lambda: ready,
    )


def test_a_killed_node_comes_back_as_another_process(tmp_path: Path) -> None:
    node = a_node(tmp_path)
    with pytest.raises(Unavailable, match="never started"):
        node.kill()
    start_all([node])
    first = node.child.pid
    start_all([node])
    assert node.child.pid == first  # one that runs is left alone
    node.kill()
    assert node.child.exit_code is not None
    start_all([node])
    assert node.alive
    assert node.child.pid != first
    stop_all([node, node])
    assert node.child.exit_code is not None


def test_one_that_does_not_get_ready_takes_the_others_with_it(tmp_path: Path) -> None:
    good = a_node(tmp_path)
    bad = a_node(tmp_path, "sh", "-c", "echo no such disk; exit 3", ready=False)
    with pytest.raises(Unavailable, match="no such disk"):
        start_all([good, bad])
    assert not good.alive


def test_waiting_has_an_end() -> None:
    with pytest.raises(Unavailable, match="the set is not whole after 10ms"):
        wait_whole(lambda: False, what="the set", within=Elapsed.parse("10ms"), clock=CLOCK)


def test_a_namespace_with_interfaces_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(netns, "_interfaces_up", lambda: {"lo", "eth0"})
    with pytest.raises(Misconfigured, match="eth0"):
        netns.require_fresh()
    monkeypatch.setattr(netns, "_interfaces_up", lambda: {"lo"})
    netns.require_fresh()


def test_a_network_needs_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1_000)
    with pytest.raises(Misconfigured, match="root"):
        netns.Network(tmp_path, hosts=1, clock=CLOCK)
