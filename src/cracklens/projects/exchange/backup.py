"""Takes a project that may be in use; gives all of it that cannot be made again as one ZIP. Changes nothing."""

from __future__ import annotations

import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cracklens.errors import PhotoError
from cracklens.files import make_folder, output_errors, replaced
from cracklens.photo import file_sha256
from cracklens.projects.project import ARTEFACTS, DATABASE, DETECTORS, PHOTOS, SIGNED, Project
from cracklens.projects.records import PhotoRow, SignatureRow
from cracklens.projects.signing import signed_path
from cracklens.values import Failure, Note

FILES = re.compile(
    rf"{re.escape(DATABASE)}"
    rf"|{PHOTOS}/(?P<two>[0-9a-f]{{2}})/(?P<sha256>(?P=two)[0-9a-f]{{62}})(?:\.[a-z0-9]{{1,8}})?"
    rf"|{ARTEFACTS}/[0-9a-f]{{8,128}}\.(?:crackmap|scoremap|traced)"
    rf"|{SIGNED}/[0-9]{{1,9}}-[0-9a-f]{{12}}\.(?:pdf|json)"
    rf"|{DETECTORS}/[0-9a-f]{{12}}/(?:(?:card|crackmap|taught)\.json"
    rf"|(?:head|backbone|crackmap)-[0-9a-f]{{12}}\.(?:safetensors|xml|bin))"
)
"""Names of what a backup holds, and of nothing else."""

EARLIER = """
select sha256, suffix, name from earlier
where sha256 != '' and not exists (select 1 from photo where sha256 = earlier.sha256 and suffix = earlier.suffix)
order by id
"""
"""Photos of the earlier date; one that is a photo of today as well is no second file."""

OnFile = Callable[[int, int, str], None]


@dataclass(frozen=True)
class _File:
    """One file of a project.

    Attributes:
        path: of it.
        title: what it is called when it is lost.
        sha256: that it must have; "" where the database does not say.
        remade: whether it is made again where it is lost, so that nobody needs to know.
    """

    path: Path
    title: str
    sha256: str = ""
    remade: bool = False

    def fault(self) -> str:
        """Say why it cannot be kept; "" where it can."""
        if not self.path.is_file():
            return "its file is not in the project any more"
        try:
            whole = not self.sha256 or file_sha256(self.path) == self.sha256
        except PhotoError as error:
            return str(error)
        return "" if whole else "its file in the project is damaged"


def back_up(project: Project, path: str | Path, *, on_file: OnFile = lambda *_: None) -> tuple[Failure, ...]:
    """Write a backup of a project as it is at one moment, also while it is served and decided on.

    It holds the database, photos of both dates, what was found in them, signed reports, and detectors fitted in it;
    tiles and drafts are made again. Files are only ever added to a project, each before the database names it: what the
    copied database names is there.

    Args:
        project: to back up.
        path: of the ZIP; one that is there is replaced once the new one is whole.
        on_file: called with (done, of all, name) after each file.

    Returns:
        Photos and signed reports that the project has lost, or that are damaged; they are not in the backup.

    Raises:
        OutputError: the ZIP cannot be written.
        ProjectError: the database cannot be read, or copied.
    """
    path = Path(path).resolve()
    make_folder(path.parent)
    failures: list[Failure] = []
    with output_errors(path), tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as beside:
        copied = Path(beside) / DATABASE
        project.database.back_up(copied)
        files = list(_files(project, copied))
        with (
            replaced(path) as part,
            zipfile.ZipFile(part, "w", zipfile.ZIP_STORED, strict_timestamps=False) as packed,
        ):
            packed.write(copied, DATABASE)
            for i, file in enumerate(files, start=1):
                fault = file.fault()
                if not fault:
                    packed.write(file.path, file.path.relative_to(project.folder).as_posix())
                elif not file.remade:
                    failures.append(Failure(file.title, Note("because", {"reason": fault})))
                on_file(i, len(files), file.title)
    return tuple(failures)


def _files(project: Project, copied: Path) -> Iterator[_File]:
    """Give the files of a project that a copy of its database speaks of."""
    with closing(sqlite3.connect(copied)) as database:
        photos = database.execute("select sha256, suffix, name from photo order by id").fetchall()
        photos += database.execute(EARLIER).fetchall()
        signed = database.execute("select revision, pdf_sha256 from signature order by id").fetchall()
    for sha256, suffix, name in photos:
        yield _File(project.photo_path(PhotoRow(sha256=sha256, suffix=suffix)), name, sha256)
    for revision, sha256 in signed:
        pdf = signed_path(project, SignatureRow(revision=revision, pdf_sha256=sha256))
        yield _File(pdf, f"{SIGNED}/{pdf.name}", sha256)
        yield _File(pdf.with_suffix(".json"), f"{SIGNED}/{pdf.stem}.json")
    for path in sorted((*project.folder.glob(f"{ARTEFACTS}/*"), *project.folder.glob(f"{DETECTORS}/*/*"))):
        if FILES.fullmatch(path.relative_to(project.folder).as_posix()):
            yield _File(path, path.name, remade=True)
