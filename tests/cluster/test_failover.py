"""What one client sees of a dying node: how long its longest call takes, and that none is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Timer
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.digest import Digest
from footage.errors import Unavailable
from footage.instant import ZERO, Elapsed
from tests.common.builders import a_segment, at
from tests.common.clusters import catalogue_of, store_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from infra.catalogues.elastic_catalog import ElasticCatalogue
    from lab.servers.cluster import Node
    from lab.servers.elastic_cluster import ElasticCluster
    from lab.servers.minio_cluster import MinioCluster
    from tests.common.clusters import Figure

pytestmark = pytest.mark.cluster
CLOCK = SystemClock()
BEFORE_S = 1.0
LONG = Elapsed.parse("8s")
BEARABLE = Elapsed.parse("2m")
BUCKETS = 20


@dataclass(slots=True)
class Calls:
    """How long calls took, one after the other, and how many had to be made again."""

    longest: Elapsed = ZERO
    done: int = 0
    refused: int = 0
    began: Elapsed = field(default_factory=CLOCK.monotonic)

    def make(self, call: Callable[[int], object]) -> None:
        """Call again and again for a while, each call until it succeeds."""
        while CLOCK.monotonic() < self.began + LONG:
            since = CLOCK.monotonic()
            self._insist(call)
            self.done += 1
            self.longest = max(self.longest, CLOCK.monotonic() - since)

    def _insist(self, call: Callable[[int], object]) -> None:
        while True:
            try:
                call(self.done)
            except Unavailable:
                self.refused += 1
                assert CLOCK.monotonic() < self.began + BEARABLE
            else:
                return

    def told(self, what: str) -> str:
        return (
            f"{what}: longest of {self.done} calls {self.longest.us // 1_000} ms,"
            f" {self.refused} made again"
        )


def while_it_dies(victim: Node, call: Callable[[int], object]) -> Calls:
    """Make calls; a second after the first the node is killed."""
    timer = Timer(BEFORE_S, victim.kill)
    calls = Calls()
    timer.start()
    calls.make(call)
    timer.join()
    assert not victim.alive
    return calls


@pytest.mark.parametrize("number", range(4))
def test_the_store_goes_on(
    minio_cluster: MinioCluster, tmp_path: Path, figure: Figure, number: int
) -> None:
    store, source = store_of(minio_cluster), tmp_path / "source"
    source.write_bytes(bytes(100_000))
    digest = Digest.of(bytes(100_000))

    def put(count: int) -> None:
        store.put(f"a/{count:05d}", source, digest, {})

    put(99_999)  # the bucket is made
    victim = minio_cluster.nodes[number]
    try:
        calls = while_it_dies(victim, put)
        figure(calls.told(f"{victim.name} killed, objects of 100 kB put"))
        keys = [found.key for found in store.list()]
        assert keys == [f"a/{count:05d}" for count in [*range(calls.done), 99_999]]
        for key in keys:
            assert Digest.of(store.get(key)) == digest
    finally:
        minio_cluster.mend()


def test_buckets_made_when_a_node_has_come_back_have_their_lock(
    minio_cluster: MinioCluster,
) -> None:
    """Two of a hundred were made by half before these were made again."""
    for victim in minio_cluster.nodes:
        victim.kill()
        minio_cluster.mend()
        for _ in range(BUCKETS):
            store = store_of(minio_cluster)
            assert not list(store.list())  # refused where the bucket has no lock


@pytest.fixture
def catalogue(elastic_cluster: ElasticCluster) -> Iterator[ElasticCatalogue]:
    opened = catalogue_of(elastic_cluster)
    yield opened
    opened.close()


@pytest.mark.parametrize("elected", [True, False], ids=["master", "other"])
def test_the_catalogue_goes_on(
    elastic_cluster: ElasticCluster, catalogue: ElasticCatalogue, figure: Figure, *, elected: bool
) -> None:
    def add(count: int) -> None:
        catalogue.add_segments([a_segment(start=at(60 * count))])

    add(0)
    elastic_cluster.mend()  # the new indices have their copies: until then a dead node can hold one
    master = elastic_cluster.master()
    victim = master if elected else next(n for n in elastic_cluster.nodes if n is not master)
    try:
        calls = while_it_dies(victim, add)
        name = "the master" if elected else "another node"
        figure(calls.told(f"{name} of Elasticsearch killed, rows written"))
        found = [segment.interval.start for segment in catalogue.segments()]
        assert found == [at(60 * count) for count in range(calls.done)]
    finally:
        elastic_cluster.mend()
