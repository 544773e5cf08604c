"""Takes a trace; gives closed polygons about its lines, as wide as the crack, for annotation tools. Knows no format."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cracklens.report.pictures.outline import outline
from cracklens.values import Trace

LEAST_WIDTH_PX = 2.0
"""A thinner polygon covers no pixel's centre and vanishes where a tool paints it as a mask."""


def ribbons(trace: Trace, photo_hw: tuple[int, int]) -> tuple[NDArray[np.float64], ...]:
    """Give a polygon (N, 2) of x and y for each branch, N ≥ 4, inside the photo; its first point is not repeated."""
    width = trace.width_median_px if math.isfinite(trace.width_median_px) else LEAST_WIDTH_PX
    half = max(width, LEAST_WIDTH_PX) / 2
    edge = np.array(photo_hw[::-1], float)
    return tuple(np.clip(np.round(_about(line, half), 2), 0, edge) for line in outline(trace))


def area_px(polygon: NDArray[np.float64]) -> float:
    """Give the area of a polygon, by the shoelace formula."""
    x, y = polygon.T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def _about(line: NDArray[np.float64], half: float) -> NDArray[np.float64]:
    """Give the polygon at half the width to both sides of a line; corners are mitred, at most to twice that."""
    steps = np.diff(line, axis=0)
    lengths = np.hypot(*steps.T)[:, np.newaxis]
    directions = np.divide(steps, lengths, out=np.tile([1.0, 0.0], (len(steps), 1)), where=lengths > 0)
    at_points = np.vstack([directions[:1], directions[:-1] + directions[1:], directions[-1:]])
    norms = np.hypot(*at_points.T)[:, np.newaxis]
    at_points = np.divide(at_points, norms, out=np.tile([1.0, 0.0], (len(line), 1)), where=norms > 1e-9)
    cosines = np.abs((at_points * np.vstack([directions[:1], directions])).sum(axis=1))[:, np.newaxis]
    across = half / np.maximum(cosines, 0.5) * np.column_stack([-at_points[:, 1], at_points[:, 0]])
    return np.vstack([line + across, (line - across)[::-1]])
