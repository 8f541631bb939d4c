"""Hashes of the custody entries about to be written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty: versions before this one announced nothing."""
    op.add_column("custody", sa.Column("announced", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Drop the column; entries of a group cut short before are a finding then."""
    op.drop_column("custody", "announced")
