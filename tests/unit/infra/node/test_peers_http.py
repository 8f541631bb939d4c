"""Asking other recorders: what counts as a promise, and what as gone."""

from __future__ import annotations

import socket
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.ids import NodeId
from footage.instant import ZERO, Elapsed
from footage.membership import Node
from infra.node.pages import NodeServer
from infra.node.peers_http import HttpPeers, registered_address
from recorder.leases.peers import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

ME = NodeId("me")
WITHIN = Elapsed.parse("500ms")


def node(address: str) -> Node:
    return Node(NodeId("there"), 1, 1, ZERO, ZERO, address=address)


def ask(address: str, secret: str = "geheim") -> Answer:  # noqa: S107 - of nobody
    return HttpPeers().ask(node(address), ME, secret, WITHIN)


@pytest.fixture
def server() -> Iterator[NodeServer]:
    made = NodeServer("127.0.0.1:0", {}, SystemClock())
    yield made
    made.stop()


def test_a_promise_is_a_promise_and_a_refusal_none(server: NodeServer) -> None:
    server.promise = lambda node, token: (node, token) == ("me", "geheim &=?")
    address = registered_address(str(server.start()))
    assert ask(address, "geheim &=?") is Answer.PROMISED
    assert ask(address, "guess") is Answer.ALIVE


def test_before_it_can_promise_a_node_is_alive(server: NodeServer) -> None:
    assert ask(registered_address(str(server.start()))) is Answer.ALIVE


def test_who_has_no_process_there_is_gone(server: NodeServer) -> None:
    address = registered_address(str(server.start()))
    server.stop()
    assert ask(address) is Answer.GONE


def test_who_does_not_answer_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as mute:
        address = registered_address(f"127.0.0.1:{mute.getsockname()[1]}")
        clock = SystemClock()
        began = clock.monotonic()
        assert ask(address) is Answer.SILENT
        assert clock.monotonic() - began < Elapsed.parse("5s")


def test_what_is_no_recorder_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = registered_address(f"127.0.0.1:{other.getsockname()[1]}")
        other.settimeout(5)

        def talk() -> None:
            taken, _ = other.accept()
            with taken:
                taken.recv(1000)
                taken.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi")

        thread = Thread(target=talk)
        thread.start()
        assert ask(address) is Answer.SILENT
        thread.join()


@pytest.mark.parametrize("address", ["", "nonsense", "127.0.0.1:9#elsewhere", "127.0.0.1:9"])
def test_what_cannot_be_asked_is_silent_never_gone(address: str) -> None:
    assert ask(address) is Answer.SILENT


def test_only_addresses_that_mean_the_same_everywhere_go_on_the_roll_as_they_are() -> None:
    assert registered_address("10.0.0.7:8961") == "10.0.0.7:8961"
    assert registered_address("recorder-3:8961") == "recorder-3:8961"
    assert registered_address("0.0.0.0:8961") == ""
    assert registered_address("[::]:8961") == ""
    assert registered_address("") == ""
    assert registered_address("127.0.0.1:8961").startswith("127.0.0.1:8961#")
    assert registered_address("[::1]:8961").startswith("[::1]:8961#")
    assert registered_address("localhost:8961").startswith("localhost:8961#")
