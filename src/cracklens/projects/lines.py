"""Takes what a person does to the line of a crack: draws, cuts, joins, moves it; gives it measured anew, and logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from cracklens.artefacts import unpack
from cracklens.by_hand import gap_between, parted, snapped, trace_along
from cracklens.errors import ProjectError, SettingError
from cracklens.photo import read_photo
from cracklens.projects.cracks import Taken, set_trace
from cracklens.projects.identity import crack_id
from cracklens.projects.project import Project
from cracklens.projects.records import CrackRow, PhotoRow, changing, check_version, now
from cracklens.projects.review import crack_row, photo_row
from cracklens.values import Point, ScoreMap, Trace

KEPT = 2
"""So many photos are held decoded: who draws in one draws in it again."""

INHERITED = ("decision", "reason", "severity", "element", "note", "decided_at", "decided_by")


def snap(project: Project, photo: int, points_xy: Sequence[Point]) -> list[float]:
    """Give the line between clicked points along the darkest px, as x and y by turns.

    Raises:
        ProjectError: there is no such photo.
        SettingError: fewer than two points, or one outside.
    """
    with project.database.reading() as session:
        row = photo_row(session, photo)
    return [round(float(side), 1) for side in snapped(_pixels(project.photo_path(row)), points_xy).ravel()]


def draw(project: Project, photo: int, points_xy: Sequence[Point], *, who: str = "") -> str:
    """Draw a missed crack along the darkest px between clicked points, confirmed, and give its id.

    Raises:
        ProjectError: there is no such photo, or it was not inspected yet.
        SettingError: fewer than two points, or one outside.
    """
    with project.database.reading() as session:
        row = photo_row(session, photo)
    pixels, scores = _pixels(project.photo_path(row)), _scores(project, row)
    trace = trace_along(pixels, scores, [snapped(pixels, points_xy)])
    with project.database.writing() as session:
        made = _made(session, row, trace)
        made.decision, made.decided_at, made.decided_by = "confirmed", now(), who
        with changing(session, who, "draw", [], new=[made]):
            pass
        return made.id


def part(project: Project, crack: str, at_xy: Point, *, who: str = "", version: int | None = None) -> tuple[str, ...]:
    """Cut a crack in two at its point nearest to a place, and give the ids of the parts.

    Raises:
        ConflictError: somebody else has changed it in the meantime.
        ProjectError: there is no such crack.
        SettingError: the cut does not part it.
    """
    old, photo = _rows(project, crack)
    parts = parted(unpack(old.trace, Trace), at_xy)
    pixels, scores = _pixels(project.photo_path(photo)), _scores(project, photo)
    traces = [trace_along(pixels, scores, lines, gaps=gaps) for lines, gaps in parts]
    with project.database.writing() as session:
        row = _as_seen(session, old, version)
        made = [_made(session, photo, trace, like=row) for trace in traces]
        with changing(session, who, "cut", [row], new=made):
            row.removed = True
        return tuple(of.id for of in made)


def join(
    project: Project,
    crack: str,
    other: str,
    *,
    who: str = "",
    version: int | None = None,
    other_version: int | None = None,
) -> int:
    """Join another crack of the same photo to one, which keeps its id, and give its version.

    Args:
        project: that has both.
        crack: the one that stays.
        other: that goes into it.
        who: the user.
        version: of the one that the user saw; None joins any.
        other_version: of the other one.

    Raises:
        ConflictError: somebody else has changed one of them in the meantime.
        ProjectError: there is no such crack.
        SettingError: they are of two photos, or the same.
    """
    (one, photo), (two, of_two) = _rows(project, crack), _rows(project, other)
    if photo.id != of_two.id or crack == other:
        raise SettingError("two cracks of one photo can be joined; got others. Choose both in the same photo.")
    traces = [unpack(row.trace, Trace) for row in (one, two)]
    gaps = (*traces[0].gaps, *traces[1].gaps, *gap_between(*traces))
    lines = [branch.points_xy.astype(np.float64) for trace in traces for branch in trace.branches]
    made = trace_along(_pixels(project.photo_path(photo)), _scores(project, photo), lines, gaps=gaps)
    with project.database.writing() as session:
        row, gone = _as_seen(session, one, version), _as_seen(session, two, other_version)
        with changing(session, who, "join", [row, gone]):
            _set(row, made)
            gone.removed = True
        return row.version


def move(
    project: Project, crack: str, branch: int, points_xy: Sequence[Point], *, who: str = "", version: int | None = None
) -> int:
    """Let a branch of a crack run through other points, and give the crack's version.

    Raises:
        ConflictError: somebody else has changed it in the meantime.
        ProjectError: there is no such crack.
        SettingError: no such branch, or fewer than two points.
    """
    old, photo = _rows(project, crack)
    trace = unpack(old.trace, Trace)
    if not 0 <= branch < len(trace.branches) or len(points_xy) < 2:
        raise SettingError(f"expected one of {len(trace.branches)} branches with at least two points. Look again.")
    lines = [of.points_xy.astype(np.float64) for of in trace.branches]
    lines[branch] = np.asarray(points_xy, np.float64)
    made = trace_along(_pixels(project.photo_path(photo)), _scores(project, photo), lines, gaps=trace.gaps)
    with project.database.writing() as session:
        row = _as_seen(session, old, version)
        with changing(session, who, "move", [row]):
            _set(row, made)
        return row.version


def remove(project: Project, crack: str, *, who: str = "", version: int | None = None) -> None:
    """Take away a crack that was drawn by hand; one that was traced is rejected instead.

    Raises:
        ConflictError: somebody else has changed it in the meantime.
        ProjectError: there is no such crack.
        SettingError: it was traced.
    """
    with project.database.writing() as session:
        row = crack_row(session, crack)
        check_version(row, version)
        if not row.by_hand:
            raise SettingError(
                "A line that the program traced is rejected, with what it is; it stays in the report's annex."
            )
        with changing(session, who, "remove", [row]):
            row.removed = True


def _rows(project: Project, crack: str) -> tuple[CrackRow, PhotoRow]:
    with project.database.reading() as session:
        row = crack_row(session, crack)
        return row, photo_row(session, row.photo_id)


def _as_seen(session: Session, old: CrackRow, version: int | None) -> CrackRow:
    """Give the row of a crack whose line was read before, to be changed.

    Raises:
        ConflictError: somebody else has changed it since the user saw it; without a version, since its line was read.
        ProjectError: it is gone.
    """
    row = crack_row(session, old.id)
    check_version(row, old.version if version is None else version)
    return row


def _made(session: Session, photo: PhotoRow, trace: Trace, *, like: CrackRow | None = None) -> CrackRow:
    """Give a new row of a crack that a person drew, with what was said of the one that it is a part of."""
    said = {name: getattr(like, name) for name in INHERITED} if like else {}
    row = CrackRow(id=crack_id(photo.sha256, trace, taken=Taken(session)), photo_id=photo.id, **said)
    row.seen, row.removed, row.version = True, False, 1
    _set(row, trace)
    return row


def _set(row: CrackRow, trace: Trace) -> None:
    set_trace(row, replace(trace, by_hand=True))
    row.by_hand = row.seen = True


def _scores(project: Project, row: PhotoRow) -> ScoreMap:
    found = project.artefacts.get(row.scored_key, ScoreMap) if row.scored_key else None
    if found is None:
        raise ProjectError(f"{row.name} is not inspected yet; lines can be drawn once it is. Wait for it.")
    return found


@lru_cache(maxsize=KEPT)
def _pixels(path: Path) -> NDArray[np.uint8]:
    return read_photo(path).pixels
