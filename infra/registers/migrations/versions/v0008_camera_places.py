"""The places of each camera, since when the camera stood there, and holds on places."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; a camera of before has today's place, since nobody knows when."""
    op.create_table(
        "camera_places",
        sa.Column("camera", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("since_us", sa.BigInteger),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("district", sa.String(64), nullable=False),
        sa.Column("lat", sa.Double, nullable=False),
        sa.Column("lon", sa.Double, nullable=False),
        sa.Column("told_us", sa.BigInteger),
        sa.Column("corrects", sa.Boolean, nullable=False),
        sa.Column("replaced_us", sa.BigInteger),
        sa.PrimaryKeyConstraint("camera", "number", name="pk_camera_places"),
        sa.ForeignKeyConstraint(["camera"], ["cameras.id"], name="fk_camera_places_camera"),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name="fk_camera_places_site"),
        sa.ForeignKeyConstraint(["district"], ["districts.id"], name="fk_camera_places_district"),
    )
    op.execute(
        "INSERT INTO camera_places (camera, number, site, district, lat, lon, corrects) "
        "SELECT id, 1, site, district, lat, lon, false FROM cameras"
    )

    op.add_column("holds", sa.Column("places", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Drop the table: an older version knows today's place only, and holds on cameras."""
    op.drop_column("holds", "places")
    op.drop_table("camera_places")
