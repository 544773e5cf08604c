"""Takes the measured branches of a crack; gives its trace with length, widths and their intervals. Knows no mask."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cracklens.measuring.along import WIDTH_FIELDS
from cracklens.measuring.width import Measured
from cracklens.values import Branch, Interval, Trace

SURE_PERCENT = 75
"""Of the lower bounds along a line this one, in percent, is the lower end of its 95 % and largest width: some err."""

WIDEST_PERCENT, WIDEST_SURE_PERCENT = 90, 25
"""What is so wide, in percent, bounds the 95 % width from above by its median; from below by this of its lower bounds
where they say that it is wider than the middle of the line: else the widest is where the measurement erred most."""


def measured_trace(lines: Sequence[Measured], *, score: float, confidence: float = 1.0) -> Trace:
    """Give the trace of a crack from its branches as measured, without ends, junctions, gaps and doubts.

    Args:
        lines: its branches; where its width is not its own, or was not measured, it is NaN.
        score: highest score of the cells it runs through, 0-1.
        confidence: that it is a crack, 0-1.
    """
    points = np.concatenate([line.points_xy for line in lines])
    return Trace(
        branches=_branches(lines),
        length_px=sum(length_px(line.points_xy) for line in lines),
        **_widths(lines, points),
        orientation_deg=_orientation_deg(points),
        ends=(),
        junctions_xy=(),
        score=score,
        confidence=confidence,
    )


def _widths(lines: Sequence[Measured], points: NDArray[np.float64]) -> dict[str, Any]:
    """Give the widths of a crack with their intervals; all NaN where nothing was measured."""
    widths, lows, highs = (np.concatenate([getattr(line, name) for line in lines]) for name in WIDTH_FIELDS)
    if not np.isfinite(widths).any():
        middle = points[len(points) // 2]
        sizes = {f"width_{name}_px": math.nan for name in ("median", "p95", "max")}
        nothing = {f"width_{name}_interval_px": (math.nan, math.nan) for name in ("median", "p95", "max")}
        return {**sizes, **nothing, "width_max_at_xy": (float(middle[0]), float(middle[1]))}
    widest = int(np.nanargmax(widths))
    p95 = float(np.nanpercentile(widths, 95))
    at_least, at_most = _p95_interval(widths, lows, highs, p95)
    return {
        "width_median_px": float(np.nanmedian(widths)),
        "width_p95_px": p95,
        "width_max_px": float(widths[widest]),
        "width_median_interval_px": (float(np.nanmedian(lows)), float(np.nanmedian(highs))),
        "width_p95_interval_px": (at_least, at_most),
        "width_max_interval_px": (max(float(lows[widest]), at_least), max(float(highs[widest]), at_most)),
        "width_max_at_xy": (float(points[widest, 0]), float(points[widest, 1])),
    }


def _p95_interval(
    widths: NDArray[np.float64], lows: NDArray[np.float64], highs: NDArray[np.float64], p95: float
) -> Interval:
    """Give what the 95 % width lies between, from the widths at all points and their bounds."""
    wide = widths >= np.nanpercentile(widths, WIDEST_PERCENT)
    low, wider = float(np.nanpercentile(lows, SURE_PERCENT)), float(np.nanpercentile(lows[wide], WIDEST_SURE_PERCENT))
    at_least = wider if wider > np.nanmedian(highs) else low
    return min(at_least, p95), max(float(np.nanmedian(highs[wide])), p95)


def _branches(lines: Sequence[Measured]) -> tuple[Branch, ...]:
    """Give the lines as branches, the longest first."""
    ordered = sorted(lines, key=lambda line: -length_px(line.points_xy))
    return tuple(Branch(line.points_xy.astype(np.float32), line.widths_px.astype(np.float32)) for line in ordered)


def length_px(points_xy: NDArray[np.floating]) -> float:
    """Give how long a line through points (N, 2) is."""
    return float(np.hypot(*np.diff(points_xy, axis=0).T).sum())


def _orientation_deg(points_xy: NDArray[np.float64]) -> float:
    """Give the direction in which a line is longest: 0 along a row, 90 upright, anticlockwise as seen."""
    centred = points_xy - points_xy.mean(axis=0)
    x, y = np.linalg.svd(centred, full_matrices=False)[2][0]
    return float(np.degrees(np.arctan2(-y, x)) % 180)
