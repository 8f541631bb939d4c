"""MinIO, the object store with object lock, legal holds and an erasure set of four drives."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from footage.errors import Unavailable
from footage.instant import Elapsed
from infra.host.process import Child
from lab.servers import golang, loopback
from lab.servers.pins import MINIO
from lab.servers.running import Keys, Running, bare_environment, own_folder, wait_healthy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from footage.clock import Clock
    from lab.servers.cache import Say

# "/minio/health/ready" says yes before accounts are loaded: a bucket made then took 60 s.
READY: Final = "/minio/health/cluster"
STARTING: Final = 503
_DRIVES: Final = 4  # an erasure set: the loss of one drive must not be seen
_WITHIN: Final = Elapsed.parse("60s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Minio(Running):
    """A running MinIO on loopback; `drives` are the data folders, for tests that damage a drive."""

    port: int
    console: int
    keys: Keys
    drives: tuple[Path, ...]

    @property
    def endpoint(self) -> str:
        """Host and port of the store, "host:port"."""
        return f"{loopback.HOST}:{self.port}"

    @property
    def url(self) -> str:
        """URL of the store; plain HTTP."""
        return f"http://{self.endpoint}"

    @property
    def access_key(self) -> str:
        """The administrator's access key."""
        return self.keys.access_key

    @property
    def secret_key(self) -> str:
        """The administrator's secret."""
        return self.keys.secret_key

    def facts(self) -> dict[str, str]:
        """Return ports, endpoint and URL."""
        return {
            "port": str(self.port),
            "console": str(self.console),
            "endpoint": self.endpoint,
            "url": self.url,
        }

    def secrets(self) -> dict[str, str]:
        """Return the administrator's access key and secret."""
        return {"access_key": self.access_key, "secret_key": self.secret_key}


def find(cache: Path) -> Path | None:
    """Return the path of the installed program, or None."""
    return golang.find(cache, MINIO)


def install(cache: Path, *, clock: Clock, say: Say) -> Path:
    """Compile MinIO into the cache: six minutes on two cores, the longest of all installations."""
    return golang.install(cache, MINIO, clock=clock, say=say)


def start(
    program: Path,
    folder: Path,
    *,
    clock: Clock,
    ports: Sequence[int] | None = None,
    keys: Keys | None = None,
    extra: Mapping[str, str] | None = None,
) -> Minio:
    """Start MinIO and wait until ready; the same folder and keys bring the same store back.

    Args:
        program: Path of the program, from `find` or `install`.
        folder: Folder for drives and log.
        clock: Clock for the waiting.
        ports: Ports of the store and of its console; None chooses free ports.
        keys: Keys of the administrator; None makes new keys.
        extra: Further MINIO_ variables of the environment.

    Raises:
        Unavailable: The server did not get ready; the text has the end of the log.
    """
    port, console = loopback.claim(ports, 2)
    keys = keys or Keys()
    drives = tuple(own_folder(folder / f"d{n}") for n in range(1, _DRIVES + 1))
    argv = [str(program), "server", "--address", f"{loopback.HOST}:{port}"]
    argv += ["--console-address", f"{loopback.HOST}:{console}", *map(str, drives)]
    environment = bare_environment(own_folder(folder / "home")) | variables(folder, keys)
    child = Child(argv, log=folder / "minio.log", env=environment | dict(extra or {}))
    probe = partial(_is_ready, port)
    wait_healthy(child, probe, what="minio", within=_WITHIN, clock=clock)
    return Minio(child=child, folder=folder, port=port, console=console, keys=keys, drives=drives)


def healthy(facts: Mapping[str, str]) -> bool:
    """Whether a server with these facts answers."""
    return _is_ready(int(facts["port"]))


def _is_ready(port: int) -> bool:
    try:
        return loopback.answers(port, READY) and loopback.request(port, "GET", "/")[0] != STARTING
    except Unavailable:
        return False


def variables(folder: Path, keys: Keys) -> dict[str, str]:
    """Return MinIO's environment variables; a cluster's nodes share `folder`, which has the key."""
    return {
        "MINIO_ROOT_USER": keys.access_key,
        "MINIO_ROOT_PASSWORD": keys.secret_key,
        "MINIO_CI_CD": "1",  # drives on the root disk are refused otherwise
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
        "MINIO_KMS_SECRET_KEY": f"k1:{_encryption_key(folder / 'kms.key')}",
    }


def _encryption_key(file: Path) -> str:
    """Read the key of the store's server-side encryption from `file`, made on first use.

    Without the key, everything encrypted with it is lost.
    """
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    return file.read_text()
