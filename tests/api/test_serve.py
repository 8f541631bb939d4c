"""`footage serve` as a process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.common.api_city import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _argv(*options: str) -> list[str]:
    return [sys.executable, "-m", "infra.cli", "serve", *options]


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "FOOTAGE_HOME": str(home), "FOOTAGE_ACTOR": "amina"}


def _refused(home: Path, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        _argv(*options), env=_environment(home), capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


@contextmanager
def _server(home: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A server, its URL and the file of its token as it prints them."""
    with subprocess.Popen(
        _argv("--port", "0"), env=_environment(home), stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout
            url = server.stdout.readline().removeprefix("listening on ").strip()
            token_file = server.stdout.readline().removeprefix("token in ").strip()
            yield server, url, token_file
        finally:
            server.kill()


def test_it_says_where_it_listens_and_ends_in_order(home: Path) -> None:
    with _server(home) as (server, url, token_file):
        secret = (home / "api-token").read_text().strip()
        assert token_file == str(home / "api-token")
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
    assert not (tmp_path / "api-token").exists()


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = _refused(tmp_path, "--port", str(port))
    assert code == 4
    assert f"port {port}" in said
