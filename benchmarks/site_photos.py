"""Takes SDNET2018; gives thirty train photos of each surface as heads and detail nets read them, kept on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from makers.concrete.cells import BundledCells
from makers.concrete.figures import PHOTOS, SURFACES, surface
from numpy.typing import NDArray

from benchmarks.data import split_tiles
from cracklens.cli.talk import progress
from cracklens.labels import LabelledTile
from cracklens.network import SIDE
from cracklens.training import Domain, Measured
from cracklens.training.features import (
    Bags,
    CellSet,
    channel_peaks,
    default_cache,
    photos_of,
    position,
    tile_cells,
)
from cracklens.training.features.cells import to_steps
from cracklens.training.features.mosaic import CORE_CELLS, mosaic
from cracklens.training.features.neighbourhoods import neighbourhoods, picture_cells
from cracklens.values import Backbone

FEW = 30
"""Photos of each surface: all 162 take three times as long to read, and a site has no more."""

INTACT_EVERY = 4
"""Of the intact train tiles one in so many is read cell by cell: 0.2 MB each."""

NEIGHBOURHOODS = (8 - SIDE + 1) ** 2
"""In a tile of 256 px."""


def read_few(backbone: Backbone) -> tuple[list[Domain], BundledCells]:
    """Give tiles of train and val with their features, a domain a surface, and the cells of some of them.

    Each photo is read once, 8 s on two cores, and kept: 25 MB.

    Raises:
        DataError: the set is not there.
    """
    train, val = ([of for of in split_tiles("sdnet2018", name).tiles if position(of.file)] for name in ("train", "val"))
    folder = default_cache().folder.parent / "site" / backbone.hash[:12]
    folder.mkdir(parents=True, exist_ok=True)
    peaks = _peaks(train, backbone, folder)
    photos = [*_few(train), *photos_of(val)]
    bags, steps = [], []
    with progress("photos of surfaces") as step:
        for number, photo in enumerate(photos):
            path = folder / f"{photo[0].group.replace('/', '-')}.npz"
            if not path.exists():
                _read(photo, backbone, peaks, path)
            with np.load(path) as kept:
                bags.append(kept["features"])
                steps.append(kept["steps"])
            step(number + 1, len(photos), photo[0].group)
    tiles = [tile for photo in photos for tile in photo]
    measured = Measured(tiles, Bags(np.concatenate(bags), np.full(len(tiles), NEIGHBOURHOODS)))
    cells = CellSet([tile for photo in photos for tile in kept_of(photo)], np.concatenate(steps))
    return [_domain(name, measured) for name in SURFACES], BundledCells(peaks, {PHOTOS: cells})


def kept_of(photo: Sequence[LabelledTile]) -> list[LabelledTile]:
    """Give the tiles of a photo that are read cell by cell: of train all cracked ones and some others, of val all."""
    return [tile for i, tile in enumerate(photo) if tile.label or tile.split == "val" or i % INTACT_EVERY == 0]


def _domain(name: str, measured: Measured) -> Domain:
    return Domain(f"SDNET2018 {name}, {PHOTOS}", name, 1.0, measured.where(lambda tile: surface(tile) == name))


def _few(tiles: Sequence[LabelledTile]) -> list[list[LabelledTile]]:
    of: dict[str, list[list[LabelledTile]]] = {name: [] for name in SURFACES}
    for photo in photos_of(tiles):
        of[surface(photo[0])].append(photo)
    return [photo for photos in of.values() for photo in photos[:FEW]]


def _peaks(train: Sequence[LabelledTile], backbone: Backbone, folder: Path) -> NDArray[np.float32]:
    path = folder / "peaks.npy"
    if not path.exists():
        np.save(path, channel_peaks(train, backbone))
    peaks: NDArray[np.float32] = np.load(path)
    return peaks


def _read(photo: Sequence[LabelledTile], backbone: Backbone, peaks: NDArray[np.float32], path: Path) -> None:
    cells = picture_cells(mosaic(photo), backbone, core_cells=CORE_CELLS)
    parts = {tile.file: cells[:, *tile_cells(*(position(tile.file) or (0, 0)))] for tile in photo}
    whole = np.concatenate([neighbourhoods(part) for part in parts.values()])
    steps = np.stack([to_steps(parts[tile.file], peaks) for tile in kept_of(photo)])
    part = path.with_suffix(".part.npz")
    np.savez(part, features=whole, steps=steps)
    part.replace(path)
