"""Takes pictures and a backbone; gives what is read in every cell of them, by one pass over windows. Knows no heads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from cracklens.network.windows import CORE_CELLS, Number, cut, plan_windows, stitch
from cracklens.values import Backbone, FeatureMaps


def dense(
    pictures: Sequence[NDArray[np.uint8]],
    backbone: Backbone,
    read: Callable[[FeatureMaps], NDArray[Number]],
    *,
    core_cells: int = CORE_CELLS,
) -> Iterator[NDArray[Number]]:
    """Give for each picture what `read` makes of its cells, the windows put together: (..., rows, cols).

    Pictures of one size that follow each other, and that one window holds, go through the network together.

    Args:
        pictures: RGB (H, W, 3) uint8, as many as may stand in memory with their feature maps.
        backbone: gives feature maps.
        read: makes (..., h, w) of the feature maps (1, C, h, w) of one window.
        core_cells: of a window, at most.
    """
    for hw, same in groupby(pictures, key=lambda picture: (picture.shape[0], picture.shape[1])):
        few, windows = list(same), plan_windows(hw, core_cells=core_cells)
        if len(windows) == 1:
            maps = backbone.feature_maps(np.stack([cut(picture, windows[0]) for picture in few]))
            for i in range(len(few)):
                one = FeatureMaps(maps.layer3[i : i + 1], maps.layer4[i : i + 1])
                yield stitch([read(one)], windows, photo_hw=hw)
            continue
        for picture in few:
            parts = (read(backbone.feature_maps(cut(picture, window)[np.newaxis])) for window in windows)
            whole = stitch(parts, windows, photo_hw=hw)
            backbone.release()  # what follows on a large photo needs the memory
            yield whole
