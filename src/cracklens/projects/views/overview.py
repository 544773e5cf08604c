"""Takes a project; gives its photos as a page shows them, side by side, and how far its review is. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Subquery, case, func, select
from sqlalchemy.orm import Session

from cracklens.artefacts import unpack
from cracklens.projects.project import threshold_of
from cracklens.projects.records import CrackRow, PhotoRow, PhotoState
from cracklens.projects.review import project_row
from cracklens.projects.views.guide import exceeds
from cracklens.report import note_text, words_of
from cracklens.values import SURE, Note

PLAINLY = ("id", "name", "sha256", "state", "score", "latitude", "longitude", "px_per_mm")
ON_THE_WALL = (*PLAINLY, "reviewed_at", "novelty", "reason")
"""Of a photo on the wall, as the project has them, and what the rest of it is told from."""

COUNTED = ("open", "confirmed", "rejected", "doubtful", "second", "exceeding")
"""Cracks of a photo on the wall."""


@dataclass(frozen=True)
class WallPhoto:
    """One photo of the photo wall.

    Attributes:
        id, name, sha256, state: of it.
        score: its highest, 0-1; None where it was not inspected.
        open, confirmed, rejected, doubtful, second, exceeding: how many of its cracks are so; doubtful ones are open,
            too, and exceeding ones are wider than the lowest value of the project's guide by their whole interval.
        reviewed, unlike: whether a person was done with it; whether it looks unlike the training data.
        reason: why it was not inspected, or not again; "" where it was.
        latitude, longitude: where it was taken; None where unknown.
        px_per_mm: its scale; None where unknown.
    """

    id: int
    name: str
    sha256: str
    state: PhotoState
    score: float | None
    open: int
    confirmed: int
    rejected: int
    doubtful: int
    second: int
    exceeding: int
    reviewed: bool
    unlike: bool
    reason: str
    latitude: float | None
    longitude: float | None
    px_per_mm: float | None


def wall(session: Session, photo: int | None = None) -> list[WallPhoto]:
    """Give all photos, or one, the one that needs a look most first: by score to two decimals, then findings.

    Those that were not inspected come last.
    """
    counts = _counts(project_row(session).guide, photo)
    order = (
        func.round(func.coalesce(PhotoRow.score, -1.0), 2).desc(),
        func.coalesce(PhotoRow.flagged_share, -1.0).desc(),
        PhotoRow.name,
    )
    columns = [getattr(PhotoRow, name) for name in ON_THE_WALL]
    rows = select(*columns, *(counts.c[name] for name in COUNTED))
    rows = rows.outerjoin(counts, counts.c.photo_id == PhotoRow.id).order_by(*order)
    found = session.execute(rows if photo is None else rows.where(PhotoRow.id == photo))
    return [_wall_photo(dict(row._mapping)) for row in found]  # noqa: SLF001 SQLAlchemy's public name for a row as a mapping


def _counts(guide: str, photo: int | None) -> Subquery:
    is_open = (CrackRow.decision == "open") & CrackRow.listed
    decided = (CrackRow.decision == "confirmed", CrackRow.decision == "rejected")
    of = (is_open, *decided, is_open & (CrackRow.confidence < SURE), CrackRow.seen.is_(False), exceeds(guide))
    n = [func.sum(case((what, 1), else_=0)).label(name) for name, what in zip(COUNTED, of, strict=True)]
    of_photos = select(CrackRow.photo_id, *n).join(PhotoRow, PhotoRow.id == CrackRow.photo_id)
    of_photos = of_photos if photo is None else of_photos.where(CrackRow.photo_id == photo)
    return of_photos.where(CrackRow.removed.is_(False)).group_by(CrackRow.photo_id).subquery()


def _wall_photo(row: Mapping[str, Any]) -> WallPhoto:
    plainly: dict[str, Any] = {name: row[name] for name in PLAINLY}
    counted: dict[str, Any] = {name: row[name] or 0 for name in COUNTED}
    return WallPhoto(
        **plainly,
        **counted,
        reviewed=row["reviewed_at"] is not None,
        unlike=(row["novelty"] or 0) > 1,
        reason=note_text(unpack(row["reason"], Note), words_of()) if row["reason"] else "",
    )


@dataclass(frozen=True)
class About:
    """What holds for the whole project; see `ProjectRow`."""

    name: str
    structure: str
    number: str
    inspector: str
    guide: str
    detector: str
    threshold: float
    severities: tuple[str, ...]
    elements: tuple[str, ...]
    revision: int
    version: int


@dataclass(frozen=True)
class Counts:
    """How far a review is.

    Attributes:
        photos: all; each is inspected, failed or waiting.
        inspected, failed, waiting: where they stand.
        gone_through: of the inspected ones.
        not_again: inspected ones that failed when they were inspected again; what was found before stands.
        confirmed, rejected, undecided, second_look: lines.
    """

    photos: int
    inspected: int
    failed: int
    waiting: int
    not_again: int
    gone_through: int
    confirmed: int
    rejected: int
    undecided: int
    second_look: int


def counts_of(session: Session) -> Counts:
    """Give how far the review of a project is."""
    found = wall(session)
    return Counts(
        photos=len(found),
        inspected=sum(of.state == "inspected" for of in found),
        failed=sum(of.state == "failed" for of in found),
        waiting=sum(of.state in ("waiting", "prepared") for of in found),
        gone_through=sum(of.reviewed and of.state == "inspected" for of in found),
        not_again=sum(of.state == "inspected" and bool(of.reason) for of in found),
        confirmed=sum(of.confirmed for of in found),
        rejected=sum(of.rejected for of in found),
        undecided=sum(of.open for of in found),
        second_look=sum(of.second for of in found),
    )


def about(session: Session) -> About:
    """Give what holds for the whole project."""
    row = project_row(session)
    plain: dict[str, Any] = {
        name: getattr(row, name)
        for name in ("name", "structure", "number", "inspector", "guide", "revision", "version")
    }
    lists: dict[str, Any] = {name: tuple(getattr(row, name).get("names", ())) for name in ("severities", "elements")}
    return About(**plain, **lists, detector=row.detector or "concrete", threshold=threshold_of(row))
