"""Takes what a person says of a line that is gone; gives it kept and logged. Knows no photo."""

from __future__ import annotations

from typing import get_args

from cracklens.errors import ProjectError, SettingError
from cracklens.projects.project import Project
from cracklens.projects.records import ChangeRow, GoneSaid, changing, check_version, now


def say_of(project: Project, change: str, said: GoneSaid, *, who: str = "", version: int | None = None) -> int:
    """Say why a line of the earlier date is gone, and give the version of it that this makes.

    Args:
        project: that was compared.
        change: the line's id.
        said: "repaired", "not visible", or "" for no more than that it is gone.
        who: the user.
        version: that the user saw; None says it of any.

    Raises:
        ConflictError: somebody else has changed it in the meantime.
        ProjectError: there is no such line.
        SettingError: it is not gone, or nothing that can be said of it.
    """
    if said not in get_args(GoneSaid):
        known = ", ".join(filter(None, get_args(GoneSaid)))
        raise SettingError(f"said must be of {known}, or empty for GONE again; got {said!r}.")
    with project.database.writing() as session:
        row = session.get(ChangeRow, change)
        if row is None or row.removed:
            raise ProjectError(f"There is no line {change!r} of an earlier date; it was compared anew. Look again.")
        if row.status != "GONE":
            raise SettingError(f"{change} is {row.status}; only of a line that is GONE a person says why.")
        check_version(row, version)
        with changing(session, who, said or "gone", [row]):
            row.said = said
            row.said_at, row.said_by = (now(), who) if said else (None, "")
        return row.version
