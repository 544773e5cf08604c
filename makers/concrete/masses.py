"""Takes tiles and a network with a crack map; gives how much of it each neighbourhood holds, and the weight of that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from makers.concrete.figures import PHOTOS
from makers.concrete.val import ValLogits
from numpy.typing import NDArray

from cracklens.errors import DataError
from cracklens.labels import LabelledTile
from cracklens.network import SIDE, crack_mass, neighbourhood_mean
from cracklens.network.dense import dense
from cracklens.photo import read_photo
from cracklens.training.features import Bags, Progress, batched, photos_of, position, tile_cells
from cracklens.training.features.mosaic import mosaic
from cracklens.training.features.tiles import BATCH_TILES
from cracklens.training.fit import fit_slopes
from cracklens.values import Backbone

ROUNDS = 5
"""So often the neighbourhoods that speak for their tiles are chosen again, by the weight that was found."""


def with_masses(val: ValLogits, mapper: Backbone, *, on_progress: Progress | None = None) -> ValLogits:
    """Give val's tiles with what a crack map sees in their neighbourhoods."""
    return replace(val, log_mass=log_masses(val.tiles, val.forms.tolist(), mapper, on_progress=on_progress))


def log_masses(
    tiles: Sequence[LabelledTile], forms: Sequence[str], mapper: Backbone, *, on_progress: Progress | None = None
) -> NDArray[np.float64]:
    """Give log1p of the crack map's mass (M,) in the neighbourhoods of tiles, tile by tile, each read in its form.

    Args:
        tiles: N; of a photo all or none.
        forms: (N,) "in their photos", or another for tiles read singly.
        mapper: gives crack maps.
        on_progress: called with (done, of all) tiles.
    """
    pairs, found = list(zip(tiles, forms, strict=True)), dict[tuple[str, bool], NDArray[np.float64]]()
    single = [tile for tile, form in pairs if form != PHOTOS]
    for some in batched(single, BATCH_TILES):
        masses = single_log_masses((read_photo(tile.path).pixels for tile in some), mapper)
        found |= {(tile.file, False): of for tile, of in zip(some, masses, strict=True)}
        if on_progress:
            on_progress(len(found), len(tiles))
    for photo in photos_of([tile for tile, form in pairs if form == PHOTOS]):
        (cells,) = dense([mosaic(photo)], mapper, crack_mass)
        for tile in photo:
            found[tile.file, True] = _log_masses(cells[tile_cells(*(position(tile.file) or (0, 0)))])
        if on_progress:
            on_progress(len(found), len(tiles))
    return np.concatenate([found[tile.file, form == PHOTOS] for tile, form in pairs])


def single_log_masses(pictures: Iterable[NDArray[np.uint8]], mapper: Backbone) -> list[NDArray[np.float64]]:
    """Give log1p of the mass (K,) in the neighbourhoods of each picture (H, W, 3), row by row."""
    few = batched(pictures, BATCH_TILES)
    return [_log_masses(cells) for some in few for cells in dense(some, mapper, crack_mass)]


def _log_masses(cells: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give log1p of the mass (K,) in every neighbourhood that lies inside cells (h, w), row by row."""
    inside = slice(SIDE // 2, -(SIDE // 2))
    return np.log1p(neighbourhood_mean(cells)[inside, inside].ravel().astype(np.float64) * SIDE**2)


def fit_map_weight(
    logits: NDArray[np.float64], log_mass: NDArray[np.float64], counts: NDArray[np.int64], labels: NDArray[np.int64]
) -> float:
    """Give the weight, ≥ 0, of the crack map against the logits of a head, by logistic regression on val tiles.

    It is fitted on the neighbourhood of each tile that the last weight finds highest, with the targets and the weights
    of tiles that `calibrate` has in this fit. A map that says nothing gets 0.

    Args:
        logits: (M,) of neighbourhoods, without the crack map.
        log_mass: (M,) of the same.
        counts: (N,) neighbourhoods of each tile.
        labels: (N,).

    Raises:
        DataError: the logits do not rise with cracks.
    """
    bags, weight = Bags(np.empty((len(logits), 0)), counts), 0.0
    for _ in range(ROUNDS):
        rows = bags.peak_rows(logits + weight * log_mass)
        slopes, _ = fit_slopes(np.column_stack([logits[rows], log_mass[rows]]), labels, weights=np.ones(len(labels)))
        if slopes[0] <= 0:
            raise DataError("A weight of the crack map needs logits that rise with cracks; beside it they fall.")
        weight = float(np.float32(max(0.0, slopes[1] / slopes[0])))
    return weight
