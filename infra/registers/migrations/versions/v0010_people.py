"""Tables of people: grants, credentials, failed sign-ins, sessions, tokens, shared secrets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(64), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _of_person(table: str, *, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_person"
    return sa.ForeignKeyConstraint(["person"], ["people.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    """Create the tables, empty: nobody has an account until `footage users add`."""
    op.create_table(
        "people",
        _id("id"),
        _text("name"),
        _text("grants"),
        sa.Column("disabled", sa.Boolean, nullable=False),
        _number("version"),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_table(
        "credentials",
        _id("person"),
        *(_text(name) for name in ("password", "totp", "recovery")),
        _number("step", nullable=True),
        sa.PrimaryKeyConstraint("person", name="pk_credentials"),
        _of_person("credentials"),
    )
    op.create_table(
        "sign_in_failures",
        _id("name_digest"),
        _number("count"),
        _number("last_us"),
        sa.PrimaryKeyConstraint("name_digest", name="pk_sign_in_failures"),
    )
    op.create_index("ix_sign_in_failures_last_us", "sign_in_failures", ["last_us"])
    op.create_table(
        "sessions",
        _id("digest"),
        _id("person"),
        *(_number(name) for name in ("started_us", "seen_us", "expires_us")),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
        _of_person("sessions", ondelete="CASCADE"),
    )
    op.create_index("ix_sessions_person", "sessions", ["person"])
    op.create_table(
        "api_tokens",
        _id("id"),
        _text("digest"),
        _id("person"),
        *(_text(name) for name in ("label", "permissions")),
        *(_number(name) for name in ("created_us", "expires_us")),
        _number("revoked_us", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        _of_person("api_tokens"),
    )
    op.create_table(
        "shared_secrets",
        _text("name"),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_shared_secrets"),
    )


def downgrade() -> None:
    """Drop the tables: an older version lets in by its own token alone."""
    tables = ("shared_secrets", "api_tokens", "sessions", "sign_in_failures", "credentials")
    for table in (*tables, "people"):
        op.drop_table(table)
