"""Takes a project of 400 photos; gives how long the next one takes from the key to its last tile in Chromium."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

from benchmarks.made_project import copied, made_project
from benchmarks.result import Bar, Benchmark, Result, Settings
from benchmarks.workbench import chromium, entered, served
from cracklens import Detector
from cracklens.cli.talk import progress

SHOWN = Bar("key press to the next photo fully shown, p95", "≤", 150, "ms")
PHOTOS = 400
LOOK_MS = 800
"""So long a person looks at least before the next key."""

WATCH = """() => {
  window.took = [];
  let pressed = 0;
  addEventListener("keydown", (event) => { pressed = event.timeStamp; }, true);
  new MutationObserver(() => {
    if (document.body.dataset.shown && pressed) { window.took.push(performance.now() - pressed); pressed = 0; }
  }).observe(document.body, { attributes: true, attributeFilter: ["data-shown"] });
}"""
"""A photo counts as shown one frame after all its tiles in view are drawn, with its cracks over it."""


def run(settings: Settings) -> Sequence[Result]:
    """Go through all photos of a project by the key for the next one."""
    n = min(settings.limit or PHOTOS, PHOTOS)
    folder = made_project(n, Detector.load(settings.detector))
    with tempfile.TemporaryDirectory(dir=folder) as name:
        project = copied(folder, Path(name) / "project")
        with served(project) as address, chromium() as browser, entered(browser, address) as page:
            took = _go_through(page, n - 1)
    sides = {"median ms": float(np.median(took)), "longest ms": float(np.max(took))}
    note = (
        f"photos of 12 MP, Chromium at 1,280 x 800, the next key {LOOK_MS} ms after each; server and browser on 2 cores"
    )
    data = {"data": "none" if n == PHOTOS else "limited"}
    return [SHOWN.result(float(np.percentile(took, 95)), n=len(took), sides=sides, note=note, **data)]


def _go_through(page: Page, n: int) -> list[float]:
    page.locator("#wall a").first.click()
    page.wait_for_selector("body[data-shown]")
    page.evaluate(WATCH)
    with progress("photos") as step:
        for i in range(n):
            page.wait_for_timeout(LOOK_MS)
            page.keyboard.press("ArrowRight")
            page.wait_for_function("n => window.took.length === n", arg=i + 1)
            step(i + 1, n)
    took: list[float] = page.evaluate("window.took")
    return took


BENCHMARK = Benchmark("review_400", "going through 400 photos in the workbench", (SHOWN,), run)
