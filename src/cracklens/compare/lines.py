"""Takes a crack of one of two registered photos; gives its line in the newer one's frame, and where both show it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import spatial

from cracklens.compare.evidence import Course, Views, also_shown
from cracklens.compare.register import Points, Registration, inside
from cracklens.compare.side import SeenCrack

LEAST_NEAR_PX = 8.0
"""Lines this near are one crack, or nearer than three times the registration's error."""

STEP_PX = 1.0
SMOOTH_PX = 6.0
"""A line's direction is taken over this much of it to both sides."""

WIDEST_PX = 60.0
"""Wider cracks are looked for by a profile of this width: that of their edges."""

THIN_PX = 3.0
"""Width that a crack of unknown width is taken to cover in a photo."""


@dataclass(frozen=True)
class Line:
    """One crack in the frame of the newer photo.

    Attributes:
        crack: as its report has it.
        points_xy: (N, 2), one a px.
        step_px: (N,) length that each point stands for.
        seen: (N,) whether the point lies in the view of both photos.
        shown: (N,) whether the photo in which it was not traced shows it too, by its pixels.
        enlarged: px of the newer photo in a px of its own.
    """

    crack: SeenCrack
    points_xy: Points
    step_px: NDArray[np.float64]
    seen: NDArray[np.bool_]
    shown: NDArray[np.bool_]
    enlarged: float

    @property
    def length_px(self) -> float:
        """Of what lies in the view of both photos."""
        return float(self.step_px[self.seen].sum())

    def px_of(self, which: NDArray[np.bool_]) -> float:
        """Give the length of some of its points that lie in both views."""
        return float(self.step_px[self.seen & which].sum())


def near(registration: Registration) -> float:
    """Give how near lines of the two photos are to be one, in px of the newer."""
    return max(LEAST_NEAR_PX, 3 * registration.error_px)


def line_of(crack: SeenCrack, hws: tuple[tuple[int, int], tuple[int, int]], views: Views, *, of_old: bool) -> Line:
    """Give a crack in the newer photo's frame, with what of it lies in both views and what both show."""
    registration = views.registration
    pieces = [_dense(registration.to_new(line) if of_old else line) for line in crack.lines_xy]
    points, normals, steps = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    stray = near(registration)
    seen = inside(points, hws[1], margin_px=stray) & inside(registration.to_old(points), hws[0], margin_px=stray)
    enlarged = registration.scale_at(np.concatenate(crack.lines_xy).mean(0)) if of_old else 1.0
    width = crack.width_px * enlarged if math.isfinite(crack.width_px) else THIN_PX
    course = Course(points, normals, min(width, WIDEST_PX))
    shown = also_shown(course, views, traced_in_old=of_old, stray_px=stray)
    return Line(crack, points, steps, seen, shown, enlarged)


def _dense(line_xy: Points) -> tuple[Points, Points, NDArray[np.float64]]:
    """Give the middles of equal steps of about a px along a line, the normals there, and how long each step is."""
    legs = np.hypot(*np.diff(line_xy, axis=0).T)
    from_start = np.concatenate([[0.0], np.cumsum(legs)])
    whole = float(from_start[-1])
    count = max(1, math.ceil(whole / STEP_PX))
    at = (np.arange(count) + 0.5) * whole / count
    places = (np.clip(at + by, 0, whole) for by in (0, SMOOTH_PX, -SMOOTH_PX))
    points, ahead, behind = (_along(line_xy, from_start, place) for place in places)
    way = ahead - behind
    way = way / np.maximum(np.hypot(*way.T), 1e-9)[:, np.newaxis]
    return points, np.column_stack([-way[:, 1], way[:, 0]]), np.full(count, whole / count)


def _along(line_xy: Points, from_start: NDArray[np.float64], at: NDArray[np.float64]) -> Points:
    return np.column_stack([np.interp(at, from_start, along) for along in line_xy.T])


def near_any(line: Line, others: list[Line], near_px: float) -> NDArray[np.bool_]:
    """Say of each point of a line whether it lies near one of others."""
    if not others:
        return np.zeros(len(line.points_xy), np.bool_)
    tree = spatial.cKDTree(np.concatenate([other.points_xy for other in others]))
    distances, _ = tree.query(line.points_xy, distance_upper_bound=near_px)
    return np.asarray(np.isfinite(distances), np.bool_)
