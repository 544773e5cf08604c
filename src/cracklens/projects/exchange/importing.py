"""Takes the folder of a report; gives a project made of it, with its cracks and decisions. Runs no network."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PureWindowsPath
from typing import get_args

from sqlalchemy import update
from sqlalchemy.orm import Session

from cracklens.artefacts import pack
from cracklens.compare.side import photo_file
from cracklens.errors import DataError, PhotoError
from cracklens.measuring import short_ones
from cracklens.photo import file_sha256, find_photos
from cracklens.projects.cracks import Taken, set_trace
from cracklens.projects.exchange.arrived import Arrived, arriving
from cracklens.projects.exchange.decided import Key, Said, read_decisions
from cracklens.projects.exchange.reported import Reported, ReportedCrack, ReportedPhoto, read_report
from cracklens.projects.identity import crack_id, is_crack_id
from cracklens.projects.intake import take_in
from cracklens.projects.project import NO_PIXELS, Project
from cracklens.projects.records import CrackRow, InspectionRow, JobRow, PhotoRow, changing
from cracklens.projects.review import ABOUT_PROJECT, project_row
from cracklens.report import Reason, ReportOptions
from cracklens.tracing import Traced
from cracklens.values import Failure, Note, Photo

REASONS = get_args(Reason)
ADVICE = "Name the folder that they are in now: --photos."


def import_report(
    folder: str | Path,
    report: str | Path,
    *,
    photos: str | Path | None = None,
    on_photo: Callable[[int, int, str], None] = lambda *_: None,
) -> Arrived:
    """Make a project of a report: its photos, cracks with sizes, scales, scores, and what was decided by hand.

    A photo is taken by its content, where the report says, beside the report, or in `photos` under any name. Its
    cracks stay themselves when it is inspected again.

    Args:
        folder: of the project; empty, or not there.
        report: folder with report.json, and cracks.csv where decisions were filled in.
        photos: folder with the photos, where they are no longer where the report says.
        on_photo: called with (done, of all, name) after each photo.

    Returns:
        The project, and each photo, line and decision that it does not hold, with the reason.

    Raises:
        DataError: the report cannot be read, or none of its photos is found.
        ProjectError: the folder is not empty.
        OutputError: the disk is full.
    """
    folder, report = Path(folder).resolve(), Path(report)
    reported, (decisions, faults) = read_report(report), read_decisions(report)
    places = _Places(report, None if photos is None else Path(photos))
    with arriving(folder) as staging:
        project = Project.make(staging, name=reported.about.get("project") or folder.name)
        try:
            _describe(project, reported)
            faults += _fill(project, reported, places, decisions, on_photo)
        finally:
            project.close()
    return Arrived(Project.open(folder), (*reported.failures, *faults))


@dataclass(frozen=True)
class _Places:
    """Where photos of a report are: where it says, or anywhere in another folder."""

    report: Path
    photos: Path | None

    def find(self, photo: ReportedPhoto) -> Path | Note:
        """Give the file of a photo, or why it is not found."""
        path, fault = photo_file(photo.name, photo.sha256, self.report)
        return path or self._below.get(photo.sha256) or fault or Note("photo_gone")

    @cached_property
    def _below(self) -> Mapping[str, Path]:
        """Files of the other folder by their content."""
        found: dict[str, Path] = {}
        for path in find_photos([self.photos]) if self.photos else ():
            try:
                found.setdefault(file_sha256(path), path)
            except PhotoError:
                continue  # what cannot be read is no photo of the report
        return found


def _describe(project: Project, reported: Reported) -> None:
    """Write for whose structure the report was.

    Raises:
        SettingError: its guide is none.
    """
    ReportOptions(guide=reported.about.get("guide", "none"))  # type: ignore[arg-type]  # refuses what is no guide
    with project.database.writing() as session:
        row = project_row(session)
        for name in set(ABOUT_PROJECT) - {"name"} | {"language"}:
            setattr(row, name, reported.about.get(name, getattr(row, name)))


def _fill(
    project: Project,
    reported: Reported,
    places: _Places,
    decisions: Mapping[Key, Said],
    on_photo: Callable[[int, int, str], None],
) -> tuple[Failure, ...]:
    """Put in what is found of a report, and give what is not.

    Raises:
        DataError: no photo is found.
    """
    failures: list[Failure] = []
    names: dict[str, str] = {}
    for i, photo in enumerate(reported.photos, start=1):
        place = Note("same_file", {"photo": names[photo.sha256]}) if photo.sha256 in names else places.find(photo)
        try:
            if isinstance(place, Path):
                _put(project, photo, reported, place, decisions)
                names[photo.sha256] = photo.name
            else:
                failures.append(Failure(photo.name, place))
        except PhotoError as error:
            failures.append(Failure(photo.name, Note("because", {"reason": str(error)})))
        on_photo(i, len(reported.photos), photo.name)
    if reported.photos and not names:
        came = f"none of its {len(reported.photos)} photos is where it says, or beside it"
        raise DataError(f"{places.report}: expected a report with its photos; {came}. {ADVICE}")
    known = {(photo.name, crack.id) for photo in reported.photos for crack in photo.cracks}
    lost = [key for key in decisions if key not in known]
    return (*failures, *(Failure(photo, _unmatched(crack)) for photo, crack in lost))


def _unmatched(crack: str) -> Note:
    return Note("because", {"reason": f"the decision on {crack} in cracks.csv is of no crack of report.json"})


def _put(project: Project, photo: ReportedPhoto, of: Reported, place: Path, decisions: Mapping[Key, Said]) -> None:
    """Take a photo in, and write what was found in it as if it had been inspected."""
    taken = take_in(project, place, name=PureWindowsPath(photo.name).name)
    traced = Traced(tuple(crack.trace for crack in photo.cracks), photo.other_lines)
    content = hashlib.sha256(pack(photo.score_map) + pack(traced)).hexdigest()
    keys = [hashlib.sha256(f"reported {what} {photo.sha256} {content}".encode()).hexdigest() for what in "st"]
    for key, made in zip(keys, (photo.score_map, traced), strict=True):
        project.artefacts.put(key, made)
    with project.database.writing() as session:
        row = session.get_one(PhotoRow, taken.photo_id)
        row.scored_key, row.traced_key = keys
        _set_photo(row, photo)
        done = update(JobRow).where(JobRow.photo_id == row.id, JobRow.kind == "inspect").values(state="done")
        session.execute(done)  # it can be queued again
        session.add(_inspection(row, photo, of))
        cracks = _cracks(session, row, photo)
        _decide(session, cracks, photo, decisions)


def _set_photo(row: PhotoRow, photo: ReportedPhoto) -> None:
    about = {"taken_at": photo.taken_at, "gps": photo.gps, "direction_deg": photo.direction_deg}
    row.facts = pack(Photo(NO_PIXELS, row.name, row.sha256, **about))  # type: ignore[arg-type]
    row.height, row.width = photo.score_map.photo_hw
    row.taken_at = photo.taken_at
    row.latitude, row.longitude = photo.gps or (None, None)
    row.state, row.score, row.novelty = "inspected", photo.score_map.peak, photo.score_map.novelty
    row.flagged_share, row.element = photo.flagged_share, photo.element
    row.scale = pack(photo.scale) if photo.scale else None


def _inspection(row: PhotoRow, photo: ReportedPhoto, of: Reported) -> InspectionRow:
    return InspectionRow(
        photo_id=row.id,
        at="",
        detector=of.detector,
        networks_sha256=of.head_sha256,
        scored_key=row.scored_key,
        traced_key=row.traced_key,
        threshold=photo.threshold,
        version=of.version,
    )


def _cracks(session: Session, row: PhotoRow, photo: ReportedPhoto) -> list[CrackRow]:
    """Write the cracks of a photo; one that has an id of a project keeps it."""
    taken = Taken(session)
    short = short_ones([crack.trace for crack in photo.cracks], photo.score_map.photo_hw)
    rows = []
    for number, crack in enumerate(photo.cracks):
        trace = replace(crack.trace, id="")
        own = is_crack_id(crack.id) and crack.id not in taken
        made = CrackRow(id=crack.id if own else crack_id(photo.sha256, trace, taken=taken), photo_id=row.id)
        made.by_hand = trace.by_hand
        set_trace(made, trace, listed=number not in short)
        session.add(made)
        rows.append(made)
    session.flush()
    return rows


def _decide(session: Session, rows: list[CrackRow], photo: ReportedPhoto, decisions: Mapping[Key, Said]) -> None:
    """Write what was decided by hand or in the report; the table beside it was filled in later."""
    with changing(session, "", "import", rows):
        for row, crack in zip(rows, photo.cracks, strict=True):
            said = _said(crack, decisions.get((photo.name, crack.id)))
            if said:
                row.decision, row.decided_at, row.decided_by = said.decision, said.at or None, said.by
                row.reason = said.reason if said.reason in REASONS or said.decision != "rejected" else "other"
                row.severity, row.element, row.note = said.severity, said.element, said.note


def _said(crack: ReportedCrack, by_hand: Said | None) -> Said | None:
    """Give what was said of a crack; a table that only repeats the report says nothing of its own."""
    of = crack.said
    if by_hand and of and by_hand.decision in ("open", of.decision):
        return replace(of, severity=by_hand.severity or of.severity, note=by_hand.note or of.note)
    return by_hand or of
