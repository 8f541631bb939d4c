"""Four MinIO nodes with a drive each, on hosts of their own, behind a balancer.

Four drives of which any two suffice to read and any three to write: one dead node must not be
noticed, two hold up writing only. MinIO refuses several nodes on loopback, hence the `netns`.
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
# Of one node: "would the others have a quorum without me?" Yes from all means that all are there.
_DISPENSABLE: Final = "/minio/health/cluster?maintenance=true"
_WITHIN: Final = Elapsed.parse("90s")


@dataclass(frozen=True, slots=True, kw_only=True)
class MinioCluster:
    """The running cluster; clients use `endpoint` and never know of a node."""

    nodes: tuple[Node, ...]
    hosts: tuple[Host, ...]
    drives: tuple[Path, ...]
    keys: Keys
    clock: Clock
    _network: Network
    _balancer: Balancer

    @property
    def port(self) -> int:
        """Of the balancer, on loopback."""
        return self._balancer.port

    @property
    def endpoint(self) -> str:
        """Host and port of the balancer."""
        return f"{loopback.HOST}:{self.port}"

    @property
    def url(self) -> str:
        """The same as a URL; plain HTTP."""
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
        """Whether each node sees all others."""
        return all(loopback.answers(n.port, _DISPENSABLE, host=n.host) for n in self.nodes)

    def pause(self) -> None:
        """Let the whole store hang: the balancer accepts connections and carries nothing."""
        self._balancer.pause()

    def resume(self) -> None:
        """Let it go on; harmless where it does."""
        self._balancer.resume()

    def mend(self) -> None:
        """Start the dead nodes again, and wait until all see each other.

        Raises:
            Unavailable: One does not come back.
        """
        start_all(self.nodes)
        wait_whole(lambda: self.whole, what="the MinIO cluster", within=_WITHIN, clock=self.clock)

    def stop(self) -> None:
        """End everything; the drives stay."""
        self._balancer.stop()
        stop_all(self.nodes)
        self._network.close()


def start(program: Path, folder: Path, *, clock: Clock) -> MinioCluster:
    """Start four nodes and wait until they are one store.

    Args:
        program: What `minio.find` or `minio.install` returned.
        folder: For drives and logs.
        clock: To wait by.

    Raises:
        Misconfigured: Not root, or not in a network namespace of our own.
        Unavailable: It did not get ready; the end of a log is told.
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
    except BaseException:  # also Ctrl-C: nobody else knows of these processes yet
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
    """As for a single MinIO: "ready" is said before accounts are loaded."""
    try:
        return (
            loopback.answers(_PORT, minio.READY, host=host)
            and loopback.request(_PORT, "GET", "/", host=host)[0] != minio.STARTING
        )
    except Unavailable:
        return False
