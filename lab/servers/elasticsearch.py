"""Elasticsearch, the catalogue's server, in the minimal distribution published for tests.

This distribution has no `GET /`, no scripts, no reindex and no index lifecycle: code that works
here works on every Elasticsearch.
"""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput, Misconfigured
from footage.instant import Elapsed
from infra.host import process
from infra.host.process import Child
from lab.servers import java, loopback
from lab.servers.cache import install_into
from lab.servers.pins import ELASTICSEARCH, ELASTICSEARCH_JAVA, MAVEN_COPY
from lab.servers.running import Running, bare_environment, own_folder, servant, wait_healthy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from footage.clock import Clock
    from lab.servers.cache import Say

_ARTIFACT: Final = "org.elasticsearch.distribution.integ-test-zip:elasticsearch"
_HEALTH: Final = "/_cluster/health?wait_for_status=yellow&timeout=1s"
_DOWNLOAD: Final = Elapsed.parse("15m")
WITHIN: Final = Elapsed.parse("180s")
"""Longest time until a started node answers; 16 s when the machine is idle."""

_PATHS: Final = ("data", "logs", "repo")
_COMMON: Final = {
    "xpack.security.enabled": "false",
    "cluster.routing.allocation.disk.threshold_enabled": "false",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Elasticsearch(Running):
    """A running node on loopback, without users; `repository` is a folder for fs snapshots."""

    port: int
    transport: int
    version: str
    repository: Path

    @property
    def url(self) -> str:
        """URL of the HTTP interface."""
        return f"http://{loopback.HOST}:{self.port}"

    def facts(self) -> dict[str, str]:
        """Return ports, URL and version."""
        return {
            "port": str(self.port),
            "transport": str(self.transport),
            "url": self.url,
            "version": self.version,
        }


def find(cache: Path, version: str = ELASTICSEARCH) -> Path | None:
    """Return the folder of the installed distribution, or None where not installed."""
    home = cache / f"elasticsearch-{version}"
    return home if home.exists() else None


def install(cache: Path, *, clock: Clock, say: Say, version: str = ELASTICSEARCH) -> Path:
    """Download and unpack Elasticsearch into the cache, unless installed; return the folder.

    Raises:
        BadInput: A version that is not in the table `ELASTICSEARCH_JAVA`.
        Misconfigured: Maven is missing.
        Unavailable: The download failed; the text has the command and its last lines.
    """
    _java_of(version)
    maven = java.find_maven()
    if maven is None:
        raise Misconfigured("elasticsearch needs Maven", hint="apt-get install maven")

    def build(into: Path) -> None:
        argv = [maven, "-q", "-B", "-Dstyle.color=never", MAVEN_COPY]
        argv += [f"-Dartifact={_ARTIFACT}:{version}:zip", f"-DoutputDirectory={into}"]
        process.run(argv, timeout=_DOWNLOAD)
        _unpack(into / f"elasticsearch-{version}.zip", into)

    return install_into(cache, f"elasticsearch-{version}", build, clock=clock, say=say)


def start(
    home: Path,
    folder: Path,
    *,
    clock: Clock,
    ports: Sequence[int] | None = None,
    heap: str = "512m",
) -> Elasticsearch:
    """Start a node and wait until the health is yellow; the same folder brings the indices back.

    Args:
        home: Installed distribution, from `find` or `install`.
        folder: Folder for data, settings and log. A node started by root runs as another user,
            which must be able to reach the folder.
        clock: Clock for the waiting.
        ports: Ports of HTTP and of transport; None chooses free ports.
        heap: Java heap, such as "512m" or "1g".

    Raises:
        Misconfigured: No fitting Java, or a folder that the node's user cannot reach.
        Unavailable: The node did not get ready; the text has the end of the log.
    """
    http, transport = loopback.claim(ports, 2)
    settings = {"cluster.name": "footage-development", "node.name": "n1"}
    settings |= {"discovery.type": "single-node", **listening(http, transport)}
    child = launch(home, folder, settings, heap=heap)
    version = version_of(home)
    probe = partial(loopback.answers, http, _HEALTH)
    wait_healthy(child, probe, what=f"elasticsearch {version}", within=WITHIN, clock=clock)
    return Elasticsearch(
        child=child,
        folder=folder,
        port=http,
        transport=transport,
        version=version,
        repository=folder.resolve() / "repo",
    )


def launch(home: Path, folder: Path, settings: Mapping[str, str], *, heap: str) -> Child:
    """Start the process of a node, without waiting for an answer; see `start`.

    Args:
        home: Installed distribution, from `find` or `install`.
        folder: Folder for data, settings and log.
        settings: Settings of the cluster and of this node, without paths.
        heap: Java heap.
    """
    java_home = _java_home(version_of(home))
    owner = servant()
    folder = own_folder(folder.resolve(), owner)
    owned = {name: own_folder(folder / name, owner) for name in ("data", "logs", "repo", "tmp")}
    settings = {**settings, **_COMMON, **{f"path.{name}": str(owned[name]) for name in _PATHS}}
    config = _write_config(home, folder / "config", settings, owned["logs"], owner)
    environment = bare_environment(owned["tmp"]) | {
        "ES_PATH_CONF": str(config),
        "ES_TMPDIR": str(owned["tmp"]),
        "ES_JAVA_HOME": str(java_home),
        "ES_JAVA_OPTS": f"-Xms{heap} -Xmx{heap}",
    }
    argv = [str(home / "bin/elasticsearch")]
    log = folder / "elasticsearch.log"
    return Child(argv, log=log, cwd=folder, env=environment, uid=owner)


def listening(http: int, transport: int) -> dict[str, str]:
    """Return the settings of a node that listens on loopback only, at the given ports."""
    return {
        "network.host": loopback.HOST,
        "http.port": str(http),
        "transport.port": str(transport),
    }


def version_of(home: Path) -> str:
    """Return the version of an installed distribution, from the name of the folder."""
    return home.name.removeprefix("elasticsearch-")


def healthy(facts: Mapping[str, str]) -> bool:
    """Whether a server with these facts answers and has all primary shards."""
    return loopback.answers(int(facts["port"]), _HEALTH)


def _java_of(version: str) -> int:
    if version not in ELASTICSEARCH_JAVA:
        known = ", ".join(ELASTICSEARCH_JAVA)
        raise BadInput(f"elasticsearch {version} was never tried", hint=f"known are {known}")
    return ELASTICSEARCH_JAVA[version]


def _java_home(version: str) -> Path:
    release = _java_of(version)
    home = java.find_java(release)
    if home is None:
        raise Misconfigured(
            f"elasticsearch {version} needs Java {release} or newer",
            hint=f"apt-get install openjdk-{release}-jdk-headless",
        )
    return home


def _unpack(archive: Path, target: Path) -> None:
    """Move the content of the archive's only folder into `target`; make programs executable."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(target)
    archive.unlink()
    (inner,) = target.iterdir()
    for entry in inner.iterdir():
        entry.rename(target / entry.name)
    inner.rmdir()
    for program in (target / "bin").iterdir():
        program.chmod(0o755)


def _write_config(
    home: Path, config: Path, settings: Mapping[str, str], logs: Path, owner: int | None
) -> Path:
    """Write a configuration folder for the node; the installed configuration stays unchanged."""
    own_folder(config, owner)
    for name in ("jvm.options", "log4j2.properties"):
        shutil.copyfile(home / "config" / name, config / name)
    options = (config / "jvm.options").read_text()
    (config / "jvm.options").write_text(options.replace("logs/", f"{logs}/"))
    lines = "".join(f"{key}: {value}\n" for key, value in settings.items())
    (config / "elasticsearch.yml").write_text(lines)
    own_folder(config / "jvm.options.d", owner)
    if owner is not None:
        for entry in config.iterdir():
            shutil.chown(entry, owner, owner)
    return config
