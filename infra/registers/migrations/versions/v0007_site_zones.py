"""A time zone for each site, empty for the zone of the settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; sites of before have the zone of the settings."""
    op.add_column("sites", sa.Column("zone", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("sites", "zone")
