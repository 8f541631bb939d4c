"""Start a TCP balancer before the nodes of a store: a single address that skips dead nodes."""

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
    """A running TCP balancer on loopback; while paused, every server behind the balancer hangs."""

    port: int

    def facts(self) -> dict[str, str]:
        """Return the port of the balancer."""
        return {"port": str(self.port)}


def start(upstreams: Sequence[str], folder: Path, *, path: str, clock: Clock) -> Balancer:
    """Start the balancer on a free port; wait until an upstream answers through the balancer.

    Args:
        upstreams: The servers behind the balancer, each "host:port", speaking HTTP.
        folder: Folder for the log.
        path: Path of a health check that a living upstream answers with 200.
        clock: Clock for the waiting.

    Raises:
        Unavailable: No upstream answers.
    """
    (port,) = loopback.free_ports(1)
    own_folder(folder)
    argv = [sys.executable, "-m", _MODULE, str(port), path, *upstreams]
    child = Child(argv, log=folder / "balancer.log", cwd=_ROOT, env=bare_environment(folder))
    probe = partial(loopback.answers, port, path)
    wait_healthy(child, probe, what="the balancer", within=_WITHIN, clock=clock)
    return Balancer(child=child, folder=folder, port=port)
