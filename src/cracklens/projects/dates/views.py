"""Takes a project that was compared with an earlier date; gives what became of its cracks, for pages.

A state is that of the comparison; what a person said of a line that is GONE, and sizes in mm, are those of now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from cracklens.artefacts import unpack
from cracklens.compare.changes import Change, Size
from cracklens.compare.register import Matrix, moved
from cracklens.compare.sizes import size_texts
from cracklens.projects.dates.sides import cracks_by_photo, lines_sha256, seen_crack
from cracklens.projects.project import Project, facts_of
from cracklens.projects.records import ChangeRow, ComparisonRow, CrackRow, EarlierRow, PhotoRow
from cracklens.projects.review import photo_row
from cracklens.projects.views import Tiles, tiles_of
from cracklens.report import note_text, note_texts, words_of
from cracklens.values import Note, Scale

STATES = {"": "GONE", "repaired": "REPAIRED", "not visible": "NOT VISIBLE"}
"""Of a line that is GONE, by what a person said of it."""

NO_COMPARISON = "the project was not compared with an earlier date yet"
NOT_THERE = "it came in after the project was compared; compare again"
STALE = "Lines of this photo were drawn, changed or rejected since it was compared. Compare again for what is true now."


@dataclass(frozen=True)
class Compared:
    """What a project was compared with.

    Attributes:
        source, made_at: name of the earlier date's folder, and when it was compared.
        notes: what the reader must know of all of it, a sentence each.
        counts: lines by state, in this order: NEW, GROWN, STATIC, SHORTER, GONE, REPAIRED, NOT VISIBLE, OUTSIDE.
    """

    source: str
    made_at: str
    notes: tuple[str, ...]
    counts: Mapping[str, int]


@dataclass(frozen=True)
class ChangeView:
    """What became of one crack, or of a line that only the earlier photo has.

    Attributes:
        id, version, said_by, said_at: see `ChangeRow`.
        crack: its id today; "" where there is none.
        state: NEW, GROWN, STATIC, SHORTER, OUTSIDE, GONE, REPAIRED or NOT VISIBLE.
        told: the state with what it grew by.
        length, width: then, now and the difference, in words.
        notes: what the reader must know, a sentence each.
        lines: in the earlier photo, x and y of each point in turn, px of it.
        box_xyxy: bounds of these in this photo, px of it; empty without lines.
    """

    id: str
    version: int
    crack: str
    state: str
    told: str
    length: tuple[str, str, str]
    width: tuple[str, str, str]
    notes: tuple[str, ...]
    lines: list[list[float]]
    box_xyxy: tuple[float, ...]
    said_by: str
    said_at: str | None


@dataclass(frozen=True)
class EarlierView:
    """The earlier date of one photo.

    Attributes:
        source: name of the folder that it is of; "" where nothing was compared.
        reason: why there is no earlier photo; "" where there is one.
        name, taken_at, sha256, tiles: of the earlier photo; tiles are None where its file is lost.
        old_to_new: homography by rows, px of the earlier photo to px of this one; empty without one.
        notes: what the reader must know of the two, a sentence each.
        changes: of the cracks; those whose line was rejected or removed since are left out.
    """

    source: str
    reason: str
    name: str = ""
    taken_at: str | None = None
    sha256: str = ""
    tiles: Tiles | None = None
    old_to_new: tuple[tuple[float, ...], ...] = ()
    notes: tuple[str, ...] = ()
    changes: tuple[ChangeView, ...] = ()


def compared(session: Session) -> Compared | None:
    """Give what a project was compared with, and how many lines are in each state; None where it was not."""
    row = session.scalar(select(ComparisonRow))
    if row is None:
        return None
    kinds = select(ChangeRow.status, ChangeRow.said, func.count()).outerjoin(CrackRow).where(_stands())
    n = {
        _state(status, said): count
        for status, said, count in session.execute(kinds.group_by(ChangeRow.status, ChangeRow.said)).all()
    }
    order = ("NEW", "GROWN", "STATIC", "SHORTER", *STATES.values(), "OUTSIDE")
    notes = tuple(note_texts(unpack(row.notes, tuple[Note, ...]), words_of()))
    return Compared(row.source, row.made_at, notes, {state: n.get(state, 0) for state in order})


def changed(session: Session) -> Mapping[int, tuple[int, int]]:
    """Give how many lines of each photo are new or grown, and how many are gone; photos with neither are left out."""
    said = ChangeRow.said == ""
    counts = (
        func.sum(case((ChangeRow.status.in_(("NEW", "GROWN")), 1), else_=0)),
        func.sum(case(((ChangeRow.status == "GONE") & said, 1), else_=0)),
    )
    rows = select(ChangeRow.photo_id, *counts).outerjoin(CrackRow).where(_stands()).group_by(ChangeRow.photo_id)
    return {photo: (newer, gone) for photo, newer, gone in session.execute(rows).all() if newer or gone}


def _stands() -> ColumnElement[bool]:
    """Say of a change whether its crack is one still, and one that pages list."""
    listed = or_(CrackRow.listed, CrackRow.by_hand, CrackRow.decision == "confirmed")
    is_one = CrackRow.removed.is_(False) & (CrackRow.decision != "rejected") & listed
    return ChangeRow.removed.is_(False) & (ChangeRow.crack_id.is_(None) | is_one)


def earlier_view(project: Project, photo: int) -> EarlierView:
    """Give the earlier date of a photo with what became of its cracks.

    Raises:
        ProjectError: there is no such photo.
    """
    with project.database.reading() as session:
        row, whole = photo_row(session, photo), session.scalar(select(ComparisonRow))
        of = session.scalar(select(EarlierRow).where(EarlierRow.photo_id == photo))
        changes = session.scalars(
            select(ChangeRow).where(ChangeRow.photo_id == photo, ChangeRow.removed.is_(False)).order_by(ChangeRow.id)
        ).all()
        cracks = cracks_by_photo(session, photo).get(photo, [])
    if whole is None or of is None or of.old_to_new is None:
        why = unpack(of.reason, Note) if of and of.reason else None
        reason = note_text(why, words_of()) if why else NO_COMPARISON if whole is None else NOT_THERE
        return EarlierView(whole.source if whole else "", reason)
    stale = of.lines_sha256 != lines_sha256(map(seen_crack, cracks))
    notes = (*note_texts(unpack(of.notes, tuple[Note, ...]), words_of()), *((STALE,) if stale else ()))
    matrix = unpack(of.old_to_new, np.ndarray)
    there = {crack.id for crack in cracks}
    shown = [_change(of, row, matrix) for of in changes if of.crack_id is None or of.crack_id in there]
    return replace(
        EarlierView(whole.source, "", of.name, of.taken_at, of.sha256, notes=notes, changes=tuple(shown)),
        tiles=tiles_of(project, of),
        old_to_new=tuple(map(tuple, matrix.tolist())),
    )


def _state(status: str, said: str) -> str:
    return STATES[said] if status == "GONE" else status


def _change(row: ChangeRow, photo: PhotoRow, old_to_new: Matrix) -> ChangeView:
    facts, change = facts_of(photo), unpack(row.change, Change)
    scale, state = facts.scale if facts else None, _state(row.status, row.said)
    lines: list[list[float]] = msgspec.json.decode(row.shape)
    points = np.concatenate([np.reshape(line, (-1, 2)) for line in lines]) if lines else np.empty((0, 2))
    there = moved(old_to_new, points)
    return ChangeView(
        row.id,
        row.version,
        row.crack_id or "",
        state,
        " ".join((state, *(_grown(change, scale) if state == "GROWN" else ()))),
        size_texts(change.length, scale),
        size_texts(change.width, scale),
        tuple(note_texts(change.notes, words_of())),
        lines,
        (*there.min(0).tolist(), *there.max(0).tolist()) if lines else (),
        row.said_by,
        row.said_at,
    )


def _grown(change: Change, scale: Scale | None) -> list[str]:
    """Give by what a crack grew, above the uncertainty of the difference."""
    sizes: tuple[tuple[Size, str], ...] = ((change.width, "wider"), (change.length, "longer"))
    return [f"{size_texts(size, scale)[2]} {how}" for size, how in sizes if size.grew]
