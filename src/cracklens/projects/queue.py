"""Takes a project; gives the next piece of work, and how much is left. Does none of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from cracklens.artefacts import pack
from cracklens.errors import ProjectError
from cracklens.projects.project import Project
from cracklens.projects.records import JobRow, PhotoRow
from cracklens.values import Note

MOST_ATTEMPTS = 2
ENDED_TWICE = "the inspection ended twice while it was at this photo: out of memory, or stopped from outside"
"""Why a photo is given up; which of the two it was cannot be told afterwards."""

LATELY = 20
"""So many of the latest photos tell how long one takes."""


@dataclass(frozen=True)
class Job:
    """One piece of work that was begun."""

    id: int
    kind: str
    photo_id: int


@dataclass(frozen=True)
class Progress:
    """How far the work on a project is.

    Attributes:
        done, waiting, failed: inspections.
        preparing: photos whose tiles are still to be made.
        seconds_left: about; None while nothing is known of it.
    """

    done: int
    waiting: int
    failed: int
    preparing: int
    seconds_left: float | None


def take_job(project: Project) -> Job | None:
    """Begin the next piece of work, tiles before cracks; None where there is none."""
    with project.database.reading() as session:
        if session.scalar(select(JobRow.id).where(JobRow.state == "waiting").limit(1)) is None:
            return None
    with project.database.writing() as session:
        order = (case((JobRow.kind == "prepare", 0), else_=1), JobRow.id)
        row = session.scalar(select(JobRow).where(JobRow.state == "waiting").order_by(*order).limit(1))
        if row is None:
            return None
        row.state, row.attempts = "running", row.attempts + 1
        return Job(row.id, row.kind, row.photo_id)


def end_job(session: Session, job: Job, *, seconds: float, failed: bool = False, stale: bool = False) -> None:
    """Say that a piece of work is done, in the session that writes what came of it; what is stale waits again."""
    row = session.get_one(JobRow, job.id)
    row.state, row.seconds = "failed" if failed else "waiting" if stale else "done", seconds
    row.attempts = 0 if stale else row.attempts


def give_back(project: Project, job: Job) -> None:
    """Queue a piece of work again that was begun, as if it had not been; what is done stays done."""
    with project.database.writing() as session:
        row = session.get_one(JobRow, job.id)
        if row.state == "running":
            row.state, row.attempts = "waiting", row.attempts - 1


def give_up(photo: PhotoRow, reason: Note) -> None:
    """Say why a photo could not be inspected; what an earlier inspection found in it stands."""
    photo.state, photo.reason = "inspected" if photo.traced_key else "failed", pack(reason)


def again(session: Session, kind: str, photo_id: int | None = None) -> None:
    """Queue work of a kind again, for one photo or all that are not given up."""
    rows = update(JobRow).where(JobRow.kind == kind, JobRow.state == "done")
    session.execute(
        (rows if photo_id is None else rows.where(JobRow.photo_id == photo_id)).values(state="waiting", attempts=0)
    )


def try_again(project: Project, photos: Sequence[int] | None = None) -> int:
    """Queue photos again, from the start, and give how many; what was decided on their cracks stays.

    Args:
        project: that has them.
        photos: their ids; None takes all that could not be inspected.

    Raises:
        ProjectError: there is no such photo.
    """
    with project.database.writing() as session:
        failed = select(JobRow.photo_id).where(JobRow.state == "failed")
        of = or_(PhotoRow.state == "failed", PhotoRow.id.in_(failed)) if photos is None else PhotoRow.id.in_(photos)
        rows = session.scalars(select(PhotoRow).where(of)).all()
        if photos is not None and len(rows) != len(set(photos)):
            raise ProjectError("There is no such photo in the project. Look at the photo wall.")
        for row in rows:
            row.reason = None
            if not row.traced_key:  # else what is known of it stands until more is
                row.state = "waiting" if row.facts is None else "prepared"
        jobs = update(JobRow).where(JobRow.photo_id.in_([row.id for row in rows]), JobRow.state.in_(("done", "failed")))
        session.execute(jobs.values(state="waiting", attempts=0))
        return len(rows)


def recover(project: Project) -> None:
    """Queue again what a worker had begun that is gone; what ended it twice is given up, with the reason."""
    with project.database.writing() as session:
        for row in session.scalars(select(JobRow).where(JobRow.state == "running")):
            row.state = "waiting" if row.attempts < MOST_ATTEMPTS else "failed"
            if row.state == "failed":
                photo = session.get_one(PhotoRow, row.photo_id)
                give_up(photo, Note("because", {"reason": ENDED_TWICE}))
                session.execute(update(JobRow).where(JobRow.photo_id == photo.id).values(state="failed"))


def progress(session: Session) -> Progress:
    """Give how far the work is."""
    counted = select(JobRow.kind, JobRow.state, func.count()).group_by(JobRow.kind, JobRow.state)
    n = {(kind, state): count for kind, state, count in session.execute(counted)}
    waiting = n.get(("inspect", "waiting"), 0) + n.get(("inspect", "running"), 0)
    preparing = n.get(("prepare", "waiting"), 0) + n.get(("prepare", "running"), 0)
    done = select(JobRow.seconds).where(JobRow.kind == "inspect", JobRow.state == "done", JobRow.seconds.is_not(None))
    lately = session.scalars(done.order_by(JobRow.id.desc()).limit(LATELY)).all()
    left = waiting * sum(filter(None, lately)) / len(lately) if lately else None
    failed = n.get(("inspect", "failed"), 0)
    return Progress(n.get(("inspect", "done"), 0), waiting, failed, preparing, left)
