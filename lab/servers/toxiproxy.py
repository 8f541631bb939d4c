"""toxiproxy, a TCP proxy that delays, cuts and drops on demand, with a route before each server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from footage.errors import BadInput
from footage.instant import Elapsed
from infra.host.process import Child
from lab.servers import golang, loopback
from lab.servers.pins import TOXIPROXY
from lab.servers.running import Running, bare_environment, own_folder, wait_healthy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from footage.clock import Clock
    from lab.servers.cache import Say

_WITHIN: Final = Elapsed.parse("20s")


@dataclass(frozen=True, slots=True)
class Route:
    """A proxied connection path: clients connect to `endpoint` instead of `upstream`."""

    control: int
    name: str
    endpoint: str
    upstream: str

    @property
    def port(self) -> int:
        """The port on 127.0.0.1 for clients."""
        return int(self.endpoint.rpartition(":")[2])

    def disable(self) -> None:
        """Refuse new connections and cut open connections."""
        _call(self.control, "POST", _path(self.name), {"enabled": False})

    def enable(self) -> None:
        """Let connections through again, after `disable`."""
        _call(self.control, "POST", _path(self.name), {"enabled": True})

    def add_toxic(
        self,
        kind: str,
        *,
        stream: str = "downstream",
        toxicity: float = 1.0,
        **attributes: int,
    ) -> str:
        """Disturb the route by a toxic, a fault of toxiproxy.

        Args:
            kind: latency, bandwidth, slow_close, timeout, reset_peer, slicer or limit_data.
            stream: "downstream" (to the client) or "upstream".
            toxicity: Share of connections that are disturbed, 0 to 1.
            attributes: toxiproxy's attributes, e.g. latency=500 (ms), rate=10 (kB/s), timeout=0.

        Returns:
            Name of the toxic, for `remove_toxic`.

        Raises:
            BadInput: toxiproxy does not know such a toxic.
        """
        toxic = f"{kind}_{stream}"
        wanted = {
            "name": toxic,
            "type": kind,
            "stream": stream,
            "toxicity": toxicity,
            "attributes": attributes,
        }
        _call(self.control, "POST", f"{_path(self.name)}/toxics", wanted)
        return toxic

    def remove_toxic(self, toxic: str) -> None:
        """Remove a toxic from the route, by the name that `add_toxic` returned."""
        _call(self.control, "DELETE", f"{_path(self.name)}/toxics/{quote(toxic, safe='')}")

    def delete(self) -> None:
        """Remove the route; the port is free afterwards."""
        _call(self.control, "DELETE", _path(self.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Toxiproxy(Running):
    """A running toxiproxy on loopback."""

    port: int

    @property
    def url(self) -> str:
        """URL of the HTTP interface."""
        return f"http://{loopback.HOST}:{self.port}"

    def facts(self) -> dict[str, str]:
        """Return port and URL."""
        return {"port": str(self.port), "url": self.url}

    def route(self, name: str, upstream: str, *, port: int = 0) -> Route:
        """Make a route from a port (0: any free port) to `upstream`, "host:port".

        Raises:
            BadInput: A route of that name exists, or the port is taken.
        """
        wanted = {
            "name": name,
            "listen": f"{loopback.HOST}:{port}",
            "upstream": upstream,
            "enabled": True,
        }
        made = _call(self.port, "POST", "/proxies", wanted)
        return Route(self.port, name, made["listen"], upstream)

    def reset(self) -> None:
        """Enable every route and remove every toxic."""
        _call(self.port, "POST", "/reset")


def find(cache: Path) -> Path | None:
    """Return the path of the installed program, or None."""
    return golang.find(cache, TOXIPROXY)


def install(cache: Path, *, clock: Clock, say: Say) -> Path:
    """Compile toxiproxy into the cache: half a minute on two cores."""
    return golang.install(cache, TOXIPROXY, clock=clock, say=say)


def start(
    program: Path,
    folder: Path,
    *,
    clock: Clock,
    ports: Sequence[int] | None = None,
    seed: int = 1,
) -> Toxiproxy:
    """Start toxiproxy, without any route, and wait until ready.

    Args:
        program: Path of the program, from `find` or `install`.
        folder: Folder for the log.
        clock: Clock for the waiting.
        ports: The port of the HTTP interface, a tuple of one; None chooses a free port.
        seed: Seed for the choice of connections on which a toxic below toxicity 1 acts.

    Raises:
        Unavailable: The server did not get ready; the text has the end of its log.
    """
    (port,) = loopback.claim(ports, 1)
    own_folder(folder)
    argv = [str(program), "-host", loopback.HOST, "-port", str(port), "-seed", str(seed)]
    child = Child(argv, log=folder / "toxiproxy.log", env=bare_environment(folder))
    probe = partial(loopback.answers, port, "/version")
    wait_healthy(child, probe, what="toxiproxy", within=_WITHIN, clock=clock)
    return Toxiproxy(child=child, folder=folder, port=port)


def healthy(facts: Mapping[str, str]) -> bool:
    """Whether a server with these facts answers."""
    return loopback.answers(int(facts["port"]), "/version")


def _path(name: str) -> str:
    return f"/proxies/{quote(name, safe='')}"


def _call(
    port: int, method: str, path: str, body: Mapping[str, object] | None = None
) -> dict[str, str]:
    content = None if body is None else json.dumps(body).encode()
    status, answer = loopback.request(port, method, path, body=content)
    text = answer.decode(errors="replace").strip()
    if status >= 400:  # noqa: PLR2004 - the first status of HTTP's error classes
        raise BadInput(f"toxiproxy refused {method} {path}: {text}")
    known: dict[str, str] = json.loads(text) if text else {}
    return known
