"""Takes a backup, which may be damaged or made to do harm; gives its project in a folder. Trusts nothing in it."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import stat
import zipfile
import zlib
from contextlib import closing
from pathlib import Path

from sqlalchemy import select

from cracklens.errors import ProjectError
from cracklens.files import make_folder, output_errors
from cracklens.projects.exchange.arrived import Arrived, arriving
from cracklens.projects.exchange.backup import FILES, OnFile
from cracklens.projects.project import DATABASE, Project
from cracklens.projects.queue import again
from cracklens.projects.records import EarlierRow, PhotoRow
from cracklens.values import Failure, Note
from cracklens.visible import visible

COPY_BYTES = 1 << 20
ENCRYPTED = 0x1
SHA256 = re.compile("[0-9a-f]{64}")
NOT_IN_IT = Note("because", {"reason": "its file is not in the backup"})


def restore(path: str | Path, folder: str | Path, *, on_file: OnFile = lambda *_: None) -> Arrived:
    """Make the project of a backup in a folder, whole or not at all; its tiles are made again once it is served.

    Args:
        path: of the ZIP.
        folder: of the project; empty, or not there.
        on_file: called with (done, of all, name) after each file.

    Returns:
        The project, and the photos whose files the backup does not hold.

    Raises:
        ProjectError: it is no backup, damaged or of a newer version, or the folder is not empty.
        OutputError: the disk is full.
    """
    path, folder = Path(path), Path(folder).resolve()
    try:
        with zipfile.ZipFile(path) as packed, arriving(folder) as staging:
            _check(packed, path)
            for i, entry in enumerate(packed.infolist(), start=1):
                _unpack(packed, entry, staging, path)
                on_file(i, len(packed.infolist()), entry.filename)
            failures = _taken_over(staging, path)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeError) as error:
        raise _refused(path, f"it is damaged ({error})") from error
    except OSError as error:
        raise _refused(path, (error.strerror or str(error)).lower()) from error
    return Arrived(Project.open(folder), failures)


def _refused(path: Path, came: str) -> ProjectError:
    return ProjectError(f"{path}: expected a backup as project backup writes it; {came}. Take another backup.")


def _check(packed: zipfile.ZipFile, path: Path) -> None:
    """Refuse what is no backup before anything of it is written.

    Raises:
        ProjectError: it holds a name, a kind or a size that no backup has.
    """
    entries = packed.infolist()
    names = [entry.orig_filename for entry in entries]
    odd = next((name for name in names if not FILES.fullmatch(name)), None)
    if odd is not None:
        raise _refused(path, f"it holds {visible(odd)!r}")
    if DATABASE not in names or len(set(names)) < len(names):
        raise _refused(path, "it holds no project, or a file twice")
    if any(stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG) for entry in entries):
        raise _refused(path, "it holds a link")
    stored = all(
        entry.compress_type == zipfile.ZIP_STORED
        and entry.compress_size == entry.file_size
        and not entry.flag_bits & ENCRYPTED
        for entry in entries
    )
    if not stored or sum(entry.file_size for entry in entries) > path.stat().st_size:
        raise _refused(path, "its files are packed, or said to be larger than it is itself")


def _unpack(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, staging: Path, path: Path) -> None:
    """Write one file, and check its content against its name.

    Raises:
        ProjectError: a photo is not what its name says.
    """
    into = make_folder((staging / entry.filename).parent) / Path(entry.filename).name
    with packed.open(entry) as source, output_errors(into):
        content = hashlib.sha256()
        with into.open("wb") as written:
            while piece := source.read(COPY_BYTES):
                content.update(piece)
                written.write(piece)
    named = FILES.fullmatch(entry.filename)
    if named and named["sha256"] and content.hexdigest() != named["sha256"]:
        raise _refused(path, f"{entry.filename} is damaged")


def _taken_over(staging: Path, path: Path) -> tuple[Failure, ...]:
    """Bring a project to this version, queue its tiles, and give the photos that it has no files of.

    Raises:
        ProjectError: its database is damaged, or of a newer version.
    """
    try:
        with closing(sqlite3.connect(staging / DATABASE)) as database:
            said = database.execute("pragma integrity_check").fetchone()[0]
            odd = database.execute("select count(*) from photo where length(sha256) != 64 or sha256 glob '*[^0-9a-f]*'")
            if said != "ok" or odd.fetchone()[0]:
                raise _refused(path, "its database is damaged")
    except sqlite3.Error as error:
        raise _refused(path, f"its database is damaged ({error})") from error
    try:
        project = Project.open(staging)
    except ProjectError as error:
        raise ProjectError(str(error).replace(str(staging), str(path))) from error
    try:
        with project.database.writing() as session:
            rows = session.scalars(select(PhotoRow).order_by(PhotoRow.id)).all()
            earlier = session.scalars(select(EarlierRow).where(EarlierRow.sha256 != "").order_by(EarlierRow.id)).all()
            if not all(SHA256.fullmatch(row.sha256) for row in earlier):
                raise _refused(path, "its database is damaged")
            every: list[PhotoRow | EarlierRow] = [*rows, *earlier]
            lost = [row for row in every if not project.photo_path(row).is_file()]
            for row in rows:
                if row not in lost:
                    again(session, "prepare", row.id)
            return tuple(Failure(row.name, NOT_IN_IT) for row in lost)
    finally:
        project.close()
