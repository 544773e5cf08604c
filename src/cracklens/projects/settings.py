"""Takes a threshold; gives a project's photos in the order that it makes, from what is kept. Runs no network."""

from __future__ import annotations

from sqlalchemy import select

from cracklens.errors import SettingError
from cracklens.models import show_detector
from cracklens.projects.project import Project, detector_of, threshold_of
from cracklens.projects.records import PhotoRow, changing, check_version
from cracklens.projects.review import project_row
from cracklens.tracing import find
from cracklens.values import Finding, ScoreMap


def set_threshold(project: Project, threshold: float | None, *, who: str = "", version: int | None = None) -> int:
    """Set from which score on a region of any photo is a finding, and give the project's version; decisions stay.

    Args:
        project: of the photos.
        threshold: 0-1; None takes the detector's own.
        who: the user.
        version: of the project that the user saw; None changes any.

    Raises:
        ConflictError: somebody else has changed what holds for the project in the meantime.
        SettingError: it is not 0-1.
    """
    if threshold is not None and not 0 <= threshold <= 1:
        raise SettingError(f"threshold must be 0-1; got {threshold}. Leave it out for the detector's own.")
    with project.database.writing() as session:
        row = project_row(session)
        check_version(row, version)
        with changing(session, who, "threshold", [row]):
            row.threshold = show_detector(detector_of(project, row)).threshold if threshold is None else threshold
        changed = row.version
    order_anew(project)
    return changed


def order_anew(project: Project) -> None:
    """Set the share of each photo inside findings by the project's threshold, which orders them."""
    with project.database.reading() as session:
        threshold = threshold_of(project_row(session))
        rows = session.execute(select(PhotoRow.id, PhotoRow.scored_key)).all()
    shares = {}
    for photo, key in rows:
        score_map = project.artefacts.get(key, ScoreMap) if key else None
        if score_map is not None:
            shares[photo] = flagged_share(find(score_map, threshold=threshold), score_map.photo_hw)
    with project.database.writing() as session:
        for row in session.scalars(select(PhotoRow).where(PhotoRow.id.in_(shares))):
            row.flagged_share = shares[row.id]


def flagged_share(findings: tuple[Finding, ...], hw: tuple[int, int]) -> float:
    """Give the share of a photo inside findings, 0-1."""
    return min(1.0, sum(finding.area_px for finding in findings) / (hw[0] * hw[1]))
