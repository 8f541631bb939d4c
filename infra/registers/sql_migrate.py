"""Bring the register's database to the tables of this version, and back, by Alembic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import column as a_column
from sqlalchemy import inspect, select
from sqlalchemy import table as a_table

from footage.errors import Misconfigured
from infra.registers.sql_engine import MIGRATING
from infra.registers.sql_models import HEAD

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.engine import Connection

    from infra.registers.sql_engine import Database

_SCRIPTS: Final = Path(__file__).with_name("migrations")
_VERSION: Final = a_table("alembic_version", a_column("version_num"))


def upgrade(database: Database) -> None:
    """Migrate an older database to `HEAD`; processes that start together take turns.

    Raises:
        Misconfigured: The database was migrated by a newer version of Footage.
    """
    if current(database) == HEAD:
        return  # without importing Alembic, which takes a quarter of a second
    with database.exclusive(MIGRATING), database.transaction() as connection:
        _run(connection, "upgrade", HEAD)


def current(database: Database) -> str | None:
    """The revision the database is at, or None before the first migration."""
    with database.reading() as connection:
        if not inspect(connection).has_table(_VERSION.name):
            return None
        return connection.scalar(select(_VERSION.c.version_num))


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without an ini file."""
    from alembic.config import Config  # noqa: PLC0415 - only when there is something to migrate

    made = Config()
    made.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def _run(connection: Connection, direction: str, revision: str) -> None:
    from alembic import command  # noqa: PLC0415 - only when there is something to migrate
    from alembic.util import CommandError  # noqa: PLC0415 - the same

    try:
        getattr(command, direction)(config(connection), revision)
    except CommandError as exc:
        raise Misconfigured(
            f"the register cannot be migrated to {revision}: {exc}",
            hint="it may be of a newer version of Footage",
        ) from exc
