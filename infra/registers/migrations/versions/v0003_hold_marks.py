"""Unfinished marks of holds, and what each store was seen to guarantee."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _yes_or_no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def upgrade() -> None:
    """Create the tables; the marks of every hold are due once.

    Versions before this one kept no record of marks left behind by a release that was cut short.
    """
    op.create_table(
        "hold_marks",
        sa.Column("hold", sa.String(64), nullable=False),
        _number("due_us"),
        sa.Column("passes", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("hold", name="pk_hold_marks"),
        sa.ForeignKeyConstraint(["hold"], ["holds.id"], name="fk_hold_marks_hold"),
    )
    op.execute(
        "INSERT INTO hold_marks (hold, due_us, passes) "
        "SELECT id, COALESCE(released_at_us, placed_at_us), 0 FROM holds"
    )
    op.create_table(
        "store_guarantees",
        sa.Column("store", sa.Text, nullable=False),
        _number("seen_at_us"),
        *map(
            _yes_or_no,
            ("digest_checked_put", "retention", "legal_hold", "hold_outlives_retention"),
        ),
        sa.Column("findings", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("store", name="pk_store_guarantees"),
    )


def downgrade() -> None:
    """Drop the tables: unfinished marks are lost; stores are probed again on request."""
    op.drop_table("store_guarantees")
    op.drop_table("hold_marks")
