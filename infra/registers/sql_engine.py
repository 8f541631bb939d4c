"""Connections to the register's database: SQLite or PostgreSQL, their errors and their locks."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine, event, func, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.pool import NullPool

from footage.errors import (
    BadInput,
    Conflict,
    DataLoss,
    FootageError,
    Misconfigured,
    NoSpace,
    Unavailable,
)
from infra.host import file_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Table
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.engine import Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

    from footage.clock import Clock
    from footage.instant import Elapsed

PURGING: Final = 0x466F6F74_00000001
MIGRATING: Final = 0x466F6F74_00000002
SEQUENCING: Final = 0x466F6F74_00000003
"""Keys of PostgreSQL's advisory locks ("Foot"); they count within one database."""

_DRIVERS: Final = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}
_LOCK_NOT_AVAILABLE: Final = "55P03"
_DISK_FULL: Final = "53100"


class Database:
    """A database: transactions, and sections exclusive across all processes.

    Args:
        url: `sqlite:///PATH` or `postgresql://...`; a password in the URL is never shown.
        wait: Longest time to wait for a lock before raising Unavailable.
        brisk: Hold no lock for long: PostgreSQL ends a transaction that waits for this process or
            for a lock for `wait`, as when the process is paused within the transaction; and
            connecting takes no longer than `wait`.

    Raises:
        Misconfigured: The URL is invalid, or of another kind of database.
    """

    def __init__(self, url: str, *, clock: Clock, wait: Elapsed, brisk: bool = False) -> None:
        self._url = _parse(url)
        self._clock = clock
        self._wait = wait
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        with self.translated():
            self._engine = create_engine(
                self._url,
                hide_parameters=True,
                pool_pre_ping=not self.is_sqlite,  # a file does not go away between two uses
                connect_args=_limits(wait) if brisk and not self.is_sqlite else {},
            )
            # Apart from the pool: waiters for a lock must not take the connections of its holder.
            self._alone = create_engine(self._url, hide_parameters=True, poolclass=NullPool)
        if self.is_sqlite:
            _prepare_sqlite(self._engine, wait)

    @property
    def name(self) -> str:
        """The URL without its password, for messages."""
        return self._url.render_as_string(hide_password=True)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run a transaction, committed at the end, rolled back on any exception."""
        with self.translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Run a read-only transaction that waits for no writer."""
        with self.translated(), self._engine.connect() as connection:
            yield connection.execution_options(reading=True)

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """Return an insert into `table` that can say what to do where the row exists already."""
        if self.is_sqlite:
            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - loads seven hundredths of a second

        return postgresql.insert(table)

    @contextmanager
    def exclusive(self, key: int) -> Iterator[None]:
        """Run an exclusive section, freed when the process dies. Not reentrant."""
        if self.is_sqlite:
            lock = Path(f"{self._url.database}.lock{key & 0xFF}")
            with file_lock.locked(lock, clock=self._clock, wait=self._wait):
                yield
            return
        with self.translated():
            connection = self._alone.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            with self.translated():
                self._lock(connection, key)
            yield
            with self.translated():
                _still_held(connection, key)
        finally:
            connection.invalidate()  # closes the session, which always frees the lock
            connection.close()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Translate SQLAlchemy's errors to `footage.errors`, without values of statements."""
        try:
            yield
        except SQLAlchemyError as exc:
            raise _translate(exc, self.name) from exc
        except (UnicodeEncodeError, OverflowError):
            # Not chained: the foreign error shows the value, which may be a camera's source.
            raise BadInput(f"the register at {self.name} cannot store such a value") from None

    def _lock(self, connection: Connection, key: int) -> None:
        wait_ms = max(self._wait.us // 1_000, 1)
        for setting, value in (
            ("lock_timeout", f"{wait_ms}ms"),
            ("idle_session_timeout", "0"),
            ("tcp_keepalives_idle", "5"),  # a machine that vanished frees the lock within ~20 s
            ("tcp_keepalives_interval", "5"),
            ("tcp_keepalives_count", "3"),
        ):
            connection.execute(text(f"SET {setting} = '{value}'"))
        connection.execute(select(func.pg_advisory_lock(key)))


def _still_held(connection: Connection, key: int) -> None:
    """Unlock; raises Unavailable when a server restart freed the lock before the end."""
    if not connection.scalar(select(func.pg_advisory_unlock(key))):
        raise Unavailable("the exclusive section was lost before its end", hint="do it again")


def _parse(url: str) -> URL:
    hint = "sqlite:///PATH or postgresql://USER@HOST/NAME"
    try:
        parsed = make_url(url)
    except ArgumentError:
        # Not chained: the foreign message may show the URL with its password.
        raise Misconfigured("the database URL is none", hint=hint) from None
    backend = parsed.get_backend_name()
    if backend not in _DRIVERS:
        raise Misconfigured(f"no register on {backend!r}", hint=hint)
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise Misconfigured("a register on SQLite needs a file", hint=hint)
    return parsed.set(drivername=_DRIVERS[backend])


def _limits(wait: Elapsed) -> dict[str, str | int]:
    ms = max(wait.us // 1_000, 1)
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    return {
        "options": " ".join(f"-c {name}={ms}" for name in names),
        "connect_timeout": max(ms // 1_000, 2),  # libpq's least, in seconds
        "tcp_user_timeout": ms,
    }


def _prepare_sqlite(engine: Engine, wait: Elapsed) -> None:
    def connected(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions begin below, not by the driver
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {max(wait.us // 1_000, 1)}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # a hold placed survives a power cut
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    def begun(connection: Connection) -> None:
        # At once for writing: a reader that turns writer would fail without waiting.
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)


def _translate(exc: SQLAlchemyError, name: str) -> FootageError:
    cause = getattr(exc, "orig", None)
    state, words = getattr(cause, "sqlstate", None), str(cause).partition("\n")[0]
    where = f"the register at {name}"
    if isinstance(exc, IntegrityError):
        return Conflict(f"{where} changed meanwhile", hint="read again")
    if state == _DISK_FULL or "disk is full" in words:
        return NoSpace(f"no space left for {where}")
    if state == _LOCK_NOT_AVAILABLE or "database is locked" in words:
        return Unavailable(f"{where} was locked too long", hint="try again")
    if isinstance(exc, OperationalError | InterfaceError | NoConnectionFree):
        return Unavailable(f"{where} cannot be reached: {words}")
    return _of_value(exc, where)


def _of_value(exc: SQLAlchemyError, where: str) -> FootageError:
    if isinstance(exc, NoSuchModuleError):
        return Misconfigured(f"no driver for {where}")
    if isinstance(exc, DBAPIError) and not isinstance(exc, DataError):
        return DataLoss(f"{where} is unreadable: {type(exc.orig).__name__}")
    if isinstance(exc, StatementError):
        return BadInput(f"{where} cannot store such a value")
    return Unavailable(f"{where} failed: {type(exc).__name__}")
