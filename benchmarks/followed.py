"""Takes pixels; gives the cracks that the shipped crack map finds in them where the score map is hot everywhere."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from cracklens import Detector
from cracklens.network import at_scales, grid_hw, read_crack_map
from cracklens.tracing.trace import trace_photo
from cracklens.values import ScoreMap, Trace

HOT = 0.95


@cache
def _detector() -> Detector:
    return Detector.load()


def followed(pixels: NDArray[np.uint8]) -> tuple[Trace, ...]:
    """Give the traces of a picture (H, W, 3) by the crack map alone."""
    detector = _detector()
    if detector.mapper is None:
        raise TypeError("the bundled detector must have a crack map")
    own = read_crack_map(pixels, detector.mapper)
    crack_map = at_scales(pixels, own, detector.mapper, detector.map_settings)
    return trace_photo(pixels, crack_map, hot(pixels), detector.map_settings).traces


def hot(pixels: NDArray[np.uint8]) -> ScoreMap:
    """Give a score map that is hot everywhere: the score has no part in what is measured."""
    hw = (pixels.shape[0], pixels.shape[1])
    return ScoreMap(np.full(grid_hw(hw), HOT, np.float32), hw)
