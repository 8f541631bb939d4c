"""Start three Elasticsearch nodes on loopback: any two are a majority and hold all data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from footage.errors import Unavailable
from lab.servers import elasticsearch, loopback
from lab.servers.cluster import Node, start_all, stop_all, wait_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from footage.clock import Clock
    from infra.host.process import Child

_NODES: Final = ("n1", "n2", "n3")
_JOINED: Final = f"/_cluster/health?wait_for_nodes={len(_NODES)}&timeout=1s"
_WHOLE: Final = f"{_JOINED}&wait_for_status=green&wait_for_no_initializing_shards=true"
_MASTER: Final = "/_cluster/state/master_node,nodes"
_WITHIN: Final = elasticsearch.WITHIN * 4  # three Javas at once: 40 s on two idle cores


@dataclass(frozen=True, slots=True, kw_only=True)
class ElasticCluster:
    """A running cluster of three nodes; clients get the addresses of all nodes."""

    nodes: tuple[Node, ...]
    version: str
    clock: Clock

    @property
    def url(self) -> str:
        """The addresses of all nodes, as the catalogue's setting takes them."""
        return ",".join(f"http://{node.host}:{node.port}" for node in self.nodes)

    @property
    def port(self) -> int:
        """HTTP port of a living node.

        Raises:
            Unavailable: All nodes are dead.
        """
        for node in self.nodes:
            if node.alive:
                return node.port
        raise Unavailable("no node of the Elasticsearch cluster is alive")

    @property
    def whole(self) -> bool:
        """Whether every node is a member of the cluster and every shard has all copies."""
        return all(node.alive for node in self.nodes) and loopback.answers(self.port, _WHOLE)

    def master(self) -> Node:
        """Return the node that is the elected master.

        Raises:
            Unavailable: No master is elected at present.
        """
        status, answer = loopback.request(self.port, "GET", _MASTER)
        if status != 200:  # noqa: PLR2004 - OK
            raise Unavailable(f"no master is elected: {answer.decode(errors='replace')}")
        state = json.loads(answer)
        elected = state["nodes"][state["master_node"]]["name"]
        return next(node for node in self.nodes if node.name.endswith(f"-{elected}"))

    def pause(self) -> None:
        """Let the whole catalogue hang: every node accepts connections and answers none."""
        for node in self.nodes:
            node.child.pause()

    def resume(self) -> None:
        """Let paused nodes go on; harmless where no node is paused.

        The nodes may elect a master before they answer.
        """
        for node in self.nodes:
            node.child.resume()

    def mend(self) -> None:
        """Start the dead nodes again, and wait until every shard has all copies.

        Raises:
            Unavailable: A node does not come back.
        """
        start_all(self.nodes)
        wait_whole(
            lambda: self.whole, what="the Elasticsearch cluster", within=_WITHIN, clock=self.clock
        )

    def stop(self) -> None:
        """End the processes of all nodes; the data stay."""
        stop_all(self.nodes)


def start(home: Path, folder: Path, *, clock: Clock, heap: str = "512m") -> ElasticCluster:
    """Start three nodes and wait until all three form a cluster.

    Args:
        home: Installed distribution, from `elasticsearch.find` or `elasticsearch.install`.
        folder: Folder for data and logs. Nodes started by root run as another user, which must be
            able to reach the folder.
        clock: Clock for the waiting.
        heap: Java heap of each node.

    Raises:
        Misconfigured: No fitting Java, or a folder that the nodes' user cannot reach.
        Unavailable: The cluster did not get ready; the text has the end of a node's log.
    """
    ports = loopback.free_ports(2 * len(_NODES))
    http, transport = ports[: len(_NODES)], ports[len(_NODES) :]
    common = {
        "cluster.name": "footage-cluster",
        "discovery.seed_hosts": json.dumps([f"{loopback.HOST}:{port}" for port in transport]),
    }
    nodes = []
    for name, port, peer in zip(_NODES, http, transport, strict=True):
        settings = common | {"node.name": name} | elasticsearch.listening(port, peer)
        nodes.append(
            Node(
                name=f"elasticsearch-{name}",
                host=loopback.HOST,
                port=port,
                within=_WITHIN,
                clock=clock,
                _begin=partial(_begin, home, folder / name, settings, heap),
                _probe=partial(loopback.answers, port, _JOINED),
            )
        )
    start_all(nodes)
    return ElasticCluster(nodes=tuple(nodes), version=elasticsearch.version_of(home), clock=clock)


def _begin(home: Path, folder: Path, settings: Mapping[str, str], heap: str) -> Child:
    """Start a node; founder settings are for an empty folder only.

    A node that was a member before must not found a cluster again.
    """
    first = not (folder / "data").exists()
    founders = {"cluster.initial_master_nodes": json.dumps(_NODES)} if first else {}
    return elasticsearch.launch(home, folder, {**settings, **founders}, heap=heap)
