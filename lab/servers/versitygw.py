"""versitygw, a second, independent object store over a folder, with versions, locks and holds."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed
from infra.host.process import Child
from lab.servers import golang, loopback
from lab.servers.pins import VERSITYGW
from lab.servers.running import Keys, Running, bare_environment, own_folder, wait_healthy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from footage.clock import Clock
    from lab.servers.cache import Say

_HEALTH: Final = "/health"
_WITHIN: Final = Elapsed.parse("30s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Versitygw(Running):
    """A running versitygw on loopback; the subfolders of `root` are the buckets."""

    port: int
    keys: Keys
    root: Path

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
        """Return port, endpoint and URL."""
        return {"port": str(self.port), "endpoint": self.endpoint, "url": self.url}

    def secrets(self) -> dict[str, str]:
        """Return the administrator's access key and secret."""
        return {"access_key": self.access_key, "secret_key": self.secret_key}


def find(cache: Path) -> Path | None:
    """Return the path of the installed program, or None."""
    return golang.find(cache, VERSITYGW)


def install(cache: Path, *, clock: Clock, say: Say) -> Path:
    """Compile versitygw into the cache: a minute and a half on two cores."""
    return golang.install(cache, VERSITYGW, clock=clock, say=say)


def start(
    program: Path,
    folder: Path,
    *,
    clock: Clock,
    ports: Sequence[int] | None = None,
    keys: Keys | None = None,
) -> Versitygw:
    """Start versitygw and wait until ready; the same folder and keys bring the same store back.

    Args:
        program: Path of the program, from `find` or `install`.
        folder: Folder for objects, versions, accounts and log.
        clock: Clock for the waiting.
        ports: The port, a tuple of one; None chooses a free port.
        keys: Keys of the administrator; None makes new keys.

    Raises:
        Unavailable: The server did not get ready; the text has the end of its log.
    """
    (port,) = loopback.claim(ports, 1)
    keys = keys or Keys()
    folder = folder.resolve()  # versitygw refuses relative paths
    root = own_folder(folder / "root")
    argv = [str(program), "--port", f"{loopback.HOST}:{port}", "--health", _HEALTH]
    argv += ["--iam-dir", str(own_folder(folder / "iam")), "posix"]
    argv += ["--versioning-dir", str(own_folder(folder / "versions"))]
    if not has_attributes(root):
        argv += ["--sidecar", str(own_folder(folder / "meta"))]
    environment = bare_environment(folder) | {
        "ROOT_ACCESS_KEY": keys.access_key,
        "ROOT_SECRET_KEY": keys.secret_key,
    }
    child = Child([*argv, str(root)], log=folder / "versitygw.log", env=environment)
    probe = partial(loopback.answers, port, _HEALTH)
    wait_healthy(child, probe, what="versitygw", within=_WITHIN, clock=clock)
    return Versitygw(child=child, folder=folder, port=port, keys=keys, root=root)


def healthy(facts: Mapping[str, str]) -> bool:
    """Whether a server with these facts answers."""
    return loopback.answers(int(facts["port"]), _HEALTH)


def has_attributes(folder: Path) -> bool:
    """Whether files in `folder` keep extended attributes: versitygw's metadata, locks and holds."""
    probe = folder / ".attributes"
    probe.touch()
    try:
        os.setxattr(probe, "user.footage", b"1")
    except OSError:
        return False
    finally:
        probe.unlink()
    return True
