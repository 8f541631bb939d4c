"""Start four MinIO nodes with a drive each, on separate hosts, behind a balancer.

Any two of the four drives suffice to read and any three to write: clients do not notice a single
dead node, two dead nodes stop writing only. MinIO refuses several nodes on loopback, hence `netns`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from footage.errors import Unavailable
from footage.instant import Elapsed
from infra.host.process import Child
from lab.servers import balancer, loopback, minio
from lab.servers.cluster import Node, start_all, stop_all, wait_whole
from lab.servers.netns import Network
from lab.servers.running import Keys, bare_environment, own_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from footage.clock import Clock
    from lab.servers.balancer import Balancer
    from lab.servers.netns import Host

_NODES: Final = 4
_PORT: Final = 19100
_LIVE: Final = "/minio/health/live"
# A node answers 200 if the others have a quorum without it; 200 from all means that all are alive.
_DISPENSABLE: Final = "/minio/health/cluster?maintenance=true"
_WITHIN: Final = Elapsed.parse("90s")


@dataclass(frozen=True, slots=True, kw_only=True)
class MinioCluster:
    """A running cluster; clients use `endpoint`, the balancer, and never address a node."""

    nodes: tuple[Node, ...]
    hosts: tuple[Host, ...]
    drives: tuple[Path, ...]
    keys: Keys
    clock: Clock
    _network: Network
    _balancer: Balancer

    @property
    def port(self) -> int:
        """Port of the balancer, on loopback."""
        return self._balancer.port

    @property
    def endpoint(self) -> str:
        """Host and port of the balancer, "host:port"."""
        return f"{loopback.HOST}:{self.port}"

    @property
    def url(self) -> str:
        """URL of the balancer; plain HTTP."""
        return f"http://{self.endpoint}"

    @property
    def access_key(self) -> str:
        """The administrator's access key."""
        return self.keys.access_key

    @property
    def secret_key(self) -> str:
        """The administrator's secret."""
        return self.keys.secret_key

    @property
    def whole(self) -> bool:
        """Whether each node sees all other nodes."""
        return all(loopback.answers(n.port, _DISPENSABLE, host=n.host) for n in self.nodes)

    def pause(self) -> None:
        """Let the whole store hang: the balancer accepts connections and carries nothing."""
        self._balancer.pause()

    def resume(self) -> None:
        """Let the paused store go on; harmless where it is not paused."""
        self._balancer.resume()

    def mend(self) -> None:
        """Start the dead nodes again, and wait until all nodes see each other.

        Raises:
            Unavailable: A node does not come back.
        """
        start_all(self.nodes)
        wait_whole(lambda: self.whole, what="the MinIO cluster", within=_WITHIN, clock=self.clock)

    def stop(self) -> None:
        """End balancer, nodes and network; the drives' folders stay."""
        self._balancer.stop()
        stop_all(self.nodes)
        self._network.close()


def start(program: Path, folder: Path, *, clock: Clock) -> MinioCluster:
    """Start four nodes and wait until all four form a store.

    Args:
        program: Path of the program, from `minio.find` or `minio.install`.
        folder: Folder for drives and logs.
        clock: Clock for the waiting.

    Raises:
        Misconfigured: Not root, or not in a fresh network namespace.
        Unavailable: The cluster did not get ready; the text has the end of a log.
    """
    keys, folder = Keys(), folder.resolve()
    network = Network(own_folder(folder), hosts=_NODES, clock=clock)
    nodes: tuple[Node, ...] = ()
    try:
        drives = tuple(own_folder(folder / f"a{n}") for n in range(1, _NODES + 1))
        volumes = [
            _url(host, str(drive)) for host, drive in zip(network.hosts, drives, strict=True)
        ]
        nodes = tuple(_node(program, folder, host, volumes, keys, clock) for host in network.hosts)
        start_all(nodes)
        upstreams = [f"{node.host}:{node.port}" for node in nodes]
        before = balancer.start(upstreams, folder / "balancer", path=_LIVE, clock=clock)
    except BaseException:  # also Ctrl-C: no caller can stop these processes yet
        stop_all(nodes)
        network.close()
        raise
    cluster = MinioCluster(
        nodes=nodes,
        hosts=network.hosts,
        drives=drives,
        keys=keys,
        clock=clock,
        _network=network,
        _balancer=before,
    )
    try:
        cluster.mend()
    except BaseException:
        cluster.stop()
        raise
    return cluster


def _node(
    program: Path, folder: Path, host: Host, volumes: Sequence[str], keys: Keys, clock: Clock
) -> Node:
    name = f"minio-{host.link}"
    home = own_folder(folder / name)
    argv = [str(program), "server", "--address", f"{host.address}:{_PORT}", *volumes]
    environment = bare_environment(home) | minio.variables(folder, keys)

    def begin() -> Child:
        return Child(host.command(argv), log=home / "minio.log", env=environment)

    return Node(
        name=name,
        host=host.address,
        port=_PORT,
        within=_WITHIN,
        clock=clock,
        _begin=begin,
        _probe=partial(_is_ready, host.address),
    )


def _url(host: Host, path: str) -> str:
    return f"http://{host.address}:{_PORT}{path}"


def _is_ready(host: str) -> bool:
    """Whether a node answers and has its accounts loaded, as for a single MinIO (`minio.READY`)."""
    try:
        return (
            loopback.answers(_PORT, minio.READY, host=host)
            and loopback.request(_PORT, "GET", "/", host=host)[0] != minio.STARTING
        )
    except Unavailable:
        return False
