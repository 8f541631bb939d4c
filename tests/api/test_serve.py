"""`footage serve` as a process."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.common.api_city import TOKEN_FILE, WHOLE
from tests.common.serving import argv, environment, running

SOON = {"FOOTAGE_API__READ_WITHIN": "1s"}


def _refused(home: Path, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        argv(*options), env=environment(home), capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


def test_it_says_where_it_listens_and_ends_in_order(home: Path) -> None:
    with running(home) as (server, url):
        secret = (home / TOKEN_FILE).read_text()
        given = {"Authorization": f"Bearer {secret}"}
        answer = httpx.get(f"{url}/api/v1/cameras/camera-1/video", params=WHOLE, headers=given)
        assert answer.status_code == 200
        assert "server" not in answer.headers
        server.send_signal(signal.SIGTERM)
        rest, _ = server.communicate(timeout=60)
        assert server.returncode == 0
        assert secret not in rest


@pytest.mark.parametrize(
    "host",
    [
        "0.0.0.0",  # noqa: S104 - it is refused
        "example.invalid",
        pytest.param("::", marks=pytest.mark.slow),
        pytest.param("192.0.2.1", marks=pytest.mark.slow),
    ],
)
def test_it_does_not_listen_where_others_could_reach_it(tmp_path: Path, host: str) -> None:
    code, said = _refused(tmp_path, "--host", host)
    assert code == 3
    assert "can be reached by others" in said


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = _refused(tmp_path, "--port", str(port))
    assert code == 4
    assert f"port {port}" in said


def _post(*headers: str) -> bytes:
    lines = ["POST /api/v1/search HTTP/1.1", "Host: localhost", *headers, "", ""]
    return "\r\n".join(lines).encode()


def _connected(url: str) -> socket.socket:
    host, _, port = url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=30)


def _rest(connection: socket.socket) -> bytes:
    """All that still comes, until the server closes the connection."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while data := connection.recv(65_536):
            said += data
    return said


def _most_memory(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line)


def test_whoever_sends_slowly_or_too_much_is_cut_off_without_a_token(tmp_path: Path) -> None:
    """Ahead of authentication, with memory that stays flat."""
    with running(tmp_path / "home", SOON) as (server, url):
        assert httpx.get(f"{url}/healthz").status_code == 200
        before = _most_memory(server.pid)

        with _connected(url) as silent, _connected(url) as slow_header, _connected(url) as slow:
            slow_header.sendall(b"GET /healthz HTTP/1.1\r\nHost: loc")
            slow.sendall(_post("Content-Length: 100") + b'{"text": ')
            assert _rest(slow).startswith(b"HTTP/1.1 408 ")
            assert _rest(slow_header) == _rest(silent) == b""

        with _connected(url) as announced:
            announced.sendall(_post(f"Content-Length: {1 << 30}"))
            said = _rest(announced)
            assert said.startswith(b"HTTP/1.1 413 ")
            assert b"urn:footage:problem:body-too-large" in said

        with _connected(url) as chunked:
            chunked.sendall(_post("Transfer-Encoding: chunked"))
            chunk, sent = b"10000\r\n" + bytes(0x10000) + b"\r\n", 0
            with contextlib.suppress(ConnectionResetError, BrokenPipeError):
                while sent < 1 << 30:
                    chunked.sendall(chunk)
                    sent += len(chunk)
            assert sent < 64 << 20  # what the buffers between hold

        with _connected(url) as header:
            header.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000)
            assert _rest(header)[:13] in {b"HTTP/1.1 400 ", b""}  # reset: the rest was not read

        assert _most_memory(server.pid) - before < 64 << 20
        assert httpx.get(f"{url}/healthz").status_code == 200


def test_a_connection_that_is_kept_must_send_the_next_header_in_time(tmp_path: Path) -> None:
    with running(tmp_path / "home", SOON) as (_, url), _connected(url) as kept:
        kept.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /hea")
        said = _rest(kept)
        assert said.count(b"HTTP/1.1 200 ") == 1
        assert said.endswith(b'{"status":"alive"}')
