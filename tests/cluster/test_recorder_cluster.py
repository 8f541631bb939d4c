"""Nodes of store and catalogue die while cameras record: nothing is lost, nothing doubled."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.common.builders import a_camera
from tests.common.recording import Studio, make_film, tools
from tests.common.shift import Shift, assert_readable, assert_whole, described

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lab.servers.cluster import Node
    from lab.servers.elastic_cluster import ElasticCluster
    from lab.servers.minio_cluster import MinioCluster
    from tests.common.clusters import Figure

pytestmark = pytest.mark.cluster
CAMERAS = 6
ESTABLISHED = "01"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film") / "film.mp4", seconds=60)


@pytest.fixture
def shift(tmp_path: Path, film: Path) -> Shift:
    cameras = [a_camera(f"camera-{n}", source=str(film)) for n in range(1, CAMERAS + 1)]
    return Shift(Studio(tmp_path / "spool", tools()[0]), cameras)


@pytest.fixture(autouse=True)
def mended(minio_cluster: MinioCluster, elastic_cluster: ElasticCluster) -> Iterator[None]:
    """Each test leaves whole clusters."""
    yield
    minio_cluster.mend()
    elastic_cluster.mend()


@pytest.fixture
def tell(shift: Shift, figure: Figure, request: pytest.FixtureRequest) -> Iterator[None]:
    """The figures of the recording, at the end of the run."""
    yield
    figure(request.node.name)
    for line in described(shift.lags):
        figure(line)


def busiest(nodes: tuple[Node, ...]) -> Node:
    """The node that most connections of ours (the balancer's) lead to."""
    return max(nodes, key=connections)


def connections(node: Node) -> int:
    """From the kernel's table, where an IPv4 address is a hexadecimal number, last byte first."""
    address = "".join(f"{int(part):02X}" for part in reversed(node.host.split(".")))
    lines = [line.split() for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:]]
    ends = [line[2] for line in lines if line[3] == ESTABLISHED]
    return ends.count(f"{address}:{node.port:04X}")


@pytest.mark.usefixtures("tell")
def test_one_node_of_each_is_killed_and_comes_back(
    shift: Shift, minio_cluster: MinioCluster, elastic_cluster: ElasticCluster
) -> None:
    """The worst ones: the store's node in use, the catalogue's elected master."""

    def act() -> None:
        shift.wait_stored(6)
        victims = busiest(minio_cluster.nodes), elastic_cluster.master()
        assert connections(victims[0]) > 0
        shift.phase = "one node of each dead"
        for victim in victims:
            victim.kill()
        shift.wait_stored(8)
        for camera in shift.cameras:  # while the nodes are dead
            assert_readable(shift.studio, shift.studio.segments(camera.id))
        shift.phase = "nodes coming back"
        minio_cluster.mend()
        elastic_cluster.mend()
        shift.phase = "after"
        shift.wait_stored(6)

    summary = shift.run(act)

    assert summary.pending == 0
    assert assert_whole(shift.studio, shift.cameras) >= CAMERAS * 20


@pytest.mark.usefixtures("tell")
def test_every_node_is_killed_once_one_after_the_other(
    shift: Shift, minio_cluster: MinioCluster, elastic_cluster: ElasticCluster
) -> None:
    rounds = list(zip_longest(minio_cluster.nodes, elastic_cluster.nodes))

    def act() -> None:
        shift.wait_stored(2)
        for number, victims in enumerate(rounds, start=1):
            shift.phase = f"round {number}"
            for victim in filter(None, victims):
                victim.kill()
            shift.wait_stored(2)
            minio_cluster.mend()
            elastic_cluster.mend()
        shift.wait_stored(2)

    summary = shift.run(act)

    assert summary.pending == 0
    assert_whole(shift.studio, shift.cameras)


@pytest.mark.usefixtures("tell")
@pytest.mark.parametrize(
    ("kind", "told"),
    [("store", "kept in the spool"), ("catalogue", "not in the catalogue yet")],
    ids=["store", "catalogue"],
)
def test_without_a_majority_the_spool_holds_and_drains_afterwards(
    shift: Shift, minio_cluster: MinioCluster, elastic_cluster: ElasticCluster, kind: str, told: str
) -> None:
    """Two of four drives cannot be written to, one of three nodes elects no master."""
    cluster = minio_cluster if kind == "store" else elastic_cluster

    def act() -> None:
        shift.wait_stored(3)
        shift.phase = f"no majority in the {kind}"
        for victim in cluster.nodes[:2]:
            victim.kill()
        shift.wait_told(told)  # what was under way has arrived, or will not
        stored = dict(shift.stored)
        shift.wait_closed(5)
        assert dict(shift.stored) == stored
        if kind == "store":  # two drives suffice to read
            for camera in shift.cameras:
                assert_readable(shift.studio, shift.studio.segments(camera.id))
        shift.phase = "coming back"
        cluster.mend()
        shift.phase = "after"
        shift.wait_stored(10)

    summary = shift.run(act)

    assert summary.pending == 0
    assert_whole(shift.studio, shift.cameras)


def pull_the_cable(minio: MinioCluster, elastic: ElasticCluster) -> Callable[[], None]:
    """Packets to one MinIO node vanish; one Elasticsearch node stands still."""
    host, node = minio.hosts[2], elastic.master()
    host.unplug()
    node.child.pause()

    def put_back() -> None:
        host.plug()
        node.child.resume()

    return put_back


@pytest.mark.usefixtures("tell")
def test_nodes_that_hang_are_passed_over(
    shift: Shift, minio_cluster: MinioCluster, elastic_cluster: ElasticCluster
) -> None:
    """Worse than dead: connections are neither refused nor answered."""

    def act() -> None:
        shift.wait_stored(3)
        shift.phase = "one node of each hangs"
        put_back = pull_the_cable(minio_cluster, elastic_cluster)
        try:
            shift.wait_stored(10)
        finally:
            put_back()
        shift.phase = "coming back"
        minio_cluster.mend()
        elastic_cluster.mend()
        shift.phase = "after"
        shift.wait_stored(3)

    summary = shift.run(act)

    assert summary.pending == 0
    assert_whole(shift.studio, shift.cameras)
