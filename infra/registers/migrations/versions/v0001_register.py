"""The first tables of the register."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _id(name: str = "id") -> sa.Column[str]:
    return sa.Column(name, sa.String(64), nullable=False)


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _us(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _place() -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double, nullable=False) for name in ("lat", "lon")]


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def _primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    """Create every table."""
    _places()
    _holds()
    _deletions()
    op.create_table(
        "custody",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("entries", sa.BigInteger, nullable=False),
        *_text("head"),
        _primary("custody", "id"),
        _check("custody", "single", "id = 1"),
    )


def _places() -> None:
    op.create_table("districts", _id(), *_text("name"), _primary("districts", "id"))
    op.create_table(
        "sites",
        _id(),
        *_text("name"),
        _id("district"),
        *_place(),
        _primary("sites", "id"),
        _refers("sites", "district", "districts"),
    )
    op.create_table(
        "cameras",
        _id(),
        *_text("name"),
        _id("site"),
        _id("district"),
        *_place(),
        *_text("source", "retention_class"),
        _primary("cameras", "id"),
        _refers("cameras", "site", "sites"),
        _refers("cameras", "district", "districts"),
    )


def _holds() -> None:
    op.create_table(
        "holds",
        _id(),
        _us("start_us"),
        _us("end_us"),
        *_text("authority", "reason", "case_ref", "placed_by"),
        _us("placed_at_us"),
        _us("released_at_us", nullable=True),
        *_text("released_by", "release_reason"),
        _primary("holds", "id"),
        _check("holds", "interval", "end_us > start_us"),
    )
    op.create_table(
        "hold_cameras",
        _id("hold"),
        _id("camera"),
        _primary("hold_cameras", "hold", "camera"),
        _refers("hold_cameras", "hold", "holds"),
    )


def _deletions() -> None:
    op.create_table(
        "plans",
        _id(),
        _us("started_at_us"),
        _us("finished_at_us", nullable=True),
        _primary("plans", "id"),
    )
    op.create_table(
        "tombstones",
        _id("plan"),
        *_text("segment", "document", "decided", "reason"),
        sa.Column("state", sa.String(16), nullable=False),
        _us("closed_at_us", nullable=True),
        _primary("tombstones", "plan", "segment"),
        _check("tombstones", "state", "state IN ('open', 'purged', 'spared')"),
        _check("tombstones", "closed", "(state = 'open') = (closed_at_us IS NULL)"),
    )
    op.create_index("ix_tombstones_state", "tombstones", ["state"])


def downgrade() -> None:
    """Drop every table, children first."""
    op.drop_index("ix_tombstones_state", "tombstones")
    for table in (
        *("custody", "tombstones", "plans", "hold_cameras", "holds"),
        *("cameras", "sites", "districts"),
    ):
        op.drop_table(table)
