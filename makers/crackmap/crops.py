"""Takes photos one by one; gives the crops of each in a file, and batches of all, well shuffled. Knows no network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypedDict

import numpy as np
from makers.crackmap.photos import TrainPhoto
from makers.crackmap.samples import Sample
from makers.crackmap.scene import SIDE
from makers.crackmap.shards import write_array
from numpy.typing import NDArray

from cracklens.files import write_whole
from cracklens.training.crackmap.source import CRACK, Batch

INDEX = "index.json"
"""A row for each photo, in the order of the files; it is written last."""


CropsOf = Callable[[int, TrainPhoto], Iterable[Sample]]
"""Gives the crops of a photo by its number; the same whatever was done before."""


class Row(TypedDict):
    """How many crops a photo has given."""

    origin: str
    photo: str
    crops: int


def write_crops(
    folder: Path,
    photos: Sequence[TrainPhoto],
    crops_of: CropsOf,
    *,
    on_done: Callable[[int, int], object],
) -> list[Row]:
    """Write the crops of each photo to a file of its own, if it is not there, and give the rows of the index.

    Args:
        folder: of the files; it must be there.
        photos: in an order that is always the same.
        crops_of: gives the crops of each.
        on_done: called with the number of photos that are done, and of their crops.
    """
    rows: list[Row] = []
    for number, photo in enumerate(photos):
        path = crops_path(folder, number)
        if not path.exists():
            write_array(path, _packed(list(crops_of(number, photo))))
        rows.append({"origin": photo.origin, "photo": photo.name, "crops": len(np.load(path, mmap_mode="r"))})
        on_done(len(rows), sum(row["crops"] for row in rows))
    return rows


def crops_path(folder: Path, number: int) -> Path:
    """Give the file of a photo's crops (N, SIDE, SIDE, 4) uint8: RGB and labels."""
    return folder / f"{number:04d}.npy"


def _packed(crops: Sequence[Sample]) -> NDArray[np.uint8]:
    found = [np.dstack([crop.pixels, crop.labels]) for crop in crops]
    return np.stack(found) if found else np.empty((0, SIDE, SIDE, 4), np.uint8)


def write_index(folder: Path, rows: Sequence[Row]) -> None:
    """Write the rows of all photos: the folder is whole."""
    write_whole(folder / INDEX, (json.dumps(rows, indent=0) + "\n").encode())


def read_index(folder: Path) -> list[Row]:
    """Give the rows of a whole folder."""
    rows: list[Row] = json.loads((folder / INDEX).read_text())
    return rows


@dataclass(frozen=True)
class Crops:
    """All crops of a folder that is whole, in an order that knows no photos; each comes once before any comes again.

    Attributes:
        folder: of the files and their index; a crop is read when it is wanted.
        seed: of the order.
        cracked: only those with a crack in them.
    """

    folder: Path
    seed: int = 0
    cracked: bool = False

    def batch(self, number: int, size: int, rng: np.random.Generator) -> Batch:  # noqa: ARG002 of the protocol
        """Give the batch of a number."""
        turns, places = np.divmod(number * size + np.arange(size), len(self._places))
        found = np.stack([self._crop(*at) for at in zip(turns.tolist(), places.tolist(), strict=True)])
        return found[..., :3], found[..., 3]

    @cached_property
    def _places(self) -> NDArray[np.intp]:
        """Photo and crop (N, 2)."""
        found = [
            (photo, crop)
            for photo, row in enumerate(read_index(self.folder))
            for crop in range(row["crops"])
            if not self.cracked or (self._read(photo, crop)[..., 3] == CRACK).any()
        ]
        return np.array(found)

    def _crop(self, turn: int, place: int) -> NDArray[np.uint8]:
        order = np.random.default_rng([self.seed, turn]).permutation(len(self._places))
        photo, crop = self._places[order[place]]
        return self._read(photo, crop)

    def _read(self, photo: int, crop: int) -> NDArray[np.uint8]:
        found: NDArray[np.uint8] = np.load(crops_path(self.folder, photo), mmap_mode="r")[crop]
        return found
