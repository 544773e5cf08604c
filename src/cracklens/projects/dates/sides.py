"""Takes a project, or the folder of an earlier date; gives its photos with their cracks as they are compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from cracklens.artefacts import unpack
from cracklens.compare.side import MadeWith, SeenCrack, SeenPhoto, Side, is_report, read_side
from cracklens.errors import DataError
from cracklens.models import find_checkpoint, head_sha256, map_of, read_checkpoint
from cracklens.projects.exchange.decided import read_decisions
from cracklens.projects.project import DATABASE, Project, detector_of, facts_of
from cracklens.projects.records import CrackRow, InspectionRow, PhotoRow
from cracklens.report.cracks import certainty_of
from cracklens.values import Note, Trace


def earlier_side(folder: Path) -> Side:
    """Give the photos of an earlier date, without lines that were rejected; a project is brought to this version.

    Args:
        folder: of a project, or of a report, whose decisions may stand in its cracks.csv.

    Raises:
        DataError: it is neither, or the report cannot be read.
        ProjectError: the project cannot be opened.
    """
    if (folder / DATABASE).is_file():
        project = Project.open(folder)
        try:
            return side_of(project)
        finally:
            project.close()
    if not is_report(folder):
        expected = "expected a project or the folder of a report, with report.json"
        raise DataError(f"{folder}: {expected}; it is neither. Inspect the photos of the earlier date first.")
    side, (decisions, _) = read_side(folder), read_decisions(folder)
    rejected = {key for key, said in decisions.items() if said.decision == "rejected"}
    photos = (
        replace(photo, cracks=tuple(crack for crack in photo.cracks if (photo.name, crack.id) not in rejected))
        for photo in side.photos
    )
    return replace(side, photos=tuple(photos))


def side_of(project: Project) -> Side:
    """Give the photos of a project with all lines that nobody rejected; a confirmed one is surely a crack."""
    with project.database.reading() as session:
        photos = session.scalars(select(PhotoRow).order_by(PhotoRow.name, PhotoRow.id)).all()
        cracks = cracks_by_photo(session)
    seen = [_photo(project, row, cracks.get(row.id, ())) for row in photos]
    ordered = sorted(seen, key=lambda photo: photo.fault is not None)
    return Side(tuple(ordered), *_made_with(project))


def cracks_by_photo(session: Session, photo: int | None = None) -> Mapping[int, list[CrackRow]]:
    """Give the lines of each photo, or of one, that are cracks as far as people said."""
    rows = select(CrackRow).where(CrackRow.removed.is_(False), CrackRow.decision != "rejected").order_by(CrackRow.id)
    found: dict[int, list[CrackRow]] = {}
    for row in session.scalars(rows if photo is None else rows.where(CrackRow.photo_id == photo)):
        found.setdefault(row.photo_id, []).append(row)
    return found


def _photo(project: Project, row: PhotoRow, cracks: Iterable[CrackRow]) -> SeenPhoto:
    if row.state != "inspected":
        return SeenPhoto(row.name, None, (0, 0), fault=unpack(row.reason, Note) if row.reason else Note("interrupted"))
    facts, unlike = facts_of(row), (row.novelty or 0) > 1
    return SeenPhoto(
        row.name,
        project.photo_path(row),
        (row.height, row.width),
        tuple(seen_crack(crack, unlike=unlike) for crack in cracks),
        facts.scale if facts else None,
        row.taken_at,
        facts.gps if facts else None,
    )


def seen_crack(row: CrackRow, *, unlike: bool = False) -> SeenCrack:
    """Give a line of a project as it is compared."""
    trace = unpack(row.trace, Trace)
    confidence = 1.0 if row.decision == "confirmed" else trace.confidence
    return SeenCrack(
        row.id,
        tuple(branch.points_xy.astype("f8") for branch in trace.branches),
        trace.width_median_px,
        trace.width_median_interval_px,
        confidence,
        certainty_of(confidence, unlike=unlike),
    )


def lines_sha256(cracks: Iterable[SeenCrack]) -> str:
    """Give the hash of where the lines of a photo run, which changes when one is drawn, cut, moved or rejected."""
    whole = hashlib.sha256()
    for crack in sorted(cracks, key=lambda crack: crack.id):
        whole.update(repr((crack.id, [line.tobytes() for line in crack.lines_xy])).encode())
    return whole.hexdigest()


def _made_with(project: Project) -> tuple[MadeWith | None, MadeWith | None]:
    """Give what found a project's cracks, as a report of them would name it; None where it is not one, or not known."""
    with project.database.reading() as session:
        latest = select(InspectionRow).join(PhotoRow).where(InspectionRow.traced_key == PhotoRow.traced_key)
        found = {(bool(row.at), row.detector, row.networks_sha256) for row in session.scalars(latest)}
    if len(found) != 1:
        return None, None
    ((inspected_here, name, sha256),) = found
    if not inspected_here:  # imported: the report named the head
        return (MadeWith(name, sha256) if name else None), None
    checkpoint = read_checkpoint(find_checkpoint(detector_of(project)))
    card = map_of(checkpoint).card.as_json()
    crack_map = MadeWith(card["name"], card["sha256"], json.dumps(card["settings"], sort_keys=True))
    return MadeWith(checkpoint.card.name, head_sha256(checkpoint.head)), crack_map
