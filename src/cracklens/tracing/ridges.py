"""Takes a photo's pixels and its hot cells; gives how much each place looks like a dark line. Knows no detector."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from cracklens.values import STRIDE_PX

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Slices = tuple[slice, slice]
Number = TypeVar("Number", bound=np.generic)

LEVELS = 5
"""Sizes that are looked at: full resolution, then halves of it. Lines of 1-4 px on level 0, of 16-64 px on level 4."""

COARSE = 2
"""From this level on a line is followed half as far: wide cracks wind as narrow ones do."""

THREADS = 2
"""Blocks made at once: NumPy lets go of the lock, and one photo is one process's work."""

STRIP_PX = 512
BLOCK_PX = 512
HALO_PX = 72
"""What a place's answer depends on lies within this many px of its level: no block's border can be seen."""

PAD_PX = 16
ALONG = ((0, 2, 4), (1, 2, 4), (1, 1, 6), (2, 1, 4), (2, 0, 4), (2, -1, 4), (1, -1, 6), (1, -2, 4))
"""Eight directions: a step down, a step to the right, and how many steps each way make about 16 px."""

ACROSS = ((3, 0), (3, -1), (2, -2), (1, -3), (0, 3), (1, 3), (2, 2), (3, 1))
"""Where the two sides of a line in each of these directions are looked at."""

UNIT = 16
"""Strength is kept in whole sixteenths of the noise of its surroundings."""

MOST_UNITS = 5 * UNIT
"""One dark pore must not outweigh the rest of a line."""

NOISE_FLOOR = 0.012
"""Contrast, as a share of the grey around, below which nothing is told from noise."""


@dataclass(frozen=True)
class Ridges:
    """Where dark lines may run, at half the photo's resolution.

    Attributes:
        strength: (h, w) uint8: how far a line stands out from the noise of its surroundings, in units of 1/16.
        level: (h, w) uint8: the level on which it stands out most; its width is about 1-4 px times 2^level.
    """

    strength: Bytes
    level: Bytes


def grey_levels(pixels: NDArray[np.uint8]) -> list[Bytes]:
    """Give the photo (H, W, 3) in grey, at full resolution and in halves of it; made in strips, to save memory."""
    height, width = pixels.shape[:2]
    sides = [(-(-height // 2**level), -(-width // 2**level)) for level in range(LEVELS)]
    levels = [np.empty(side, np.uint8) for side in sides]
    for top in range(0, height, STRIP_PX):
        grey = Image.fromarray(np.ascontiguousarray(pixels[top : top + STRIP_PX])).convert("L")
        for level, out in enumerate(levels):
            grey = grey.reduce(2) if level else grey
            part = np.asarray(grey)
            out[top // 2**level :][: len(part)] = part
    return levels


def find_ridges(levels: list[Bytes], region: Bools) -> Ridges:
    """Give the strength of dark lines inside a region, over all levels.

    Args:
        levels: from `grey_levels`.
        region: (rows, cols) cells of the score map; True where to look.
    """
    half_hw = levels[1].shape
    strength, best = np.zeros(half_hw, np.uint8), np.zeros(half_hw, np.uint8)
    with ThreadPoolExecutor(THREADS) as threads:
        for level, inner, found in _in_order(threads, levels, region):
            place, at_half = _at_half(found, inner, level, half_hw)
            better = at_half > strength[place]
            np.copyto(strength[place], at_half, where=better)
            np.copyto(best[place], np.uint8(level), where=better)
    return Ridges(strength, best)


def _in_order(threads: ThreadPoolExecutor, levels: list[Bytes], region: Bools) -> Iterator[tuple[int, Slices, Bytes]]:
    """Give level, place and strength of each block: several are made at once, they come in order."""
    for level, grey in enumerate(levels):
        one = partial(_block, grey, halve=level >= COARSE)
        for inner, found in threads.map(one, _corners(grey, region, times=2**level)):
            yield level, inner, found


def spread(region: Bools, hw: tuple[int, ...], *, times: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give the row and column of the cell under each row and column of a picture `times` smaller than the photo.

    Cells are STRIDE_PX of the photo wide, as in a score map; the last ones reach to its edge.
    """
    rows, cols = (
        np.minimum(np.arange(side) * times // STRIDE_PX, cells - 1)
        for side, cells in zip(hw, region.shape, strict=True)
    )
    return rows, cols


def _corners(grey: Bytes, region: Bools, *, times: int) -> list[tuple[Bools, tuple[int, int]]]:
    """Give what is hot in each block that has any, and its corner."""
    rows, cols = spread(region, grey.shape, times=times)
    places = [(top, left) for top in range(0, grey.shape[0], BLOCK_PX) for left in range(0, grey.shape[1], BLOCK_PX)]
    found = [
        (region[np.ix_(rows[top : top + BLOCK_PX], cols[left : left + BLOCK_PX])], (top, left)) for top, left in places
    ]
    return [(hot, corner) for hot, corner in found if hot.any()]


def _block(grey: Bytes, job: tuple[Bools, tuple[int, int]], *, halve: bool) -> tuple[Slices, Bytes]:
    """Give the strength within the bounds of what is hot in a block, with its place."""
    hot, corner = job
    inside = [np.flatnonzero(hot.any(axis=1 - axis)) for axis in (0, 1)]
    starts = [int(corner[axis] + inside[axis][0]) for axis in (0, 1)]
    stops = [int(corner[axis] + inside[axis][-1] + 1) for axis in (0, 1)]
    outer = [slice(max(starts[axis] - HALO_PX, 0), stops[axis] + HALO_PX) for axis in (0, 1)]
    found = line_strength(grey[outer[0], outer[1]], halve=halve)
    crop = tuple(slice(starts[axis] - outer[axis].start, stops[axis] - outer[axis].start) for axis in (0, 1))
    kept = hot[tuple(slice(inside[axis][0], inside[axis][-1] + 1) for axis in (0, 1))]
    return (slice(starts[0], stops[0]), slice(starts[1], stops[1])), np.where(kept, found[crop], 0).astype(np.uint8)


def _at_half(found: Bytes, inner: Slices, level: int, half_hw: tuple[int, ...]) -> tuple[Slices, Bytes]:
    """Give what was found on a level at half resolution, and where it stands there."""
    if level == 0:
        odd = [inner[axis].start % 2 for axis in (0, 1)]
        ends = [(odd[axis] + found.shape[axis]) % 2 for axis in (0, 1)]
        even = np.pad(found, [(odd[0], ends[0]), (odd[1], ends[1])])
        half = np.maximum(np.maximum(even[::2, ::2], even[1::2, ::2]), np.maximum(even[::2, 1::2], even[1::2, 1::2]))
        top, left = (inner[axis].start // 2 for axis in (0, 1))
    else:
        scale = 2 ** (level - 1)
        top, left = (inner[axis].start * scale for axis in (0, 1))
        size = (found.shape[1] * scale, found.shape[0] * scale)
        half = np.asarray(Image.fromarray(found).resize(size, Image.Resampling.BILINEAR)) if level > 1 else found
        half = half[: half_hw[0] - top, : half_hw[1] - left]
    return (slice(top, top + half.shape[0]), slice(left, left + half.shape[1])), half


def line_strength(grey: Bytes, *, halve: bool = False) -> Bytes:
    """Give how far the best dark line through each pixel (h, w) stands out, in units of 1/16 of the noise around.

    A line is dark against both of its sides, so that an edge is none, and goes on to both ends, so that a pore is none.
    """
    valley, scale = _flattened(grey)
    hw, padded = valley.shape, np.pad(valley, PAD_PX, mode="symmetric")
    best = np.zeros(hw, np.int16)
    for (down, right, steps), (side_y, side_x) in zip(ALONG, ACROSS, strict=True):
        sides = np.minimum(_moved(padded, side_y, side_x, hw), _moved(padded, -side_y, -side_x, hw))
        depth = np.clip((sides - valley) * scale, -UNIT, MOST_UNITS).astype(np.int16)
        best = np.maximum(best, _both_ways(depth, down, right, steps // 2 if halve else steps))
    return (best * 9 // 10 if halve else best).astype(np.uint8)  # a shorter line stands out by chance more easily


def _flattened(grey: Bytes) -> tuple[Floats, Floats]:
    """Give the grey over that of its surroundings, smoothed, and what makes its differences units of noise."""
    level = np.asarray(grey, np.float32)
    flat = level / (_around(level, 10) + 4)
    smooth = ndimage.gaussian_filter(flat, 1.2, mode="reflect", truncate=3)
    rough = np.abs(smooth - ndimage.uniform_filter(flat, 9, mode="reflect"))
    noise = _around(rough, 16) * 1.2 + NOISE_FLOOR
    return smooth, np.asarray(UNIT / noise, np.float32)


def _around(values: Floats, side: int) -> Floats:
    """Give the mean of the `side` x `side` squares of 4 px around each place, a quarter as fine as it is seen."""
    image = Image.fromarray(values)
    small = np.asarray(image.reduce(4))
    mean = ndimage.uniform_filter(small, side + 1, mode="reflect")
    return np.asarray(Image.fromarray(mean).resize(image.size, Image.Resampling.BILINEAR))


def _both_ways(depth: NDArray[np.int16], down: int, right: int, steps: int) -> NDArray[np.int16]:
    """Give the mean depth along a direction, where the weaker way counts three times the stronger."""
    padded = np.pad(depth, PAD_PX, mode="symmetric")
    ahead, back = np.zeros_like(depth), np.zeros_like(depth)
    for step in range(1, steps + 1):
        ahead += _moved(padded, down * step, right * step, depth.shape)
        back += _moved(padded, -down * step, -right * step, depth.shape)
    weaker = np.minimum(ahead, back)
    return np.asarray((ahead + back + 2 * weaker) // (4 * steps), np.int16)


def _moved(padded: NDArray[Number], down: int, right: int, hw: tuple[int, ...]) -> NDArray[Number]:
    """Give what lies so many px further down and right of each pixel; `padded` has a border of PAD_PX."""
    return padded[PAD_PX + down : PAD_PX + down + hw[0], PAD_PX + right : PAD_PX + right + hw[1]]
