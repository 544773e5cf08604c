"""Takes a folder; gives the project in it, made or opened, and where its files are. Knows no cracks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from sqlalchemy import select

from cracklens.artefacts import Artefacts, unpack
from cracklens.errors import ProjectError
from cracklens.files import make_folder
from cracklens.models import DEFAULT_DETECTOR, show_detector
from cracklens.projects.records import Database, EarlierRow, PhotoRow, ProjectRow, now
from cracklens.values import Photo, Scale

DATABASE = "project.sqlite"
TILES, PHOTOS, ARTEFACTS, SIGNED, DETECTORS = "tiles", "photos", "artefacts", "signed", "detectors"
"""Folders of a project; tiles and artefacts can be made again from the photos."""

NO_PIXELS = np.empty((0, 0, 3), np.uint8)
"""Of a photo that is known without them."""

_OWN = re.compile(rf"{DETECTORS}/[0-9a-f]{{12}}")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


@dataclass(frozen=True)
class Project:
    """Photos of a structure, what was found in them, and what people decided; a folder that can be copied.

    Attributes:
        folder: with the database, and the photos named by their content.
        database: of it.
    """

    folder: Path
    database: Database

    @classmethod
    def open(cls, folder: str | Path) -> Project:
        """Open a project; one of an older version is brought to this one's, its database's copy kept.

        Raises:
            ProjectError: it is none, of a newer version, or cannot be written.
        """
        folder = Path(folder).resolve()
        return cls(folder, Database.open(folder / DATABASE))

    @classmethod
    def make(cls, folder: str | Path, *, name: str = "") -> Project:
        """Make a project in a folder that is empty or not there.

        Args:
            folder: of the project.
            name: as people call it; "" takes the folder's.

        Raises:
            ProjectError: the folder is not empty.
            OutputError: it cannot be made.
        """
        folder = make_folder(Path(folder).resolve())
        if any(folder.iterdir()):
            raise ProjectError(
                f"{folder}: expected an empty folder for a new project; choose another, or open this one."
            )
        database = Database.open(folder / DATABASE, make=True)
        with database.writing() as session:
            empty: dict[str, list[str]] = {"names": []}
            session.add(ProjectRow(id=1, name=name or folder.name, made_at=now(), severities=empty, elements=empty))
        return cls(folder, database)

    @property
    def artefacts(self) -> Artefacts:
        """What was made of the photos."""
        return Artefacts(self.folder / ARTEFACTS)

    def photo_path(self, row: PhotoRow | EarlierRow) -> Path:
        """Give the file of a photo of today or of the earlier date, named by its content."""
        suffix = row.suffix if _SUFFIX.fullmatch(row.suffix) else ""
        return self.folder / PHOTOS / row.sha256[:2] / f"{row.sha256}{suffix}"

    def tiles_path(self, sha256: str) -> Path:
        """Give the file of a photo's tiles."""
        return self.folder / TILES / sha256[:2] / f"{sha256}.zip"

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def facts_of(row: PhotoRow) -> Photo | None:
    """Give what is known of a photo, without pixels, with the scale that a person set; None until it was read."""
    if row.facts is None:
        return None
    photo = unpack(row.facts, Photo)
    scale = unpack(row.scale, Scale) if row.scale else photo.scale
    return Photo(**{**vars(photo), "name": row.name, "scale": scale})


def threshold_of(row: ProjectRow) -> float:
    """Give the score from which a region of the project's photos is a finding."""
    return row.threshold if row.threshold is not None else _own_threshold(row.detector)


@lru_cache(maxsize=4)
def _own_threshold(detector: str) -> float:
    return show_detector(detector or None).threshold


def detector_of(project: Project, row: ProjectRow | None = None) -> str:
    """Give the name or folder of the detector of a project; one of its own lies in its folder, wherever that is.

    Args:
        project: whose detector it is.
        row: what holds for the project; None reads it.
    """
    if row is None:
        with project.database.reading() as session:
            row = session.scalars(select(ProjectRow)).one()
    own = own_detector(project, row.detector)
    return str(own) if own is not None and own.is_dir() else row.detector or DEFAULT_DETECTOR


def own_detector(project: Project, name: str) -> Path | None:
    """Give the folder of a detector that was fitted in a project, there or not; None of any other name."""
    return project.folder / name if _OWN.fullmatch(name) else None
