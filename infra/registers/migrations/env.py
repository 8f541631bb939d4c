"""Alembic's entry: migrates on the connection from `sql_migrate`, within its transaction."""

from __future__ import annotations

from alembic import context

from infra.registers.sql_models import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,  # both databases revert table changes; sql_engine begins for SQLite
)
with context.begin_transaction():
    context.run_migrations()
