"""Takes a project; gives the report that holds people's decisions, not the network's. Writes none of its files."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select

from cracklens.artefacts import Artefacts, unpack
from cracklens.errors import PhotoError
from cracklens.inspection import inspection_of
from cracklens.models import find_checkpoint, head_sha256, map_of, read_checkpoint
from cracklens.photo import preview_of, read_photo
from cracklens.projects.project import NO_PIXELS, Project, detector_of, facts_of, threshold_of
from cracklens.projects.records import CrackRow, PhotoRow, ProjectRow
from cracklens.projects.review import project_row
from cracklens.report import (
    Element,
    Entry,
    Rejected,
    Report,
    ReportOptions,
    Review,
    Signature,
    StoredOutcomes,
    Verdict,
)
from cracklens.report.cracks import crack_of
from cracklens.tables import FileRows
from cracklens.tracing import Traced
from cracklens.values import Failure, Inspection, Note, Photo, ScoreMap, Trace

DRAFTS = "drafts"
SPARED_SECONDS = 3600.0
"""So long after its last use a draft is left alone: a report that is made at the same time may stand on it."""

OnPhoto = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Held:
    """All that a project holds at one moment.

    Attributes:
        project: what holds for all photos.
        photos: in the order of their names.
        cracks: those that were not removed, by photo.
    """

    project: ProjectRow
    photos: tuple[PhotoRow, ...]
    cracks: Mapping[int, tuple[CrackRow, ...]]

    @property
    def sha256(self) -> str:
        """The hash of all that a report of it depends on, and of nothing else."""
        whole = hashlib.sha256()
        about = ("name", "structure", "number", "inspector", "guide", "language", "detector", "threshold")
        whole.update(repr([getattr(self.project, name) for name in about]).encode())
        of_photo = ("sha256", "name", "state", "scale", "element", "note", "scored_key", "traced_key", "reviewed_at")
        of_crack = ("id", "trace", "decision", "reason", "severity", "element", "note", "decided_by", "decided_at")
        for photo in self.photos:
            whole.update(repr([getattr(photo, name) for name in of_photo]).encode())
            for crack in self.cracks.get(photo.id, ()):
                whole.update(repr([getattr(crack, name) for name in of_crack]).encode())
        return whole.hexdigest()


def held(project: Project) -> Held:
    """Give all that a project holds, as of one moment."""
    with project.database.reading() as session:
        photos = tuple(session.scalars(select(PhotoRow).order_by(PhotoRow.name, PhotoRow.id)))
        cracks: dict[int, list[CrackRow]] = {}
        for row in session.scalars(select(CrackRow).where(CrackRow.removed.is_(False)).order_by(CrackRow.id)):
            cracks.setdefault(row.photo_id, []).append(row)
        return Held(project_row(session), photos, {photo: tuple(rows) for photo, rows in cracks.items()})


def report_of(
    project: Project,
    *,
    holding: Held | None = None,
    signature: Signature | None = None,
    on_photo: OnPhoto = lambda *_: None,
) -> Report:
    """Give the report of a project: confirmed cracks, and in an annex the rejected lines with what each is.

    Args:
        project: to report on.
        holding: what it held at the moment that the report is of; None takes it now.
        signature: who signs; None gives a draft.
        on_photo: called with (done, of all, name) after each photo.
    """
    holding = holding or held(project)
    drafts = Artefacts(project.folder / DRAFTS)
    outcomes: list[Entry | Failure] = []
    for i, photo in enumerate(holding.photos, start=1):
        outcomes.append(_entry(project, drafts, photo, holding))
        on_photo(i, len(holding.photos), photo.name)
    _forget(drafts, outcomes)
    checkpoint = read_checkpoint(find_checkpoint(detector_of(project, holding.project)))
    about = (checkpoint.card, _options(holding, signature), head_sha256(checkpoint.head))
    return Report(StoredOutcomes(drafts, outcomes), *about, map_card=map_of(checkpoint).card)


def _options(holding: Held, signature: Signature | None) -> ReportOptions:
    row = holding.project
    elements = {photo.name: Element(photo.element) for photo in holding.photos if photo.element}
    return ReportOptions(
        project=row.name,
        structure=row.structure,
        number=row.number,
        inspector=row.inspector,
        date=signature.date if signature else None,
        guide=row.guide,  # type: ignore[arg-type]
        language=row.language,  # type: ignore[arg-type]
        elements=FileRows(elements, Path(), "elements of the project") if elements else None,
        review=_review(holding, signature),
    )


def _review(holding: Held, signature: Signature | None) -> Review:
    rows = [(photo, crack) for photo in holding.photos for crack in holding.cracks.get(photo.id, ())]
    return Review(
        verdicts={crack.id: _verdict(crack) for _, crack in rows if crack.decision == "confirmed"},
        rejected=tuple(_rejected(*pair) for pair in rows if pair[1].decision == "rejected"),
        undecided=sum(crack.decision == "open" and crack.listed for _, crack in rows),
        not_gone_through=sum(photo.state == "inspected" and not photo.reviewed_at for photo in holding.photos),
        signature=signature,
    )


def _verdict(row: CrackRow) -> Verdict:
    said = {name: getattr(row, name) for name in ("reason", "severity", "element", "note")}
    decision = "rejected" if row.decision == "rejected" else "confirmed"
    return Verdict(decision, **said, by=row.decided_by, at=row.decided_at or "")  # type: ignore[arg-type]


def _rejected(photo: PhotoRow, row: CrackRow) -> Rejected:
    facts = facts_of(photo)
    scale = facts.scale if facts else None
    return Rejected(photo.name, crack_of(unpack(row.trace, Trace), scale, (photo.height, photo.width)), _verdict(row))


def _entry(project: Project, drafts: Artefacts, photo: PhotoRow, holding: Held) -> Entry | Failure:
    """Give a photo's entry, its inspection made where that of the same decisions is not kept."""
    if photo.state != "inspected" or not photo.scored_key:
        reason = unpack(photo.reason, Note) if photo.reason else Note("interrupted")
        return Failure(photo.name, reason)
    confirmed = [row for row in holding.cracks.get(photo.id, ()) if row.decision == "confirmed"]
    threshold = threshold_of(holding.project)
    parts = (photo.sha256, photo.scored_key, photo.scale, threshold, [(row.id, row.trace) for row in confirmed])
    key = hashlib.sha256(repr(parts).encode()).hexdigest()
    if not _taken_up(drafts, key):
        scores = project.artefacts.get(photo.scored_key, ScoreMap)
        if scores is None:
            return Failure(photo.name, Note("result_gone"))
        traces = tuple(_confirmed(row) for row in confirmed)
        try:
            drafts.put(key, _inspection(project, photo, scores, traces, threshold))
        except PhotoError as error:
            return Failure(photo.name, Note("because", {"reason": str(error)}))
    return Entry(photo.name, key)


def _taken_up(drafts: Artefacts, key: str) -> bool:
    """Say whether a draft is there and can be read; if so, it counts as used now."""
    if drafts.get(key, Inspection) is None:
        return False
    with contextlib.suppress(OSError):  # of another user's making, or gone this moment
        os.utime(drafts.path(key, Inspection))
    return True


def _confirmed(row: CrackRow) -> Trace:
    """Give a crack that a person confirmed: what spoke against it does so no longer."""
    return replace(unpack(row.trace, Trace), confidence=1.0, doubts=())


def _inspection(
    project: Project, row: PhotoRow, scores: ScoreMap, traces: tuple[Trace, ...], threshold: float
) -> Inspection:
    """Give an inspection with these cracks alone; a photo without any needs no pixels but those of its tiles.

    Raises:
        PhotoError: its pixels are needed, and it cannot be read any more.
    """
    facts = facts_of(row) or Photo(NO_PIXELS, row.name, row.sha256)
    tiles = project.tiles_path(row.sha256)
    whole = traces or not tiles.is_file()
    pixels = read_photo(project.photo_path(row)).pixels if whole else preview_of(tiles)
    photo = replace(facts, name="", pixels=pixels)
    return inspection_of(photo, replace(scores, novelty=None), Traced(traces), threshold=threshold, warm=False)


def _forget(drafts: Artefacts, outcomes: Sequence[Entry | Failure]) -> None:
    """Delete what earlier drafts were made of, but for what another report may stand on."""
    used = {drafts.path(of.key, Inspection) for of in outcomes if isinstance(of, Entry)}
    for path in drafts.folder.glob("*.inspection"):
        with contextlib.suppress(FileNotFoundError):
            if path not in used and time.time() - path.stat().st_mtime > SPARED_SECONDS:
                path.unlink()
