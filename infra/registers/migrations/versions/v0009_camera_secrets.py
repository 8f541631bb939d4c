"""The name of each camera's secret file; empty where the source needs none or holds its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; sources of before hold their own credentials."""
    column = sa.Column("source_secret_file", sa.Text, nullable=False, server_default="")
    op.add_column("cameras", column)


def downgrade() -> None:
    """Drop the column: an older version reads credentials from sources alone."""
    op.drop_column("cameras", "source_secret_file")
