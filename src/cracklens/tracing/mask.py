"""Takes the pixels of a photo and its hot cells; gives which pixels are crack. Knows nothing of scores."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from cracklens.tracing.lines import EIGHT, follow
from cracklens.tracing.ridges import Bools, Bytes, Ridges, Slices, find_ridges, grey_levels
from cracklens.tracing.thin import thin

BLOCK = 96
HALO = 24
"""Px of a level around a block that its answer depends on."""

REACH = 4
"""Px of a level that a dark band may lie beside its line."""

DARK_SHARE = 0.65
"""A pixel belongs to a crack from this share of the depth of the crack next to it."""

FINER = 2
LEAST_WIDE = 0.5
"""A line whose darkness is less than this share of that seen so many levels finer is a narrower line, blurred."""

GROUND = 9
"""Px of a level whose mean is the ground of a line."""

HOLE = 16
"""Holes of fewer px of a level in a crack are filled: stones in it, and noise."""


def crack_mask(pixels: NDArray[np.uint8], region: Bools) -> Bools:
    """Give which pixels (H, W) of a photo are crack, with the blurred rim of its edges.

    Args:
        pixels: RGB (H, W, 3) uint8.
        region: (rows, cols) cells of 32 px, the last reach to the edges; True where to look, (1, 1) True everywhere.

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
    half = half_mask(levels, ridges, follow(ridges, region))
    height, width = pixels.shape[:2]
    return np.asarray(_doubled(half, 2)[:height, :width], np.bool_)


def half_mask(levels: list[Bytes], ridges: Ridges, lines: Bools) -> Bools:
    """Give (h, w) at half resolution: the lines, grown to the edges of the dark band that they run in.

    Args:
        levels: the photo in grey, from `grey_levels`.
        ridges: what the lines were found in.
        lines: from `follow`.
    """
    middle = thin(lines)
    found = middle & (ridges.level == 0)
    for number, own in _by_level(levels, middle, ridges.level).items():
        grey, times = levels[max(number, 1)], 2 ** max(number - 1, 0)
        all_lines = _reduced(lines, times, grey.shape)
        scale_px = 0.5 if number == 0 else 1.0
        for inner, outer, crop in _blocks(own):
            dark = _dark_beside(grey[outer], all_lines[outer], own[outer], scale_px)
            _add(found, _doubled(_filled(dark)[crop], times), (inner[0].start * times, inner[1].start * times))
    return np.asarray(found, np.bool_)


def _by_level(levels: list[Bytes], middle: Bools, level: Bytes) -> dict[int, Bools]:
    """Give for each level the px on middle lines that are as wide as it sees; the blur of narrower ones goes down."""
    own = {
        number: _reduced(middle & (level == number), 2 ** max(number - 1, 0), levels[max(number, 1)].shape)
        for number in range(len(levels))
    }
    for number in range(len(levels) - 1, 1, -1):
        if own[number].any():
            narrow = own[number] & ~_wide(levels[number], levels[number - FINER], own[number])
            own[number] &= ~narrow
            own[number - 1] |= _darkest(levels[number - 1], narrow)
    return {number: places for number, places in own.items() if places.any()}


def _darkest(grey: Bytes, coarse: Bools) -> Bools:
    """Give, for each px of the next coarser level, the darkest px (h, w) among the 4 x 4 around it."""
    rows, cols = np.nonzero(coarse)
    steps = np.arange(-1, 3)
    down, right = (
        (2 * places[:, np.newaxis] + steps).clip(0, side - 1)
        for places, side in zip((rows, cols), grey.shape, strict=True)
    )
    best = grey[down[:, :, np.newaxis], right[:, np.newaxis]].reshape(len(rows), len(steps) ** 2).argmin(axis=1)
    found = np.zeros(grey.shape, np.bool_)
    number = np.arange(len(rows))
    found[down[number, best // 4], right[number, best % 4]] = True
    return found


def _wide(grey: Bytes, finer: Bytes, own: Bools) -> Bools:
    """Give where a line is as dark on its level as on a finer one; elsewhere it is a narrow crack, blurred."""
    rows, cols = np.nonzero(own)
    ground = ndimage.uniform_filter(np.asarray(grey, np.float32), GROUND)[rows, cols]
    steps = range(2**FINER)
    deepest = ground - _least(finer, rows * 2**FINER, cols * 2**FINER, steps)
    found = np.zeros_like(own)
    found[rows, cols] = ground - _least(grey, rows, cols, range(-1, 2)) >= LEAST_WIDE * deepest
    return found


def _least(grey: Bytes, rows: NDArray[np.intp], cols: NDArray[np.intp], steps: range) -> Bytes:
    """Give the darkest of the px at steps down and right of places; steps beyond the picture stay at its edge."""
    down, right = (
        (places[:, np.newaxis] + np.array(steps)).clip(0, side - 1)
        for places, side in zip((rows, cols), grey.shape, strict=True)
    )
    return np.asarray(grey[down[:, :, np.newaxis], right[:, np.newaxis]].min(axis=(1, 2)), np.uint8)


def _add(found: Bools, part: Bools, corner: tuple[int, int]) -> None:
    """Set, in place, what is set in a part that stands at a corner; a part may reach beyond the picture."""
    top, left = corner
    place = found[top : top + part.shape[0], left : left + part.shape[1]]
    place |= part[: place.shape[0], : place.shape[1]]


def _reduced(mask: Bools, times: int, hw: tuple[int, ...]) -> Bools:
    """Give a mask so many times smaller; a px is set where any of it was."""
    if times == 1:
        return mask
    small = np.zeros(hw, np.bool_)
    rows, cols = np.nonzero(mask)
    small[np.minimum(rows // times, hw[0] - 1), np.minimum(cols // times, hw[1] - 1)] = True
    return small


def _doubled(mask: Bools, times: int) -> Bools:
    """Give a mask so many times larger, with smooth edges."""
    if times == 1:
        return mask
    size = (mask.shape[1] * times, mask.shape[0] * times)
    return np.asarray(Image.fromarray(mask.astype(np.uint8) * 255).resize(size, Image.Resampling.BILINEAR)) > 127


def _blocks(lines: Bools) -> Iterator[tuple[Slices, Slices, Slices]]:
    """Give the blocks near lines: where each stands, with its surroundings, and where it is in those."""
    height, width = lines.shape
    for top in range(0, height, BLOCK):
        for left in range(0, width, BLOCK):
            above, before = max(top - HALO, 0), max(left - HALO, 0)
            outer = (slice(above, min(top + BLOCK + HALO, height)), slice(before, min(left + BLOCK + HALO, width)))
            inner = (slice(top, min(top + BLOCK, height)), slice(left, min(left + BLOCK, width)))
            if lines[max(top - REACH, 0) : top + BLOCK + REACH, max(left - REACH, 0) : left + BLOCK + REACH].any():
                yield inner, outer, _within(inner, outer)


def _within(inner: Slices, outer: Slices) -> Slices:
    """Give where a block is in its surroundings."""
    rows, cols = (slice(i.start - o.start, i.stop - o.start) for i, o in zip(inner, outer, strict=True))
    return rows, cols


def _filled(mask: Bools) -> Bools:
    """Give a mask without its small gaps and holes."""
    mask = mask | ndimage.binary_closing(mask, EIGHT)
    holes, count = ndimage.label(~mask)
    size = np.bincount(holes.ravel(), minlength=count + 1)
    return np.asarray(mask | ((size <= HOLE) & (np.arange(count + 1) > 0))[holes], np.bool_)


def _dark_beside(grey: Bytes, lines: Bools, middle: Bools, scale_px: float) -> Bools:
    """Give what is dark within reach of the middle of lines whose width is about 1-4 times `scale_px`."""
    smooth = ndimage.gaussian_filter(np.asarray(grey, np.float32), 0.6, truncate=3)
    beside = (~ndimage.maximum_filter(lines, 5)).astype(np.float32)
    around = int(6 * scale_px + 9) * 2 + 1
    ground = ndimage.uniform_filter(smooth * beside, around) / np.maximum(ndimage.uniform_filter(beside, around), 1e-3)
    dark = ground - smooth
    along = int(4 * scale_px + 4) * 2 + 1
    at_middle = np.asarray(middle, np.float32)
    deepest = np.maximum(ndimage.maximum_filter(dark, 3), 0) if scale_px >= 1 else np.maximum(dark, 0)
    depth = ndimage.uniform_filter(at_middle * deepest, along)
    depth /= np.maximum(ndimage.uniform_filter(at_middle, along), 1e-6)
    near = ndimage.maximum_filter(middle, int(3 * scale_px + 1) * 2 + 1)
    return np.asarray(near & (dark > DARK_SHARE * depth) & (depth > 0), np.bool_)
