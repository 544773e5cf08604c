"""Takes the size of a file that wants to come in; gives why there is no room for it, if so. Writes nothing."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy import func, select

from cracklens.artefacts import from_json
from cracklens.projects import Project
from cracklens.projects.records import PhotoRow

SPARE_BYTES = 256 << 20
"""That stay free on the disk."""

COMING = "uploads"
"""Folder of a project with files that are coming in."""


class Upload(msgspec.Struct, frozen=True):
    """A file that is coming in.

    Attributes:
        name: as the page calls it.
        n_bytes: how large it will be.
    """

    name: str
    n_bytes: int


@dataclass(frozen=True)
class Room:
    """How much room a project has for photos.

    Attributes:
        project: of it.
        quota_bytes: that its photos may take together; None is what the disk has.
    """

    project: Project
    quota_bytes: int | None = None

    def lacking(self, n_bytes: int) -> str:
        """Say why a file of so many bytes has no room, and what to do; "" where it has."""
        if shutil.disk_usage(self.project.folder).free - n_bytes <= SPARE_BYTES:
            return "The disk has no room for this file. Free some space, then go on."
        if self.quota_bytes is not None and self._taken() + n_bytes > self.quota_bytes:
            most = f"{self.quota_bytes / (1 << 30):g} GB"
            return f"The photos of this project may take {most} together, which this file exceeds. Ask who serves it."
        return ""

    def _taken(self) -> int:
        """Give the bytes of the photos that are here, and of those that were begun, as they will be."""
        with self.project.database.reading() as session:
            here = session.scalar(select(func.sum(PhotoRow.n_bytes))) or 0
        begun = (about(path) for path in (self.project.folder / COMING).glob("*.json"))
        return here + sum(of.n_bytes for of in begun if of is not None)


def about(path: Path) -> Upload | None:
    """Give what was said of an upload, from its file; None where there is none."""
    try:
        return from_json(path.read_bytes(), Upload)
    except (OSError, msgspec.MsgspecError):
        return None
