"""Takes a photo of 200 MP; gives how soon it is seen and any tile comes, while other photos are inspected."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2
import numpy as np
import simplejpeg

from benchmarks.data import find
from benchmarks.result import Bar, Benchmark, Result, Settings
from benchmarks.workbench import chromium, entered, served
from cracklens import Detector
from cracklens.errors import DataError
from cracklens.photo import levels, read_photo
from cracklens.projects import Progress, Project, progress, take_in, take_in_all, work_off
from cracklens.projects.views import photo_view

VIEW = Bar("first view of a photo of 200 MP", "≤", 1.5, "s")
TILE = Bar("any tile, p95", "≤", 200, "ms")
HW = (12_500, 16_000)
TILES, PAUSE_S = 400, 0.05
TIMES = 5
SHOWN = """() => new Promise((give) => {
  const look = () => document.body.dataset.shown ? give(performance.now() / 1000) : requestAnimationFrame(look);
  look();
})"""


def run(settings: Settings) -> Sequence[Result]:
    """Put a huge photo in beside whole photos, and look at it while these are inspected."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        prepared_s = _project(folder, Path(name) / "huge.jpg")
        with served(folder) as address:
            _wait_for_work(folder)
            views = _views(address)
            tiles = _tiles(address, folder, min(settings.limit or TILES, TILES))
            still = _progress(folder).waiting
    busy = f"{still} photos still in line at the end" if still else "the line ran empty: run it on a slower machine"
    note = f"its tiles are there (made in {prepared_s:.1f} s from JPEG to disk); {busy}"
    limited = {"data": "none" if settings.limit is None else "limited"}
    sides = {"median ms": float(np.median(tiles)), "longest ms": float(np.max(tiles))}
    return [
        VIEW.result(
            float(np.max(views)) if still else float("inf"), n=len(views), note=f"the longest; {note}", **limited
        ),
        TILE.result(
            float(np.percentile(tiles, 95)), n=len(tiles), sides=sides, note="of all sizes, at random", **limited
        ),
    ]


def _project(folder: Path, huge: Path) -> float:
    """Make a project with the huge photo first, its tiles made, and others in line; give how long the tiles took."""
    rng = np.random.default_rng(0)
    photos = sorted(find("photos").glob("*.jpg"))
    whole = read_photo(find("photos") / "Walls_7110.jpg").pixels
    mosaic = np.pad(whole, [(0, HW[0] - len(whole)), (0, HW[1] - whole.shape[1]), (0, 0)], mode="symmetric")
    huge.write_bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(mosaic), quality=90))
    del mosaic, whole
    project = Project.make(folder)
    take_in(project, huge)
    ended: list[int] = []
    started = time.perf_counter()
    work_off(project, Detector.load, ended=lambda: bool(ended), on_job=lambda job: ended.append(job.id))
    took = time.perf_counter() - started
    if photo_view(project, 1).tiles is None:
        raise DataError(f"expected a mosaic of {HW[1]} x {HW[0]} px that is read; it was refused. Take another photo.")
    take_in_all(project, photos)
    for number in range(30 - len(photos)):
        pixels = read_photo(photos[number % len(photos)]).pixels[int(rng.integers(64)) :]
        (folder.parent / "more.jpg").write_bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), quality=90))
        take_in(project, folder.parent / "more.jpg", name=f"more {number}.jpg")
    project.close()
    return took


@contextmanager
def _opened(folder: Path) -> Iterator[Project]:
    project = Project.open(folder)
    try:
        yield project
    finally:
        project.close()


def _progress(folder: Path) -> Progress:
    with _opened(folder) as project, project.database.reading() as session:
        return progress(session)


def _wait_for_work(folder: Path) -> None:
    """Wait until the worker has made all tiles and looks at its first photo."""
    while _progress(folder).preparing:
        time.sleep(0.5)
    time.sleep(5)


def _views(address: str) -> list[float]:
    found = []
    with chromium() as browser:
        for _ in range(TIMES):
            with entered(browser, address) as page:
                page.goto(page.url + "photos/1")
                found.append(page.evaluate(SHOWN))
    return found


def _tiles(address: str, folder: Path, n: int) -> list[float]:
    """Ask for tiles at random, one after another as a browser that pans does, and give the ms of each."""
    with _opened(folder) as project:
        sha256 = photo_view(project, 1).photo.sha256
    rng, top = np.random.default_rng(1), levels(HW) - 1
    found = []
    with httpx2.Client(base_url=address.split("?", maxsplit=1)[0], follow_redirects=True) as client:
        client.get(address)
        for _ in range(n):
            level = int(rng.integers(top - 4, top + 1))
            rows, columns = (math.ceil(math.ceil(side / 2 ** (top - level)) / 512) for side in HW)
            path = f"/tiles/{sha256}/{level}/{int(rng.integers(columns))}_{int(rng.integers(rows))}.jpg"
            started = time.perf_counter()
            client.get(path).raise_for_status()
            found.append(1000 * (time.perf_counter() - started))
            time.sleep(PAUSE_S)
    return found


BENCHMARK = Benchmark("deep_zoom", "a photo of 200 MP in the workbench", (VIEW, TILE), run)
