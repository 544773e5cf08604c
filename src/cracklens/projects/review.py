"""Takes a person's decisions on photos and cracks; gives them kept and logged, each on disk when it returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from cracklens.artefacts import pack
from cracklens.errors import ConflictError, ProjectError, SettingError
from cracklens.projects.project import Project, facts_of
from cracklens.projects.records import (
    CrackRow,
    Decision,
    PhotoRow,
    ProjectRow,
    changing,
    check_version,
    now,
)
from cracklens.report import Reason, ReportOptions
from cracklens.values import Scale

ACTIONS: dict[Decision, str] = {"confirmed": "confirm", "rejected": "reject", "open": "reopen"}
TEXT_MOST = 2_000
"""Characters of a note."""

ABOUT_CRACK, ABOUT_PHOTO = ("severity", "element", "note"), ("element", "note")
ABOUT_PROJECT = ("name", "structure", "number", "inspector", "guide")
LISTS = ("severities", "elements")
NAME_MOST, NAMES_MOST = 80, 200
"""Characters of a name in a list, and names."""


def decide(
    project: Project, crack: str, decision: Decision, *, reason: str = "", who: str = "", version: int | None = None
) -> int:
    """Say whether a line is a crack, and give the version of it that this makes.

    Args:
        project: that has it.
        crack: its id.
        decision: "confirmed", "rejected" with a reason, or "open" again.
        reason: what a rejected line is.
        who: the user.
        version: that the user saw; None decides on any.

    Raises:
        ConflictError: somebody else has changed it in the meantime.
        ProjectError: there is no such crack.
        SettingError: no such decision or reason.
    """
    _check_decision(decision, reason)
    with project.database.writing() as session:
        row = crack_row(session, crack)
        check_version(row, version)
        with changing(session, who, ACTIONS[decision], [row]):
            row.decision, row.reason, row.seen = decision, reason if decision == "rejected" else "", True
            row.decided_at, row.decided_by = (None, "") if decision == "open" else (now(), who)
        return row.version


def describe_crack(
    project: Project, crack: str, about: dict[str, str], *, who: str = "", version: int | None = None
) -> int:
    """Say of what severity and element a crack is, or note something of it, and give its version.

    Raises:
        ConflictError: somebody else has changed it in the meantime.
        ProjectError: there is no such crack.
        SettingError: something else, or too long a text.
    """
    _check_about(about, ABOUT_CRACK)
    with project.database.writing() as session:
        return _describe(session, crack_row(session, crack), about, who=who, version=version)


def describe_photo(
    project: Project, photo: int, about: dict[str, str], *, who: str = "", version: int | None = None
) -> int:
    """Say what a photo shows of the structure, or note something of it, and give its version.

    Raises:
        ConflictError: somebody else has changed it in the meantime.
        ProjectError: there is no such photo.
        SettingError: something else, or too long a text.
    """
    _check_about(about, ABOUT_PHOTO)
    with project.database.writing() as session:
        return _describe(session, photo_row(session, photo), about, who=who, version=version)


def be_done_with(project: Project, photo: int, *, done: bool = True, who: str = "", version: int | None = None) -> int:
    """Say that a photo was gone through, or that it is to be looked at again, and give its version.

    One that could not be inspected can be gone through by eye.

    Raises:
        ConflictError: somebody else has said something of it in the meantime, or it is not inspected yet.
        ProjectError: there is no such photo.
    """
    with project.database.writing() as session:
        row = photo_row(session, photo)
        check_version(row, version)
        if done and row.state in ("waiting", "prepared"):
            raise ConflictError(f"{row.name} is not inspected yet; go through it once it is.")
        with changing(session, who, "done" if done else "reopen", [row]):
            row.reviewed_at, row.reviewed_by = (now(), who) if done else (None, "")
        return row.version


def set_scale(
    project: Project,
    photos: Sequence[int],
    scale: Scale | None,
    *,
    who: str = "",
    seen: tuple[int, int | None] | None = None,
) -> None:
    """Set the scale of photos; None gives each its own back, from its file. One change, undone at once.

    Args:
        project: that has them.
        photos: their ids.
        scale: of all of them.
        who: the user.
        seen: the photo that the user looks at, and the version that it had; None sets it on any.

    Raises:
        ConflictError: somebody else has said something of the photo that the user sees in the meantime.
        ProjectError: there is no such photo.
    """
    with project.database.writing() as session:
        if seen is not None:
            check_version(photo_row(session, seen[0]), seen[1])
        rows = [photo_row(session, photo) for photo in photos]
        with changing(session, who, "scale", rows):
            for row in rows:
                row.scale = pack(scale) if scale else None


def describe_project(project: Project, about: dict[str, str], *, who: str = "", version: int | None = None) -> int:
    """Say whose structure a project is about, for the cover of its report, and give its version.

    Raises:
        ConflictError: somebody else has changed what holds for the project in the meantime.
        SettingError: something else, too long a text, or no such guide.
    """
    _check_about(about, ABOUT_PROJECT)
    ReportOptions(guide=about.get("guide", "none"))  # type: ignore[arg-type]  # refuses what is no guide
    with project.database.writing() as session:
        return _describe(session, project_row(session), about, who=who, version=version)


def set_lists(
    project: Project, lists: Mapping[str, Sequence[str]], *, who: str = "", version: int | None = None
) -> int:
    """Set the names that a page offers for severity and element of a crack, in their order; give the project's version.

    Args:
        project: whose lists they are.
        lists: names by "severities" and "elements", or one of them; empty ones and repeated ones go.
        who: the user.
        version: of the project that the user saw; None changes any.

    Raises:
        ConflictError: somebody else has changed what holds for the project in the meantime.
        SettingError: another list, too long a name, or too many.
    """
    named = {name: list(dict.fromkeys(filter(None, map(str.strip, names)))) for name, names in lists.items()}
    odd = sorted(set(named) - set(LISTS))
    if odd or not named:
        raise SettingError(f"expected some of {', '.join(LISTS)}; got {', '.join(odd) or 'nothing'}.")
    if any(len(names) > NAMES_MOST or max(map(len, names), default=0) > NAME_MOST for names in named.values()):
        most = f"at most {NAMES_MOST} names of {NAME_MOST} characters"
        raise SettingError(f"expected {most} in each of {', '.join(named)}. Write shorter ones, or fewer.")
    with project.database.writing() as session:
        row = project_row(session)
        check_version(row, version)
        with changing(session, who, "lists", [row]):
            for name, names in named.items():
                setattr(row, name, {"names": names})
        return row.version


def crack_row(session: Session, crack: str) -> CrackRow:
    """Give the row of a crack.

    Raises:
        ProjectError: there is none.
    """
    row = session.get(CrackRow, crack)
    if row is None or row.removed:
        raise ProjectError(f"There is no crack {crack!r} here; it may have been joined, cut or deleted. Look again.")
    return row


def photo_row(session: Session, photo: int) -> PhotoRow:
    """Give the row of a photo.

    Raises:
        ProjectError: there is none.
    """
    row = session.get(PhotoRow, photo)
    if row is None:
        raise ProjectError(f"There is no photo {photo} in this project. Look at the list of photos.")
    return row


def project_row(session: Session) -> ProjectRow:
    """Give what holds for the whole project."""
    return session.scalars(select(ProjectRow)).one()


def _check_decision(decision: str, reason: str) -> None:
    if decision not in get_args(Decision):
        raise SettingError(f"decision must be of {', '.join(get_args(Decision))}; got {decision!r}.")
    if decision == "rejected" and reason not in get_args(Reason):
        known = ", ".join(get_args(Reason))
        raise SettingError(f"reason must be of {known}; got {reason!r}. Say what the line is.")


def _describe(
    session: Session,
    row: CrackRow | PhotoRow | ProjectRow,
    about: dict[str, str],
    *,
    who: str,
    version: int | None = None,
) -> int:
    check_version(row, version)
    with changing(session, who, "describe", [row]):
        for name, text in about.items():
            setattr(row, name, text.strip())
    return row.version


def _check_about(about: dict[str, str], known: Sequence[str]) -> None:
    odd = sorted(set(about) - set(known))
    if odd or not about:
        raise SettingError(f"expected some of {', '.join(known)}; got {', '.join(odd) or 'nothing'}.")
    long = [name for name, text in about.items() if len(text) > TEXT_MOST]
    if long:
        raise SettingError(f"{', '.join(long)}: at most {TEXT_MOST:,} characters are kept. Write less.")


def like_photo(project: Project, photo: int) -> list[int]:
    """Give the photos of the same camera as one: of its size and its focal length; itself among them.

    Raises:
        ProjectError: there is no such photo.
    """
    with project.database.reading() as session:
        row = photo_row(session, photo)
        same = session.scalars(select(PhotoRow).where(PhotoRow.height == row.height, PhotoRow.width == row.width))
        return [of.id for of in same if _focal(of) == _focal(row)]


def _focal(row: PhotoRow) -> tuple[float | None, ...]:
    facts = facts_of(row)
    return (facts.optics.focal_mm, facts.optics.film_mm, facts.optics.digital_zoom) if facts else ()
