"""Takes measured lines; gives which of them run along what a longer one has measured already. Sees no photo."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cracklens.measuring.width import Measured
from cracklens.tracing.ridges import Bools

SHARE = 0.6
"""A line with this share of its points on a longer one is the same crack again: both were drawn to its middle."""

MOST_REACH = 8
"""Half-resolution px; wider cracks count as this wide."""


def first_times(lines: Sequence[Measured], *, hw: tuple[int, ...]) -> list[bool]:
    """Say of each line whether it is new: the longest first, as they are measured.

    Args:
        lines: in px of the photo.
        hw: of the photo at half resolution.
    """
    taken = np.zeros(hw, np.bool_)
    new = [True] * len(lines)
    for number in sorted(range(len(lines)), key=lambda i: -len(lines[i].points_xy)):
        line = lines[number]
        rows, cols = (
            np.clip((line.points_xy[:, axis] / 2).astype(int), 0, side - 1) for axis, side in ((1, hw[0]), (0, hw[1]))
        )
        new[number] = float(taken[rows, cols].mean()) < SHARE
        if new[number]:
            _take(taken, rows, cols, line.widths_px)
    return new


def _take(taken: Bools, rows: NDArray[np.intp], cols: NDArray[np.intp], widths_px: NDArray[np.float64]) -> None:
    """Mark, in place, what a line covers, and one px more."""
    reach = np.clip(np.nan_to_num(widths_px) / 4 + 1, 1, MOST_REACH).astype(int)
    for row, col, side in zip(rows.tolist(), cols.tolist(), reach.tolist(), strict=True):
        taken[max(row - side, 0) : row + side + 1, max(col - side, 0) : col + side + 1] = True
