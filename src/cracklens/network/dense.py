"""Takes pictures and a backbone; gives what is read in every cell of them, by one pass over windows. Knows no heads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cracklens.network.windows import CORE_CELLS, Number, cut, plan_windows, stitch_all
from cracklens.values import Backbone, FeatureMaps


def dense(
    pictures: Sequence[NDArray[np.uint8]],
    backbone: Backbone,
    read: Callable[[FeatureMaps], NDArray[Number]],
    *,
    core_cells: int = CORE_CELLS,
) -> Iterator[NDArray[Number]]:
    """Give for each picture what `read` makes of its cells, the windows put together, as `dense_maps` does."""
    for (whole,) in dense_maps(pictures, backbone, lambda maps: (read(maps),), core_cells=core_cells):
        yield whole


def dense_maps(
    pictures: Sequence[NDArray[np.uint8]],
    backbone: Backbone,
    read: Callable[[FeatureMaps], Sequence[NDArray[Any]]],
    *,
    core_cells: int = CORE_CELLS,
) -> Iterator[tuple[NDArray[Any], ...]]:
    """Give for each picture all that `read` makes of its windows, put together: (..., rows, cols) each.

    Pictures of one size that follow each other, and that one window holds, go through the network together.

    Args:
        pictures: RGB (H, W, 3) uint8, as many as may stand in memory with their feature maps.
        backbone: gives feature maps.
        read: makes arrays (..., kh, kw) of the maps (1, C, h, w) of one window; see `stitch_all`.
        core_cells: of a window, at most.
    """
    for hw, same in groupby(pictures, key=lambda picture: (picture.shape[0], picture.shape[1])):
        few, windows = list(same), plan_windows(hw, core_cells=core_cells)
        if len(windows) == 1:
            maps = backbone.feature_maps(np.stack([cut(picture, windows[0]) for picture in few]))
            for i in range(len(few)):
                yield stitch_all([read(maps.one(i))], windows, photo_hw=hw)
            continue
        for picture in few:
            parts = (read(backbone.feature_maps(cut(picture, window)[np.newaxis])) for window in windows)
            whole = stitch_all(parts, windows, photo_hw=hw)
            backbone.release()  # what follows on a large photo needs the memory
            yield whole
