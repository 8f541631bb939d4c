"""The connection to a migrated database that register, accounts and jobs have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.clock import SystemClock
from footage.errors import FootageError
from infra.host.file_lock import WAIT
from infra.registers.sql_engine import Database
from infra.registers.sql_migrate import upgrade

if TYPE_CHECKING:
    from footage.clock import Clock
    from footage.instant import Elapsed


class SqlPart:
    """A part of the register in a database, which is migrated on construction.

    Args:
        url: `sqlite:///PATH` or `postgresql://...`.
        clock: The clock for waits; the machine's unless given.
        wait: Longest time to wait for another transaction, or for an exclusive section, before
            raising Unavailable.

    Raises:
        Misconfigured: The URL is invalid, or the database is of a newer version.
        Unavailable: The database cannot be reached.
    """

    def __init__(self, url: str, *, clock: Clock | None = None, wait: Elapsed = WAIT) -> None:
        self._clock = clock or SystemClock()
        self._database = Database(url, clock=self._clock, wait=wait)
        try:
            upgrade(self._database)
        except FootageError:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._database.name!r})"

    def close(self) -> None:
        """Close all connections."""
        self._database.close()
