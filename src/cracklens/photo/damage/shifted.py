"""Takes the pixels of a decoded picture; gives whether a part of it is shifted in brightness or colour. Reads no file.

A JPEG stores a block's brightness as a difference to the block before. Where damage hits one difference and the decoder
finds its way again, all that follows is too bright, too dark or tinted, and no decoder says a word. What is wrong
begins and ends with the blocks: steps that lie on their grid, and nowhere else, are none of the picture.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

LEAST_BLOCKS, NARROWEST = 3, 8
"""The step must be seen so many blocks wide on both sides, and an eighth of the width: else it is one straight edge."""

LEAST_JUMPS, OF_A_ROW, MOST_BETWEEN = 6, 0.25, 0.1
"""So many pieces of rows that jump on the grid, such a share of a whole row, are of damage, if halfway between its rows
there are so few for one."""

PIECE_PX = 16
LEAST_LEVELS = 8.0
CLEAR_JUMP, ALONE, LEAST_TEXTURE = 1.5, 3.0, 0.7
"""A piece jumps where its mean step is so many times its spread along the row, so many times the steps of the two rows
above and below, and no side of it is a flat frame. Measured on undamaged pictures, see docs/results.md."""

MOST_MOUNTED, GOES_ON = 2, 0.25
"""Pictures mounted above each other jump as well: along so few rows, across which their texture does not go on."""

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


def shifted_from(
    pixels: NDArray[np.uint8], block_hw: tuple[int, int], *, levels: float = LEAST_LEVELS
) -> tuple[int, int] | None:
    """Give row and column in px from which the picture is shifted; None where no step is clear.

    Args:
        pixels: RGB (H, W, 3) uint8, not turned.
        block_hw: of the JPEG's MCU in px, 8 or 16.
        levels: lower steps may be the encoder's own.
    """
    if pixels.shape[1] < (2 * LEAST_BLOCKS + 1) * block_hw[1]:
        return None
    return _inside_row(_kinks(pixels, block_hw), block_hw) or jumps_from(pixels, block_hw[0], levels=levels)


def jumps_from(pixels: NDArray[np.uint8], grid: int, *, levels: float = LEAST_LEVELS) -> tuple[int, int] | None:
    """Give row and column in px of the first of many jumps that lie on a grid and not between its rows.

    Args:
        pixels: RGB (H, W, 3) uint8, not turned.
        grid: rows from one line of the grid to the next.
        levels: lower steps do not count.
    """
    on, texture = _jumps(pixels, grid, levels)
    pieces = pixels.shape[1] / PIECE_PX
    rows, counts = np.unique(on[:, 0], return_counts=True)
    full = rows[counts >= OF_A_ROW * pieces]
    seams = [row for row in full if _alike(texture[on[:, 0] == row]) < GOES_ON]
    if len(seams) <= MOST_MOUNTED:
        on = on[~np.isin(on[:, 0], seams)]
    if len(on) < max(LEAST_JUMPS, OF_A_ROW * pieces):
        return None
    between, _ = _jumps(pixels[grid // 2 :], grid, levels)
    return (int(on[0, 0]), int(on[0, 1])) if len(between) <= MOST_BETWEEN * len(on) else None


def _jumps(pixels: NDArray[np.uint8], grid: int, levels: float) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Give row and column in px (N, 2) of the pieces that jump, and the texture of their two sides (N, 2, 16)."""
    found = [np.zeros((0, 2), np.intp)]
    for rows, means in _near(pixels, grid, PIECE_PX, range(-3, 3)):
        steps = np.abs(np.diff(means, axis=1))  # (R, 5, pieces, 3)
        beside = np.delete(steps, 2, axis=1).max(axis=1)
        row, piece = np.nonzero((steps[:, 2] > np.maximum(levels, ALONE * beside)).any(axis=2))
        found.append(np.column_stack([rows[row], piece * PIECE_PX]))
    places = np.concatenate(found)
    columns = places[:, 1, None, None] + np.arange(PIECE_PX)
    sides = pixels[places[:, 0, None, None] + np.array([[-1], [0]]), columns].astype(np.float32)  # (N, 2, 16, 3)
    step, grey = sides[:, 1] - sides[:, 0], sides.mean(axis=3)
    clear = (np.abs(step.mean(axis=1)) > CLEAR_JUMP * (step.std(axis=1) + 0.5)).any(axis=1)
    clear &= grey.std(axis=2).min(axis=1) > LEAST_TEXTURE
    return places[clear], (grey - grey.mean(axis=2, keepdims=True))[clear]


def _alike(texture: NDArray[np.float32]) -> float:
    """Give the correlation, -1 to 1, of the texture on both sides (N, 2, 16) of some pieces together."""
    both, each = (texture[:, 0] * texture[:, 1]).sum(), np.sqrt((texture**2).sum(axis=(0, 2)).prod())
    return float(both / max(each, 1e-6))


def _near(
    pixels: NDArray[np.uint8], grid: int, width: int, lines: range
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float32]]]:
    """Give the rows of a grid in bands, and the mean colours (R, lines, C, 3) of blocks of the lines around them."""
    columns = pixels.shape[1] // width
    mean = np.tile(np.eye(3, dtype=np.float32) / np.float32(width), (width, 1))  # each colour by itself
    rows = np.arange(grid, len(pixels) - lines.stop + 1, grid)
    step = max(1, BAND_PX // (len(lines) * pixels.shape[1]))
    for band in (rows[at : at + step] for at in range(0, len(rows), step)):
        near = pixels[band[:, None] + np.arange(lines.start, lines.stop), : columns * width].astype(np.float32)
        yield band, (near.reshape(-1, 3 * width) @ mean).reshape(len(band), len(lines), columns, 3)


def _kinks(pixels: NDArray[np.uint8], block_hw: tuple[int, int]) -> NDArray[np.float32]:
    """Give how the picture steps across the upper side of each block but the first (R, C, 3)."""
    height, width = block_hw
    found = [np.tensordot(means, _KINK, (1, 0)) for _, means in _near(pixels, height, width, range(-_ABOVE, _BELOW))]
    return np.concatenate([np.zeros((0, pixels.shape[1] // width, 3), np.float32), *found])


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
