"""Takes nothing; gives the frozen values of a followed crack and of its sizes. Knows nothing of how they are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Interval = tuple[float, float]
"""Low and high end."""

DoubtKind = Literal["unsure", "elsewhere", "faint", "joint", "small", "shallow", "blurred", "round"]
"""What can speak against a line being a crack."""


@dataclass(frozen=True)
class Branch:
    """One piece of a crack's centre line between end points and junctions.

    Attributes:
        points_xy: (N, 2) float32, N ≥ 2: x and y in px of the photo, about one point a px, in order along the line.
        widths_px: (N,) float32: the crack's width at the surface at each point; NaN where it could not be measured.
    """

    points_xy: NDArray[np.float32]
    widths_px: NDArray[np.float32]


@dataclass(frozen=True)
class Doubt:
    """One thing that speaks against a line being a crack.

    Attributes:
        kind: which; a report has the sentence.
        amount: what was measured, None where it could not be: of "unsure" the median score along the line, 0-1; of
            "elsewhere" that of its own cells, 0-1; of "joint" the share of it that looks like a line and no crack; of
            "faint" the median of the crack map along it, 0-1; of "small" how far it reaches, px; of "shallow" the depth
            as a share of the grey beside; of "blurred" the median length of the widths' intervals, px; of "round" how
            far it reaches, in times its width.
    """

    kind: DoubtKind
    amount: float | None = None


SURE = 0.5
"""From this confidence on a line is rather a crack than not."""

TIMES_MEDIAN = 5.0
"""A crack whose widest place is likely over so many times its median width is compared with no guide before somebody
has looked at it."""

EndKind = Literal["leaves", "fades", "lost"]
"""How a crack ends: at the photo's edge; with nothing of it ahead; or where it is hidden, or goes on unfollowed."""

Point = tuple[float, float]
"""x and y in px of the photo."""


@dataclass(frozen=True)
class End:
    """A free end of a crack.

    Attributes:
        xy: its place.
        kind: how it ends there.
    """

    xy: Point
    kind: EndKind


@dataclass(frozen=True)
class Gap:
    """A stretch where nothing of a crack is to be seen, that a person would bridge.

    Attributes:
        start_xy, stop_xy: the ends of the pieces on both sides.
    """

    start_xy: Point
    stop_xy: Point


@dataclass(frozen=True)
class Trace:
    """One crack, followed through the photo at full resolution.

    Attributes:
        branches: of its centre line, the longest first.
        length_px: of all branches together, gaps not counted.
        width_median_px, width_p95_px, width_max_px: along the line, at the surface.
        width_median_interval_px, width_p95_interval_px, width_max_interval_px: (low, high) of each, about 95 %; of the
            largest that of the widest point, and at least the low end of the 95 % width.
        width_max_at_xy: place of the widest point.
        orientation_deg: 0 is along a row, 90 upright, counted anticlockwise as seen; 0 ≤ orientation_deg < 180.
        ends: its free ends.
        junctions_xy: where three or more branches meet.
        score: highest score of the cells it runs through, 0-1.
        confidence: 0-1, that this line is a crack and not a joint, an edge, a stain or a cable.
        doubts: why the confidence is not higher; empty where nothing speaks against it.
        gaps: between its pieces; a crack of two gaps was traced in three pieces.
        id: its own, by content and place, which stays with it from report to report; "" of one that is numbered anew.
        by_hand: whether a person drew it, or where it runs.
    """

    branches: tuple[Branch, ...]
    length_px: float
    width_median_px: float
    width_p95_px: float
    width_max_px: float
    width_median_interval_px: Interval
    width_p95_interval_px: Interval
    width_max_interval_px: Interval
    width_max_at_xy: tuple[float, float]
    orientation_deg: float
    ends: tuple[End, ...]
    junctions_xy: tuple[Point, ...]
    score: float
    confidence: float
    doubts: tuple[Doubt, ...] = ()
    gaps: tuple[Gap, ...] = ()
    id: str = ""
    by_hand: bool = False

    @property
    def needs_checking(self) -> bool:
        """Whether its widest place is so much wider than the rest that a person has to look: a spall, a node."""
        return self.width_max_px > TIMES_MEDIAN * self.width_median_px

    @property
    def is_far_wider(self) -> bool:
        """Whether the intervals of both widths leave no doubt of that."""
        return self.width_max_interval_px[0] > TIMES_MEDIAN * self.width_median_interval_px[1]

    @property
    def box_xyxy(self) -> tuple[int, int, int, int]:
        """Bounds of the centre line in px of the photo."""
        points = np.concatenate([branch.points_xy for branch in self.branches])
        (x0, y0), (x1, y1) = np.floor(points.min(0)), np.floor(points.max(0)) + 1
        return int(x0), int(y0), int(x1), int(y1)


@dataclass(frozen=True)
class Quantity:
    """A length in millimetres with its interval, about 95 %, which need not be the same on both sides.

    Attributes:
        value_mm: the length; where it is not resolved, the bound from above.
        low_mm, high_mm: its interval.
        resolved: whether the photo can show such a length.
    """

    value_mm: float
    low_mm: float
    high_mm: float
    resolved: bool = True

    @property
    def uncertainty_mm(self) -> float:
        """Give the longer side of the interval."""
        return max(self.high_mm - self.value_mm, self.value_mm - self.low_mm)
