"""Tables of cases: members, exhibits, and what people wrote in versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(64), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _small(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, autoincrement=False)


def _of_a_case(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=f"fk_{table}_case_id")


def upgrade() -> None:
    """Create the tables, empty: references of before name no case that was opened."""
    op.create_table(
        "cases",
        _id("id"),
        _text("reference"),
        _id("reference_digest"),
        *(_text(name) for name in ("purpose", "opened_by")),
        _number("opened_us"),
        sa.Column("state", sa.String(16), nullable=False),
        *(_number(name) for name in ("version", "words_version", "exhibits")),
        _number("turned_us", nullable=True),
        *(_text(name) for name in ("turned_by", "turn_reason")),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.CheckConstraint("state IN ('open', 'closed')", name="state"),
    )
    op.create_index("ix_cases_reference_digest", "cases", ["reference_digest"], unique=True)
    op.create_index("ix_cases_state", "cases", ["state", "id"])
    op.create_table(
        "case_members",
        _id("case_id"),
        *(_text(name) for name in ("person", "added_by")),
        _number("added_us"),
        sa.PrimaryKeyConstraint("case_id", "person", name="pk_case_members"),
        _of_a_case("case_members"),
    )
    op.create_index("ix_case_members_person", "case_members", ["person", "case_id"])
    op.create_table(
        "case_exhibits",
        _id("case_id"),
        _small("number"),
        sa.Column("kind", sa.String(16), nullable=False),
        _text("cameras"),
        *(_number(name) for name in ("start_us", "end_us")),
        _text("moment"),
        _number("best_us", nullable=True),
        *(_text(name) for name in ("picture", "box", "added_by")),
        *(_number(name) for name in ("added_us", "version")),
        sa.PrimaryKeyConstraint("case_id", "number", name="pk_case_exhibits"),
        _of_a_case("case_exhibits"),
    )
    op.create_table(
        "case_words",
        _id("case_id"),
        _small("exhibit"),
        sa.Column("version", sa.BigInteger, nullable=False, autoincrement=False),
        *(_text(name) for name in ("title", "text", "written_by")),
        _number("written_us"),
        sa.PrimaryKeyConstraint("case_id", "exhibit", "version", name="pk_case_words"),
        _of_a_case("case_words"),
    )


def downgrade() -> None:
    """Drop the tables: an older version knows references alone."""
    for table in ("case_words", "case_exhibits", "case_members", "cases"):
        op.drop_table(table)
