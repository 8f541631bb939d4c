"""What an operator puts before the nodes of a store: one address that skips the dead ones."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed
from infra.host.process import Child
from lab.servers import loopback
from lab.servers.running import Running, bare_environment, own_folder, wait_healthy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.clock import Clock

_ROOT: Final = Path(__file__).resolve().parents[2]
_MODULE: Final = "lab.servers.balancer_script"
_WITHIN: Final = Elapsed.parse("30s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Balancer(Running):
    """A TCP balancer on loopback; `pause()` makes all behind it hang."""

    port: int

    def facts(self) -> dict[str, str]:
        """Where it is."""
        return {"port": str(self.port)}


def start(upstreams: Sequence[str], folder: Path, *, path: str, clock: Clock) -> Balancer:
    """Start it on a free port and wait until one of the upstreams answers through it.

    Args:
        upstreams: Each "host:port", speaking HTTP.
        folder: For its log.
        path: One that a living upstream answers with 200.
        clock: To wait by.

    Raises:
        Unavailable: None of them answers.
    """
    (port,) = loopback.free_ports(1)
    own_folder(folder)
    argv = [sys.executable, "-m", _MODULE, str(port), path, *upstreams]
    child = Child(argv, log=folder / "balancer.log", cwd=_ROOT, env=bare_environment(folder))
    probe = partial(loopback.answers, port, path)
    wait_healthy(child, probe, what="the balancer", within=_WITHIN, clock=clock)
    return Balancer(child=child, folder=folder, port=port)
