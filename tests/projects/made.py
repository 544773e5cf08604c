"""Takes nothing; gives small projects, and report folders whose photos are there. Knows no page."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from sqlalchemy import select
from tests.report.made import trace
from tests.stand_ins import GreyBackbone, grey_detector

from cracklens.detector import Detector
from cracklens.projects import Project, decide, take_in, work_off
from cracklens.projects.cracks import set_trace
from cracklens.projects.identity import crack_id
from cracklens.projects.records import CrackRow, PhotoRow
from cracklens.values import Trace

FIXTURES = Path(__file__).parent / "fixtures"
REPORTS = Path(__file__).parents[1] / "compare"
HW = (240, 320)


def save_photo(path: Path, *lines: Sequence[tuple[float, float]], seed: int = 0, hw: tuple[int, int] = HW) -> Path:
    """Draw a grey wall with black lines into a file, and give its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    grey = np.random.default_rng(seed).normal(170, 6, hw).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(grey).convert("RGB")
    for line in lines:
        ImageDraw.Draw(image).line(list(line), fill=(5, 5, 5), width=4, joint="curve")
    image.save(path)
    return path


def tracing_detector() -> Detector:
    """Give a detector that follows what is dark."""
    return replace(grey_detector(), mapper=GreyBackbone())


@contextmanager
def opened(folder: Path, *, new: bool = False) -> Iterator[Project]:
    """Give a project until the block ends."""
    project = Project.make(folder) if new else Project.open(folder)
    try:
        yield project
    finally:
        project.close()


def make_walls(folder: Path) -> Path:
    """Make a project of two photos, inspected, a crack of the first confirmed, and give its folder."""
    with opened(folder, new=True) as project:
        for seed in (1, 2):
            take_in(project, save_photo(folder.parent / f"{seed}.png", [(30, 60), (290, 120)], seed=seed))
        work_off(project, tracing_detector)
        decide(project, min(rows_of(project)), "confirmed")
    return folder


def unpacked(fixture: str, into: Path) -> Path:
    """Give the folder of a frozen project."""
    with zipfile.ZipFile(FIXTURES / f"{fixture}.zip") as packed:
        packed.extractall(into)
    return into


def put_photo(project: Project, path: Path, *traces: Trace) -> tuple[int, list[str]]:
    """Take a photo in with cracks that nobody has decided on, and give its number and their ids."""
    taken = take_in(project, path)
    ids: list[str] = []
    with project.database.writing() as session:
        for one in traces:
            row = CrackRow(id=crack_id(taken.sha256, one, taken=set(ids)), photo_id=taken.photo_id)
            set_trace(row, one)
            session.add(row)
            ids.append(row.id)
    return taken.photo_id, ids


def lines(n: int) -> list[Trace]:
    """Give traces side by side."""
    return [trace((20.0, 20.0 + 30 * i), (200.0, 20.0 + 30 * i)) for i in range(n)]


def rows_of(project: Project) -> dict[str, dict[str, Any]]:
    """Give all cracks by id, as the database has them."""
    with project.database.reading() as session:
        return {row.id: columns(row) for row in session.scalars(select(CrackRow))}


def photos_of(project: Project) -> dict[str, PhotoRow]:
    """Give all photos by name."""
    with project.database.reading() as session:
        return {row.name: row for row in session.scalars(select(PhotoRow))}


def columns(row: Any) -> dict[str, Any]:
    """Give the columns of a row."""
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


def report_folder(source: Path | dict[str, Any], folder: Path, *, photos: Path | None = None) -> Path:
    """Write a report.json whose photos are there, each a file of its own of the size that the report says."""
    raw = json.loads(source.read_text(encoding="utf-8")) if isinstance(source, Path) else source
    for i, photo in enumerate(raw["photos"]):
        photo["photo"] = f"site/wall {i}.png"
        path = save_photo((photos or folder) / photo["photo"], seed=i, hw=(photo["height_px"], photo["width_px"]))
        photo["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(raw), encoding="utf-8")
    return folder
