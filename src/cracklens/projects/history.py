"""Takes who changed something; gives it undone, or done again, without end. Knows not what the changes mean."""

from __future__ import annotations

from cracklens.projects.project import Project
from cracklens.projects.records import changes_of, take_back
from cracklens.projects.settings import order_anew


def undo(project: Project, *, who: str = "", again: bool = False) -> int | None:
    """Undo the last change of a person, or do the last undone one again; give the photo that it is of, if one.

    Raises:
        ConflictError: somebody else has changed the same since.
        ProjectError: there is nothing more.
    """
    with project.database.writing() as session:
        last = take_back(session, who, again=again)
        photo, moved = last.photo_id, any("threshold" in change.after for change in changes_of(last))
    if moved:
        order_anew(project)
    return photo
