"""Tables of indexers and their leases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def upgrade() -> None:
    """Create the tables; changes of them lock the row of `lease_turns`, as changes of leases do."""
    op.create_table(
        "indexers",
        _text("room"),
        sa.Column("id", sa.String(64), nullable=False),
        _number("number"),
        _number("seen"),
        *(_text(name) for name in ("home", "address", "secret", "node_group")),
        *(_number(name) for name in ("ttl_us", "started_us", "deadline_us")),
        sa.PrimaryKeyConstraint("room", "id", name="pk_indexers"),
    )
    op.create_table(
        "indexer_leases",
        _text("room"),
        sa.Column("camera", sa.String(64), nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        _number("token"),
        sa.PrimaryKeyConstraint("room", "camera", name="pk_indexer_leases"),
        sa.ForeignKeyConstraint(
            ["room", "node"], ["indexers.room", "indexers.id"], name="fk_indexer_leases_room"
        ),
    )


def downgrade() -> None:
    """Drop the tables: indexers of an older version know nothing of each other."""
    for table in ("indexer_leases", "indexers"):
        op.drop_table(table)
