"""Run by Alembic: migrates on the connection `sql_migrate` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from infra.registers.sql_models import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,  # both databases roll tables back; sql_engine begins for SQLite
)
with context.begin_transaction():
    context.run_migrations()
