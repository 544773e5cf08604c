"""Takes a project of 400 photos; gives how much sooner it follows a new scale or threshold than inspecting anew."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from playwright.sync_api import Page
from sqlalchemy import select

from benchmarks.clock import seconds
from benchmarks.made_project import copied, made_project
from benchmarks.result import Bar, Benchmark, Result, Settings
from benchmarks.workbench import chromium, entered, served
from cracklens import Detector
from cracklens.projects import Project, set_scale, set_threshold, take_in, work_off
from cracklens.projects.records import PhotoRow
from cracklens.projects.views import photo_view, wall
from cracklens.values import Scale

SCALE = Bar("new inspection over a new scale for all photos", "≥", 50, "times")
THRESHOLD = Bar("new inspection over a new threshold for all photos", "≥", 5, "times")
REDRAWN = Bar("the open photo redrawn after either, p95", "≤", 300, "ms")
PHOTOS = 400
INSPECTED = 6
"""Photos that are inspected anew; all are reckoned from them."""

TIMES = 20

MOVED = """(to) => new Promise((give) => {
  const slider = document.getElementById("threshold"), started = performance.now();
  slider.value = to;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  requestAnimationFrame(() => requestAnimationFrame(() => give(performance.now() - started)));
})"""
SET = """() => new Promise((give) => {
  const list = document.getElementById("cracks"), started = performance.now();
  new MutationObserver((_, watch) => {
    watch.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => give(performance.now() - started)));
  }).observe(list, { childList: true });
  document.querySelector('#ruler button[value="set"]').click();
})"""


def run(settings: Settings) -> Sequence[Result]:
    """Change the scale and the threshold of a whole project, and inspect some of its photos anew."""
    n = min(settings.limit or PHOTOS, PHOTOS)
    detector = Detector.load(settings.detector)
    folder = made_project(n, detector)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        project = Project.open(copied(folder, Path(name) / "project"))
        scaled, moved = seconds(lambda: _scale_all(project)), seconds(lambda: _move_all(project))
        anew = _anew(project, Path(name) / "anew", detector) * n
        project.close()
        with served(project.folder) as address, chromium() as browser, entered(browser, address) as page:
            took = _redrawn(page)
    data = {"data": "none" if n == PHOTOS else "limited"}
    note = f"{n} photos of 12 MP; a new inspection reckoned from {min(INSPECTED, n)} of them, tiles and all"
    sides = {"seconds": scaled, "new inspection seconds": anew}
    both = "half by the threshold's slider, half by setting the scale on the page; Chromium at 1,280 x 800"
    return [
        SCALE.result(anew / scaled, n=n, sides=sides, note=note, **data),
        THRESHOLD.result(anew / moved, n=n, sides={"seconds": moved}, note="every photo's findings and order", **data),
        REDRAWN.result(
            float(np.percentile(took, 95)), n=len(took), sides={"median ms": float(np.median(took))}, note=both, **data
        ),
    ]


def _scale_all(project: Project) -> None:
    """Set a scale and read all cracks in mm, as a page or a report does."""
    with project.database.reading() as session:
        photos = list(session.scalars(select(PhotoRow.id)))
    set_scale(project, photos, Scale(4.0))
    for photo in photos:
        photo_view(project, photo)


def _move_all(project: Project) -> None:
    set_threshold(project, 0.5)
    with project.database.reading() as session:
        wall(session)


def _anew(project: Project, folder: Path, detector: Detector) -> float:
    """Give the seconds that one photo takes in a project of its own."""
    anew = Project.make(folder)
    with project.database.reading() as session:
        rows = session.scalars(select(PhotoRow).limit(INSPECTED)).all()
    for row in rows:
        take_in(anew, project.photo_path(row), name=row.name)
    started = time.perf_counter()
    work_off(anew, lambda: detector)
    took = time.perf_counter() - started
    anew.close()
    shutil.rmtree(folder)
    return took / len(rows)


def _redrawn(page: Page) -> list[float]:
    page.locator("#wall a").first.click()
    page.wait_for_selector("body[data-shown]")
    found = [float(page.evaluate(MOVED, 0.2 + 0.03 * i)) for i in range(TIMES // 2)]
    return found + [_rescaled(page, 100 + 7 * i) for i in range(TIMES // 2)]


def _rescaled(page: Page, mm: float) -> float:
    """Click two points, type the millimetres, and give the ms from the button to the first crack in its new size."""
    page.keyboard.press("s")
    box = page.locator("#stage").bounding_box()
    assert box is not None
    for share in (0.3, 0.7):
        page.mouse.click(box["x"] + share * box["width"], box["y"] + 0.6 * box["height"])
        page.wait_for_timeout(350)
    page.fill("#mm", str(mm))
    return float(page.evaluate(SET))


BENCHMARK = Benchmark("no_rerun", "a new scale or threshold without the network", (SCALE, THRESHOLD, REDRAWN), run)
