"""Takes the pixels of a photo and its hot cells; gives which pixels are crack. Knows nothing of scores."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from cracklens.findings.lines import EIGHT, follow
from cracklens.findings.ridges import Bools, Bytes, Floats, Ridges, Slices, find_ridges, grey_levels
from cracklens.findings.thin import thin

BLOCK = 256
HALO = 64
DARK_SHARE = 0.45
"""A pixel belongs to a crack from this share of the depth of the crack next to it."""

HOLE = 16
"""Holes of fewer half-resolution px in a crack are filled: stones in it, and noise."""


def crack_mask(pixels: NDArray[np.uint8], region: Bools) -> Bools:
    """Give which pixels (H, W) of a photo are crack, with the blurred rim of its edges.

    Args:
        pixels: RGB (H, W, 3) uint8.
        region: (rows, cols) cells that cover the photo evenly, True where to look; (1, 1) True looks everywhere.

    Example:
        >>> import numpy as np
        >>> from cracklens import draw_wall
        >>> wall = draw_wall((256, 256), widths_px=(4.0,), seed=1)
        >>> found = crack_mask(wall.pixels, np.ones((1, 1), bool))
        >>> bool(found[wall.true_mask].mean() > 0.8)
        True
    """
    levels = grey_levels(pixels)
    ridges = find_ridges(levels, region)
    half = half_mask(levels[1], ridges, follow(ridges, region))
    height, width = pixels.shape[:2]
    doubled = (half.shape[1] * 2, half.shape[0] * 2)
    whole = Image.fromarray(half.astype(np.uint8) * 255).resize(doubled, Image.Resampling.BILINEAR)
    return np.asarray(whole)[:height, :width] > 127


def half_mask(grey: Bytes, ridges: Ridges, lines: Bools) -> Bools:
    """Give (h, w) at half resolution: the lines, grown to the edges of the dark band that they run in.

    Args:
        grey: the photo at half resolution.
        ridges: what the lines were found in.
        lines: from `follow`.
    """
    found = np.zeros(lines.shape, np.bool_)
    for inner, outer, crop in _blocks(lines):
        found[inner] = _grown(grey[outer], ridges.level[outer], lines[outer])[crop]
    return found


def _blocks(lines: Bools) -> Iterator[tuple[Slices, Slices, Slices]]:
    """Give the blocks near lines: where each stands, with its surroundings, and where it is in those."""
    height, width = lines.shape
    for top in range(0, height, BLOCK):
        for left in range(0, width, BLOCK):
            above, before = max(top - HALO, 0), max(left - HALO, 0)
            outer = (slice(above, min(top + BLOCK + HALO, height)), slice(before, min(left + BLOCK + HALO, width)))
            inner = (slice(top, min(top + BLOCK, height)), slice(left, min(left + BLOCK, width)))
            if lines[outer].any():
                yield inner, outer, _within(inner, outer)


def _within(inner: Slices, outer: Slices) -> Slices:
    """Give where a block is in its surroundings."""
    rows, cols = (slice(i.start - o.start, i.stop - o.start) for i, o in zip(inner, outer, strict=True))
    return rows, cols


def _grown(grey: Bytes, level: Bytes, lines: Bools) -> Bools:
    """Give lines with what is about as dark beside them, level by level, and without small holes."""
    smooth = ndimage.gaussian_filter(np.asarray(grey, np.float32), 0.6, truncate=3)
    beside = (~ndimage.binary_dilation(lines, EIGHT, iterations=2)).astype(np.float32)
    middle = thin(lines)
    found = middle.copy()
    for number in np.unique(level[middle]):
        found |= _dark_beside(smooth, beside, middle & (level == number), 2.0 ** (int(number) - 1))
    return _filled(found | ndimage.binary_closing(found, EIGHT))


def _filled(mask: Bools) -> Bools:
    """Give a mask without its small holes."""
    holes, count = ndimage.label(~mask)
    size = np.bincount(holes.ravel(), minlength=count + 1)
    return np.asarray(mask | ((size <= HOLE) & (np.arange(count + 1) > 0))[holes], np.bool_)


def _dark_beside(smooth: Floats, beside: Floats, middle: Bools, scale_px: float) -> Bools:
    """Give what is dark within reach of the middle of lines whose width is about 1-4 times `scale_px`."""
    reach = 3 * scale_px + 1
    around = int(6 * scale_px + 9) * 2 + 1
    ground = ndimage.uniform_filter(smooth * beside, around) / np.maximum(ndimage.uniform_filter(beside, around), 1e-3)
    dark = ground - smooth
    along = int(4 * scale_px + 4) * 2 + 1
    deepest = ndimage.maximum_filter(ndimage.uniform_filter(dark, max(int(scale_px), 1)), int(scale_px) * 2 + 1)
    at_middle = np.asarray(middle, np.float32)
    depth = ndimage.uniform_filter(at_middle * np.maximum(deepest, 0), along)
    depth /= np.maximum(ndimage.uniform_filter(at_middle, along), 1e-6)
    near = ndimage.distance_transform_edt(~middle) <= reach
    return np.asarray(near & (dark > DARK_SHARE * depth) & (depth > 0), np.bool_)
