"""Takes a project's tables of the version before; gives them with a row for each inspection of a photo."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

KNOWN = """
insert into inspection (photo_id, at, detector, networks_sha256, scored_key, traced_key, version)
select id, '', '', '', scored_key, traced_key, '' from photo
where scored_key is not null and traced_key is not null order by id
"""
"""Who had inspected a photo before was not kept."""


def upgrade() -> None:
    """Make the table, and a row for each photo that was inspected, by an unknown detector."""
    op.create_table(
        "inspection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("at", "detector", "networks_sha256", "scored_key", "traced_key")
        ),
        sa.Column("threshold", sa.Double(), nullable=True),
        sa.Column("version", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name="fk_inspection_photo_id"),
        sa.PrimaryKeyConstraint("id", name="pk_inspection"),
    )
    op.create_index("ix_inspection_photo_id", "inspection", ["photo_id"])
    op.execute(KNOWN)
