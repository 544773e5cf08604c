"""Takes rows that are about to be written; gives the columns of them that follow from others. Knows no person."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import msgspec
from sqlalchemy import Connection, event
from sqlalchemy.orm.attributes import instance_state

from cracklens.artefacts import unpack
from cracklens.projects.records.tables import CrackRow, PhotoRow
from cracklens.values import Scale
from cracklens.values.traces import TIMES_MEDIAN

FOLLOWING = MappingProxyType({"crack": ("width_low_px",), "photo": ("px_per_mm", "scale_error")})
"""Columns by table that nobody sets: they follow from the trace, and from the scale of a person or of the file."""


class _Widths(msgspec.Struct):
    """What is read of a packed `Trace`, the rest of which is long."""

    width_median_px: float
    width_p95_px: float
    width_p95_interval_px: tuple[float, float]
    width_max_px: float


class _Scaled(msgspec.Struct):
    """What is read of a packed `Photo`."""

    scale: Scale | None = None


def of_trace(trace: bytes) -> dict[str, float | None]:
    """Give the columns that follow from a packed trace."""
    of = unpack(trace, _Widths)
    known = all(map(math.isfinite, (of.width_p95_px, *of.width_p95_interval_px)))
    needs_checking = of.width_max_px > TIMES_MEDIAN * of.width_median_px
    return {"width_low_px": of.width_p95_interval_px[0] if known and not needs_checking else None}


def of_scale(scale: bytes | None, facts: bytes | None) -> dict[str, float | None]:
    """Give the columns that follow from the packed scale of a person and from what the file says."""
    found = unpack(scale, Scale) if scale else unpack(facts, _Scaled).scale if facts else None
    known = (found.px_per_mm, found.relative_error) if found else (None, None)
    return dict(zip(FOLLOWING["photo"], known, strict=True))


def fill(connection: Connection) -> None:
    """Set these columns in all rows of a database whose tables are this version's."""
    _fill(connection, "crack", ("trace",), of_trace)
    _fill(connection, "photo", ("scale", "facts"), of_scale)


def _fill(connection: Connection, table: str, sources: tuple[str, ...], rule: Callable[..., dict[str, Any]]) -> None:
    """Go row by row: together the traces may be larger than the memory."""
    run = connection.exec_driver_sql
    for (key,) in run(f"select id from {table}").all():  # noqa: S608 our own names
        of = run(f"select {', '.join(sources)} from {table} where id = ?", (key,)).one()  # noqa: S608
        try:
            values = rule(*of)
        except (zlib.error, msgspec.MsgspecError):
            continue  # what is damaged is told where it is looked at
        names = ", ".join(f"{name} = ?" for name in values)
        run(f"update {table} set {names} where id = ?", (*values.values(), key))  # noqa: S608


@event.listens_for(CrackRow, "before_insert")
@event.listens_for(CrackRow, "before_update")
def _crack(_: object, __: Connection, row: CrackRow) -> None:
    if _changed(row, "trace"):
        _set(row, of_trace(row.trace))


@event.listens_for(PhotoRow, "before_insert")
@event.listens_for(PhotoRow, "before_update")
def _photo(_: object, __: Connection, row: PhotoRow) -> None:
    if _changed(row, "scale", "facts"):
        _set(row, of_scale(row.scale, row.facts))


def _changed(row: CrackRow | PhotoRow, *names: str) -> bool:
    state = instance_state(row)
    return any(state.attrs[name].history.has_changes() for name in names)


def _set(row: CrackRow | PhotoRow, values: dict[str, float | None]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
