"""Takes a project; gives whether its photos are enough to fit a detector to, or what is missing. Reads no photo."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from cracklens.projects.project import Project
from cracklens.projects.records import CrackRow, PhotoRow

LEAST_PHOTOS = 8
LEAST_CRACKED = 2
MOST_PHOTOS = 120
"""The latest that were gone through; one of 12 megapixels takes 8 MB while a fit runs."""


@dataclass(frozen=True)
class Ready:
    """Whether a detector can be fitted to a project's photos.

    Attributes:
        gone_through: how many photos are.
        photos: ids of those that are learnt from, the latest that were gone through first.
        cracked: of them, those with confirmed or drawn cracks.
        missing: a sentence that says what is to be done first; "" where nothing is.
    """

    gone_through: int
    photos: tuple[int, ...]
    cracked: int
    missing: str


def ready_of(project: Project) -> Ready:
    """Give whether a detector can be fitted to the photos that people have gone through."""
    done = select(PhotoRow.id).where(PhotoRow.state == "inspected", PhotoRow.reviewed_at.is_not(None))
    confirmed = select(CrackRow.photo_id).where(CrackRow.decision == "confirmed", CrackRow.removed.is_(False))
    with project.database.reading() as session:
        gone_through = session.scalars(done.order_by(PhotoRow.reviewed_at.desc(), PhotoRow.id.desc())).all()
        cracked = set(session.scalars(confirmed.distinct()))
    photos = tuple(gone_through[:MOST_PHOTOS])
    n_cracked = len(cracked & set(photos))
    return Ready(len(gone_through), photos, n_cracked, _missing(len(gone_through), len(photos), n_cracked))


def _missing(gone_through: int, photos: int, cracked: int) -> str:
    if gone_through < LEAST_PHOTOS:
        came = f"{gone_through} of this project are. Go through {LEAST_PHOTOS - gone_through} more"
        return f"Fitting to a site needs {LEAST_PHOTOS} photos that are gone through; {came}."
    if cracked < LEAST_CRACKED:
        came = f"{cracked} of the {photos} that are gone through has any"
        return f"Fitting to a site needs two photos with confirmed or drawn cracks; {came}. Go through more."
    return ""
