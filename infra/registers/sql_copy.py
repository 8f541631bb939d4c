"""Copies of a register: all rows into an SQLite file of their own, and back into any register.

The file is a register by itself, so a backup of PostgreSQL restores into SQLite and the other way
round, and a file of an older version is migrated when opened. A copy is without what is true of now
alone: nodes, leases, sessions of people, sign-ins that failed or are under way, jobs. People, their
credentials and tokens are a part; loading a copy ends all sessions and removes all jobs: the
bundles that jobs made are no part of a copy, and a restored home must not export again what was
asked of another. What was exported stands in the custody log. Requests for approval that are open
come expired: an approval may have been used since the copy was made.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, insert, select, update

from footage.approval import RequestState
from footage.clock import SystemClock
from infra.host.file_lock import WAIT
from infra.registers.sql_engine import Database
from infra.registers.sql_models import (
    APPROVAL_REQUESTS,
    CAMERAS,
    CASES,
    CUSTODY,
    HOLDS,
    INDEXER_LEASES,
    INDEXERS,
    JOBS,
    LEASE_TURNS,
    LEASES,
    METADATA,
    NODES,
    PENDING_SIGN_INS,
    PEOPLE,
    PLANS,
    SESSIONS,
    SIGN_IN_FAILURES,
)
from infra.registers.sql_register import SqlRegister

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Table

_OF_NOW: Final = {
    NODES,
    LEASES,
    LEASE_TURNS,
    INDEXERS,
    INDEXER_LEASES,
    JOBS,
    PENDING_SIGN_INS,
    SESSIONS,
    SIGN_IN_FAILURES,
}
_AT_ONCE: Final = 500


def kept_tables() -> list[Table]:
    """Return the tables that a copy holds, each behind the tables that its rows refer to."""
    return [table for table in METADATA.sorted_tables if table not in _OF_NOW]


def save(url: str, path: Path) -> dict[str, int]:
    """Copy all rows of a register, as of one instant, into a new SQLite file.

    Works while others use the register.

    Args:
        url: The register to copy.
        path: The new file.

    Returns:
        Number of rows by table.

    Raises:
        Unavailable: The register cannot be reached.
        DataLoss: The register is damaged.
    """
    target = f"sqlite:///{path}"
    with closing(SqlRegister(url)):
        pass  # brings an older register to the tables of this version
    with _opened(url) as source, source.reading() as connection:
        if not source.is_sqlite:  # one snapshot for all tables, as SQLite gives by itself
            connection.execution_options(isolation_level="REPEATABLE READ")
        counts = _replace(connection, target)
    for lock in path.parent.glob(f"{path.name}.lock*"):
        lock.unlink()
    return counts


def load(path: Path, url: str) -> dict[str, int]:
    """Replace all rows of a register by those of a saved file, in one transaction.

    Args:
        path: The file, of this version's tables.
        url: The register to replace.

    Returns:
        Number of rows by table.
    """
    with _opened(f"sqlite:///{path}") as source, source.reading() as connection:
        return _replace(connection, url)


def is_empty(url: str) -> bool:
    """Return whether a register knows no camera, hold, plan, person, case or custody entry."""
    with closing(SqlRegister(url)), _opened(url) as database, database.reading() as connection:
        counts = [
            connection.scalar(select(func.count()).select_from(table))
            for table in (CAMERAS, HOLDS, PLANS, PEOPLE, CASES)
        ]
        entries = connection.scalar(select(CUSTODY.c.entries))
    return not any(counts) and not entries


def anchor_again(url: str, count: int, head: str) -> None:
    """Set the anchor of a register to an entry, also backwards: a log was restored alone."""
    with _opened(url) as database, database.transaction() as connection:
        connection.execute(update(CUSTODY).values(entries=count, head=head, announced=""))


def _replace(source: Connection, url: str) -> dict[str, int]:
    with closing(SqlRegister(url)):
        pass
    counts: dict[str, int] = {}
    tables = kept_tables()
    with _opened(url) as database, database.transaction() as target:
        for table in reversed(tables):
            target.execute(table.delete())
        for table in tables:
            counts[table.name] = 0
            found = source.execution_options(yield_per=_AT_ONCE).execute(select(table))
            for page in found.mappings().partitions(_AT_ONCE):
                rows = [dict(row) for row in page]
                target.execute(insert(table), rows)
                counts[table.name] += len(rows)
        target.execute(
            update(APPROVAL_REQUESTS)
            .where(APPROVAL_REQUESTS.c.open_sha256.is_not(None))
            .values(state=RequestState.EXPIRED.value, open_sha256=None)
        )
    return counts


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(url, clock=SystemClock(), wait=WAIT)
    try:
        yield database
    finally:
        database.close()
