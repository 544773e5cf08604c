"""Takes pixels and a network with a crack map; gives the crack map of the whole photo. Knows nothing of masks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import CheckpointError
from cracklens.network.dense import dense_maps
from cracklens.network.scores import local_maps
from cracklens.values import Backbone, CrackMap, FeatureMaps, Head


def read_crack_map(pixels: NDArray[np.uint8], mapper: Backbone) -> CrackMap:
    """Give the crack map of a photo (H, W, 3).

    Raises:
        CheckpointError: the network gives none.
    """
    ((crack, line),) = dense_maps([pixels], mapper, _maps)
    return CrackMap(crack, line)


def read_both(pixels: NDArray[np.uint8], mapper: Backbone, head: Head) -> tuple[NDArray[np.float32], CrackMap]:
    """Give all that a head reads in a photo, (C, rows, cols), and its crack map, by one pass.

    Raises:
        CheckpointError: the network gives no crack map, or the head does not fit it.
    """
    ((local, crack, line),) = dense_maps([pixels], mapper, lambda maps: (local_maps(maps, head), *_maps(maps)))
    return local, CrackMap(crack, line)


def _maps(maps: FeatureMaps) -> tuple[NDArray[Any], ...]:
    if maps.crack is None or maps.line is None:
        raise CheckpointError("The network gives no crack map. Open it with the decoder of one.")
    return maps.crack[0], maps.line[0]
