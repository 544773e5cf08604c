"""Takes a folder that is empty or not there; gives it as a project, filled in one step or not at all. Reads nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cracklens.errors import ProjectError
from cracklens.files import make_folder, output_errors
from cracklens.projects.project import Project
from cracklens.values import Failure


@dataclass(frozen=True)
class Arrived:
    """A project that came from elsewhere.

    Attributes:
        project: of it, opened.
        failures: what did not come with it, each with its reason.
    """

    project: Project
    failures: tuple[Failure, ...] = ()


@contextmanager
def arriving(folder: Path) -> Iterator[Path]:
    """Give a place beside a folder to fill; what was put there takes the folder's place, or nothing is left of it.

    Args:
        folder: of the project to be; empty, or not there.

    Raises:
        ProjectError: it is not empty.
        OutputError: it cannot be written.
    """
    make_folder(folder.parent)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(f"{folder}: expected an empty folder for a project; it holds something. Choose another.")
    with output_errors(folder):
        staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        yield staging
        with output_errors(folder):
            staging.chmod(0o755)  # mkdtemp makes it private; who serves a project may be another user
            if folder.exists():
                folder.rmdir()
            os.replace(staging, folder)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
