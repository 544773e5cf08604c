"""Takes a folder; gives a project of painted walls that people went through, and a network for them. No test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import select

from cracklens.artefacts import unpack
from cracklens.detector import Detector
from cracklens.models import Checkpoint, find_checkpoint, read_checkpoint, show_detector, write_checkpoint
from cracklens.projects import Project, be_done_with, decide, detector_of, take_in, work_off
from cracklens.projects.records import CrackRow, PhotoRow
from cracklens.projects.teaching import use
from cracklens.values import FeatureMaps, Head, Trace

HW = (320, 704)
GROUND, JOINT, CRACK = 200, 50, 10
JOINT_X, CRACK_X = 100, 580
PHOTOS, CRACKED = 10, 6


@dataclass(frozen=True)
class LineBackbone:
    """A network that sees black and grey: half of its channels the share of black px of a cell, the others of grey."""

    name: str = "lines"
    hash: str = "1" * 64

    def feature_maps(self, windows: NDArray[np.uint8]) -> FeatureMaps:
        grey = windows.mean(3, dtype=np.float32)
        n, height, width = grey.shape
        black, mid = (grey < 30).astype(np.float32), ((grey >= 30) & (grey < 130)).astype(np.float32)
        parts = [of.reshape(n, 1, height // 32, 32, width // 32, 32).mean((3, 5)) for of in (black, mid)]
        coarse = np.concatenate([part.repeat(1024, 1) for part in parts], 1)
        crack = np.where(grey < 130, 255, 0).astype(np.uint8)
        nothing = np.zeros((n, height // 4, width // 4), np.uint8)
        return FeatureMaps(np.zeros((n, 1024, height // 16, width // 16), np.float32), coarse, crack, nothing)

    def release(self) -> None:
        """Nothing is kept."""


def line_head() -> Head:
    """Give a head that takes grey lines for cracks as much as black ones."""
    weight = np.zeros((2, 3072), np.float32)
    weight[:, 1024:] = np.array([[-0.5], [0.5]]) * 400 / 1024
    return Head(weight, np.array([2.0, -2.0], np.float32))


def opened(name: str) -> Detector:
    """Open a checkpoint on the stand-in."""
    loaded = read_checkpoint(find_checkpoint(name))
    return Detector(LineBackbone(), loaded.head, loaded.card, LineBackbone())


def paint(path: Path, *, cracked: bool, seed: int) -> Path:
    """Paint a wall with a grey joint on the left and, or not, a black crack on the right."""
    draw = np.random.default_rng(seed)
    pixels = np.full(HW, GROUND, np.int16) + draw.integers(-8, 8, HW, dtype=np.int16)
    rows = np.arange(HW[0])
    for x, grey in ((JOINT_X, JOINT), *(((CRACK_X, CRACK),) if cracked else ())):
        middle = x + 12 * np.sin(rows / 40 + draw.uniform(0, 6)) + np.cumsum(draw.normal(0, 0.3, HW[0]))
        for step in range(-3, 4):
            pixels[rows, np.rint(middle + step).astype(int)] = grey
    Image.fromarray(pixels.astype(np.uint8).repeat(3).reshape(*HW, 3)).save(path)
    return path


def make_site(folder: Path) -> Path:
    """Make a project of ten walls, all gone through: joints rejected, cracks confirmed."""
    card = replace(show_detector(), name="lines", recipe={"name": "test"}, threshold=0.5, temperature=1.0, offset=0.0)
    start = write_checkpoint(Checkpoint(line_head(), replace(card, backbone_hash="1" * 64)), folder / "lines")
    project = Project.make(folder / "project")
    use(project, str(start))
    for seed in range(PHOTOS):
        take_in(project, paint(folder / f"{seed}.png", cracked=seed < CRACKED, seed=seed))
    work_off(project, lambda: opened(detector_of(project)))
    for crack, x in lines_of(project).items():
        decide(project, crack, "confirmed") if x > HW[1] / 2 else decide(project, crack, "rejected", reason="joint")
    for photo in photos_of(project):
        be_done_with(project, photo.id)
    project.close()
    return folder / "project"


def rows_of(project: Project) -> list[CrackRow]:
    with project.database.reading() as session:
        return list(session.scalars(select(CrackRow).where(CrackRow.removed.is_(False)).order_by(CrackRow.id)))


def photos_of(project: Project) -> list[PhotoRow]:
    with project.database.reading() as session:
        return list(session.scalars(select(PhotoRow).order_by(PhotoRow.id)))


def lines_of(project: Project) -> dict[str, float]:
    """Give the lines of a project and where they run, from left to right."""
    return {row.id: float(np.mean(unpack(row.trace, Trace).box_xyxy[::2])) for row in rows_of(project)}
