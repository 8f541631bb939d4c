"""`footage serve` as a process of its own, for tests of the API from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def argv(*options: str) -> list[str]:
    """Return the command line of `footage serve`."""
    return [sys.executable, "-m", "infra.cli", "serve", *options]


def environment(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a server of `home`, with `extra` settings."""
    return {
        **os.environ,
        "FOOTAGE_HOME": str(home),
        "FOOTAGE_ACTOR": "amina",
        "FOOTAGE_API__METRICS_LISTEN": "127.0.0.1:0",
        **(extra or {}),
    }


@contextmanager
def running(
    home: Path, extra: Mapping[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Give a server of `home`, and the URL that it prints; the server is killed at the end."""
    with subprocess.Popen(
        argv("--port", "0"), env=environment(home, extra), stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout
            url = server.stdout.readline().removeprefix("listening on ").strip()
            yield server, url
        finally:
            server.kill()
