"""Takes who changed something; gives it undone, or done again, without end. Knows not what the changes mean."""

from __future__ import annotations

from cracklens.projects.project import Project
from cracklens.projects.queue import again as queue_again
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
        photo, changed = last.photo_id, {name for change in changes_of(last) for name in change.after}
        if "detector" in changed:
            queue_again(session, "inspect")
    if "threshold" in changed:
        order_anew(project)
    return photo
