"""Tombstones by batch of segments instead of by segment."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import RowMapping, Table

    Values = dict[str, object]

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_PAGE: Final = 1_000


def upgrade() -> None:
    """Create the table of batches; each tombstone becomes a batch of one segment."""
    batches = op.create_table(
        "purge_batches",
        sa.Column("plan", sa.String(64), nullable=False),
        sa.Column("first", sa.Text, nullable=False),
        sa.Column("camera", sa.String(64), nullable=False),
        sa.Column("start_us", sa.BigInteger, nullable=False),
        sa.Column("end_us", sa.BigInteger, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("spared", sa.Text, nullable=False),
        sa.Column("open_keys", sa.Text),
        sa.Column("purged", sa.BigInteger, nullable=False),
        sa.Column("purged_bytes", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("closed_at_us", sa.BigInteger),
        sa.PrimaryKeyConstraint("plan", "first", name="pk_purge_batches"),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_purge_batches_state")),
        sa.CheckConstraint(
            "(state = 'open') = (closed_at_us IS NULL)", name=op.f("ck_purge_batches_closed")
        ),
    )
    op.create_index("ix_purge_batches_state", "purge_batches", ["state"])
    op.create_index("ix_purge_batches_plan", "purge_batches", ["plan", "camera"])
    _copy(_table("tombstones"), batches, "segment", _as_batch)
    op.drop_table("tombstones")


def downgrade() -> None:
    """Create the table of tombstones; each segment of a batch becomes a tombstone."""
    tombstones = op.create_table(
        "tombstones",
        sa.Column("plan", sa.String(64), nullable=False),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("segment", "document", "decided", "reason")
        ),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("closed_at_us", sa.BigInteger),
        sa.PrimaryKeyConstraint("plan", "segment", name="pk_tombstones"),
        sa.CheckConstraint(
            "state IN ('open', 'purged', 'spared')", name=op.f("ck_tombstones_state")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (closed_at_us IS NULL)", name=op.f("ck_tombstones_closed")
        ),
    )
    op.create_index("ix_tombstones_state", "tombstones", ["state"])
    _copy(_table("purge_batches"), tombstones, "first", _as_tombstones)
    op.drop_table("purge_batches")


def _table(name: str) -> Table:
    return sa.Table(name, sa.MetaData(), autoload_with=op.get_bind())


def _copy(old: Table, new: Table, key: str, convert: Callable[[RowMapping], list[Values]]) -> None:
    """Insert what `convert` makes of each row of `old` into `new`, a page at a time."""
    order, last = (old.c.plan, old.c[key]), ("", "")
    while True:
        later = sa.tuple_(*order) > sa.tuple_(*map(sa.literal, last))
        query = sa.select(old).where(later).order_by(*order).limit(_PAGE)
        page = op.get_bind().execute(query).mappings().all()
        if not page:
            return
        op.get_bind().execute(sa.insert(new), [made for row in page for made in convert(row)])
        last = (page[-1]["plan"], page[-1][key])


def _as_batch(row: RowMapping) -> list[Values]:
    segment = json.loads(row["document"])
    spared = {row["segment"]: row["reason"]} if row["state"] == "spared" else {}
    purged = row["state"] == "purged"
    return [
        {
            "plan": row["plan"],
            "first": row["segment"],
            "camera": segment["camera"],
            "start_us": segment["start_us"],
            "end_us": segment["end_us"],
            "document": zlib.compress(json.dumps([segment]).encode()),
            "reason": row["decided"] if spared else row["reason"],
            "spared": json.dumps(spared),
            "open_keys": "[]" if purged else None,
            "purged": int(purged),
            "purged_bytes": segment["size_bytes"] if purged else 0,
            "state": "open" if row["closed_at_us"] is None else "closed",
            "closed_at_us": row["closed_at_us"],
        }
    ]


def _as_tombstones(row: RowMapping) -> list[Values]:
    segments = json.loads(zlib.decompress(row["document"]))
    spared = json.loads(row["spared"])
    keys = {segment["key"] for segment in segments}
    left = keys - spared.keys() if row["open_keys"] is None else set(json.loads(row["open_keys"]))
    made: list[Values] = []
    for segment in segments:
        key = segment["key"]
        state = "open" if key in left else "spared" if key in spared else "purged"
        made.append(
            {
                "plan": row["plan"],
                "segment": key,
                "document": json.dumps(segment),
                "decided": row["reason"],
                "reason": spared.get(key, row["reason"]),
                "state": state,
                # An open batch keeps no instant for the segments that are settled already.
                "closed_at_us": None if key in left else row["closed_at_us"] or row["end_us"],
            }
        )
    return made
