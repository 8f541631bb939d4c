"""Identities of people at a provider, the provider of a session, and sign-ins under way there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, empty: no provider lets in until an account is linked."""
    op.add_column("credentials", sa.Column("identity", sa.Text))
    op.create_index("ix_credentials_identity", "credentials", ["identity"], unique=True)
    op.add_column("sessions", sa.Column("issuer", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "pending_sign_ins",
        sa.Column("state_digest", sa.String(64), nullable=False),
        sa.Column("browser_digest", sa.String(64), nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("expires_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("state_digest", name="pk_pending_sign_ins"),
    )
    op.create_index("ix_pending_sign_ins_expires_us", "pending_sign_ins", ["expires_us"])


def downgrade() -> None:
    """Drop table and columns; sessions end, as an older version cannot tell who vouched."""
    op.drop_table("pending_sign_ins")
    op.execute(sa.text("DELETE FROM sessions"))
    op.drop_column("sessions", "issuer")
    op.drop_index("ix_credentials_identity", "credentials")
    op.drop_column("credentials", "identity")
