"""Takes a photo's pixels; gives them as tiles of every size in one file, and any of these back. Knows no screen."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from cracklens.files import output_errors, replaced

TILE_PX = 512
"""Side of a tile, and the most that the smallest level measures: the picture of the photo wall."""

QUALITY = 85
STRIP_PX = 1024
"""Rows made smaller at a time; bounds memory, and is a multiple of two."""

Pixels = NDArray[np.uint8]


def write_pyramid(pixels: Pixels, path: Path) -> None:
    """Write all tiles of a photo, each level half as large as the one before, as JPEGs in a ZIP that holds them bare.

    Level 0 is one tile; the last is the photo itself. A tile is named "level/column_row", counted from 0, as Deep Zoom
    images are.

    Args:
        pixels: RGB (H, W, 3) uint8.
        path: of the file; replaced in one step.

    Raises:
        OutputError: it cannot be written.
    """
    last = levels(pixels.shape[:2]) - 1
    with output_errors(path), replaced(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as tiles:
        for level in range(last, -1, -1):
            for name, tile in _tiles(pixels):
                jpeg = simplejpeg.encode_jpeg(tile, quality=QUALITY, colorspace="RGB", colorsubsampling="420")
                tiles.writestr(f"{level}/{name}", jpeg)
            pixels = halved(pixels) if level else pixels


def levels(photo_hw: tuple[int, ...]) -> int:
    """Give how many levels a photo has.

    Example:
        >>> levels((512, 400)), levels((513, 400)), levels((3000, 4000))
        (1, 2, 4)
    """
    side, count = max(photo_hw), 1
    while side > TILE_PX:
        side, count = -(-side // 2), count + 1
    return count


def halved(pixels: Pixels) -> Pixels:
    """Give pixels (H, W, 3) at half the size, each the mean of four; odd sides are rounded up."""
    strips = (
        np.asarray(Image.fromarray(np.ascontiguousarray(pixels[row : row + STRIP_PX])).reduce(2))
        for row in range(0, len(pixels), STRIP_PX)
    )
    return np.concatenate(list(strips))


def read_tile(path: Path, level: int, column: int, row: int) -> bytes | None:
    """Give the JPEG of a tile; None where the file, the level or the tile is not there."""
    try:
        with _opened(path, path.stat().st_mtime_ns).open(f"{level}/{column}_{row}") as tile:
            return tile.read()
    except (OSError, KeyError, zipfile.BadZipFile):
        return None


@lru_cache(maxsize=256)
def _opened(path: Path, _changed: int) -> zipfile.ZipFile:
    """Give the open file with its directory read, which of a 200 MP photo takes longer than a tile."""
    return zipfile.ZipFile(path)


def _tiles(pixels: Pixels) -> Iterator[tuple[str, Pixels]]:
    for top in range(0, pixels.shape[0], TILE_PX):
        for left in range(0, pixels.shape[1], TILE_PX):
            tile = np.ascontiguousarray(pixels[top : top + TILE_PX, left : left + TILE_PX])
            yield f"{left // TILE_PX}_{top // TILE_PX}", tile
