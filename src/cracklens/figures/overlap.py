"""Takes a found mask and a drawn one; gives how they fit. Pure: knows no photos and no files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

TOLERANCE_PX = 2.0
DRAWS = 1000

Bools = NDArray[np.bool_]


def dice(found: Bools, drawn: Bools) -> float:
    """Give the Dice overlap of two masks, 0-1; 1 where both are empty."""
    whole = int(found.sum()) + int(drawn.sum())
    return 2 * int((found & drawn).sum()) / whole if whole else 1.0


def tolerant_f1(found: Bools, drawn: Bools) -> float:
    """Give F1 where a px counts as right within 2 px of the other mask."""
    if not found.any() or not drawn.any():
        return float(found.any() == drawn.any())
    precision = float((ndimage.distance_transform_edt(~drawn)[found] <= TOLERANCE_PX).mean())
    recall = float((ndimage.distance_transform_edt(~found)[drawn] <= TOLERANCE_PX).mean())
    return 2 * precision * recall / max(precision + recall, 1e-9)


def mean_interval(values: Sequence[float], groups: Sequence[str], *, least: int) -> tuple[float, float] | None:
    """Give the 95 % interval of a mean by drawing whole groups with replacement (seed 0); None where they are too few.

    Args:
        values: N of photos.
        groups: what belongs together, N names.
        least: groups that an interval needs.

    Source: Efron and Tibshirani 1993, chapter 13 (percentile interval).
    """
    _, index = np.unique(groups, return_inverse=True)
    counts = np.bincount(index)
    if len(counts) < least:
        return None
    sums = np.bincount(index, weights=np.asarray(values, np.float64))
    drawn = np.random.default_rng(0).integers(len(counts), size=(DRAWS, len(counts)))
    low, high = np.quantile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), (0.025, 0.975))
    return float(low), float(high)
