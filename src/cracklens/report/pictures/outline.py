"""Takes a trace; gives its lines with few points, at most 1 px beside the whole ones. Knows no report."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cracklens.values import Trace

TOLERANCE_PX = 0.95
"""Points are then rounded to 0.1 px, which adds at most 0.07: together no point is moved by more than 1 px."""


def outline(trace: Trace, *, tolerance_px: float = TOLERANCE_PX) -> tuple[NDArray[np.float64], ...]:
    """Give a line (N, 2) of x and y for each branch, the longest first; ends stay where they are, to 0.1 px."""
    return tuple(np.round(simplified(branch.points_xy, tolerance_px), 1) for branch in trace.branches)


def simplified(points_xy: NDArray[np.float32], tolerance_px: float) -> NDArray[np.float64]:
    """Leave out points until one more would move the line by more than the tolerance.

    Source: Douglas, Peucker, "Algorithms for the reduction of the number of points required to represent a digitized
    line or its caricature", 1973.
    """
    points = points_xy.astype(np.float64)
    kept = np.zeros(len(points), bool)
    kept[[0, -1]] = True
    waiting = [(0, len(points) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        distances = _distances(points[first + 1 : last], points[first], points[last])
        at = int(distances.argmax())
        if distances[at] > tolerance_px:
            middle = first + 1 + at
            kept[middle] = True
            waiting += [(first, middle), (middle, last)]
    return points[kept]


def _distances(
    points: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give how far points (N, 2) are from the piece of line between two others."""
    along = end - start
    length_squared = float(along @ along)
    share = np.clip((points - start) @ along / length_squared, 0, 1) if length_squared else np.zeros(len(points))
    found: NDArray[np.float64] = np.hypot(*(points - start - share[:, np.newaxis] * along).T)
    return found
