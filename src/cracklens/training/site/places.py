"""Takes the lines that people spoke of in a photo; gives what each of its neighbourhoods shows. Knows no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cracklens.values import NEIGHBOURHOOD_PX, STRIDE_PX, Trace

Shows = Literal["crack", "no crack", "unknown"]

RIM_PX = 32
"""A crack that only touches the rim of a neighbourhood says nothing of it, for either class."""

LEAST_PX = 32
"""So long a piece of a line shows in a neighbourhood."""

CRACK = 1
"""Label of a neighbourhood that shows one."""

NO_CRACK = 0
"""Of one that shows none."""

UNKNOWN = -1
"""Of one that is not learnt from."""


@dataclass(frozen=True)
class Spoken:
    """One line of a photo that a person has gone through.

    Attributes:
        trace: where it runs.
        shows: what the person said; "unknown" of one that nobody decided on.
    """

    trace: Trace
    shows: Shows


@dataclass(frozen=True)
class Labels:
    """What the neighbourhoods of a photo show.

    Attributes:
        values: (K,) CRACK, NO_CRACK or UNKNOWN.
        rejected: (K,) those that show a line which is no crack, and nothing else.
        cracks: for each confirmed crack the places (N,) of the neighbourhoods that show it.
        known: (K,) those of which something was said, or nothing was there to say: an alarm in another is none.
    """

    values: NDArray[np.int8]
    rejected: NDArray[np.bool_]
    cracks: tuple[NDArray[np.intp], ...]
    known: NDArray[np.bool_]


def labels_of(lines: Sequence[Spoken], starts: tuple[Sequence[int], Sequence[int]], hw: tuple[int, int]) -> Labels:
    """Give what the neighbourhoods show that begin at rows and columns of cells, row by row.

    A gone-through photo shows a crack where a confirmed line runs through the middle part of a neighbourhood, and none
    where no line that may be one comes near it.

    Args:
        lines: of the photo, all of them.
        starts: rows and columns of cells at which neighbourhoods begin.
        hw: size of the photo in px.
    """
    inner, whole = (_boxes(starts, hw, rim) for rim in (RIM_PX, 0))
    shown = [_lengths(line.trace, inner) >= LEAST_PX for line in lines]
    near = [_lengths(line.trace, whole) > 0 for line in lines]
    is_crack, maybe, is_none = (
        _any([of for of, line in zip(parts, lines, strict=True) if line.shows in kinds], len(inner))
        for parts, kinds in ((shown, ("crack",)), (near, ("crack", "unknown")), (shown, ("no crack",)))
    )
    values = np.where(is_crack, CRACK, np.where(maybe, UNKNOWN, NO_CRACK)).astype(np.int8)
    cracks = [
        np.flatnonzero(of if of.any() else around)  # one in a corner is seen from the rim, if at all
        for of, around, line in zip(shown, near, lines, strict=True)
        if line.shows == "crack"
    ]
    return Labels(values, is_none & (values == NO_CRACK), tuple(of for of in cracks if len(of)), ~maybe | is_crack)


def _any(parts: Sequence[NDArray[np.bool_]], n: int) -> NDArray[np.bool_]:
    return np.asarray(np.reshape(parts, (-1, n)).any(axis=0), np.bool_)


def _boxes(starts: tuple[Sequence[int], Sequence[int]], hw: tuple[int, int], rim: int) -> NDArray[np.float64]:
    """Give x0, y0, x1, y1 (K, 4) of neighbourhoods without their rim; at the photo's edge they have none."""
    sides = []
    for begin, length in zip(starts, hw, strict=True):
        low = np.asarray(begin, np.float64) * STRIDE_PX
        high = low + NEIGHBOURHOOD_PX
        sides.append((np.where(low > 0, low + rim, low), np.where(high < length, high - rim, high)))
    (top, bottom), (left, right) = sides
    grid = [np.repeat(top, len(left)), np.repeat(bottom, len(left)), np.tile(left, len(top)), np.tile(right, len(top))]
    return np.stack([grid[2], grid[0], grid[3], grid[1]], axis=1)


def _lengths(trace: Trace, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give how many px of a line lie in each box (K,)."""
    points = np.concatenate([branch.points_xy for branch in trace.branches]).astype(np.float64)
    steps = np.concatenate([_steps(branch.points_xy) for branch in trace.branches])
    x0, y0 = points.min(0)
    x1, y1 = points.max(0)
    found = np.zeros(len(boxes))
    meets = (boxes[:, 0] <= x1) & (boxes[:, 2] > x0) & (boxes[:, 1] <= y1) & (boxes[:, 3] > y0)
    for at in np.flatnonzero(meets):
        left, top, right, bottom = boxes[at]
        inside = (points[:, 0] >= left) & (points[:, 0] < right) & (points[:, 1] >= top) & (points[:, 1] < bottom)
        found[at] = steps[inside].sum()
    return found


def _steps(points_xy: NDArray[np.floating]) -> NDArray[np.float64]:
    """Give how much of a line's length each of its points stands for (N,)."""
    lengths = np.hypot(*np.diff(points_xy.astype(np.float64), axis=0).T)
    return np.asarray((np.append(lengths, 0) + np.insert(lengths, 0, 0)) / 2)
