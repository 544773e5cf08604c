"""Takes files of photos; gives them as photos of a project, by their content, with their work queued. Decodes none."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from cracklens.errors import PhotoError
from cracklens.files import make_folder, output_errors, replaced
from cracklens.photo import SUFFIXES, find_photos, kind_of, refusal
from cracklens.projects.project import Project
from cracklens.projects.records import JobRow, PhotoRow, now
from cracklens.values import Failure, Note
from cracklens.visible import visible

NAME_MOST = 255
"""Characters that are kept of a photo's name."""

COPY_BYTES = 1 << 20


@dataclass(frozen=True)
class TakenIn:
    """One file that was put in.

    Attributes:
        photo_id: of the photo.
        sha256: of the file.
        new: whether the project did not have it yet.
    """

    photo_id: int
    sha256: str
    new: bool


def take_in(project: Project, path: Path, *, name: str | None = None, who: str = "", move: bool = False) -> TakenIn:
    """Take a file into a project: what it is its content says, and where it lies, never its name.

    The file is there and in the database when this ends, or neither is.

    Args:
        project: to take it in.
        path: of the file.
        name: as it is called; None takes the path's.
        who: the user.
        move: take the file itself, which lies on the same disk, instead of a copy.

    Raises:
        PhotoError: it is no photo that is read.
        OutputError: the disk is full.
        ProjectError: the disk is full.
    """
    name = _name(name or path.name)
    sha256, suffix = keep_file(project, path, name=name, move=move)
    row = PhotoRow(sha256=sha256, name=name, suffix=suffix, added_at=now(), added_by=who)
    row.n_bytes = project.photo_path(row).stat().st_size
    with project.database.writing() as session:
        known = session.scalar(select(PhotoRow).where(PhotoRow.sha256 == row.sha256))
        if known is not None:
            return TakenIn(known.id, known.sha256, new=False)
        row.name = _free(row.name, session)
        session.add(row)
        session.flush()
        session.add_all([JobRow(kind="prepare", photo_id=row.id), JobRow(kind="inspect", photo_id=row.id)])
        return TakenIn(row.id, row.sha256, new=True)


def keep_file(project: Project, path: Path, *, name: str, move: bool = False) -> tuple[str, str]:
    """Put the file of a photo where a project keeps it, before the database speaks of it; give its hash and suffix.

    Args:
        project: that keeps it.
        path: of the file.
        name: as it is called; its suffix is kept where it is a photo's.
        move: take the file itself, which lies on the same disk, instead of a copy.

    Raises:
        PhotoError: it is no photo that is read.
        OutputError: the disk is full.
    """
    kind = kind_of(path)
    if not kind.read:
        raise PhotoError(f"{name}: {refusal(kind)}")
    said = PurePosixPath(name).suffix.lower()
    sha256, suffix = _sha256(path), said if said in SUFFIXES else kind.suffixes[0]
    _put(path, project.photo_path(PhotoRow(sha256=sha256, suffix=suffix)), sha256, move=move)
    return sha256, suffix


def take_in_all(
    project: Project,
    paths: Sequence[str | Path],
    *,
    who: str = "",
    within: Path | None = None,
    before: Callable[[Path], None] = lambda _: None,
    on_photo: Callable[[int, int, str], None] | None = None,
) -> tuple[Failure, ...]:
    """Take photos and folders into a project and give what was not taken, with the reason of each.

    Args:
        project: to take them in.
        paths: photos and folders.
        who: the user.
        within: folder that links do not lead out of; None follows them wherever they lead.
        before: called with each file before it is taken; a `PhotoError` of it refuses the file.
        on_photo: called with (done, of all, name) after each file.

    Raises:
        DataError: a path is missing, or no photo is found.
        OutputError: the disk is full.
    """
    found = find_photos(paths, within=within)
    failures = [Failure(str(path), reason) for path, reason in found.faults.items()]
    for i, path in enumerate(found, start=1):
        if path not in found.faults and path not in found.same_file:
            try:
                before(path)
                take_in(project, path, who=who)
            except (PhotoError, OSError) as error:
                failures.append(Failure(str(path), Note("because", {"reason": str(error)})))
        if on_photo:
            on_photo(i, len(found), path.name)
    return tuple(failures)


def _name(name: str) -> str:
    """Give a name without folders on any system, and without what would move a cursor."""
    return visible(PureWindowsPath(name).name or "photo")[-NAME_MOST:]


def _free(name: str, session: Session) -> str:
    """Give a name that no other photo has: cameras begin again at IMG_0001 in every folder."""
    path, number, found = PurePosixPath(name), 1, name
    while session.scalar(select(PhotoRow.id).where(PhotoRow.name == found)) is not None:
        number += 1
        found = f"{path.stem} ({number}){path.suffix}"
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put(path: Path, into: Path, sha256: str, *, move: bool) -> None:
    """Put a file in its place, on disk before the database speaks of it; one that is damaged there is replaced."""
    make_folder(into.parent)
    if into.is_file() and _sha256(into) == sha256:
        return
    with output_errors(into):
        if move:
            os.replace(path, into)
            return
        with replaced(into) as part, path.open("rb") as source, part.open("wb") as copied:
            shutil.copyfileobj(source, copied, COPY_BYTES)
