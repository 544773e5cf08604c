"""Takes a split; gives whole SDNET2018 photos with cell labels: test from photos/, val rebuilt from tiles."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import find, split_tiles
from benchmarks.result import DataKind, Settings
from cracklens import Photo, read_photo
from cracklens.errors import DataError
from cracklens.labels import LabelledTile
from cracklens.labels.dataset import label_of
from cracklens.training.features import position
from cracklens.training.features.mosaic import TILE_PX, mosaic


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo with the labels of its 256 px cells.

    Attributes:
        photo: its pixels.
        places: row and column of each labelled cell.
        labels: (N,) 1 cracked, 0 intact.
    """

    photo: Photo
    places: list[tuple[int, int]]
    labels: NDArray[np.int64]

    def cells(self) -> list[NDArray[np.uint8]]:
        """Give the pixels of each labelled cell, cut out."""
        px, side = self.photo.pixels, TILE_PX
        return [px[row * side : (row + 1) * side, col * side : (col + 1) * side] for row, col in self.places]


@dataclass(frozen=True)
class PhotoSet:
    """Photos of one split, read one by one.

    Attributes:
        n: how many.
        photos: the photos.
        data: whether these are all.
    """

    n: int
    photos: Iterator[LabelledPhoto]
    data: DataKind


def labelled_photos(settings: Settings) -> PhotoSet:
    """Give the six photos of the test split, or those of val put together again from their tiles.

    Raises:
        DataError: photos/ is not there; or for val, the whole set is not.
    """
    return _from_photos(settings.limit) if settings.split == "test" else rebuilt_photos("val", settings.limit)


def _from_photos(limit: int | None) -> PhotoSet:
    folder = find("photos/tile_labels.csv").parent
    with (folder / "tile_labels.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = sorted({row["photo"] for row in rows})[:limit]
    return PhotoSet(len(names), (_from_rows(folder, name, rows) for name in names), "limited" if limit else "whole")


def _from_rows(folder: Path, name: str, rows: list[dict[str, str]]) -> LabelledPhoto:
    of = [row for row in rows if row["photo"] == name]
    labels = np.array([label_of(row["label"]) for row in of])
    return LabelledPhoto(read_photo(folder / name), [(int(row["row"]), int(row["col"])) for row in of], labels)


def rebuilt_photos(split: str, limit: int | None) -> PhotoSet:
    """Give the photos of a split of SDNET2018, put together again from their tiles.

    Args:
        split: "train", "val" or "test".
        limit: so many photos, surfaces in turns; None takes all.

    Raises:
        DataError: tiles of the split are missing.
    """
    of = split_tiles("sdnet2018", split)
    if of.data != "whole":
        raise DataError(
            f"photos of {split} are put together from all tiles of SDNET2018; got {of.coverage()}. See docs/data.md."
        )
    photos: dict[str, list[LabelledTile]] = {}
    for tile in of.tiles:
        if position(tile.file):
            photos.setdefault(tile.group, []).append(tile)
    names = _across(sorted(photos))[:limit]
    return PhotoSet(len(names), (_from_mosaic(name, photos[name]) for name in names), "limited" if limit else "whole")


def _across(names: list[str]) -> list[str]:
    """Give the photos with the surfaces in turns, so that a limited run sees all of them."""
    surfaces = sorted({name[0] for name in names})
    of = {surface: [name for name in names if name[0] == surface] for surface in surfaces}
    return sorted(names, key=lambda name: (of[name[0]].index(name), name))


def _from_mosaic(name: str, tiles: list[LabelledTile]) -> LabelledPhoto:
    empty = Photo(np.zeros((1, 1, 3), np.uint8), name, "")
    places = [place for tile in tiles if (place := position(tile.file))]
    return LabelledPhoto(replace(empty, pixels=mosaic(tiles)), places, np.array([tile.label for tile in tiles]))
