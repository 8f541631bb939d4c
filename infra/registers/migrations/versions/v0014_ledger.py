"""Tables of the ledger: what waits, places, leaves not yet in full bundles, newest leaves."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(64), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable, autoincrement=False)


def _bytes(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=nullable)


def upgrade() -> None:
    """Create the tables, with a log of a random name: footage stored before has no leaf yet."""
    made = op.create_table(
        "ledger",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        _id("log"),
        *(_number(name) for name in ("size", "stored")),
        _bytes("edge"),
        _text("checkpoint"),
        _number("signed_us", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_ledger"),
        sa.CheckConstraint("id = 1", name="single"),
    )
    first = {"id": 1, "log": secrets.token_hex(8), "size": 0, "stored": 0}
    op.bulk_insert(made, [{**first, "edge": b"", "checkpoint": "", "signed_us": None}])
    numbered = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "ledger_waiting",
        sa.Column("number", numbered, nullable=False, autoincrement=True),
        _text("key"),
        *(_id(name) for name in ("camera", "run")),
        *(_number(name) for name in ("sequence", "start_us", "end_us", "size_bytes")),
        _bytes("sha256"),
        _number("stored_us", nullable=True),
        sa.Column("late", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_ledger_waiting"),
    )
    op.create_index("ix_ledger_waiting_key", "ledger_waiting", ["key"], unique=True)
    op.create_table(
        "ledger_places",
        _text("key"),
        _id("camera"),
        _number("start_us"),
        _bytes("sha256"),
        _number("index"),
        sa.PrimaryKeyConstraint("key", name="pk_ledger_places"),
    )
    op.create_index("ix_ledger_places_camera", "ledger_places", ["camera", "start_us"])
    op.create_table(
        "ledger_leaves",
        _number("index"),
        _bytes("data"),
        sa.PrimaryKeyConstraint("index", name="pk_ledger_leaves"),
    )
    op.create_table(
        "ledger_tips",
        _id("camera"),
        _number("on_time_index", nullable=True),
        _bytes("on_time_hash", nullable=True),
        *(_number(name, nullable=True) for name in ("on_time_start_us", "late_index")),
        _bytes("late_hash", nullable=True),
        sa.PrimaryKeyConstraint("camera", name="pk_ledger_tips"),
    )


def downgrade() -> None:
    """Drop the tables: what is signed and stored stands, and is another log's from then on."""
    for table in ("ledger_tips", "ledger_leaves", "ledger_places", "ledger_waiting", "ledger"):
        op.drop_table(table)
