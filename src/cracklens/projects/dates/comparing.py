"""Takes a project and the folder of an earlier date; gives the project what became of each crack. Compares none itself.

Pairing, registration and changes are those of `cracklens.compare`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from skimage.measure import approximate_polygon
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cracklens.artefacts import pack
from cracklens.compare import Comparison, NotCompared, Pair
from cracklens.compare.pairs import OnPhoto, compare_sides
from cracklens.compare.side import Side
from cracklens.errors import SettingError
from cracklens.photo import read_photo
from cracklens.projects.cracks import STRAY_PX
from cracklens.projects.dates.sides import earlier_side, lines_sha256, side_of
from cracklens.projects.identity import LETTERS, PLACE_PX, is_crack_id
from cracklens.projects.intake import keep_file
from cracklens.projects.project import Project
from cracklens.projects.records import ChangeRow, ComparisonRow, EarlierRow, PhotoRow, now
from cracklens.projects.work import make_tiles
from cracklens.visible import visible

MADE = ("photo_id", "crack_id", "status", "change", "shape")
"""Of a change, what a comparison says; the rest a person does."""


def compare_with(project: Project, earlier: str | Path, *, on_photo: OnPhoto = lambda *_: None) -> Comparison:
    """Compare a project with an earlier date, and keep in it what came of that, whole or not at all.

    Lines that were rejected or removed are no cracks of either date. What a person said of a line that is gone stays
    with it when the same earlier date is compared again. The earlier photos are kept: the folder that they came from
    may go.

    Args:
        project: of today.
        earlier: folder of another project, or of a report whose photos are there.
        on_photo: called with (done, of all, name) after each step.

    Returns:
        The comparison; its newer ids are those of the project's cracks.

    Raises:
        DataError: the folder is neither, or its report cannot be read.
        ProjectError: the earlier project cannot be opened.
        SettingError: it is the project itself.
        OutputError: the disk is full.
    """
    folder = Path(earlier).resolve()
    if folder == project.folder:
        raise SettingError(f"earlier must be another folder than the project's own; got {folder}. Name the older one.")
    older, newer = _alike(earlier_side(folder), side_of(project))
    n = len(newer.photos)
    found = compare_sides(older, newer, on_photo=lambda done, _, name: on_photo(done, 2 * n, name))
    earlier_rows = []
    for i, pair in enumerate(found.pairs, start=1):
        earlier_rows.append(_kept(project, pair))
        on_photo(n + i, n + len(found.pairs), pair.old.file)
    with project.database.writing() as session:
        _write(session, folder.name, found, earlier_rows)
    return found


def _alike(older: Side, newer: Side) -> tuple[Side, Side]:
    """Give both sides with what they name alike: an imported project does not keep the name of its crack map."""
    if older.crack_map and newer.crack_map:
        return older, newer
    return Side(older.photos, older.detector), Side(newer.photos, newer.detector)


def _kept(project: Project, pair: Pair) -> EarlierRow:
    """Keep the earlier photo of a pair with its tiles, and give its row, which is of no photo yet."""
    old = pair.old
    sha256, suffix = keep_file(project, Path(old.path or old.name), name=old.file)
    row = EarlierRow(sha256=sha256, suffix=suffix, name=visible(old.file), taken_at=old.taken_at)
    row.height, row.width = old.hw
    row.old_to_new, row.error_px = pack(pair.registration.matrix), pair.registration.error_px
    row.notes, row.lines_sha256 = pack(pair.notes), lines_sha256(pair.new.cracks)
    if not project.tiles_path(sha256).is_file():
        make_tiles(project, read_photo(project.photo_path(row)))
    return row


def _write(session: Session, source: str, found: Comparison, earlier: list[EarlierRow]) -> None:
    """Write a comparison in place of the one before."""
    photos = {row.name: row.id for row in session.execute(select(PhotoRow.name, PhotoRow.id))}
    for table in (ComparisonRow, EarlierRow):
        session.execute(delete(table))
    session.add(ComparisonRow(source=visible(source), made_at=now(), notes=pack(found.notes)))
    made: dict[str, ChangeRow] = {}
    for pair, row in zip(found.pairs, earlier, strict=True):
        row.photo_id = photos[pair.new.name]
        session.add(row)
        for of in _changes(pair, row, made):
            made[of.id] = of
    session.add_all(_without(of, photos[of.photo]) for of in found.not_compared if of.side == "new")
    _keep_said(session, made)


def _without(of: NotCompared, photo: int) -> EarlierRow:
    return EarlierRow(photo_id=photo, reason=pack(of.reason), notes=pack(()))


def _changes(pair: Pair, of: EarlierRow, taken: Mapping[str, ChangeRow]) -> Iterator[ChangeRow]:
    """Give the rows of a pair's changes: one of each crack today, the first with the earlier lines, or one of these."""
    lines = {crack.id: crack.lines_xy for crack in pair.old.cracks}
    for change in pair.changes:
        runs = [line for id_ in change.old_ids for line in lines[id_]]
        old = [_in_few_points(line) for line in runs]
        keys = change.new_ids or (_line_id(of.sha256, _lasting(change.old_ids, runs), taken),)
        for key, shape in zip(keys, (old, *([] for _ in keys[1:])), strict=True):
            row = ChangeRow(id=key, photo_id=of.photo_id, crack_id=key if change.new_ids else None)
            row.status, row.change, row.shape = change.status, pack(change), msgspec.json.encode(shape)
            yield row


def _lasting(ids: Sequence[str], lines_xy: Sequence[np.ndarray]) -> str | list[int]:
    """Give what stays of a line of the earlier photo: its id, or its place, since a report numbers lines anew."""
    if all(map(is_crack_id, ids)):
        return min(ids)
    points = np.concatenate(lines_xy)
    return [round(float(side) / PLACE_PX) for side in (*points.min(0), *points.max(0))]


def _line_id(earlier_sha256: str, lasting: str | list[int], taken: Mapping[str, ChangeRow]) -> str:
    """Give the id of a line that only the earlier photo has, by that photo's content and what stays of the line."""
    for turn in range(len(taken) + 1):
        digest = hashlib.sha256(repr((earlier_sha256, lasting, turn)).encode()).digest()
        found = f"E-{base64.b32encode(digest)[:LETTERS].decode()}"
        if found not in taken:
            break
    return found


def _in_few_points(line_xy: np.ndarray) -> list[float]:
    return [round(float(side), 1) for side in approximate_polygon(line_xy, STRAY_PX).ravel()]


def _keep_said(session: Session, made: Mapping[str, ChangeRow]) -> None:
    """Write changes anew; of those before goes what nobody has spoken of, and the rest stays for the record."""
    for row in session.scalars(select(ChangeRow)).all():
        again = made.get(row.id)
        if again is not None:
            for name in MADE:
                setattr(row, name, getattr(again, name))
            row.removed = False
        elif row.version == 1:
            session.delete(row)
        else:
            row.removed = True
    known = set(session.scalars(select(ChangeRow.id)))
    session.add_all(row for key, row in made.items() if key not in known)
