"""Takes SDNET2018 tiles; gives their features with their real neighbours, whole photos put together again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import DataError
from cracklens.labels import LabelledTile
from cracklens.photo import read_photo
from cracklens.training.features.bags import Bags
from cracklens.training.features.cache import FeatureCache
from cracklens.training.features.neighbourhoods import neighbourhoods, picture_cells
from cracklens.training.features.tiles import Progress, file_hashes
from cracklens.values import STRIDE_PX, Backbone

COLUMNS = 18
"""Tiles in a row of an SDNET2018 photo: tile k stands at row (k - 1) // 18, column (k - 1) % 18."""

TILE_PX = 256
TILE_CELLS = TILE_PX // STRIDE_PX
CORE_CELLS = 48
"""Smaller windows than the detector's: the halo is the same, and 3,072 maps of a whole photo stand in memory beside."""

TILE_NAME = re.compile(r"^(?P<photo>.+)-(?P<number>\d+)$")


def position(file: str) -> tuple[int, int] | None:
    """Give the row and column of a tile in its photo; None for the second copies that the set calls `…_2.jpg`.

    Example:
        >>> position("Walls/Cracked/7110-19.jpg"), position("Decks/Cracked/7039-110_2.jpg")
        ((1, 0), None)
    """
    match = TILE_NAME.match(Path(file).stem)
    return divmod(int(match["number"]) - 1, COLUMNS) if match else None


def mosaic(tiles: Sequence[LabelledTile]) -> NDArray[np.uint8]:
    """Put the tiles of one photo in their places: (H, W, 3) uint8; a missing tile is filled with the mean colour.

    Raises:
        DataError: a tile of another size than 256 px, or without a place.
    """
    places = [position(tile.file) for tile in tiles]
    rows = 1 + max((place[0] for place in places if place), default=0)
    whole = np.zeros((rows, COLUMNS, TILE_PX, TILE_PX, 3), np.uint8)
    seen = np.zeros((rows, COLUMNS), bool)
    for tile, place in zip(tiles, places, strict=True):
        pixels = read_photo(tile.path).pixels
        if place is None or pixels.shape[:2] != (TILE_PX, TILE_PX):
            expected = f"expected an SDNET2018 tile PHOTO-NUMBER.jpg of {TILE_PX} px"
            raise DataError(f"{tile.path}: {expected}; got {pixels.shape[:2]}. Get the set again.")
        whole[place], seen[place] = pixels, True
    whole[~seen] = whole[seen].mean((0, 1, 2)).astype(np.uint8)
    return whole.transpose(0, 2, 1, 3, 4).reshape(rows * TILE_PX, COLUMNS * TILE_PX, 3)


def tiles_in_photo(pixels: NDArray[np.uint8], backbone: Backbone) -> dict[tuple[int, int], NDArray[np.float16]]:
    """Give the neighbourhoods (K, 3072) that lie wholly inside each 256 px tile of a photo, by row and column."""
    cells = picture_cells(pixels, backbone, core_cells=CORE_CELLS)  # (3072, rows, cols)
    rows, cols = (side // TILE_CELLS for side in cells.shape[1:])
    return {(row, col): neighbourhoods(cells[:, *tile_cells(row, col)]) for row in range(rows) for col in range(cols)}


def tile_cells(row: int, col: int) -> tuple[slice, slice]:
    """Give the rows and columns of the map that a tile of a photo covers."""
    top, left = row * TILE_CELLS, col * TILE_CELLS
    return slice(top, top + TILE_CELLS), slice(left, left + TILE_CELLS)


def context_features(
    tiles: Sequence[LabelledTile], backbone: Backbone, *, cache: FeatureCache, on_progress: Progress | None = None
) -> Bags:
    """Give the neighbourhoods of SDNET2018 tiles, seen in their photos; all tiles must have a `position`.

    Args:
        tiles: N of them, any order; photos are told apart by `group`.
        backbone: computes what is missing.
        cache: is read first, and added to photo by photo.
        on_progress: called with (done, of all) tiles.
    """
    hashes = dict(zip([tile.file for tile in tiles], file_hashes([tile.path for tile in tiles]), strict=True))
    photos = [(photo, _keys(photo, hashes)) for photo in photos_of(tiles)]
    known = cache.read(backbone.hash, {key for _, keys in photos for key in keys.values()})
    done, found = 0, dict[str, NDArray[np.float16]]()
    for photo, keys in photos:
        if any(key not in known for key in keys.values()):
            features = tiles_in_photo(mosaic(photo), backbone)
            fresh = {keys[tile.file]: features[position(tile.file) or (0, 0)] for tile in photo}
            cache.write(backbone.hash, list(fresh), list(fresh.values()))
            known.update(fresh)
        found.update({file: known[key] for file, key in keys.items()})
        done += len(photo)
        if on_progress:
            on_progress(done, len(tiles))
    return Bags.of([found[tile.file] for tile in tiles])


def photos_of(tiles: Sequence[LabelledTile]) -> Iterator[list[LabelledTile]]:
    """Give the tiles of each photo together."""
    photos: dict[str, list[LabelledTile]] = {}
    for tile in tiles:
        photos.setdefault(tile.group, []).append(tile)
    yield from photos.values()


def _keys(photo: Sequence[LabelledTile], hashes: dict[str, str]) -> dict[str, str]:
    """Give the cache key of each tile: its own content and that of the photo around it."""
    around = hashlib.sha256("".join(hashes[tile.file] + tile.file for tile in photo).encode()).hexdigest()
    return {tile.file: hashlib.sha256(f"{hashes[tile.file]} in {around}".encode()).hexdigest() for tile in photo}
