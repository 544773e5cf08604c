"""Takes the whole METU and SDNET2018 sets; gives the cells that the bundled detail net is fitted on, kept on disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from makers.concrete.figures import METU, PHOTOS, SINGLE
from numpy.typing import NDArray

from cracklens.files import write_whole
from cracklens.labels import LabelledTile
from cracklens.training import Domain, FitSettings, bag_logits, fit_bags
from cracklens.training.features import CellSet, Progress, cells_in_photos, channel_peaks, single_cells
from cracklens.values import Backbone

INTACT_EVERY = 4
"""Of SDNET2018's intact train tiles one in so many is taken: they are six times as many as the cracked ones."""

SINGLE_EVERY = 3
"""Of the tiles kept in their photos, one in so many is read singly too."""

METU_A_CLASS = 3000
METU_HARD = 2000
"""METU's train tiles: evenly spaced of each class, and those that a linear head is least sure of."""


@dataclass(frozen=True)
class BundledCells:
    """The sets and the peaks of their features.

    Attributes:
        peaks: (3072,) of every feature.
        sets: by form.
    """

    peaks: NDArray[np.float32]
    sets: dict[str, CellSet]


def read_cells(
    domains: Sequence[Domain], backbone: Backbone, *, folder: Path, on_progress: Progress | None = None
) -> BundledCells:
    """Give the cells of train and val, from the folder where it has them: 8 GB, else half an hour on 2 cores.

    Args:
        domains: as `bundled.read_domains` gives them, train and val.
        backbone: computes what is missing.
        folder: is read first and written to.
        on_progress: called with (done, of all) tiles of each form.
    """
    sdnet = [tile for one in domains if one.name.endswith(PHOTOS) for tile in one.measured.tiles]
    (metu,) = (one for one in domains if one.name == METU)
    kept = _kept(sdnet)
    peaks = _peaks([*kept, *metu.measured.tiles], backbone, folder)
    few = [tile for i, tile in enumerate(kept) if tile.split == "val" or i % SINGLE_EVERY == 0]

    def read(tiles: Sequence[LabelledTile], file: Path) -> CellSet:
        return single_cells(tiles, backbone, peaks=peaks, file=file, on_progress=on_progress)

    def read_photos(tiles: Sequence[LabelledTile], file: Path) -> CellSet:
        return cells_in_photos(tiles, sdnet, backbone, peaks=peaks, file=file, on_progress=on_progress)

    sets = {
        METU: _stored(_of_metu(metu), folder / "metu.npy", read),
        PHOTOS: _stored(kept, folder / "photos.npy", read_photos),
        SINGLE: _stored(few, folder / "single.npy", read),
    }
    return BundledCells(peaks, sets)


def _stored(
    tiles: Sequence[LabelledTile], file: Path, read: Callable[[Sequence[LabelledTile], Path], CellSet]
) -> CellSet:
    """Give cells from a file that was finished for these tiles, or read them and say that it is finished."""
    listing = file.with_suffix(".json")
    names = sorted(tile.file for tile in tiles)
    if listing.is_file() and sorted(order := json.loads(listing.read_text())) == names:
        by_name = {tile.file: tile for tile in tiles}
        return CellSet([by_name[name] for name in order], np.load(file, mmap_mode="r"))
    listing.unlink(missing_ok=True)
    found = read(tiles, file)
    write_whole(listing, json.dumps([tile.file for tile in found.tiles]).encode())
    return found


def _peaks(tiles: Sequence[LabelledTile], backbone: Backbone, folder: Path) -> NDArray[np.float32]:
    file = folder / f"peaks-{backbone.hash[:12]}.npy"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        np.save(file, channel_peaks([tile for tile in tiles if tile.split == "train"], backbone))
    peaks: NDArray[np.float32] = np.load(file)
    return peaks


def _kept(tiles: Sequence[LabelledTile]) -> list[LabelledTile]:
    """Give all of val, all cracked tiles of train and one in four of its intact ones."""
    train = [tile for tile in tiles if tile.split == "train"]
    intact = [tile for tile in train if not tile.label][::INTACT_EVERY]
    return [*(tile for tile in tiles if tile.split == "val"), *(tile for tile in train if tile.label), *intact]


def _of_metu(metu: Domain) -> list[LabelledTile]:
    train = metu.of("train")
    head = fit_bags(train.bags, train.labels, settings=FitSettings(strength=1e-3))
    margins = np.abs(bag_logits(train.bags, head))
    hard = {train.tiles[i].file for i in np.argsort(margins)[:METU_HARD]}
    even: set[str] = set()
    for label in (0, 1):
        of = [tile.file for tile in train.tiles if tile.label == label]
        even.update(of[:: max(1, len(of) // METU_A_CLASS)])
    return [*metu.of("val").tiles, *(tile for tile in train.tiles if tile.file in hard | even)]
