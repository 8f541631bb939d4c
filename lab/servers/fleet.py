"""A chosen set of servers that runs on after the command `footage servers up` has ended.

The state file names every process by an identity that no later process can have, so that `down`
ends the processes that `up` started and no others. Secrets are in a second file, closed to others.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from footage import durable
from footage.errors import DataLoss
from infra.host import process
from infra.host.process import Identity
from lab.servers.roster import choose
from lab.servers.running import Former

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from footage.clock import Clock
    from lab.servers.cache import Say
    from lab.servers.roster import Server
    from lab.servers.running import Running

_STATE: Final = "servers.json"
_SECRETS: Final = "credentials.json"


@dataclass(frozen=True, slots=True)
class Member:
    """A started server, as remembered in the state file."""

    name: str
    identity: Identity
    polite: int
    log: str
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Report:
    """State of a remembered server."""

    name: str
    running: bool
    healthy: bool
    pid: int
    log: str
    facts: dict[str, str]

    @property
    def state(self) -> str:
        """The state in words for people."""
        if not self.running:
            return "stopped"
        return "healthy" if self.healthy else "running, but does not answer"


class Fleet:
    """Starts and stops the servers of a folder, and remembers the started servers in files.

    Args:
        folder: Folder for state file and credentials.
        data: Folder for the servers' data and logs; see `data_folder`.
        cache: Folder in which the programs are installed.
        clock: Clock for the waiting.
    """

    def __init__(self, folder: Path, *, data: Path, cache: Path, clock: Clock) -> None:
        self._folder = folder
        self._data = data
        self._cache = cache
        self._clock = clock

    def up(self, names: Iterable[str], *, say: Say, fresh: bool = False) -> list[Report]:
        """Start the named servers that do not run yet, all without a name; report on each.

        A server that ran here before comes back with its data, ports and credentials; with `fresh`
        the old data is removed and the server starts new. Each server is remembered as soon as it
        is ready, so that `down` ends earlier servers also where a later server fails.

        Raises:
            BadInput: An unknown name.
            Misconfigured: A server is not installed.
            Unavailable: A server did not get ready; the text has the end of its log.
        """
        chosen = choose(names)
        for folder in (self._folder, self._data):
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        for server in chosen:
            known = self._members().get(server.name)
            if known is not None and process.is_running(known.identity):
                say(f"{server.name}: runs already")
                continue
            self._start(server, None if fresh else known)
            say(f"{server.name}: started")
        wanted = {server.name for server in chosen}
        return [report for report in self.status() if report.name in wanted]

    def down(self, names: Iterable[str] = (), *, say: Say) -> None:
        """End the named servers that `up` started, all where no name is given.

        Data, ports and credentials of the servers stay for the next `up`.

        Raises:
            BadInput: An unknown name.
            Unavailable: A process does not end.
        """
        members = self._members()
        for server in reversed(choose(names)):
            member = members.get(server.name)
            if member is None:
                continue
            ended = process.stop_group(member.identity, clock=self._clock, polite=member.polite)
            say(f"{member.name}: {'stopped' if ended else 'had gone already'}")

    def status(self) -> list[Report]:
        """Report on every remembered server."""
        return [self._report(member) for member in self._members().values()]

    def credentials(self) -> dict[str, dict[str, str]]:
        """Return the secrets of every remembered server, by name of the server."""
        secrets: dict[str, dict[str, str]] = _read(self._folder / _SECRETS)
        return secrets

    def _start(self, server: Server, known: Member | None) -> None:
        folder = self._data / server.name
        if known is None and folder.exists():
            shutil.rmtree(folder)  # data whose credentials are not remembered any more
        folder.mkdir(mode=0o755, exist_ok=True)
        former = Former()
        if known is not None:
            former = Former(facts=known.facts, secrets=self.credentials().get(server.name, {}))
        running = server.start(self._cache, folder, clock=self._clock, former=former)
        try:
            self._remember(server.name, running)
        except BaseException:  # also Ctrl-C: an unremembered server could never be stopped
            running.stop()
            raise

    def _remember(self, name: str, running: Running) -> None:
        _write(self._folder / _SECRETS, self.credentials() | {name: running.secrets()})
        member = Member(
            name, running.child.identity, running.polite, str(running.child.log), running.facts()
        )
        members = self._members() | {name: member}
        _write(self._folder / _STATE, {key: asdict(value) for key, value in members.items()})

    def _members(self) -> dict[str, Member]:
        stored = _read(self._folder / _STATE)
        try:
            return {name: _member(entry) for name, entry in stored.items()}
        except (KeyError, TypeError) as exc:
            raise DataLoss(
                f"{self._folder / _STATE} is not a state file of this version: {exc!r}",
                hint="stop the servers by hand and remove the file",
            ) from exc

    def _report(self, member: Member) -> Report:
        (server,) = choose([member.name])
        running = process.is_running(member.identity)
        return Report(
            name=member.name,
            running=running,
            healthy=running and server.healthy(member.facts),
            pid=member.identity.pid,
            log=member.log,
            facts=member.facts,
        )


def data_folder(home: Path, cache: Path, uid: int) -> Path:
    """Return the folder for the data of a fleet: in the home folder, for root in the cache.

    Root's home is closed to the user that Elasticsearch and PostgreSQL then run as; the cache is
    open, and a name made from the home folder keeps the fleets of two homes apart.
    """
    if uid != 0:
        return home / "servers" / "data"
    return cache / "data" / hashlib.sha256(str(home).encode()).hexdigest()[:12]


def _member(entry: dict[str, Any]) -> Member:
    return Member(**(entry | {"identity": Identity(**entry["identity"])}))


def _read(path: Path) -> dict[str, Any]:
    try:
        stored: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as exc:
        raise DataLoss(
            f"{path} is no JSON: {exc}", hint="stop the servers by hand and remove the file"
        ) from exc
    return stored


def _write(path: Path, content: Mapping[str, object]) -> None:
    """Replace the file at once, readable by the owner only; a crash leaves the old file."""
    durable.replace(path, json.dumps(content, indent=2).encode(), mode=0o600)
