"""Common part of every started server: child process, facts for clients, secrets, and the end."""

from __future__ import annotations

import os
import secrets
import signal
import stat
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from footage.errors import Misconfigured, Unavailable
from footage.instant import Elapsed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from footage.clock import Clock
    from infra.host.process import Child

_STEP: Final = Elapsed.parse("50ms")
_SERVANT: Final = 1000  # any user id but 0 does; no such user need exist
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running(ABC):
    """A running server, whose health check was answered.

    Attributes:
        child: The server's process.
        folder: Folder of data and log.
        polite: Signal that asks the process to end.
    """

    child: Child
    folder: Path
    polite: signal.Signals = signal.SIGTERM

    @abstractmethod
    def facts(self) -> dict[str, str]:
        """Return ports, URLs and the like, as clients need them; nothing secret."""

    def secrets(self) -> dict[str, str]:
        """Return passwords and keys for clients."""
        return {}

    def pause(self) -> None:
        """Let the server hang: connections are accepted and never answered."""
        self.child.pause()

    def resume(self) -> None:
        """Let the paused server go on; harmless where the server is not paused."""
        self.child.resume()

    def stop(self) -> None:
        """End the server and all its processes; the folder stays; harmless twice."""
        self.child.stop(self.polite)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """An access key and the secret of that key, fresh for each server unless given."""

    access_key: str = field(default_factory=lambda: f"dev{secrets.token_hex(6)}")
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """Facts and secrets of a server that ran in the same folder before; empty where none did."""

    facts: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def ports(self, *names: str) -> tuple[int, ...] | None:
        """Return the ports that the former server had, by name, or None."""
        return tuple(int(self.facts[name]) for name in names) if self.facts else None

    def keys(self) -> Keys | None:
        """Return the keys that the former server had, or None."""
        if not self.secrets:
            return None
        return Keys(access_key=self.secrets["access_key"], secret_key=self.secrets["secret_key"])


def wait_healthy(
    child: Child, probe: Callable[[], bool], *, what: str, within: Elapsed, clock: Clock
) -> None:
    """Wait until `probe` returns True; stop a server that is not ready within `within`.

    Raises:
        Unavailable: The server ended, or was not ready in time; the text has the end of its log.
    """
    try:
        ready = _poll(child, probe, clock.monotonic() + within, clock)
    except BaseException:  # also Ctrl-C: no caller can stop this process yet
        child.stop()
        raise
    if ready:
        return
    if child.alive:
        child.stop()
        raise Unavailable(f"{what} was not ready within {within}; {_log_of(child)}")
    raise Unavailable(f"{what} ended with {child.exit_code} before it was ready; {_log_of(child)}")


def _poll(child: Child, probe: Callable[[], bool], deadline: Elapsed, clock: Clock) -> bool:
    while child.alive:
        if probe():
            return True
        if clock.monotonic() >= deadline:
            return False
        clock.sleep(_STEP)
    return False


def servant() -> int | None:
    """Return the user id for a server that refuses root; None, the caller's user, if not root."""
    return _SERVANT if os.geteuid() == 0 else None


def own_folder(path: Path, owner: int | None = None) -> Path:
    """Make the folder `path`, closed to others, for `owner`, who must be able to reach the folder.

    Raises:
        Misconfigured: A folder above `path` is closed to `owner`.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if owner is not None:
        os.chown(path, owner, owner)
        _require_reachable(path.resolve(), owner)
    return path


def bare_environment(home: Path) -> dict[str, str]:
    """Return the least environment of a server; no variable of the calling process is passed on."""
    return {"PATH": _PATH, "HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8"}


def _require_reachable(path: Path, uid: int) -> None:
    for parent in path.parents:
        found = parent.stat()
        needed = stat.S_IXUSR if found.st_uid == uid else stat.S_IXOTH
        if not found.st_mode & needed:
            raise Misconfigured(
                f"user {uid} cannot reach {path}: {parent} is closed to it",
                hint="choose a folder whose parents anyone may pass, such as one in /var/lib",
            )


def _log_of(child: Child) -> str:
    return f"the end of {child.log}:\n{child.last_lines() or '(empty)'}"
