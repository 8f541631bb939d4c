"""All processes of a campaign: servers with proxies in front, cameras, recorders."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

from infra.catalogues.elastic_catalog import ElasticCatalogue
from infra.objects.minio_store import MinioStore
from infra.registers.sql_register import SqlRegister
from lab.servers.elasticsearch import Elasticsearch
from lab.servers.minio import Minio
from lab.servers.postgres import Database, Postgres
from lab.servers.roster import choose
from lab.servers.running import Former, Running
from lab.servers.toxiproxy import Route, Toxiproxy
from tests.chaos.recording.node import Node
from tests.chaos.recording.plan import SERVERS, Cast
from tests.chaos.recording.scene import Scene
from tests.common.builders import a_camera, a_district, a_site
from tests.common.camera.handle import Cameras

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


_KINDS: Final = {"store": "minio", "catalogue": "elasticsearch", "register": "postgres"}
LOOKS: Final[tuple[dict[str, object], ...]] = (
    {},
    {"ppm": 300},
    {"slices": 3},
    {"ppm": -300, "offset_us": 5_000_000},
    {"fps": 21, "stamped_fps": 25},
    {"silent_ms": 8_000},
    {"gop_ms": 20_000},
    {"refresh": True},
    {"codec": "mjpeg", "fps": 5},
)


@dataclass(frozen=True, slots=True)
class Scale:
    """Size of a campaign."""

    cameras: int = len(LOOKS)
    nodes: int = 2
    segment: str = "4s"


@dataclass(slots=True)
class World(Scene):
    """Servers, proxies, cameras and recorders, started and always ended by `with`.

    Attributes:
        lent: Servers already running, by the names of `SERVERS`; used and left running.
    """

    cache: Path
    scale: Scale = field(default_factory=Scale)
    lent: Mapping[str, Running] = field(default_factory=dict)
    servers: dict[str, Running] = field(default_factory=dict)
    routes: dict[str, Route] = field(default_factory=dict)
    _name: str = field(default_factory=lambda: f"chaos-{secrets.token_hex(6)}")
    """Of bucket, database and indices: nobody else's, where a server is lent."""
    _restarting: dict[str, Lock] = field(default_factory=lambda: {name: Lock() for name in SERVERS})

    @property
    def cast(self) -> Cast:
        """All targets of faults."""
        return Cast(tuple(self.nodes), tuple(self.numbers))

    # ---------------------------------------------------------------- building

    def _build(self) -> None:
        for name in SERVERS:
            if name in self.lent:
                self.servers[name] = self.lent[name]
            else:
                self.servers[name] = self._start(name, None)
                self._stack.callback(self._stop_server, name)
        (toxiproxy,) = choose(["toxiproxy"])
        proxy = toxiproxy.start(self.cache, self.folder / "toxiproxy", clock=self.clock)
        self._stack.callback(proxy.stop)
        assert isinstance(proxy, Toxiproxy)
        self._cameras = self._stack.enter_context(Cameras(self.folder / "cameras"))
        postgres = self.servers["register"]
        assert isinstance(postgres, Postgres)
        postgres.create_database(self._name)
        for name, secret in self.secrets().items():
            (self.folder / name).write_text(secret, encoding="utf-8")
        self._add_cameras(proxy)
        for number in range(1, self.scale.nodes + 1):
            self._add_node(proxy, f"node-{number}")

    def _add_cameras(self, proxy: Toxiproxy) -> None:
        made = []
        for number in range(1, self.scale.cameras + 1):
            name = f"camera-{number}"
            self.numbers[name] = number
            self.cameras.add(number, **self._look(number))
            route = proxy.route(name, f"127.0.0.1:{self.cameras.port(number)}")
            self.routes[name] = route
            made.append(a_camera(name, source=self.cameras.url(number, port=route.port)))
        register = SqlRegister(self.database.sqlalchemy_url, clock=self.clock)
        try:
            register.add_districts([a_district()])
            register.add_sites([a_site()])
            register.add_cameras(made)
        finally:
            register.close()

    def _add_node(self, proxy: Toxiproxy, name: str) -> None:
        for server in SERVERS:
            way = f"{name}/{server}"
            upstream = f"127.0.0.1:{self.servers[server].facts()['port']}"
            self.routes[way] = proxy.route(way.replace("/", "-"), upstream)
        ports = {server: self.routes[f"{name}/{server}"].port for server in SERVERS}
        settings = {
            "FOOTAGE_STORE__KIND": "s3",
            "FOOTAGE_STORE__ENDPOINT": f"127.0.0.1:{ports['store']}",
            "FOOTAGE_STORE__BUCKET": self._name,
            "FOOTAGE_STORE__ACCESS_KEY_FILE": str(self.folder / "access-key"),
            "FOOTAGE_STORE__SECRET_KEY_FILE": str(self.folder / "secret-key"),
            "FOOTAGE_CATALOGUE__KIND": "elasticsearch",
            "FOOTAGE_CATALOGUE__PREFIX": self._name,
            "FOOTAGE_CATALOGUE__URL": f"http://127.0.0.1:{ports['catalogue']}",
            "FOOTAGE_DATABASE__URL": (
                f"postgresql+psycopg://footage@127.0.0.1:{ports['register']}/{self._name}"
            ),
            "FOOTAGE_DATABASE__PASSWORD_FILE": str(self.folder / "password"),
            "FOOTAGE_RECORDING__SEGMENT_LENGTH": self.scale.segment,
            "FOOTAGE_RECORDING__NODE": name,
            "FOOTAGE_RECORDING__LISTEN": "127.0.0.1:0",
        }
        self._add_recorder(Node(name, self.folder / name, ["record"], settings, self.clock))

    # ---------------------------------------------------------------- servers

    def kill_server(self, name: str) -> None:
        """Kill a server with SIGKILL."""
        self.servers[name].child.kill()

    def restart_server(self, name: str) -> None:
        """Restart a server on the same data and ports; no effect on a running server."""
        with self._restarting[name]:
            former = self.servers[name]
            if not former.child.alive:
                self.servers[name] = self._start(name, former)

    def _start(self, name: str, former: Running | None) -> Running:
        (server,) = choose([_KINDS[name]])
        known = Former(facts=former.facts(), secrets=former.secrets()) if former else None
        return server.start(self.cache, self.folder / name, clock=self.clock, former=known)

    def _stop_server(self, name: str) -> None:
        self.servers[name].stop()

    def secrets(self) -> dict[str, str]:
        """Contents of the files that settings name."""
        minio, postgres = self.servers["store"], self.servers["register"]
        assert isinstance(minio, Minio)
        assert isinstance(postgres, Postgres)
        return {
            "access-key": minio.access_key,
            "secret-key": minio.secret_key,
            "password": postgres.password,
        }

    @property
    def database(self) -> Database:
        """The register's PostgreSQL database."""
        postgres = self.servers["register"]
        assert isinstance(postgres, Postgres)
        return Database(self._name, postgres.port, postgres.password)

    def store(self) -> MinioStore:
        """The object store, reached directly."""
        minio = self.servers["store"]
        assert isinstance(minio, Minio)
        return MinioStore(
            minio.endpoint,
            self._name,
            minio.access_key,
            minio.secret_key,
            secure=False,
            clock=self.clock,
        )

    def catalogue(self) -> ElasticCatalogue:
        """The catalogue, reached directly; to be closed by the caller."""
        elastic = self.servers["catalogue"]
        assert isinstance(elastic, Elasticsearch)
        return ElasticCatalogue(elastic.url, clock=self.clock, prefix=self._name)

    def _look(self, number: int) -> Mapping[str, object]:
        return LOOKS[number % len(LOOKS)]
