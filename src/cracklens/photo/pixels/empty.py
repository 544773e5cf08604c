"""Takes pixels and where they have no picture; gives what stands in those places. Knows no files."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CELL_PX = 32
"""Side of the squares whose mean goes on into empty px."""

SOLID_PX = 17
"""Px without data are an area without a picture from this side on; less is a dark or bright spot of the photo."""

ROUGH_PX = 4

Bools = NDArray[np.bool_]


def areas(bare: Bools) -> Bools:
    """Give the areas (H, W) of px that have the value for "no data": narrow ones are the photo's own, as cracks are.

    Beyond the photo's edge is no data either, so that narrow borders count.
    """
    from scipy import ndimage

    if not bare.any():
        return bare
    opened = np.pad(bare.view(np.uint8), SOLID_PX, constant_values=1)
    for axis in (0, 1):
        opened = ndimage.minimum_filter1d(opened, SOLID_PX, axis=axis, mode="nearest")
    for axis in (0, 1):  # a little more than was taken away: what is rough of the edges
        opened = ndimage.maximum_filter1d(opened, SOLID_PX + ROUGH_PX, axis=axis)
    inside = slice(SOLID_PX, -SOLID_PX)
    return np.asarray(bare & opened[inside, inside].view(np.bool_))


def fill(pixels: NDArray[np.uint8], empty: Bools) -> None:
    """Set, in place, empty px of pixels (H, W, 3) to the colour of the photo nearby, so that they end in no edge."""
    from scipy import ndimage

    means, has_any = _means(pixels, empty)
    nearest = ndimage.distance_transform_edt(~has_any, return_distances=False, return_indices=True)
    small = Image.fromarray(means[tuple(nearest)])
    height, width = empty.shape
    for top in range(0, height, CELL_PX):
        rows = slice(top, min(top + CELL_PX, height))
        if empty[rows].any():
            box = (0.0, top / CELL_PX, width / CELL_PX, rows.stop / CELL_PX)
            there = np.asarray(small.resize((width, rows.stop - top), Image.Resampling.BILINEAR, box=box))
            pixels[rows][empty[rows]] = there[empty[rows]]


def _means(pixels: NDArray[np.uint8], empty: Bools) -> tuple[NDArray[np.uint8], Bools]:
    """Give the mean colour (h, w, 3) of what is seen in each cell, and which cells (h, w) have any."""
    height, width = empty.shape
    edges = np.arange(0, width, CELL_PX)
    sums, counts = [], []
    for top in range(0, height, CELL_PX):
        seen = ~empty[top : top + CELL_PX]
        part = np.where(seen[..., np.newaxis], pixels[top : top + CELL_PX], 0)
        sums.append(np.add.reduceat(part.sum(axis=0, dtype=np.int64), edges, axis=0))
        counts.append(np.add.reduceat(seen.sum(axis=0, dtype=np.int64), edges))
    count = np.stack(counts)
    return (np.stack(sums) // np.maximum(count, 1)[..., np.newaxis]).astype(np.uint8), count > 0
