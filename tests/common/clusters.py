"""Fixtures of real clusters, and the option by which other suites run on the clusters.

`make cluster` runs pytest with `--cluster` inside a fresh network namespace. Tests marked `cluster`
run only there. Of the other tests given to pytest, only tests that use a store, a catalogue or a
recorder remain; `minio_server`, `elastic_server` and every `Studio` are then on the clusters.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Final

import pytest

from footage.clock import SystemClock
from lab.servers import elastic_cluster as elastic
from lab.servers import minio_cluster as minio
from tests.common.servers import cache_of, on_clusters, open_folder, require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from infra.catalogues.elastic_catalog import ElasticCatalogue
    from infra.objects.minio_store import MinioStore
    from lab.servers.elastic_cluster import ElasticCluster
    from lab.servers.minio_cluster import MinioCluster
    from tests.common.recording import Studio

    Figure = Callable[[str], None]

_USERS: Final = {"minio_server", "elastic_server", "studio", "each_studio"}
_ADAPTERS: Final = {"minio", "elastic"}
_FIGURES: Final = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cluster",
        action="store_true",
        help="run on a 4-node MinIO and a 3-node Elasticsearch; see scripts/cluster",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests that cannot run here, or would not use a cluster."""
    stays = meets_a_cluster if on_clusters(config) else needs_no_cluster
    config.hook.pytest_deselected(items=[item for item in items if not stays(item)])
    items[:] = [item for item in items if stays(item)]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if figures := config.stash.get(_FIGURES, []):
        terminalreporter.section("figures")
        for line in figures:
            terminalreporter.line(line)


def needs_no_cluster(item: pytest.Item) -> bool:
    return item.get_closest_marker("cluster") is None


def meets_a_cluster(item: pytest.Item) -> bool:
    if not needs_no_cluster(item):
        return True
    if not isinstance(item, pytest.Function):
        return False
    chosen = item.callspec.params.values() if hasattr(item, "callspec") else ()
    adapters = {each for each in chosen if isinstance(each, str)} & _ADAPTERS
    return bool(adapters or _USERS & set(item.fixturenames))


@pytest.fixture(scope="session")
def figure(request: pytest.FixtureRequest) -> Figure:
    """Give a function that prints a line of measurement at the end of the run."""
    lines = request.config.stash.setdefault(_FIGURES, [])
    return lines.append


@pytest.fixture(scope="session")
def minio_cluster(figure: Figure) -> Iterator[MinioCluster]:
    """MinIO of four nodes, one endpoint; a test that kills nodes calls `mend` at the end."""
    program = require("minio", cache_of(os.environ, os.geteuid()), os.environ)
    clock = SystemClock()
    with open_folder() as folder:
        began = clock.monotonic()
        running = minio.start(program, folder, clock=clock)
        figure(f"MinIO, 4 nodes: whole after {(clock.monotonic() - began).in_seconds:.1f} s")
        try:
            yield running
        finally:
            running.stop()


@pytest.fixture(scope="session")
def elastic_cluster(figure: Figure) -> Iterator[ElasticCluster]:
    """Elasticsearch of three nodes; a test that kills nodes calls `mend` at the end."""
    home = require("elasticsearch", cache_of(os.environ, os.geteuid()), os.environ)
    clock = SystemClock()
    with open_folder() as folder:
        began = clock.monotonic()
        running = elastic.start(home, folder, clock=clock)
        took = (clock.monotonic() - began).in_seconds
        figure(f"Elasticsearch, 3 nodes: whole after {took:.1f} s")
        try:
            yield running
        finally:
            running.stop()


def store_of(cluster: MinioCluster) -> MinioStore:
    """Open a store on a new bucket of the cluster."""
    from infra.objects.minio_store import MinioStore  # noqa: PLC0415 - each test run loads this file

    keys = (cluster.access_key, cluster.secret_key)
    bucket = f"cluster-{secrets.token_hex(6)}"
    return MinioStore(cluster.endpoint, bucket, *keys, secure=False, clock=SystemClock())


def catalogue_of(cluster: ElasticCluster) -> ElasticCatalogue:
    """Open a catalogue with a new index prefix in the cluster."""
    from infra.catalogues.elastic_catalog import ElasticCatalogue  # noqa: PLC0415 - as above

    prefix = f"cluster-{secrets.token_hex(6)}"
    return ElasticCatalogue(cluster.url, prefix=prefix, clock=SystemClock())


@pytest.fixture(autouse=True)
def studios_on_clusters(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """With `--cluster`, let every `Studio` keep recordings on the clusters, not in memory."""
    if not on_clusters(request.config):
        yield
        return
    from tests.common.recording import Studio  # noqa: PLC0415 - as above

    opened: list[ElasticCatalogue] = []

    def furnish(studio: Studio) -> None:
        studio.store = store_of(request.getfixturevalue("minio_cluster"))
        opened.append(catalogue_of(request.getfixturevalue("elastic_cluster")))
        studio.catalogue = opened[-1]

    monkeypatch.setattr(Studio, "__post_init__", furnish)
    yield
    for catalogue in opened:
        catalogue.close()
