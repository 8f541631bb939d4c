"""An SQLite file: opening, schema, locking and translation of SQLite's errors."""

from __future__ import annotations

import re
import sqlite3
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Final

from footage import durable
from footage.errors import (
    DataLoss,
    FootageError,
    Misconfigured,
    NoSpace,
    Unavailable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

Cell = str | int | float | bytes
Row = tuple[Cell, ...]

_VERSION: Final = 3
_LATER_INDEX: Final = re.compile(r"CREATE INDEX IF NOT EXISTS (\w+)")
_BUSY_S: Final = 10.0
_PRIMARY: Final = 0xFF  # the low byte of an extended result code is the primary one
_KINDS: Final[dict[int, tuple[type[FootageError], str]]] = {
    sqlite3.SQLITE_BUSY: (Unavailable, "another process is writing to it; try again"),
    sqlite3.SQLITE_LOCKED: (Unavailable, "another process is writing to it; try again"),
    sqlite3.SQLITE_FULL: (NoSpace, "free space on its disk"),
    sqlite3.SQLITE_CANTOPEN: (Unavailable, "check that its folder is there and writable"),
    sqlite3.SQLITE_IOERR: (Unavailable, "check the disk"),
    sqlite3.SQLITE_READONLY: (Misconfigured, "make it writable for this user"),
    sqlite3.SQLITE_PERM: (Misconfigured, "make it writable for this user"),
}
_BROKEN: Final = (DataLoss, "rebuild it with footage catalogue rebuild")


class SqliteFile:
    """A connection that threads share, a single statement or transaction at a time.

    A transaction that was committed is on the disk (WAL, synchronous=FULL). Readers of other
    processes go on during a write; a second writer waits for up to ten seconds.

    Args:
        path: The file; made where it is missing.
        schema: Script that makes the tables.
        convert: Brings the tables of the given older version to this one, inside a transaction.

    Raises:
        DataLoss: The file exists but is no catalogue, or is damaged.
        Unavailable: The file cannot be opened now.
        Misconfigured: The file may not be written, was made by a newer version, or by an older one
            and is not converted now.
    """

    def __init__(
        self, path: Path, schema: str, convert: Callable[[sqlite3.Connection, int], None]
    ) -> None:
        self._path = path
        self._lock = RLock()
        with durable.seam(path.parent):
            durable.make_folder(path.parent)
        with self._seam():
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
        try:
            self._prepare(schema, convert)
        except FootageError:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the file; no call may follow."""
        with self._lock:
            self._connection.close()

    def rows(self, statement: str, values: Sequence[Cell] = ()) -> list[Row]:
        """All rows a query finds."""
        with self._lock, self._seam():
            return self._connection.execute(statement, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run the statements of a `with` block as a durable transaction: all or none."""
        with self._lock, self._seam():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.rollback()
                raise

    def write(self, statement: str, rows: Iterable[Sequence[Cell]]) -> None:
        """Run a statement for each row, in a single transaction."""
        with self.transaction() as connection:
            connection.executemany(statement, rows)

    def _prepare(self, schema: str, convert: Callable[[sqlite3.Connection, int], None]) -> None:
        with self._seam():
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
        if self._empty():
            with self.transaction() as connection:
                # Another process may have been faster before the transaction began.
                for statement in statements(schema) if self._empty() else ():
                    connection.execute(statement)
        if self._older():
            with self.transaction() as connection:
                if older := self._older():
                    convert(connection, older)
        version = self._version()
        if version != [(_VERSION,)]:
            raise Misconfigured(
                f"{self._path} has schema {version}, this version reads {_VERSION}",
                hint="use the version of Footage that wrote it, or footage catalogue rebuild",
            )
        self._add_later_indexes(schema)

    def _add_later_indexes(self, schema: str) -> None:
        """Make each index of the schema that may be missing in a file of this version, and is."""
        there = {name for (name,) in self.rows("SELECT name FROM sqlite_master")}
        for statement in statements(schema):
            later = _LATER_INDEX.search(statement)
            if later and later[1] not in there:
                with self.transaction() as connection:
                    connection.execute(statement)

    def _older(self) -> int | None:
        """The version of the file if older than `_VERSION` and convertible, else None."""
        for older in range(1, _VERSION):
            if self._version() == [(older,)]:
                return older
        return None

    def _version(self) -> list[Row]:
        return self.rows("SELECT version FROM schema_version")

    def _empty(self) -> bool:
        return self.rows("SELECT count(*) FROM sqlite_master") == [(0,)]

    @contextmanager
    def _seam(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as exc:
            code = getattr(exc, "sqlite_errorcode", 0) & _PRIMARY
            kind, hint = _KINDS.get(code, _BROKEN)
            raise kind(f"{self._path}: {exc}", hint=hint) from exc


def statements(script: str) -> Iterator[str]:
    """Statements of an SQL script, triggers whole: `executescript` would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
