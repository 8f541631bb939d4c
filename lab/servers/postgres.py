"""PostgreSQL, the register's server, from the binaries of the operating system."""

from __future__ import annotations

import secrets
import shutil
import signal
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from footage.errors import Misconfigured, Unavailable
from footage.instant import Elapsed
from infra.host import process
from infra.host.process import Child
from lab.servers import loopback
from lab.servers.running import Running, bare_environment, own_folder, servant, wait_healthy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footage.clock import Clock

_USER: Final = "footage"
_DEBIAN: Final = Path("/usr/lib/postgresql")
_COMMAND: Final = Elapsed.parse("60s")
_WITHIN: Final = Elapsed.parse("60s")
_SCRATCH: Final = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")


@dataclass(frozen=True, slots=True)
class Database:
    """A database of a running server: name, port and password."""

    name: str
    port: int
    password: str = field(repr=False)

    @property
    def dsn(self) -> str:
        """Connection URL for libpq and psycopg; contains the password."""
        return f"postgresql://{self._rest}"

    @property
    def sqlalchemy_url(self) -> str:
        """Connection URL for SQLAlchemy with psycopg 3; contains the password."""
        return f"postgresql+psycopg://{self._rest}"

    @property
    def _rest(self) -> str:
        return f"{_USER}:{quote(self.password, safe='')}@{loopback.HOST}:{self.port}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres(Running):
    """A running PostgreSQL on loopback, without a socket file; `binaries` is psql's folder."""

    binaries: Path
    port: int
    password: str = field(repr=False)
    user: str = _USER

    @property
    def database(self) -> Database:
        """The database `postgres`, which every server has."""
        return Database("postgres", self.port, self.password)

    @property
    def dsn(self) -> str:
        """Connection URL of the database `postgres`; contains the password."""
        return self.database.dsn

    def facts(self) -> dict[str, str]:
        """Return port, URL without password, and folder of the binaries."""
        place = f"postgresql://{self.user}@{loopback.HOST}:{self.port}/postgres"
        return {"port": str(self.port), "url": place, "binaries": str(self.binaries)}

    def secrets(self) -> dict[str, str]:
        """Return the superuser's password, alone and in a DSN."""
        return {"password": self.password, "dsn": self.dsn}

    def create_database(self, name: str) -> Database:
        """Create a new, empty database.

        Raises:
            Unavailable: PostgreSQL refused; the text has its message.
        """
        self.execute(f'CREATE DATABASE "{name}"')
        return Database(name, self.port, self.password)

    def drop_database(self, name: str) -> None:
        """Remove the database `name`, cutting all connections to that database.

        Raises:
            Unavailable: PostgreSQL refused; the text has its message.
        """
        self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def execute(self, statement: str, database: str = "postgres") -> str:
        """Run a statement by psql; return the rows as text, columns separated by "|".

        Raises:
            Unavailable: PostgreSQL refused; the text has its message.
        """
        argv = [str(self.binaries / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        argv += ["-h", loopback.HOST, "-p", str(self.port), "-U", self.user, "-d", database]
        environment = bare_environment(self.folder) | {"PGPASSWORD": self.password}
        done = process.run([*argv, "-c", statement], timeout=_COMMAND, env=environment)
        return done.text.strip()


def find() -> Path | None:
    """Return the folder of the newest installed binaries, or None."""
    debian = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    candidates = [path.parent for path in reversed(debian)]
    candidates += [Path(on_path).resolve().parent] if on_path else []
    whole = (
        each for each in candidates if (each / "postgres").exists() and (each / "psql").exists()
    )
    return next(whole, None)


def start(
    binaries: Path,
    folder: Path,
    *,
    clock: Clock,
    ports: Sequence[int] | None = None,
    password: str | None = None,
    durable: bool = False,
) -> Postgres:
    """Start PostgreSQL, with a new cluster in an empty folder; wait for accepted connections.

    Args:
        binaries: Folder of the binaries, from `find`.
        folder: Folder for the cluster and its log. A server started by root runs as another user,
            which must be able to reach the folder.
        clock: Clock for the waiting.
        ports: The port, a tuple of one; None chooses a free port.
        password: Password of the superuser, as given when the folder was new; None makes a new
            password for a new folder.
        durable: Whether data survive a crash of the machine; tests of logic are faster without.

    Raises:
        Misconfigured: A folder that the server's user cannot reach, or an old folder without its
            password.
        Unavailable: The server did not get ready; the text has the end of its log.
    """
    (port,) = loopback.claim(ports, 1)
    owner = servant()
    folder = own_folder(folder.resolve(), owner)
    data = folder / "data"
    if not (data / "PG_VERSION").exists():
        password = password or secrets.token_urlsafe(24)
        _make_cluster(binaries, data, password, owner)
    if password is None:
        raise Misconfigured(f"{folder} holds a cluster whose password was not given")
    argv = [str(binaries / "postgres"), "-D", str(data), "-p", str(port)]
    argv += ["-c", f"listen_addresses={loopback.HOST}", "-c", "unix_socket_directories="]
    argv += () if durable else _SCRATCH
    log, environment = folder / "postgres.log", bare_environment(folder)
    child = Child(argv, log=log, cwd=folder, env=environment, uid=owner)
    probe = partial(_takes_connections, binaries, port)
    wait_healthy(child, probe, what="postgres", within=_WITHIN, clock=clock)
    return Postgres(
        child=child,
        folder=folder,
        polite=signal.SIGINT,  # a "fast" shutdown: SIGTERM would wait for every client to leave
        binaries=binaries,
        port=port,
        password=password,
    )


def healthy(facts: Mapping[str, str]) -> bool:
    """Whether a server with these facts takes connections."""
    return _takes_connections(Path(facts["binaries"]), int(facts["port"]))


def _make_cluster(binaries: Path, data: Path, password: str, owner: int | None) -> None:
    given = data.with_name("initial-password")
    given.touch(mode=0o600)
    if owner is not None:
        shutil.chown(given, owner, owner)
    given.write_text(password)
    argv = [str(binaries / "initdb"), "-D", str(data), "-U", _USER, "--pwfile", str(given)]
    argv += ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    environment = bare_environment(data.parent)
    try:
        process.run(argv, timeout=_COMMAND, cwd=data.parent, env=environment, uid=owner)
    finally:
        given.unlink()


def _takes_connections(binaries: Path, port: int) -> bool:
    argv = [str(binaries / "pg_isready"), "-q", "-h", loopback.HOST, "-p", str(port)]
    try:
        process.run(argv, timeout=_COMMAND, env=bare_environment(Path("/")))
    except Unavailable:
        return False
    return True
