"""Takes an end of a crack and the maps around it; gives how the crack ends there. Measures nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import spatial

from cracklens.values import CrackMap, EndKind, Point, ScoreMap
from cracklens.values.maps import LINE_STRIDE_PX

EDGE_PX = 20.0
"""An end so near the photo's edge is where the crack leaves it."""

TAIL_PX = 32.0
"""The part of a crack so near an end says where it points."""

HIDDEN_PX = 24.0
"""What hides a crack begins within so far of its end."""

OWN_PX, FAR_PX = 10.0, 64.0
"""A crack is looked for ahead up to so far; what is nearer to the crack itself, and half its width more, is its own."""

MOST_ASIDE = 0.6
"""Radians by which what lies ahead may lie beside the way that an end points."""

GOES_ON_PX = 24
"""Px of crack ahead from which on it goes on: fewer are a pore, or noise."""

LINE = 128
"""From here on the map of lines, 0-255, sees a joint, an edge, a cable or a shadow."""


def end_kind(
    xy: Point,
    points_xy: NDArray[np.float64],
    crack_map: CrackMap,
    score_map: ScoreMap,
    *,
    width_px: float,
    least: float,
) -> EndKind:
    """Give how a crack ends: it leaves the photo; is lost, since it is hidden or goes on unfollowed; else it fades.

    Args:
        xy: the end.
        points_xy: (N, 2) all points of the crack.
        crack_map: of the photo.
        score_map: of the photo.
        width_px: about how wide the crack is.
        least: probability of the crack map, 0-1, from which on a px ahead is crack.
    """
    height, width = crack_map.crack.shape
    if min(xy[0], xy[1], width - xy[0], height - xy[1]) <= EDGE_PX:
        return "leaves"
    own = points_xy[np.hypot(*(points_xy - xy).T) <= 2 * FAR_PX + width_px]
    rows, cols = _ahead(xy, own, (height, width))
    hidden = np.hypot(cols + 0.5 - xy[0], rows + 0.5 - xy[1]) <= HIDDEN_PX
    line = crack_map.line[rows // LINE_STRIDE_PX, cols // LINE_STRIDE_PX] >= LINE
    last_row, last_col = (side - 1 for side in score_map.values.shape)
    cells = np.minimum(rows // score_map.stride_px, last_row), np.minimum(cols // score_map.stride_px, last_col)
    if (hidden & (line | ~score_map.inspected[cells])).any():
        return "lost"
    dark = crack_map.crack[rows, cols] >= 255 * least
    on = np.column_stack([cols[dark] + 0.5, rows[dark] + 0.5])
    others = spatial.cKDTree(own).query(on)[0] > OWN_PX + width_px / 2
    return "lost" if others.sum() >= GOES_ON_PX else "fades"


def _ahead(xy: Point, own: NDArray[np.float64], hw: tuple[int, int]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give the rows and columns of the px that lie ahead of an end of a line through points (N, 2)."""
    tail = own[np.hypot(*(own - xy).T) <= TAIL_PX]
    way = np.array(xy) - (tail.mean(axis=0) if len(tail) else xy)
    spans = (
        slice(max(int(at - FAR_PX), 0), min(int(at + FAR_PX) + 1, side)) for at, side in zip(xy[::-1], hw, strict=True)
    )
    rows, cols = (axis.ravel() for axis in np.mgrid[tuple(spans)])
    across = np.column_stack([cols + 0.5 - xy[0], rows + 0.5 - xy[1]])
    away = np.hypot(*across.T)
    inside = (across @ way >= np.cos(MOST_ASIDE) * away * np.hypot(*way)) & (away <= FAR_PX)
    return rows[inside], cols[inside]
