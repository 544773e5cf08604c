"""Takes whole photos; gives the pictures of docs/workbench.md, made in a real Chromium on a project of their own."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.data import find
from benchmarks.workbench import chromium, entered, served
from playwright.sync_api import Page

from cracklens import Detector
from cracklens.projects import Project, take_in_all, work_off

DOCS = Path(__file__).parents[1] / "docs"
QUALITY = 82
SETTLED_MS = 1200


def main() -> None:
    """Inspect the photos of the data folder and take pictures of every page."""
    with tempfile.TemporaryDirectory() as name:
        project = Project.make(Path(name) / "project", name="Mill Bridge")
        take_in_all(project, sorted(find("photos").glob("*.jpg")))
        work_off(project, Detector.load)
        project.close()
        with served(project.folder) as address, chromium() as browser, entered(browser, address) as page:
            _walk(page)


def _walk(page: Page) -> None:
    _take(page, "wall")
    page.locator("#wall a", has_text="Walls_7110").click()
    page.wait_for_selector("body[data-shown]")
    page.keyboard.press("h")
    _take(page, "heat")
    page.keyboard.press("h")
    page.keyboard.press("c")
    page.locator("nav >> text=Photos").click()
    page.locator("#wall a", has_text="Pavements_029").click()
    page.wait_for_selector("body[data-shown]")
    page.keyboard.press("z")
    _take(page, "review")
    _draw(page)
    _take(page, "draw")
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.wait_for_timeout(SETTLED_MS)
    page.keyboard.press("3")
    page.wait_for_timeout(SETTLED_MS)
    page.locator("nav >> text=Report").click()
    page.fill("#about [name=structure]", "Mill Bridge, east wall")
    page.fill("#sign [name=name]", "Ann Inspector")
    _take(page, "report")


def _draw(page: Page) -> None:
    """Click along a crack as a person does, without keeping it."""
    page.keyboard.press("f")
    page.keyboard.press("d")
    box = page.locator("#scene .crack .line").first.bounding_box() or {"x": 0, "y": 0, "width": 0, "height": 0}
    for x, y in ((0.1, 0.75), (0.5, 0.5), (0.85, 0.3)):
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.wait_for_timeout(SETTLED_MS)


def _take(page: Page, name: str) -> None:
    page.wait_for_timeout(SETTLED_MS)
    page.screenshot(path=DOCS / f"workbench-{name}.jpg", type="jpeg", quality=QUALITY)


if __name__ == "__main__":
    main()
