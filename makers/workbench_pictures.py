"""Takes whole photos; gives the pictures of docs/workbench.md, made in a real Chromium on a project of their own."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
from benchmarks.data import find
from benchmarks.workbench import chromium, entered, served
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Page

from cracklens import Detector
from cracklens.files import make_folder
from cracklens.labels.dataset import label_of
from cracklens.projects import Project, TakenIn, be_done_with, decide, take_in, take_in_all, work_off
from cracklens.projects.dates import compare_with
from cracklens.projects.views import photo_view

DOCS = Path(__file__).parents[1] / "docs"
QUALITY = 82
SETTLED_MS = 1200
FIT_MS = 600_000


TURNED_DEGREES = 3
DARK = (35, 32, 30)
"""Colour of what is gone today."""

PARTS_OF = "Pavements"
"""Photos whose parts are the site that a detector is fitted to."""

PART_TILES = 6
TILE_PX = 256


def main() -> None:
    """Inspect the photos of the data folder and take pictures of every page."""
    take_whole_photos()
    take_dates()
    take_teach()


def take_whole_photos() -> None:
    """Take the pictures of photos, review and report."""
    with tempfile.TemporaryDirectory() as name:
        project = Project.make(Path(name) / "project", name="Mill Bridge")
        take_in_all(project, sorted(find("photos").glob("*.jpg")))
        work_off(project, Detector.load)
        project.close()
        with served(project.folder) as address, chromium() as browser, entered(browser, address) as page:
            _walk(page)


def take_dates() -> None:
    """Take the picture of two dates: the earlier one is the same photo turned a little, with a line drawn into it."""
    photo = find("photos") / "Walls_7110.jpg"
    with tempfile.TemporaryDirectory() as name:
        earlier = make_folder(Path(name) / "photos") / photo.name
        _with_line(Image.open(photo)).rotate(TURNED_DEGREES, Image.Resampling.BICUBIC).save(earlier, quality=92)
        now = _inspected(Path(name) / "2026", photo)
        _inspected(Path(name) / "2024", earlier).close()
        compare_with(now, Path(name) / "2024")
        now.close()
        with served(now.folder) as address, chromium() as browser, entered(browser, address) as page:
            page.locator("#wall a").first.click()
            page.wait_for_selector("body[data-shown]")
            page.keyboard.press("a")
            page.wait_for_selector("body[data-dated]")
            _take(page, "dates")


def _with_line(photo: Image.Image) -> Image.Image:
    """Draw a line as wide and as crooked as a crack into a photo."""
    angles = np.arctan2(0.3, 1) + np.random.default_rng(2).normal(0, 0.5, 60)
    steps = 25 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    over = Image.new("L", photo.size)
    line = [(300 + float(x), 700 + float(y)) for x, y in np.cumsum(steps, axis=0)]
    ImageDraw.Draw(over).line(line, fill=215, width=10, joint="curve")
    return Image.composite(Image.new("RGB", photo.size, DARK), photo, over.filter(ImageFilter.GaussianBlur(1.2)))


def _inspected(folder: Path, photo: Path) -> Project:
    project = Project.make(folder, name=f"Mill Bridge {folder.name}")
    take_in_all(project, [photo])
    work_off(project, Detector.load)
    return project


def take_teach() -> None:
    """Take the picture of the page Teach: parts of photos, lines decided by the labels of the tiles they run in."""
    with tempfile.TemporaryDirectory() as name:
        project = Project.make(Path(name) / "project", name="Mill Bridge")
        cracked = {taken.photo_id: tiles for taken, tiles in _parts(project, Path(name))}
        work_off(project, Detector.load)
        for photo, tiles in cracked.items():
            for crack in photo_view(project, photo).cracks:
                line = np.concatenate([np.reshape(of, (-1, 2)) for of in crack.lines])
                shown = any((int(y), int(x)) in tiles for x, y in line // TILE_PX)
                decide(project, crack.id, "confirmed" if shown else "rejected", reason="" if shown else "other")
            be_done_with(project, photo)
        project.close()
        with served(project.folder) as address, chromium() as browser, entered(browser, address) as page:
            page.locator("nav >> text=Teach").click()
            page.locator("#fit").click()
            page.wait_for_selector("#result", timeout=FIT_MS)
            _take(page, "teach")


def _parts(project: Project, folder: Path) -> Iterator[tuple[TakenIn, set[tuple[int, int]]]]:
    """Put parts of photos into a project, and give rows and columns of the tiles of each that show a crack."""
    for path in sorted(find("photos").glob(f"{PARTS_OF}*.jpg")):
        labels = _cracked(path.name)
        whole = Image.open(path)
        for row, column in product(
            range(0, whole.height // TILE_PX - PART_TILES + 1, PART_TILES),
            range(0, whole.width // TILE_PX - PART_TILES + 1, PART_TILES),
        ):
            box = [side * TILE_PX for side in (column, row, column + PART_TILES, row + PART_TILES)]
            part = folder / f"{path.stem} {row}-{column}.png"
            whole.crop((box[0], box[1], box[2], box[3])).save(part)
            yield take_in(project, part), {(y - row, x - column) for y, x in labels}


def _cracked(photo: str) -> set[tuple[int, int]]:
    """Give rows and columns of the tiles of a photo that show a crack."""
    with find("photos/tile_labels.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["photo"] == photo and label_of(row["label"]) == 1]
    return {(int(row["row"]), int(row["col"])) for row in rows}


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
