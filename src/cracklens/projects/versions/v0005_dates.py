"""Takes a project's tables of the version before; gives them with what an earlier date showed, and what changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "comparison",
        sa.Column("id", sa.Integer(), nullable=False),
        *_texts("source", "made_at"),
        sa.Column("notes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_comparison"),
    )
    _earlier()
    _change()


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _earlier() -> None:
    op.create_table(
        "earlier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        *_texts("sha256", "suffix", "name", "lines_sha256"),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("height", "width")),
        sa.Column("taken_at", sa.String(), nullable=True),
        sa.Column("error_px", sa.Double(), nullable=True),
        *(sa.Column(name, sa.LargeBinary(), nullable=True) for name in ("reason", "old_to_new")),
        sa.Column("notes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name="fk_earlier_photo_id"),
        sa.PrimaryKeyConstraint("id", name="pk_earlier"),
        sa.UniqueConstraint("photo_id", name="uq_earlier_photo_id"),
    )


def _change() -> None:
    op.create_table(
        "change",
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("crack_id", sa.String(), nullable=True),
        *_texts("id", "status", "said", "said_by"),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("change", "shape")),
        sa.Column("said_at", sa.String(), nullable=True),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name="fk_change_photo_id"),
        sa.ForeignKeyConstraint(["crack_id"], ["crack.id"], name="fk_change_crack_id"),
        sa.PrimaryKeyConstraint("id", name="pk_change"),
    )
    op.create_index("ix_change_photo_id", "change", ["photo_id"])
