"""Takes labelled tiles; gives batches in an order that only seed and epoch decide, so that a run can go on exactly."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.distributed
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from cracklens.errors import DataError
from cracklens.labels import LabelledTile
from cracklens.network import CORE_CELLS, grid_hw, only_window
from cracklens.photo import read_photo
from cracklens.training.features import batched
from cracklens.training.finetune.transforms import AugmentSettings, augment

TURNED = (5, 6, 7, 8)
"""EXIF orientations of pictures that lie on their side."""

Key = tuple[int, tuple[int, ...]]
"""An epoch, and the places of a batch's tiles."""


@dataclass(frozen=True)
class TileBatches(Dataset[tuple[Tensor, Tensor]]):
    """Batches of windows and labels, by their keys.

    Attributes:
        tiles: all of a split.
        seed: of the augmentation.
        augmentation: None leaves tiles as they are.
    """

    tiles: Sequence[LabelledTile]
    seed: int = 0
    augmentation: AugmentSettings | None = None

    def __getitem__(self, key: Key) -> tuple[Tensor, Tensor]:
        """Give windows (N, 3, H, W) uint8 with a cell of reflection on every side, and labels (N,)."""
        epoch, places = key
        windows = np.stack([self._window(epoch, place) for place in places])  # (N, H, W, 3)
        labels = torch.tensor([self.tiles[place].label for place in places])
        return torch.from_numpy(windows).permute(0, 3, 1, 2), labels

    def _window(self, epoch: int, place: int) -> np.ndarray:
        pixels = read_photo(self.tiles[place].path).pixels
        if self.augmentation is not None:
            pixels = augment(pixels, settings=self.augmentation, seed=_seed(self.seed, epoch, place))
        return only_window(pixels)


def _seed(*parts: int) -> int:
    """Give one seed of several numbers; near numbers give seeds that have nothing in common."""
    return int(np.random.SeedSequence(parts).generate_state(1)[0])


class SeededBatches(Sampler[Key]):
    """Batches of tiles of one size, dealt out to the processes of a run; the order is that of seed and epoch alone."""

    def __init__(self, sizes: Sequence[tuple[int, int]], *, batch: int, seed: int | None) -> None:
        """Remember the tiles' sizes; seed None keeps their order and gives every process all of them."""
        self.batch, self.seed, self.epoch = batch, seed, 0
        self._by_size: dict[tuple[int, int], list[int]] = {}
        for place, hw in enumerate(sizes):
            self._by_size.setdefault(hw, []).append(place)

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch; Lightning calls it."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Count the batches of this process."""
        return math.ceil(len(self._order()) / self._share()[1])

    def __iter__(self) -> Iterator[Key]:
        """Give the batches of this process; the last ones come twice where they do not go up evenly."""
        rank, count = self._share()
        whole = self._order()
        whole += whole[: -len(whole) % count]
        for places in whole[rank::count]:
            yield self.epoch, places

    def _share(self) -> tuple[int, int]:
        """Give this process's place and how many share the tiles."""
        shares = self.seed is not None and torch.distributed.is_available() and torch.distributed.is_initialized()
        return (torch.distributed.get_rank(), torch.distributed.get_world_size()) if shares else (0, 1)

    def _order(self) -> list[tuple[int, ...]]:
        if self.seed is None:
            return [tuple(part) for places in self._by_size.values() for part in batched(places, self.batch)]
        draw = np.random.default_rng((self.seed, self.epoch))
        shuffled = [draw.permutation(places).tolist() for places in self._by_size.values()]
        whole = [tuple(part) for places in shuffled for part in batched(places, self.batch)]
        return [whole[place] for place in draw.permutation(len(whole))]


def loader(
    tiles: Sequence[LabelledTile],
    *,
    batch: int,
    workers: int,
    seed: int | None = None,
    augmentation: AugmentSettings | None = None,
) -> DataLoader[tuple[Tensor, Tensor]]:
    """Give the loader of a split; with a seed it is shuffled and dealt out, without one every process sees all."""
    order = SeededBatches(tile_sizes(tiles), batch=batch, seed=seed)
    return DataLoader(
        TileBatches(tiles, seed or 0, augmentation),
        batch_size=None,
        sampler=order,
        num_workers=workers,
        persistent_workers=workers > 0,
    )


def tile_sizes(tiles: Sequence[LabelledTile]) -> list[tuple[int, int]]:
    """Give the upright height and width of tiles, from their headers.

    Raises:
        DataError: a file that is no picture, or is larger than one window.
    """
    return [_size(tile) for tile in tiles]


def _size(tile: LabelledTile) -> tuple[int, int]:
    try:
        with Image.open(tile.path) as picture:
            width, height = picture.size
            turned = picture.getexif().get(0x0112) in TURNED
    except (OSError, ValueError, SyntaxError) as error:
        raise DataError(f"{tile.path}: expected a picture ({error}). Remove it from the data.") from error
    hw = (width, height) if turned else (height, width)
    if max(grid_hw(hw)) > CORE_CELLS:
        expected = f"expected tiles of at most {32 * CORE_CELLS} px a side"
        raise DataError(f"{tile.path}: {expected}; got {hw[0]} x {hw[1]}. Cut it into tiles.")
    return hw
