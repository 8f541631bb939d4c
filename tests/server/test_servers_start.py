"""Each server is started, does one real thing by its own protocol, and leaves nothing behind."""

from __future__ import annotations

import io
import json
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from minio import Minio as MinioClient

from footage.clock import SystemClock
from footage.errors import BadInput, Misconfigured, Unavailable
from footage.instant import Elapsed
from infra.host import process
from infra.host.process import identify
from lab.servers import loopback, minio, postgres, rtsp
from lab.servers.elasticsearch import Elasticsearch
from lab.servers.minio import Minio
from lab.servers.postgres import Postgres
from lab.servers.roster import choose
from lab.servers.rtsp import Codec, Rtsp, Scheme
from lab.servers.running import Keys, Running
from lab.servers.toxiproxy import Toxiproxy
from lab.servers.versitygw import Versitygw
from tests.common.processes import all_gone, family
from tests.common.servers import require, started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.server

QUICK = Elapsed.parse("60s")


@contextmanager
def gone_afterwards(running: Running) -> Iterator[None]:
    """Stop it at the end and prove that the whole family has gone."""
    members = family(running.child.pid)
    assert identify(running.child.pid) in members
    try:
        yield
        members |= family(running.child.pid)
    finally:
        running.stop()
    running.stop()  # harmless when repeated
    assert all_gone(members)


def client_of(server: Minio | Versitygw) -> MinioClient:
    return MinioClient(
        server.endpoint, access_key=server.access_key, secret_key=server.secret_key, secure=False
    )


def store_something(server: Minio | Versitygw) -> None:
    client = client_of(server)
    client.make_bucket("locked", object_lock=True)
    client.put_object("locked", "a/b", io.BytesIO(b"segment"), 7)
    response = client.get_object("locked", "a/b")
    try:
        assert response.read() == b"segment"
    finally:
        response.close()
        response.release_conn()
    assert client.get_bucket_versioning("locked").status == "Enabled"


def test_minio_stores_and_survives_the_loss_of_a_drive() -> None:
    with started("minio", Minio) as running, gone_afterwards(running):
        store_something(running)
        shutil.rmtree(running.drives[3] / "locked")
        client = client_of(running)
        response = client.get_object("locked", "a/b")
        assert response.read() == b"segment"
        response.close()
        response.release_conn()
        assert minio.healthy(running.facts())
        assert running.secret_key not in repr(running)


def test_versitygw_stores() -> None:
    with started("versitygw", Versitygw) as running, gone_afterwards(running):
        store_something(running)
        assert (running.root / "locked").is_dir()


def test_elasticsearch_indexes_and_finds() -> None:
    with started("elasticsearch", Elasticsearch) as running, gone_afterwards(running):
        document = json.dumps({"camera": "dik-001"}).encode()
        path = "/segments/_doc/1?refresh=true"
        assert loopback.request(running.port, "PUT", path, body=document)[0] == 201
        answer = loopback.request(running.port, "GET", "/segments/_search?q=camera:dik-001")[1]
        assert json.loads(answer)["hits"]["total"]["value"] == 1
        # The service wrapper and Java itself: two processes and all must go.
        assert len(family(running.child.pid)) >= 2


def test_postgres_takes_statements() -> None:
    with started("postgres", Postgres) as running, gone_afterwards(running):
        database = running.create_database("cases")
        running.execute("CREATE TABLE held (id int)", database.name)
        running.execute("INSERT INTO held VALUES (7)", database.name)
        assert running.execute("SELECT id FROM held", database.name) == "7"
        with pytest.raises(Unavailable, match="nowhere"):
            running.execute("SELECT * FROM nowhere")
        assert running.password not in repr(running)
        assert database.password not in repr(database)


def test_postgres_refuses_a_wrong_password(postgres_server: Postgres) -> None:
    argv = [str(postgres_server.binaries / "psql"), "-h", loopback.HOST, "-U", "footage"]
    argv += ["-p", str(postgres_server.port), "-d", "postgres", "-c", "SELECT 1"]
    with pytest.raises(Unavailable, match="password"):
        process.run(argv, timeout=QUICK, env={"PATH": "/usr/bin:/bin", "PGPASSWORD": "wrong"})


@pytest.fixture(scope="module")
def short_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of a moving test picture."""
    path = tmp_path_factory.mktemp("film") / "test picture.mp4"
    argv = ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i"]
    argv += ["testsrc=size=320x180:rate=10:duration=4", "-c:v", "libx264", "-g", "10", str(path)]
    process.run(argv, timeout=QUICK)
    return path


def look(url: str) -> str:
    """What a client sees of a camera: codec and size."""
    argv = ["ffprobe", "-v", "error", "-rtsp_transport", "tcp", "-of", "csv=p=0"]
    argv += ["-show_entries", "stream=codec_name,width,height", url]
    return process.run(argv, timeout=QUICK).text.strip()


def test_rtsp_serves_a_camera_until_it_is_removed(short_film: Path) -> None:
    with started("rtsp", Rtsp) as running, gone_afterwards(running):
        url = running.add("/gate", short_film, Codec.H264)
        assert look(url) == "h264,320,180"
        running.remove("/gate")
        with pytest.raises(Unavailable, match="404"):
            look(url)


@pytest.mark.parametrize("scheme", list(Scheme))
def test_rtsp_asks_for_a_password(
    scheme: Scheme, short_film: Path, server_cache: Path, server_folder: Path
) -> None:
    python = require("rtsp", server_cache, {})
    running = rtsp.start(python, server_folder, clock=SystemClock(), scheme=scheme)
    with gone_afterwards(running):
        login = Keys(access_key="viewer", secret_key="p@ss:word/1")  # noqa: S106 - made up
        url = running.add("/vault", short_film, Codec.H264, login=login)
        open_url = running.add("/street", short_film, Codec.H264, shared=True)
        assert look(url) == "h264,320,180"
        assert look(open_url) == "h264,320,180"
        for wrong in (None, Keys(access_key="viewer", secret_key="guess")):  # noqa: S106 - as above
            with pytest.raises(Unavailable, match="401"):
                look(running.url("/vault", wrong))


def test_rtsp_refuses_what_it_cannot_serve(rtsp_server: Rtsp, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no file"):
        rtsp_server.add("/none", tmp_path / "none.mp4", Codec.H264)


def test_looped_film_lasts_as_long_as_asked(
    short_film: Path, rtsp_server: Rtsp, tmp_path: Path
) -> None:
    longer = rtsp.looped(short_film, tmp_path / "long.mp4", Elapsed.parse("60s"))
    argv = ["ffprobe", "-v", "error", "-of", "csv=p=0", "-show_entries", "format=duration"]
    lasts = float(process.run([*argv, str(longer)], timeout=QUICK).text)
    assert lasts == pytest.approx(60, abs=1)
    assert look(rtsp_server.add("/long", longer, Codec.H264)) == "h264,320,180"


def test_paused_rtsp_server_stalls_and_comes_back(short_film: Path) -> None:
    with started("rtsp", Rtsp) as running, gone_afterwards(running):
        running.add("/gate", short_film, Codec.H264)
        running.pause()
        assert running.child.alive
        with pytest.raises(Unavailable, match="timed out"):
            loopback.request(running.control, "GET", "/mounts", timeout_s=0.2)
        running.resume()
        assert rtsp.healthy(running.facts())


def test_toxiproxy_cuts_and_disturbs(postgres_server: Postgres) -> None:
    with started("toxiproxy", Toxiproxy) as running, gone_afterwards(running):
        route = running.route("register", f"{loopback.HOST}:{postgres_server.port}")
        facts = postgres_server.facts() | {"port": str(route.port)}
        assert postgres.healthy(facts)
        route.disable()
        assert not postgres.healthy(facts)
        route.enable()
        toxic = route.add_toxic("reset_peer", timeout=0)
        assert not postgres.healthy(facts)
        route.remove_toxic(toxic)
        assert postgres.healthy(facts)
        route.disable()
        running.reset()
        assert postgres.healthy(facts)
        with pytest.raises(BadInput, match="already exists"):
            running.route("register", "127.0.0.1:1")
        route.delete()
        assert not postgres.healthy(facts)


def test_killed_store_comes_back_with_what_it_held(server_cache: Path, server_folder: Path) -> None:
    program = require("minio", server_cache, {})
    first = minio.start(program, server_folder, clock=SystemClock())
    try:
        store_something(first)
    finally:
        first.child.kill()
    ports = (first.port, first.console)
    second = minio.start(program, server_folder, clock=SystemClock(), ports=ports, keys=first.keys)
    with gone_afterwards(second):
        client = MinioClient(
            second.endpoint, access_key=first.access_key, secret_key=first.secret_key, secure=False
        )
        assert client.stat_object("locked", "a/b").size == 7


def test_taken_port_is_told(server_cache: Path, server_folder: Path, minio_server: Minio) -> None:
    program = require("minio", server_cache, {})
    ports = (minio_server.port, minio_server.console)
    with pytest.raises(Unavailable, match=f"port {minio_server.port} of 127.0.0.1 is taken"):
        minio.start(program, server_folder, clock=SystemClock(), ports=ports)


def test_server_that_cannot_start_tells_the_end_of_its_log(
    server_cache: Path, server_folder: Path
) -> None:
    program = require("minio", server_cache, {})
    short = Keys(access_key="footage", secret_key="short")  # noqa: S106 - too short on purpose
    with pytest.raises(Unavailable, match=r"minio ended with 1 (?s:.*)at least 8 characters"):
        minio.start(program, server_folder, clock=SystemClock(), keys=short)


def test_postgres_that_cannot_start_tells_the_end_of_its_log(
    server_cache: Path, server_folder: Path
) -> None:
    binaries = require("postgres", server_cache, {})
    first = postgres.start(binaries, server_folder, clock=SystemClock())
    first.stop()
    with pytest.raises(Misconfigured, match="password was not given"):
        postgres.start(binaries, server_folder, clock=SystemClock())
    with (server_folder / "data/postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = on\n")
    with pytest.raises(Unavailable, match="no_such_setting"):
        postgres.start(binaries, server_folder, clock=SystemClock(), password=first.password)


def test_missing_server_is_told_with_its_mend(tmp_path: Path) -> None:
    (server,) = choose(["minio"])
    with pytest.raises(Misconfigured, match="footage servers install minio"):
        server.start(tmp_path, tmp_path, clock=SystemClock())
