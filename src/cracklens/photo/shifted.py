"""Takes the pixels of a decoded JPEG; gives whether a part of it is shifted in colour from one block on. Reads no file.

A JPEG stores a block's brightness as a difference to the block before. Where damage hits one difference and the decoder
finds its way again, all that follows is too bright, too dark or tinted, and no decoder says a word.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST_BLOCKS, NARROWEST = 3, 8
"""The step must be seen so many blocks wide on both sides, and an eighth of the width: else it is one straight edge."""

LEAST_LEVELS, LEAST_CONSTANT = 12.0, 1.5
"""A straight edge across the whole picture is a shift where it is so high, so many times its spread along the row, and
in a texture that goes on across it."""

CLEAR, CLEAR_SMALL = 1.5, 30.0
"""Steps stand so many standard deviations out of what lies around them, and more in pictures of few blocks. Measured on
undamaged pictures, see docs/results.md, `hostile_files`."""

BAND_ROWS = 64
BAND_PX = 2_000_000
"""So much is looked at together, so that a huge photo needs little memory for this."""

_LARGEST = 64.0
_ABOVE, _BELOW = 6, 6
_KINK = np.array((1, 1, -1, -1, -2, -2, 2, 2, 1, 1, -1, -1), np.float32) / 4
"""Weights of six px above a line and six below it: how much brighter the two below are than the two above, beyond the
mean of the same 4 px higher and 4 px lower, which the picture changes there anyway."""

_EDGE = np.array((0, 0, 0, 0, 0, -1, 1, 0, 0, 0, 0, 0), np.float32)


def shifted_from(pixels: NDArray[np.uint8], block_hw: tuple[int, int]) -> tuple[int, int] | None:
    """Give row and column in px from which the picture is shifted; None where no step is clear.

    Args:
        pixels: RGB (H, W, 3) uint8, not turned.
        block_hw: of the JPEG's MCU in px, 8 or 16.
    """
    if pixels.shape[1] < (2 * LEAST_BLOCKS + 1) * block_hw[1]:
        return None
    kinks, edges = _across(pixels, block_hw)
    return _inside_row(kinks, block_hw) or _whole_row(pixels, edges, block_hw[0])


def _across(pixels: NDArray[np.uint8], block_hw: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give how the picture changes across the upper side of each block but the first, by kink and by edge (R, C, 3)."""
    height, width = block_hw
    columns = pixels.shape[1] // width
    rows = np.arange(height, pixels.shape[0] - 3, height)
    lines = rows[:, None] + np.arange(-_ABOVE, _BELOW)
    band = max(1, BAND_PX // (lines.shape[1] * pixels.shape[1]))
    mean = np.tile(np.eye(3, dtype=np.float32) / width, (width, 1))  # of the px of a block, each colour by itself
    parts = [np.zeros((0, 2, columns, 3), np.float32)]
    for at in range(0, len(rows), band):
        near = pixels[np.minimum(lines[at : at + band], len(pixels) - 1), : columns * width].astype(np.float32)
        found = np.stack([_KINK, _EDGE]) @ near.reshape(*near.shape[:2], -1)
        parts.append((found.reshape(-1, 3 * width) @ mean).reshape(-1, 2, columns, 3))
    both = np.concatenate(parts)
    whole = int((rows + _BELOW <= len(pixels)).sum())  # the last block may have too little below it for a kink
    return both[:whole, 0], both[:, 1]


def _inside_row(kinks: NDArray[np.float32], block_hw: tuple[int, int]) -> tuple[int, int] | None:
    """Give where a shift begins inside a row of blocks.

    What follows block (r, c) in reading order shows as a step above row r from column c on, and above row r + 1 up to
    column c, equal in both, while the other halves of both rows have none.
    """
    tints = kinks[..., [0, 2]] - kinks[..., [1, 1]]  # quiet in grey walls: a tint shows that brightness would hide
    steps = np.clip(np.concatenate([kinks, tints], axis=2), -_LARGEST, _LARGEST)
    columns = steps.shape[1]
    least = max(LEAST_BLOCKS, columns // NARROWEST)
    for first in range(0, len(steps) - 1, BAND_ROWS):
        shift, around, spread = _halves(steps[first : first + BAND_ROWS + 1])
        clear = ((shift - around) / (spread + 0.5))[:, least:-least].max(axis=2)
        row, column = np.unravel_index(int(clear.argmax()), clear.shape)
        if clear[row, column] >= CLEAR + CLEAR_SMALL / columns:
            return (first + int(row) + 1) * block_hw[0], (int(column) + least) * block_hw[1]
    return None


def _halves(steps: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Give for each column how far a row's right half and the next one's left half both step, how far the other two do.

    And the spread of steps within the halves (rows - 1, columns + 1, 5).
    """
    count = steps.shape[1]
    lefts = np.arange(count + 1, dtype=np.float32)[:, None]
    sums = np.zeros((2, len(steps), count + 1, steps.shape[2]), np.float32)
    np.cumsum(np.stack([steps, steps**2]), axis=2, out=sums[:, :, 1:])
    total, square = sums
    left = total / np.maximum(lefts, 1)
    right = (total[:, -1:] - total) / np.maximum(count - lefts, 1)
    after, before = right[:-1], left[1:]
    shift = np.where(after * before > 0, np.minimum(np.abs(after), np.abs(before)), 0)
    around = np.maximum(np.abs(left[:-1]), np.abs(right[1:]))
    return shift, around, np.maximum(_spread(total, square, 1, 0), _spread(total, square, 0, 1))


def _spread(total: NDArray[np.float32], square: NDArray[np.float32], row: int, next_row: int) -> NDArray[np.float32]:
    """Give the spread of the steps in one half of a row and the other half of the next; 1 is the right half."""
    moments = []
    for sums in (total, square):
        halves = (sums, sums[:, -1:] - sums)
        moments.append((halves[row][:-1] + halves[next_row][1:]) / (sums.shape[1] - 1))
    return np.asarray(np.sqrt(np.maximum(moments[1] - moments[0] ** 2, 0)))


def _whole_row(pixels: NDArray[np.uint8], edges: NDArray[np.float32], height: int) -> tuple[int, int] | None:
    """Give the row above which all columns step alike from one px to the next, where the texture goes on across it."""
    mean, spread = edges.mean(axis=1), edges.std(axis=1)  # (R, 3)
    every, colours = np.arange(len(edges)), np.abs(mean).argmax(axis=1)
    high = np.abs(mean[every, colours])
    for i in np.flatnonzero(high >= np.maximum(LEAST_LEVELS, LEAST_CONSTANT * (spread[every, colours] + 0.5))):
        row = (int(i) + 1) * height
        if _goes_on(pixels[row - 3 : row + 3, :, colours[i]].astype(np.float32), float(high[i])):
            return row, 0
    return None


def _goes_on(six: NDArray[np.float32], high: float) -> bool:
    """Whether six rows (6, W) step between the third and fourth alone, and are of one texture but for that."""
    beside = np.abs(np.diff(six, axis=0).mean(axis=1))[[1, 3]].max()
    sums = np.cumsum(six, axis=1)
    fine = six[:, 5:-4] - (sums[:, 9:] - sums[:, :-9]) / 9  # less the mean of 9 px
    if beside > high / 4 or min(fine[2].std(), fine[3].std()) < 1:
        return False
    alike = np.asarray(np.corrcoef(fine))
    return bool(alike[2, 3] > max(0.25, 0.5 * min(alike[1, 2], alike[3, 4])))
