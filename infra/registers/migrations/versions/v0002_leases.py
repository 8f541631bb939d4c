"""Tables of recorders and leases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def upgrade() -> None:
    """Create the tables, and the row whose lock serializes all changes of leases."""
    turns = op.create_table(
        "lease_turns",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        _number("serial"),
        sa.PrimaryKeyConstraint("id", name="pk_lease_turns"),
        sa.CheckConstraint("id = 1", name=op.f("ck_lease_turns_single")),
    )
    op.bulk_insert(turns, [{"id": 1, "serial": 0}])
    op.create_table(
        "nodes",
        sa.Column("id", sa.String(64), nullable=False),
        _number("number"),
        _number("seen"),
        *(_text(name) for name in ("home", "address", "secret", "node_group")),
        *(_number(name) for name in ("ttl_us", "started_us", "deadline_us")),
        sa.PrimaryKeyConstraint("id", name="pk_nodes"),
    )
    op.create_table(
        "leases",
        sa.Column("camera", sa.String(64), nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        _number("token"),
        sa.PrimaryKeyConstraint("camera", name="pk_leases"),
        sa.ForeignKeyConstraint(["node"], ["nodes.id"], name="fk_leases_node"),
    )


def downgrade() -> None:
    """Drop the tables: recorders of an older version know nothing of each other."""
    for table in ("leases", "nodes", "lease_turns"):
        op.drop_table(table)
