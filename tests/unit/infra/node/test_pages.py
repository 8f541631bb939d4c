"""The node's pages: what they answer, and that no reader can tie them up."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.errors import BadInput, Misconfigured, Unavailable
from footage.instant import Elapsed
from infra.config.address import Address
from infra.node import pages
from infra.node.client import ask, ask_all
from infra.node.pages import AT_ONCE, NodeServer, Page
from infra.node.report import NodeFacts, NodeReport, document
from tests.common.statuses import a_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLOCK = SystemClock()


def text(body: bytes) -> Callable[[], Page]:
    return lambda: Page("text/plain", body)


@contextmanager
def serving(**pages: Callable[[], Page]) -> Iterator[tuple[NodeServer, Address]]:
    server = NodeServer("127.0.0.1:0", {f"/{name}": page for name, page in pages.items()}, CLOCK)
    at = server.start()
    try:
        yield server, at
    finally:
        server.stop()


def get(at: Address, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    with closing(http.client.HTTPConnection(at.host, at.port, timeout=20)) as connection:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=named)
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.headers)


def test_each_page_and_no_other() -> None:
    with serving(metrics=text(b"m 1\n")) as (_, at):
        status, body, headers = get(at, "/metrics")
        assert (status, body) == (200, b"m 1\n")
        assert headers["Content-Type"] == "text/plain"
        assert get(at, "/healthz")[:2] == (200, b"ok\n")
        assert get(at, "/../etc/passwd")[0] == 404
        assert get(at, "/status")[0] == 404


def test_a_large_page_is_packed_for_who_can_unpack() -> None:
    page = b"footage_camera_state 1\n" * 5000
    with serving(metrics=text(page)) as (_, at):
        _, body, headers = get(at, "/metrics", Accept_Encoding="gzip")
        assert headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(body) == page
        assert get(at, "/metrics")[1] == page


def test_a_promise_is_made_by_whom_it_is_asked_of_and_by_nobody_else() -> None:
    asked = []

    def promise(node: str, token: str) -> bool:
        asked.append((node, token))
        if node == "down":
            raise Unavailable("the register is away")
        return token == "right"  # noqa: S105 - no secret of anybody

    with serving() as (server, at):
        assert get(at, "/promise?from=n2&token=right")[0] == 403
        server.promise = promise
        status, body, _ = get(at, "/promise?from=n2&token=right")
        assert (status, json.loads(body)) == (200, {"promise": True})
        status, body, _ = get(at, "/promise?from=n2&token=wrong")
        assert (status, json.loads(body)) == (403, {"promise": False})
        assert get(at, "/promise?from=n2")[0] == 403
        assert get(at, "/promise?token=right")[0] == 403
        assert get(at, "/promise?from=down&token=x")[0] == 503
    assert asked == [("n2", "right"), ("n2", "wrong"), ("down", "x")]


def test_a_page_that_cannot_be_made_says_why_and_injects_no_header() -> None:
    def fail() -> Page:
        raise Unavailable("the disk\r\nSet-Cookie: x=1 is away")

    with serving(status=fail) as (_, at):
        status, body, headers = get(at, "/status")
        assert status == 503
        assert b"is away" in body
        assert "Set-Cookie" not in headers


def test_an_address_that_is_taken_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with serving() as (_, at):
        with pytest.raises(Unavailable, match="cannot listen on"):
            NodeServer(str(at), {}, CLOCK).start()
        assert get(at, "/healthz")[0] == 200
    again = NodeServer(str(at), {}, CLOCK)
    assert again.start() == at  # free at once when its server has ended
    again.stop()
    assert caplog.records == []


def test_an_address_that_is_not_here_is_told() -> None:
    with pytest.raises((Misconfigured, Unavailable), match=r"cannot listen on 192\.0\.2\.1:1"):
        NodeServer("192.0.2.1:1", {}, CLOCK).start()


def test_readers_that_say_nothing_are_turned_away_and_cut_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pages, "DEADLINE", Elapsed.parse("1s"))
    with serving(metrics=text(b"m")) as (_, at), ExitStack() as held:
        silent = [held.enter_context(closing(socket.create_connection(at))) for _ in range(AT_ONCE)]
        drip = threading.Thread(target=_drip, args=(silent[0],), daemon=True)
        drip.start()
        deadline = CLOCK.monotonic() + Elapsed.parse("20s")
        status = 0
        turned_away = False
        while status != 200 and CLOCK.monotonic() < deadline:
            status = get(at, "/metrics")[0]
            turned_away = turned_away or status == 503
            CLOCK.sleep(Elapsed.parse("50ms"))
        assert turned_away  # no thread for one more
        assert status == 200  # the others were cut off, the one that drips as well
        drip.join(10)
        assert not drip.is_alive()
    assert caplog.records == []


def _drip(connection: socket.socket) -> None:
    """A request whose every byte comes in time, and which never ends."""
    with closing(connection):
        try:
            while True:
                connection.send(b"G")
                CLOCK.sleep(Elapsed.parse("100ms"))
        except OSError:
            return


def test_a_reader_that_never_reads_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "DEADLINE", Elapsed.parse("1s"))
    page = text(b"x" * 50_000_000)
    with serving(metrics=page) as (server, at), closing(socket.create_connection(at)) as lazy:
        lazy.send(b"GET /metrics HTTP/1.0\r\n\r\n")
        inner = server._server
        assert inner is not None
        deadline = CLOCK.monotonic() + Elapsed.parse("20s")
        seen = False
        while not (seen and not inner._due) and CLOCK.monotonic() < deadline:
            seen = seen or bool(inner._due)
            CLOCK.sleep(Elapsed.parse("20ms"))
        assert seen
        assert not inner._due


def test_nodes_are_asked_side_by_side_and_each_answers_for_itself() -> None:
    status, _ = a_status()

    def page() -> Page:
        said = document(NodeFacts("node-1", "1", home="/h"), status.snapshot())
        return Page("application/json", json.dumps(said).encode())

    with serving(status=page) as (_, good), serving(status=text(b"hello")) as (_, other):
        answers = ask_all([str(good), str(other), "127.0.0.1:1", "nonsense"])
    report, *errors = answers
    assert isinstance(report, NodeReport)
    assert [camera.camera for camera in report.cameras] == ["camera-1", "camera-2"]
    assert [type(error) for error in errors] == [BadInput, Unavailable, BadInput]
    assert ask_all([]) == []


def test_a_node_that_hangs_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        started = CLOCK.monotonic()
        with pytest.raises(Unavailable, match="timed out"):
            ask(f"127.0.0.1:{hanging.getsockname()[1]}", within_s=0.3)
        assert CLOCK.monotonic() - started < Elapsed.parse("10s")


@pytest.mark.parametrize(
    ("said", "host", "port"),
    [("127.0.0.1:8961", "127.0.0.1", 8961), ("[::1]:0", "::1", 0), ("node-3:80", "node-3", 80)],
)
def test_addresses(said: str, host: str, port: int) -> None:
    assert Address.parse(said) == (host, port)
    assert str(Address.parse(said)) == said


@pytest.mark.parametrize(
    "said", ["", "8961", ":8961", "host", "host:", "h:70000", "::1:80", "a/b:1"]
)
def test_what_is_no_address(said: str) -> None:
    with pytest.raises(BadInput):
        Address.parse(said)
