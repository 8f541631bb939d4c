"""A table of jobs: long work that people asked for, and the process that runs each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(64), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "jobs",
        *(_id(name) for name in ("id", "person")),
        *(_text(name) for name in ("kind", "case_ref", "purpose", "request", "fingerprint")),
        sa.Column("idempotency_key", sa.Text),
        *(_number(name) for name in ("version", "done", "total", "attempts", "lapses")),
        *(_text(name) for name in ("state", "owner", "result", "error")),
        sa.Column("cancelling", sa.Boolean, nullable=False),
        _number("created_us"),
        *(_number(name, nullable=True) for name in ("lease_until_us", "started_us", "ended_us")),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.ForeignKeyConstraint(
            ["person"], ["people.id"], name="fk_jobs_person", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_jobs_person", "jobs", ["person", "idempotency_key"], unique=True)
    op.create_index("ix_jobs_state", "jobs", ["state"])
    op.create_index("ix_jobs_ended_us", "jobs", ["ended_us"])


def downgrade() -> None:
    """Drop the table: an older version does no long work."""
    op.drop_table("jobs")
