"""Takes traces of a photo and the cracks that a project has of it; gives these written anew. Knows no network."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np
from scipy.spatial import cKDTree
from skimage.measure import approximate_polygon
from sqlalchemy import select
from sqlalchemy.orm import Session

from cracklens.artefacts import pack, unpack
from cracklens.measuring import short_ones
from cracklens.projects.identity import Known, crack_id, match
from cracklens.projects.records import CrackRow, PhotoRow
from cracklens.values import Branch, Trace

STRAY_PX = 0.6
"""So far a line on a page may stray from the one that was traced."""


@dataclass(frozen=True)
class Planned:
    """What is to be written of the cracks of a photo that was traced.

    Attributes:
        made_of: the cracks that it had, with what a person may change of them.
        columns: to be set, by the id of each crack.
        new: ids of those that it does not have yet.
    """

    made_of: tuple[tuple[str, int, bool, bool], ...]
    columns: dict[str, dict[str, Any]]
    new: frozenset[str]


def plan_cracks(session: Session, photo_sha256: str, traces: tuple[Trace, ...], hw: tuple[int, int]) -> Planned:
    """Give what is to be written of the cracks of a photo that was traced; it takes a while, and no lock."""
    every = _cracks_of(session, photo_sha256)
    rows = [row for row in every if not row.removed]
    unsaid = {row.id: row for row in every if not row.by_hand and row.version == 1}
    matched = match([_known(row) for row in rows], traces)
    short = short_ones(traces, hw)
    back = match(
        [_known(row) for row in unsaid.values() if row.removed], [traces[number] for number in matched.new]
    ).same
    columns: dict[str, dict[str, Any]] = {}
    for row in rows:
        number = matched.same.get(row.id)
        seen = row.by_hand or (number is not None and (row.id in unsaid or row.id not in matched.partly))
        moved = number is not None and not row.by_hand
        columns[row.id] = {"seen": seen, "removed": number is None and row.id in unsaid} | (
            trace_columns(row.id, traces[number], listed=number not in short) if moved and number is not None else {}
        )
    ids = {matched.new[place]: key for key, place in back.items()}
    for number in matched.new:
        key = ids.get(number) or crack_id(photo_sha256, traces[number], taken=Taken(session, columns))
        traced = trace_columns(key, traces[number], listed=number not in short)
        columns[key] = {"seen": True, "removed": False, **traced}
    return Planned(_said(every), columns, frozenset(columns) - {row.id for row in every})


def keep_cracks(
    session: Session,
    photo: PhotoRow,
    traces: tuple[Trace, ...],
    hw: tuple[int, int],
    *,
    plan: Planned | None = None,
) -> None:
    """Write the cracks of a photo that was traced: those that it has stay themselves, with what was decided.

    One that was not traced again goes where nobody has spoken of it, and else is marked for a second look, as is one
    that is much longer or shorter than what was spoken of. One that went so and is traced again is back under its id.

    Args:
        session: that writes.
        photo: that was traced.
        traces: of it.
        hw: its size in px.
        plan: made of the same before; where somebody has changed a crack since, or there is none, it is made here.
    """
    rows = {row.id: row for row in _cracks_of(session, photo.sha256)}
    taken = Taken(session)
    if plan is None or plan.made_of != _said(rows.values()) or any(key in taken for key in plan.new):
        plan = plan_cracks(session, photo.sha256, traces, hw)
    for key, columns in plan.columns.items():
        row = rows.get(key) or CrackRow(id=key, photo_id=photo.id)
        for name, value in columns.items():
            setattr(row, name, value)
        session.add(row)


def _cracks_of(session: Session, photo_sha256: str) -> Sequence[CrackRow]:
    of = select(CrackRow).join(PhotoRow, PhotoRow.id == CrackRow.photo_id).where(PhotoRow.sha256 == photo_sha256)
    return session.scalars(of.order_by(CrackRow.id)).all()


def _said(rows: Iterable[CrackRow]) -> tuple[tuple[str, int, bool, bool], ...]:
    return tuple((row.id, row.version, row.by_hand, row.removed) for row in rows)


@dataclass(frozen=True)
class Taken:
    """Ids that cracks of a project have, looked up one by one: there may be many thousands.

    Attributes:
        session: that reads or writes.
        others: ids that are taken beside them.
    """

    session: Session
    others: Container[object] = ()

    def __contains__(self, crack: object) -> bool:
        """Say whether a crack has this id, those that are about to be written among them."""
        return crack in self.others or self.session.scalar(select(CrackRow.id).where(CrackRow.id == crack)) is not None


def _known(row: CrackRow) -> Known:
    return Known(row.id, unpack(row.trace, Trace), row.by_hand)


def shape_of(trace: Trace) -> bytes:
    """Give the branches of a crack in as few points as show them, x and y by turns, and the width at each, as JSON."""
    lines = [_line(branch) for branch in trace.branches]
    return msgspec.json.encode({"lines": [points for points, _ in lines], "widths_px": [widths for _, widths in lines]})


def _line(branch: Branch) -> tuple[list[float], list[float | None]]:
    kept = approximate_polygon(branch.points_xy.astype(np.float64), STRAY_PX)
    at = cKDTree(branch.points_xy).query(kept)[1]
    widths = [float(width) if np.isfinite(width) else None for width in np.round(branch.widths_px[at], 1).astype(float)]
    return [round(float(side), 1) for side in kept.ravel()], [width and round(width, 1) for width in widths]


def set_trace(row: CrackRow, trace: Trace, *, listed: bool = True) -> None:
    """Write where a crack runs, and what it is ordered by."""
    for name, value in trace_columns(row.id, trace, listed=listed).items():
        setattr(row, name, value)


def trace_columns(crack: str, trace: Trace, *, listed: bool = True) -> dict[str, Any]:
    """Give the columns of a crack that say where it runs, and what it is ordered by."""
    return {
        "trace": pack(replace(trace, id=crack)),
        "shape": shape_of(trace),
        "confidence": float(trace.confidence),
        "length_px": float(trace.length_px),
        "width_px": float(trace.width_p95_px) if np.isfinite(trace.width_p95_px) else None,
        "listed": listed,
    }
