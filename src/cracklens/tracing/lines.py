"""Takes the strength of dark lines; gives which places belong to a line worth following. Sees no photo."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cracklens.tracing.ridges import UNIT, Bools, Ridges, spread
from cracklens.tracing.thin import thin

WEAK = 1.0
STRONG = 2.0
"""A line stands out by this many times the noise everywhere, and by that many somewhere: chosen on drawn cracks."""

LEAST_EXTENT = 24
"""Half-resolution px from end to end; less is a pore or a scratch."""

SHARE_OF_STRONGEST = 0.2
"""A region is hot because of its strongest line: one that weighs less than this share of it is texture."""

GAP = 6
"""Half-resolution px that a line may be invisible for, on each side of the gap, and still count as one."""

EIGHT = np.ones((3, 3), bool)


def follow(ridges: Ridges, region: Bools) -> Bools:
    """Give (h, w) at half resolution: the places on lines that are long and strong enough.

    Args:
        ridges: from `find_ridges`.
        region: the cells they were looked for in.
    """
    lines = _lasting(ridges)
    groups, count = ndimage.label(ndimage.maximum_filter(lines, 2 * GAP + 1), EIGHT)
    weight, extent = _weights(ridges, lines, groups, count)
    enough = (extent >= LEAST_EXTENT) & (weight >= SHARE_OF_STRONGEST * _strongest(weight, groups, region))
    enough[0] = False
    return np.asarray(lines & enough[groups], np.bool_)


def _lasting(ridges: Ridges) -> Bools:
    """Give what stands out weakly and hangs together with what stands out strongly."""
    labels, count = ndimage.label(ridges.strength >= WEAK * UNIT, EIGHT)
    strong = np.zeros(count + 1, np.bool_)
    strong[labels[ridges.strength >= STRONG * UNIT]] = True
    return np.asarray(strong[labels], np.bool_)


def _weights(
    ridges: Ridges, lines: Bools, groups: NDArray[np.int32], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give for each group the sum of its strength along its middle, less where it is a bush, and its extent."""
    rows, cols = np.nonzero(thin(lines))
    of = groups[rows, cols]
    weight = np.asarray(np.bincount(of, ridges.strength[rows, cols] / UNIT - 0.3, count + 1), np.float64)
    length = np.bincount(of, minlength=count + 1)
    extent = np.zeros(count + 1)
    for number, box in enumerate(ndimage.find_objects(groups, count), 1):
        extent[number] = np.hypot(*(side.stop - side.start for side in box)) - 2 * GAP
    return np.asarray(weight * np.minimum(1, 1.3 * extent / np.maximum(length, 1)), np.float64), extent


def _strongest(weight: NDArray[np.float64], groups: NDArray[np.int32], region: Bools) -> NDArray[np.float64]:
    """Give for each group the weight of the strongest group in its region."""
    labels, count = ndimage.label(region, EIGHT)
    rows, cols = spread(region, groups.shape, times=2)
    on = np.nonzero(groups)
    of, where = groups[on], labels[rows[on[0]], cols[on[1]]]
    best = np.zeros(count + 1)
    np.maximum.at(best, where, weight[of])
    found = np.zeros(len(weight))
    np.maximum.at(found, of, best[where])
    return found
