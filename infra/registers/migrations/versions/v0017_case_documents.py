"""Authority documents of cases: name, size and digest of each file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def upgrade() -> None:
    """Create the table, empty: no document was entered before."""
    op.create_table(
        "case_documents",
        sa.Column("case_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        *(_text(name) for name in ("authority", "name")),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(71), nullable=False),
        _text("added_by"),
        sa.Column("added_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "number", name="pk_case_documents"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_documents_case_id"),
    )


def downgrade() -> None:
    """Drop the table; the custody log has name, size and digest of each document."""
    op.drop_table("case_documents")
