"""Requests that a second person approve an act."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def upgrade() -> None:
    """Create the table, empty: nothing was asked for before."""
    op.create_table(
        "approval_requests",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(16), nullable=False),
        *(_text(name) for name in ("asked_by", "case_ref", "purpose", "asked")),
        sa.Column("sha256", sa.String(71), nullable=False),
        sa.Column("open_sha256", sa.String(71), nullable=True),
        _instant("asked_us"),
        _instant("expires_us"),
        sa.Column("state", sa.String(16), nullable=False),
        _text("decided_by"),
        _instant("decided_us", nullable=True),
        _text("why"),
        _instant("used_us", nullable=True),
        _text("used_for"),
        sa.PrimaryKeyConstraint("number", name="pk_approval_requests"),
    )
    table, unique = "approval_requests", "ix_approval_requests_open_sha256"
    op.create_index(unique, table, ["open_sha256"], unique=True)
    op.create_index("ix_approval_requests_state", table, ["state", "number"])


def downgrade() -> None:
    """Drop the table; the custody log has who asked for what, and who decided."""
    op.drop_table("approval_requests")
