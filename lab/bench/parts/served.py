"""`footage serve` as a process for benchmarks, and GET requests to HTTP servers of this machine.

Requests go by the standard library alone: a client that loads certificates or pools connections
would be measured too.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse
from typing import TYPE_CHECKING, Final

from footage.access import Grant, Permission, Role, person_id
from footage.action import Purpose
from footage.instant import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from infra.wiring import Parts

HOST: Final = "127.0.0.1"
_PATIENCE_S: Final = 60.0
_PERSON: Final = person_id("bench")


@dataclass(frozen=True, slots=True)
class Address:
    """A server of this machine, its process, and the headers that go with each request."""

    pid: int
    port: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @contextmanager
    def get(self, path: str, **headers: str) -> Iterator[HTTPResponse]:
        """Ask for a path over a new connection; yield the answer, whose body is read by the caller.

        Raises:
            RuntimeError: The answer is no success.
        """
        connection = HTTPConnection(HOST, self.port, timeout=_PATIENCE_S)
        try:
            connection.request("GET", path, headers={**self.headers, **headers})
            answer = connection.getresponse()
            if answer.status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
                raise RuntimeError(f"{path}: {answer.status} {answer.read()[:500]!r}")
            yield answer
        finally:
            connection.close()

    def read(self, path: str, **headers: str) -> bytes:
        """Return the body of an answer."""
        with self.get(path, **headers) as answer:
            return answer.read()


class Joined(io.RawIOBase):
    """Bytes that are here, and then the body of an answer as it comes in: a film being loaded."""

    def __init__(self, begin: bytes, answer: HTTPResponse) -> None:
        super().__init__()
        self._begin, self._answer = begin, answer

    def readable(self) -> bool:
        """Return True: a film can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # io's own stub is wider
        """Fill `buffer` as far as bytes are here; return the number of bytes read, 0 at the end."""
        if self._begin:
            taken = self._begin[: len(buffer)]
            self._begin = self._begin[len(taken) :]
            buffer[: len(taken)] = taken
            return len(taken)
        return self._answer.readinto(buffer)


def token(parts: Parts) -> str:
    """Return a token of a person who may watch everything, added for the benchmark."""
    by = Purpose("bench")
    person = parts.people.add(_PERSON, "Bench", [Grant(Role.INVESTIGATOR)], "", by)
    permissions = [Permission.WATCH, Permission.READ_TIMELINES]
    return parts.people.make_token(person, "bench", permissions, parts.clock.now() + DAY, by)[1]


@contextmanager
def serving(environment: Mapping[str, str], token: str) -> Iterator[Address]:
    """Run `footage serve` on a free port; yield the address, with the token.

    Raises:
        RuntimeError: The server ended before it listened.
    """
    argv = [sys.executable, "-m", "infra.cli", "serve", "--port", "0"]
    given = {**os.environ, **environment, "FOOTAGE_LOGS__LEVEL": "warning"}
    with subprocess.Popen(argv, env=given, stdout=subprocess.PIPE, text=True) as server:
        try:
            said = server.stdout.readline() if server.stdout else ""
            port = said.strip().rpartition(":")[2]
            if not port.isdecimal():
                raise RuntimeError(f"footage serve did not start: {said}")
            yield Address(server.pid, int(port), {"Authorization": f"Bearer {token}"})
        finally:
            server.terminate()


@contextmanager
def nginx(program: str, root: Path, folder: Path, port: int) -> Iterator[Address]:
    """Serve the files of `root` by nginx, without log; yield the address.

    Args:
        program: Path of nginx.
        root: Folder of the files.
        folder: Folder for nginx's own files.
        port: A free port.

    Raises:
        RuntimeError: nginx did not start.
    """
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(
        f"{user} daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;"
        "events {} http { access_log off; sendfile on; "
        f"{temporary} server {{ listen {HOST}:{port}; root {root}; }} }}"
    )
    argv = [program, "-p", str(folder), "-c", str(config)]
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(server, port)
            yield Address(server.pid, port)
        finally:
            server.terminate()


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    while server.poll() is None:
        connection = HTTPConnection(HOST, port, timeout=_PATIENCE_S)
        try:
            connection.connect()
        except ConnectionRefusedError:
            continue
        finally:
            connection.close()
        return
    raise RuntimeError(f"nginx ended with {server.returncode}")
