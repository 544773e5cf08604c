"""Takes the whole photos; gives a project of hundreds of cut-outs of them, inspected, kept from run to run."""

from __future__ import annotations

import os
import shutil
from itertools import count
from pathlib import Path

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from benchmarks.data import find
from cracklens import Detector
from cracklens.cli.talk import progress
from cracklens.kept import scored_key_of
from cracklens.photo import read_photo
from cracklens.projects import Project, take_in, work_off
from cracklens.values import CrackMap, Scored, ScoreMap

HW = (3000, 4000)
STRIDE = 32
"""Cut-outs begin at a cell, so that the photo's maps are theirs, cut."""

QUALITY = 92
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cracklens"


def made_project(n: int, detector: Detector) -> Path:
    """Give the folder of a project of n photos of 12 MP; made where it is not there, and not to be changed.

    The network looks at each whole photo once. A cut-out's maps are cut from the photo's; it is traced by itself.
    """
    folder = CACHE / f"project-{n}-{detector.sha256[:8]}"
    if (folder / "whole").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    project = Project.make(folder / "project", name=f"{n} photos")
    sources = sorted(find("photos").glob("*.jpg"))
    with progress("putting in") as step:
        for number, path in enumerate(sources):
            share = range(number, n, len(sources))
            _cut_outs(project, path, len(share), detector, folder / "cut.jpg")
            step(number + 1, len(sources))
    with progress("tracing") as step:
        done = count(1)
        work_off(project, lambda: detector, on_job=lambda _: step(next(done), 2 * n))
    project.close()
    (folder / "whole").touch()
    return folder


def copied(folder: Path, into: Path) -> Path:
    """Give a copy of a made project that may be changed: its database whole, its files linked."""
    shutil.copytree(folder / "project", into, copy_function=linked)
    return into


def linked(source: str | Path, target: str | Path) -> None:
    """Link a file that is never written again; copy a database."""
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    if Path(source).suffix.startswith(".sqlite"):
        shutil.copy2(source, target)
    else:
        os.link(source, target)


def _cut_outs(project: Project, path: Path, n: int, detector: Detector, file: Path) -> None:
    photo = read_photo(path)
    scored = detector.look(photo)
    downs, rights = ((side - want) // STRIDE + 1 for side, want in zip(photo.hw, HW, strict=True))
    places = np.random.default_rng(0).permutation(downs * rights)[:n]
    for place in places.tolist():
        top, left = (of * STRIDE for of in divmod(place, rights))
        file.write_bytes(_jpeg(photo.pixels[top : top + HW[0], left : left + HW[1]]))
        taken = take_in(project, file, name=f"{path.stem} {top} {left}.jpg", move=True)
        cut = _cut(scored, top, left)
        key = scored_key_of(taken.sha256, detector)
        for value in (cut.score_map, cut.crack_map):
            project.artefacts.put(key, value)


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    jpeg: bytes = simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), quality=QUALITY, colorspace="RGB")
    return jpeg


def _cut(scored: Scored, top: int, left: int) -> Scored:
    """Give the maps of a cut-out."""
    rows, cols = (slice(at // STRIDE, -(-(at + side) // STRIDE)) for at, side in zip((top, left), HW, strict=True))
    of, crack_map = scored.score_map, scored.crack_map
    assert crack_map is not None
    cells = None if of.cells is None else of.cells[rows, cols]
    score_map = ScoreMap(of.values[rows, cols], HW, novelty=of.novelty, cells=cells)
    px = (slice(top, top + HW[0]), slice(left, left + HW[1]))
    lines = tuple(slice(at // 4, -(-(at + side) // 4)) for at, side in zip((top, left), HW, strict=True))
    return Scored(score_map, CrackMap(np.ascontiguousarray(crack_map.crack[px]), crack_map.line[lines].copy()))
