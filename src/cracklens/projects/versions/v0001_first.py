"""Takes an empty database; gives the first version of a project's tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

APPEND_ONLY = """
create trigger audit_{of} before {of} on audit begin
  select raise(abort, 'the audit log is only ever added to');
end
"""


def upgrade() -> None:
    """Make the tables."""
    _project()
    _photo()
    _crack()
    _audit()
    _job()
    _signature()


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _project() -> None:
    op.create_table(
        "project",
        sa.Column("id", sa.Integer(), nullable=False),
        *_texts("name", "structure", "number", "inspector", "guide", "language", "detector"),
        sa.Column("threshold", sa.Double(), nullable=True),
        sa.Column("severities", sa.JSON(), nullable=False),
        sa.Column("elements", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *_texts("made_at"),
        sa.PrimaryKeyConstraint("id", name="pk_project"),
    )


def _photo() -> None:
    op.create_table(
        "photo",
        sa.Column("id", sa.Integer(), nullable=False),
        *_texts("sha256", "name", "suffix"),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("n_bytes", "height", "width")),
        *_texts("added_at", "added_by"),
        sa.Column("facts", sa.LargeBinary(), nullable=True),
        *_texts("state"),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("taken_at", sa.String(), nullable=True),
        *(
            sa.Column(name, sa.Double(), nullable=True)
            for name in ("latitude", "longitude", "score", "flagged_share", "novelty")
        ),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("scored_key", "traced_key")),
        sa.Column("scale", sa.LargeBinary(), nullable=True),
        *_texts("element", "note"),
        sa.Column("reviewed_at", sa.String(), nullable=True),
        *_texts("reviewed_by"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_photo"),
        sa.UniqueConstraint("sha256", name="uq_photo_sha256"),
    )


def _crack() -> None:
    op.create_table(
        "crack",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("trace", "shape")),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("length_px", sa.Double(), nullable=False),
        sa.Column("width_px", sa.Double(), nullable=True),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("listed", "by_hand", "seen", "removed")),
        *_texts("decision", "reason", "severity", "element", "note"),
        sa.Column("decided_at", sa.String(), nullable=True),
        *_texts("decided_by"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name="fk_crack_photo_id"),
        sa.PrimaryKeyConstraint("id", name="pk_crack"),
    )
    op.create_index("ix_crack_photo_id", "crack", ["photo_id"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        *_texts("at", "who", "action"),
        sa.Column("photo_id", sa.Integer(), nullable=True),
        sa.Column("changes", sa.LargeBinary(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name="fk_audit_photo_id"),
        sa.ForeignKeyConstraint(["undoes"], ["audit.id"], name="fk_audit_undoes"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    for of in ("update", "delete"):
        op.execute(APPEND_ONLY.format(of=of))


def _job() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        *_texts("kind"),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        *_texts("state"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name="fk_job_photo_id"),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    op.create_index("ix_job_state", "job", ["state", "kind", "id"])


def _signature() -> None:
    op.create_table(
        "signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        *_texts("name", "role", "date"),
        sa.Column("drawn_png", sa.LargeBinary(), nullable=True),
        *_texts("state_sha256", "pdf_sha256", "by", "at"),
        sa.PrimaryKeyConstraint("id", name="pk_signature"),
    )
