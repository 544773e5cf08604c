"""Takes pictures and a backbone; gives what is read in every cell of them, by one pass over windows. Knows no heads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cracklens.network.windows import CORE_CELLS, Number, cut, plan_windows, stitch_all
from cracklens.photo import let_go
from cracklens.values import Backbone, FeatureMaps, Window


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
        few, windows = list(same), sorted(plan_windows(hw, core_cells=core_cells), key=_area, reverse=True)
        if len(windows) == 1:
            maps = backbone.feature_maps(np.stack([cut(picture, windows[0]) for picture in few]))
            for i in range(len(few)):
                yield stitch_all([read(maps.one(i))], windows, photo_hw=hw)
            continue
        for picture in few:
            parts = (read(backbone.feature_maps(_window(picture, window))) for window in windows)
            whole = stitch_all(parts, windows, photo_hw=hw)
            backbone.release()  # what follows on a large photo needs the memory
            yield whole


def _area(window: Window) -> int:
    """Give how many px a window reads; the largest goes first: behind smaller ones it takes more memory."""
    x0, y0, x1, y1 = window.reads_xyxy
    return (x1 - x0) * (y1 - y0)


def _window(picture: NDArray[np.uint8], window: Window) -> NDArray[np.uint8]:
    """Give the pixels (1, H, W, 3) that a window reads; what was read of a picture on disk takes no memory."""
    found = cut(picture, window)[np.newaxis]
    let_go(picture)
    return found
