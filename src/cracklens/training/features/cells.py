"""Takes tiles and a backbone; gives the features of every cell of them on disk, for nets that look at single cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cracklens.labels import LabelledTile
from cracklens.network import grid_hw, only_window
from cracklens.network.dense import dense
from cracklens.photo import read_photo
from cracklens.training.features.mosaic import CORE_CELLS, TILE_CELLS, mosaic, photos_of, position
from cracklens.training.features.neighbourhoods import N_FEATURES, cell_maps
from cracklens.training.features.tiles import BATCH_TILES, Progress, batched
from cracklens.values import Backbone, FeatureMaps

STEPS = 255
"""Square roots of features are kept as 8-bit shares of their channel's peak: 0.2 MB a tile instead of 0.8."""

PEAK_TILES = 400


@dataclass(frozen=True)
class CellSet:
    """Tiles of one form with the features of their cells.

    Attributes:
        tiles: N of them.
        steps: (N, h, w, 3072) uint8, on disk: round(255 * sqrt(feature / peak)), at most 255.
    """

    tiles: Sequence[LabelledTile]
    steps: NDArray[np.uint8]

    @property
    def labels(self) -> NDArray[np.int64]:
        """Labels (N,) 1 cracked, 0 intact."""
        return np.array([tile.label for tile in self.tiles])


def channel_peaks(tiles: Sequence[LabelledTile], backbone: Backbone, *, seed: int = 0) -> NDArray[np.float32]:
    """Give the highest value (3072,) of every feature on some of the tiles, read singly."""
    draw = np.random.default_rng(seed)
    some = draw.choice(len(tiles), min(PEAK_TILES, len(tiles)), replace=False)
    peaks = np.full(N_FEATURES, 1e-3, np.float32)
    for of in some:
        pixels = read_photo(tiles[of].path).pixels
        maps = cell_maps(backbone.feature_maps(only_window(pixels)[np.newaxis]))
        peaks = np.maximum(peaks, maps.max((0, 2, 3)))
    return peaks


def to_steps(maps: NDArray[np.float32], peaks: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Give maps (D, h, w) as (h, w, D) uint8."""
    shares = np.clip(maps / peaks[:, np.newaxis, np.newaxis], 0, 1)
    steps: NDArray[np.uint8] = np.rint(STEPS * np.sqrt(shares)).astype(np.uint8).transpose(1, 2, 0)
    return steps


def single_cells(
    tiles: Sequence[LabelledTile],
    backbone: Backbone,
    *,
    peaks: NDArray[np.float32],
    file: Path,
    on_progress: Progress | None = None,
) -> CellSet:
    """Read tiles of one size singly, with a mirror for a neighbour, and write their cells to a file."""
    steps = _open(file, (len(tiles), *grid_hw(_hw(read_photo(tiles[0].path).pixels)), N_FEATURES))
    done = 0
    for batch in batched(tiles, BATCH_TILES):
        for cells in dense([read_photo(tile.path).pixels for tile in batch], backbone, lambda maps: cell_maps(maps)[0]):
            steps[done] = to_steps(cells, peaks)
            done += 1
        if on_progress:
            on_progress(done, len(tiles))
    return CellSet(tiles, steps)


def cells_in_photos(
    tiles: Sequence[LabelledTile],
    around: Sequence[LabelledTile],
    backbone: Backbone,
    *,
    peaks: NDArray[np.float32],
    file: Path,
    on_progress: Progress | None = None,
) -> CellSet:
    """Read SDNET2018 tiles with their real neighbours and write their cells to a file.

    Args:
        tiles: whose cells are kept.
        around: all tiles of their photos.
        backbone: computes the features.
        peaks: (3072,) of `channel_peaks`.
        file: `.npy` to be written, 0.2 MB a tile.
        on_progress: called with (done, of all) tiles.
    """
    wanted, kept, done = {tile.file for tile in tiles}, [], 0
    steps = _open(file, (len(tiles), TILE_CELLS, TILE_CELLS, N_FEATURES))
    for photo in photos_of(around):
        inside = [tile for tile in photo if tile.file in wanted]
        if not inside:
            continue
        maps = photo_steps(mosaic(photo), backbone, peaks)
        for tile in inside:
            row, col = position(tile.file) or (0, 0)
            steps[done] = maps[row * TILE_CELLS : (row + 1) * TILE_CELLS, col * TILE_CELLS : (col + 1) * TILE_CELLS]
            kept.append(tile)
            done += 1
        if on_progress:
            on_progress(done, len(tiles))
    return CellSet(kept, steps)


def photo_steps(pixels: NDArray[np.uint8], backbone: Backbone, peaks: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Give the cells (rows, cols, 3072) uint8 of a whole photo."""

    def read(maps: FeatureMaps) -> NDArray[np.uint8]:
        return to_steps(cell_maps(maps)[0], peaks).transpose(2, 0, 1)  # (3072, h, w)

    (whole,) = dense([pixels], backbone, read, core_cells=CORE_CELLS)
    return whole.transpose(1, 2, 0)


def batches(
    sets: Sequence[tuple[CellSet, NDArray[np.intp]]], *, size: int, draw: np.random.Generator
) -> Iterator[list[tuple[int, NDArray[np.intp]]]]:
    """Give one pass over the named tiles of several sets, mixed; a batch is (set, places) for each set it has.

    The last batch may be smaller.
    """
    items = np.concatenate([np.column_stack([np.full(len(of), i), of]) for i, (_, of) in enumerate(sets)])
    order = draw.permutation(len(items))
    for start in range(0, len(order), size):
        some = items[order[start : start + size]]
        yield [(i, np.sort(some[some[:, 0] == i, 1])) for i in np.unique(some[:, 0])]


def _open(file: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    file.parent.mkdir(parents=True, exist_ok=True)
    opened: NDArray[np.uint8] = np.lib.format.open_memmap(file, "w+", np.uint8, shape)
    return opened


def _hw(pixels: NDArray[np.uint8]) -> tuple[int, int]:
    return pixels.shape[0], pixels.shape[1]
