"""Takes the list of crack-free areas of whole photos; gives their pixels. Which hold joints was told by eye."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.labelled_photos import rebuilt_photos
from benchmarks.result import Settings
from cracklens.training.features.mosaic import TILE_PX

LIST = Path(__file__).with_name("lists") / "crack_free_areas.csv"
LEAST_CELLS = 36

Box = tuple[int, int, int, int]
"""First row and column, last row and column exclusive, in cells."""


@dataclass(frozen=True)
class Area:
    """A rectangle of cells of a photo of SDNET2018 that are all labelled intact, and hold no crack for the eye.

    Attributes:
        photo: surface and number, as in splits/sdnet2018.csv.
        cells: where it lies.
        joints: whether it holds a joint or a formwork line.
    """

    photo: str
    cells: Box
    joints: bool

    def cut(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Give the pixels of the area out of those of its photo."""
        top, left, bottom, right = (side * TILE_PX for side in self.cells)
        return pixels[top:bottom, left:right]


def listed(split: str) -> list[Area]:
    """Give the areas of a split that were not struck from the list."""
    with LIST.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split and row["kept"] == "yes"]
    sides = ("row0", "col0", "row1", "col1")
    return [Area(row["photo"], (*(int(row[side]) for side in sides),), row["joints"] == "yes") for row in rows]  # type: ignore[arg-type]


def areas(settings: Settings, *, joints: bool = False) -> Iterator[tuple[Area, NDArray[np.uint8]]]:
    """Give the areas of a split, or those with joints alone, with their pixels (H, W, 3).

    Raises:
        DataError: the tiles of the photos are not all there.
    """
    wanted = {area.photo: area for area in listed(settings.split) if area.joints or not joints}
    left = len(wanted) if settings.limit is None else min(settings.limit, len(wanted))
    for labelled in rebuilt_photos(settings.split, None).photos if left else ():
        if labelled.photo.name in wanted:
            area = wanted[labelled.photo.name]
            yield area, area.cut(labelled.photo.pixels)
            left -= 1
        if not left:
            return


def largest_free(labels: NDArray[np.int64]) -> Box | None:
    """Give the largest rectangle of intact cells; None where it has fewer than `LEAST_CELLS`. So the list was begun.

    Args:
        labels: (rows, cols) of a photo: 0 intact, 1 cracked, -1 not labelled.
    """
    best, most = None, LEAST_CELLS - 1
    for top in range(len(labels)):
        for bottom in range(top + 1, len(labels) + 1):
            free = np.append((labels[top:bottom] == 0).all(axis=0), False)
            left = 0
            for right in np.flatnonzero(~free).tolist():
                if (bottom - top) * (right - left) > most:
                    best, most = (top, left, bottom, right), (bottom - top) * (right - left)
                left = right + 1
    return best
