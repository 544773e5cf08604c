"""Takes a project's tables of the version before; gives them with what tells in SQL which cracks exceed a guide."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns; they are filled once the tables are those of this version."""
    for table, name in (("crack", "width_low_px"), ("photo", "px_per_mm"), ("photo", "scale_error")):
        op.add_column(table, sa.Column(name, sa.Double(), nullable=True))
