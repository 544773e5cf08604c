"""Takes pictures and a backbone; gives the mean features of their neighbourhoods. Knows nothing of files or labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cracklens.network import CORE_CELLS, SIDE, halve
from cracklens.network.dense import dense, passes
from cracklens.values import Backbone, FeatureMaps, Window

N_FEATURES = 3072
"""Columns of a head: 1,024 of layer3 and 2,048 of layer4."""

STEP_CELLS = 3
"""Neighbourhoods of a picture lie at most so far apart: a crack in it is well inside of one."""


def cell_maps(maps: FeatureMaps) -> NDArray[np.float32]:
    """Give layer3 at the stride of layer4, then layer4: (N, 3072, h, w)."""
    return np.concatenate([halve(maps.layer3), maps.layer4], axis=1)


def picture_cells(
    pixels: NDArray[np.uint8], backbone: Backbone, *, core_cells: int = CORE_CELLS
) -> NDArray[np.float32]:
    """Give the features (3072, rows, cols) of every cell of a picture, read as the detector reads it."""
    (cells,) = dense([pixels], backbone, lambda maps: cell_maps(maps)[0], core_cells=core_cells)
    return cells


def neighbourhoods(cells: NDArray[np.float32]) -> NDArray[np.float16]:
    """Give the mean features (K, 3072) of neighbourhoods that lie evenly in a picture, from its cells (3072, h, w)."""
    rows, cols = map(evenly, cells.shape[1:])
    return _means(cells, rows, cols).astype(np.float16)


def _means(cells: NDArray[np.float32], rows: Sequence[int], cols: Sequence[int], scale: int = 1) -> NDArray[np.float32]:
    """Give the mean features (K, D) of the neighbourhoods that begin at rows and cols, from maps (D, h, w).

    Args:
        cells: the maps, `scale` times as fine as rows and cols count.
        rows: where neighbourhoods begin.
        cols: where they begin along a row.
        scale: how many px of the maps make a cell's side.
    """
    depth, height, width = cells.shape
    size = scale * SIDE
    across = np.zeros((width, len(cols)), np.float32)
    for i, col in enumerate(cols):
        across[scale * col : scale * col + size, i] = 1 / size**2
    sums = (cells.reshape(-1, width) @ across).reshape(depth, height, -1)  # along rows, by BLAS
    means = np.stack([sums[:, scale * row : scale * row + size].sum(axis=1) for row in rows])  # (rows, D, cols)
    return means.transpose(0, 2, 1).reshape(-1, depth)


def evenly(cells: int) -> list[int]:
    """Give where neighbourhoods begin along a side of so many cells, both ends among them."""
    last = cells - SIDE
    return sorted(set(np.linspace(0, last, -(-last // STEP_CELLS) + 1).round().astype(int).tolist()))


def pixels_features(pixels: Sequence[NDArray[np.uint8]], backbone: Backbone) -> list[NDArray[np.float16]]:
    """Give the neighbourhoods (K, 3072) of whole pictures, each read as the detector reads it.

    Pictures of one size and one window go through the network as a batch; larger ones window by window.
    """
    found = []
    for one, picture in zip(passes(pixels, backbone.feature_maps, part=FeatureMaps.one), pixels, strict=True):
        if len(one.windows) == 1:
            found.append(_of_window(next(one.parts), one.windows[0]))
        else:
            found.append(neighbourhoods(picture_cells(picture, backbone)))
    return found


def _of_window(maps: FeatureMaps, window: Window) -> NDArray[np.float16]:
    """Give the neighbourhoods (K, 3072) of a picture that one window holds, from both maps as they are: no copy."""
    rows, cols = ([side.start + at for at in evenly(side.stop - side.start)] for side in window.core_in_reads)
    both = _means(maps.layer3[0], rows, cols, scale=2), _means(maps.layer4[0], rows, cols)
    return np.hstack(both).astype(np.float16)
