"""Takes a project's tables of the version before; gives them with what tells in SQL which cracks exceed a guide."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from cracklens.projects.records import of_scale, of_trace

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns, and fill them from the traces and scales that are there."""
    for table, name in (("crack", "width_low_px"), ("photo", "px_per_mm"), ("photo", "scale_error")):
        op.add_column(table, sa.Column(name, sa.Double(), nullable=True))
    _fill("crack", ("trace",), of_trace)
    _fill("photo", ("scale", "facts"), of_scale)


def _fill(table: str, sources: tuple[str, ...], following: Callable[..., dict[str, Any]]) -> None:
    """Set the columns that follow from others, row by row: together the traces may be larger than the memory."""
    run = op.get_bind().exec_driver_sql
    for (key,) in run(f"select id from {table}").all():  # noqa: S608 our own names
        of = run(f"select {', '.join(sources)} from {table} where id = ?", (key,)).one()  # noqa: S608
        try:
            values = following(*of)
        except (zlib.error, msgspec.MsgspecError):
            continue  # what is damaged is told where it is looked at
        names = ", ".join(f"{name} = ?" for name in values)
        run(f"update {table} set {names} where id = ?", (*values.values(), key))  # noqa: S608
