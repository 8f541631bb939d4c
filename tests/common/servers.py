"""Fixtures of real servers, each started once for a test process, when first asked for.

A server that is not installed fails the test where CI or FOOTAGE_REQUIRE_SERVERS is set, and skips
the test by name elsewhere. A server that is installed and does not start always fails the test,
with the end of the server's log. Every test process (pytest-xdist worker) has separate servers, so
nothing is shared between test processes.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import pytest

from footage.clock import SystemClock
from infra.config.default_folders import default_cache
from lab.servers import dex, loopback
from lab.servers.elasticsearch import Elasticsearch
from lab.servers.minio import Minio
from lab.servers.postgres import Database, Postgres
from lab.servers.roster import choose
from lab.servers.rtsp import Rtsp
from lab.servers.running import Running
from lab.servers.toxiproxy import Toxiproxy
from lab.servers.versitygw import Versitygw

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lab.servers.dex import Dex
    from lab.servers.elastic_cluster import ElasticCluster
    from lab.servers.minio_cluster import MinioCluster

R = TypeVar("R", bound=Running)

_OFF: Final = ("", "0", "false")


def cache_of(environ: Mapping[str, str], uid: int) -> Path:
    """Return the cache folder that `footage servers install` of the same user fills."""
    chosen = environ.get("FOOTAGE_CACHE")
    return Path(chosen) if chosen else default_cache(environ, uid)


def is_required(environ: Mapping[str, str]) -> bool:
    """Whether a missing server fails the tests of the server, instead of skipping."""
    asked = (environ.get(name, "") for name in ("CI", "FOOTAGE_REQUIRE_SERVERS"))
    return any(value.lower() not in _OFF for value in asked)


def require(name: str, cache: Path, environ: Mapping[str, str]) -> Path:
    """Return the server's folder; fail or skip the running test where not installed."""
    (server,) = choose([name])
    found = server.find(cache)
    if found is None:
        message = f"needs {server.source}: {name} is not installed in {cache}; run make servers"
        if is_required(environ):
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    return found


def on_clusters(config: pytest.Config) -> bool:
    """Whether stores and catalogues are clusters in this run: see `tests.common.clusters`."""
    return bool(config.getoption("--cluster"))


@contextmanager
def open_folder() -> Iterator[Path]:
    """Make a folder that Elasticsearch's and PostgreSQL's user can reach; removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="footage-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def started(name: str, kind: type[R]) -> Iterator[R]:
    """Start the named server in a new folder; stop the server and remove the folder at the end."""
    cache = cache_of(os.environ, os.geteuid())
    require(name, cache, os.environ)
    (server,) = choose([name])
    with open_folder() as folder:
        running = server.start(cache, folder, clock=SystemClock())
        try:
            assert isinstance(running, kind)
            yield running
        finally:
            running.stop()


@pytest.fixture(scope="session")
def server_cache() -> Path:
    """The cache folder of the installed servers."""
    return cache_of(os.environ, os.geteuid())


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """A folder for a server that a test starts by itself."""
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def minio_server(request: pytest.FixtureRequest) -> Iterator[Minio | MinioCluster]:
    """MinIO: endpoint, url, access_key, secret_key, drives."""
    if on_clusters(request.config):
        yield request.getfixturevalue("minio_cluster")
        return
    with started("minio", Minio) as running:
        yield running


@pytest.fixture(scope="session")
def versitygw_server() -> Iterator[Versitygw]:
    """versitygw: endpoint, url, access_key, secret_key, root."""
    with started("versitygw", Versitygw) as running:
        yield running


@pytest.fixture(scope="session")
def elastic_server(
    request: pytest.FixtureRequest,
) -> Iterator[Elasticsearch | ElasticCluster]:
    """Elasticsearch: url, port, version, repository. Use index names of your own."""
    if on_clusters(request.config):
        yield request.getfixturevalue("elastic_cluster")
        return
    with started("elasticsearch", Elasticsearch) as running:
        yield running


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """PostgreSQL: dsn, port, password, user, create_database, drop_database, execute."""
    with started("postgres", Postgres) as running:
        yield running


@pytest.fixture
def postgres_database(postgres_server: Postgres) -> Iterator[Database]:
    """An empty database for a single test: name, dsn, sqlalchemy_url."""
    database = postgres_server.create_database(f"test_{secrets.token_hex(6)}")
    yield database
    postgres_server.drop_database(database.name)


@pytest.fixture(scope="session")
def rtsp_server() -> Iterator[Rtsp]:
    """Cameras: add, remove, cut, url, pid. Use mount paths of your own."""
    with started("rtsp", Rtsp) as running:
        yield running


@pytest.fixture(scope="session")
def toxiproxy_server() -> Iterator[Toxiproxy]:
    """Fault proxy: route(name, upstream) has disable, enable, add_toxic, remove_toxic."""
    with started("toxiproxy", Toxiproxy) as running:
        yield running


@pytest.fixture(scope="session")
def return_port() -> int:
    """A free port of 127.0.0.1 at which `dex_server` gives browsers back."""
    (port,) = loopback.free_ports(1)
    return port


@pytest.fixture(scope="session")
def dex_server(return_port: int) -> Iterator[Dex]:
    """An identity provider: issuer, client, client_secret, password of `dex.PEOPLE`."""
    found = require("dex", cache_of(os.environ, os.geteuid()), os.environ)
    with open_folder() as folder:
        running = dex.start(found, folder, clock=SystemClock(), returns=[return_port])
        try:
            yield running
        finally:
            running.stop()
