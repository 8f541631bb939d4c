"""Counting of work that is the same on every machine: SQLite's steps, bytes read and written."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from infra.catalogues.sqlite_catalog import SqliteCatalogue
    from infra.registers.sql_part import SqlPart

_EVERY: Final = 10
"""Steps of SQLite's virtual machine between two calls of the counter."""


@dataclass(slots=True)
class Work:
    """Work done within a `with` block, known when the block has ended."""

    amount: int = 0


@contextmanager
def database_steps(catalogue: SqliteCatalogue) -> Iterator[Work]:
    """Count the steps of SQLite's virtual machine: rows touched, whatever the statements are."""
    work = Work()

    def count() -> int:
        work.amount += _EVERY
        return 0

    connection = catalogue._file._connection
    connection.set_progress_handler(count, _EVERY)
    try:
        yield work
    finally:
        connection.set_progress_handler(None, 0)


@contextmanager
def register_steps(part: SqlPart) -> Iterator[Work]:
    """Count the steps of SQLite's virtual machine of a part of the register, in one thread."""
    work = Work()

    def count() -> int:
        work.amount += 1
        return 0

    with part._database.reading() as used:  # the pool gives the same connection again
        connection = cast("sqlite3.Connection", used.connection.dbapi_connection)
    connection.set_progress_handler(count, 1)
    try:
        yield work
    finally:
        connection.set_progress_handler(None, 0)


@contextmanager
def bytes_moved() -> Iterator[Work]:
    """Count the bytes that this process reads and writes by system calls, mapped files left out."""
    work, before = Work(), _moved()
    yield work
    work.amount = _moved() - before


def _moved() -> int:
    fields = dict(
        line.split(": ") for line in Path("/proc/self/io").read_text("ascii").splitlines()
    )
    return int(fields["rchar"]) + int(fields["wchar"])
