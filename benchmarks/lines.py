"""Takes traces and marked lines; gives points along them, and which lie near others. Knows no photo and no bar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import spatial

from cracklens.values import Trace

SURE = 0.5
"""A trace counts as one from this confidence on: rather a crack than not. Fixed here, whatever a report chooses."""

DRAWS = 1000

Points = NDArray[np.float64]
Bools = NDArray[np.bool_]


def along(points_xy: ArrayLike) -> Points:
    """Give points (N, 2) about every px along a polyline, its ends among them; gaps are bridged straight."""
    corners = np.asarray(points_xy, np.float64)
    steps = np.hypot(*np.diff(corners, axis=0).T)
    at = np.concatenate([[0.0], np.cumsum(steps)])
    places = np.linspace(0, at[-1], int(np.ceil(at[-1])) + 1)
    return np.stack([np.interp(places, at, corners[:, axis]) for axis in (0, 1)], axis=1)


def joined(lines: Iterable[ArrayLike]) -> Points:
    """Give points (N, 2) about every px along polylines; (0, 2) of none."""
    return np.concatenate([np.zeros((0, 2)), *(along(line) for line in lines)])


def points_of(trace: Trace) -> Points:
    """Give points (N, 2) about every px along all branches of a trace."""
    return joined(branch.points_xy for branch in trace.branches)


def sure(traces: Iterable[Trace]) -> list[Trace]:
    """Give the traces that are rather cracks than not."""
    return [trace for trace in traces if trace.confidence >= SURE]


def near(points_xy: Points, others_xy: Points, within_px: float | Points) -> Bools:
    """Give which points (N,) have another within so many px."""
    if not len(others_xy) or not len(points_xy):
        return np.zeros(len(points_xy), np.bool_)
    return np.asarray(spatial.cKDTree(others_xy).query(points_xy)[0] <= within_px, np.bool_)


def pieces(traces: Sequence[Points], cracks: Sequence[Points], *, within_px: float, least_px: float) -> list[int]:
    """Give for each crack how many traces lie on it.

    A trace is of the crack that it runs along for the longest, if that is at least `least_px`; of no other.
    """
    counts = [0] * len(cracks)
    for trace in traces:
        lengths = [int(near(trace, crack, within_px).sum()) for crack in cracks]
        if lengths and max(lengths) >= least_px:
            counts[int(np.argmax(lengths))] += 1
    return counts


def per_found(counts: Iterable[int]) -> float:
    """Give the mean of the counts that are not 0: pieces a crack, of cracks that have any; 0 where none has."""
    found = [count for count in counts if count]
    return float(np.mean(found)) if found else 0.0


def ratio_interval(parts: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """Give the 95 % interval of a ratio of sums by drawing its parts, such as photos (seed 0); None under two parts.

    Source: Efron and Tibshirani 1993, chapter 13 (percentile interval).
    """
    if len(parts) < 2:
        return None
    draw, both = np.random.default_rng(0), np.array(parts, np.float64)
    sums = (both[draw.integers(len(both), size=len(both))].sum(axis=0) for _ in range(DRAWS))
    low, high = np.quantile([over / under for over, under in sums if under], (0.025, 0.975))
    return float(low), float(high)
