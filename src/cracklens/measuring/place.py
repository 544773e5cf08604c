"""Takes a trace; gives the place where its 95 % width was taken, for a picture of it. Knows no px."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cracklens.values import Branch, Point, Trace

AROUND = 6
"""The direction across is taken over so many points to both sides."""


@dataclass(frozen=True)
class WidthPlace:
    """Where a crack has the width that a report gives.

    Attributes:
        xy: on the centre line, px of the photo.
        width_px: measured there.
        across_xy: unit vector across the crack.
    """

    xy: Point
    width_px: float
    across_xy: Point

    @property
    def tick_xy(self) -> tuple[Point, Point]:
        """Both ends of the measured width."""
        (x, y), (dx, dy), half = self.xy, self.across_xy, self.width_px / 2
        return (x - half * dx, y - half * dy), (x + half * dx, y + half * dy)


def width_place(trace: Trace) -> WidthPlace | None:
    """Give the point of a trace whose width is nearest to the 95 % width; None where no width was measured."""
    nearest = [(_stray(branch, trace.width_p95_px), branch) for branch in trace.branches]
    known = [
        (float(np.nanmin(stray)), int(np.nanargmin(stray)), of) for stray, of in nearest if np.isfinite(stray).any()
    ]
    if not known:
        return None
    _, at, branch = min(known, key=lambda found: found[0])
    points = branch.points_xy
    along = points[min(at + AROUND, len(points) - 1)] - points[max(at - AROUND, 0)]
    dx, dy = along / max(float(np.hypot(*along)), 1e-9)
    x, y = points[at]
    return WidthPlace((float(x), float(y)), float(branch.widths_px[at]), (float(-dy), float(dx)))


def _stray(branch: Branch, width_px: float) -> np.ndarray:
    found: np.ndarray = np.abs(branch.widths_px - width_px)
    return found
