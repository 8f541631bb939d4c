"""The order on paper of a hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty: no hold was placed for an order before."""
    column = sa.Column("order_text", sa.Text, nullable=False, server_default="")
    op.add_column("holds", column)


def downgrade() -> None:
    """Drop the column; the holds stand, and the custody log has their orders."""
    op.drop_column("holds", "order_text")
