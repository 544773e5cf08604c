"""Takes what is to be named in a photo; gives a place for each name, none over another. Knows no file format."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cracklens.values import Point

ANCHORS = (0.5, 0.3, 0.7, 0.15, 0.85, 0.0, 1.0)
"""A name stands beside one of these places along its line, the middle first."""

AWAY = (0.4, 1.2, 2.4, 4.0, 6.0)
"""So far from its line, in heights of the name; from the second on a thin line leads to it."""

LETTER = 0.62
"""Width of a letter of bold digits and capitals as a share of the height of the name; the height is that of its box."""

UNDER = 12.0
"""What a height of line under a name costs, where a height of distance costs 1: more than the farthest place does. A
line to a name that crosses others costs as much for each height of it that is on them."""

LED = 2.0
"""And what a thin line to it costs."""

STEP = 0.25
"""Lines are taken at points so far apart, in heights of the name."""

BESIDE = ((1, 0), (-1, 0), (0.7, -0.7), (0.7, 0.7), (-0.7, -0.7), (-0.7, 0.7), (0, -1), (0, 1))


class Box(NamedTuple):
    """A rectangle in px of the photo."""

    x0: float
    y0: float
    x1: float
    y1: float

    def meets(self, other: Box) -> bool:
        """Say whether the two have a px in common."""
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1

    def crossed(self, start_xy: Point, stop_xy: Point) -> bool:
        """Say whether a piece of a line runs through it.

        Source: Liang, Barsky, "A new concept and method for line clipping", 1984.
        """
        enters, leaves = 0.0, 1.0
        for start, stop, low, high in zip(start_xy, stop_xy, self[:2], self[2:], strict=True):
            if start == stop:
                leaves = leaves if low < start < high else -1.0
                continue
            first, last = sorted(((low - start) / (stop - start), (high - start) / (stop - start)))
            enters, leaves = max(enters, first), min(leaves, last)
        return enters < leaves

    @property
    def middle_xy(self) -> Point:
        """Its middle."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2


@dataclass(frozen=True)
class Named:
    """A name and its place.

    Attributes:
        text: of the name.
        box: in px of the photo.
        anchor_xy: what it names.
        led: whether it stands so far away that a line must lead to it, from its anchor to its middle.
    """

    text: str
    box: Box
    anchor_xy: Point
    led: bool

    def stands_free(self, taken: Iterable[Box], found: Iterable[Named]) -> bool:
        """Say whether it covers no box and no line that leads to a name, and whether its own line crosses no box."""
        over = (
            of for of in taken if self.box.meets(of) or (self.led and of.crossed(self.anchor_xy, self.box.middle_xy))
        )
        leads = (of for of in found if of.led and self.box.crossed(of.anchor_xy, of.box.middle_xy))
        return next(over, None) is None and next(leads, None) is None


def place_names(
    wanted: Sequence[tuple[str, NDArray[np.float64]]],
    photo_hw: tuple[int, int],
    *,
    height_px: float,
    taken: Sequence[Box] = (),
    beside: Sequence[NDArray[np.float64]] = (),
) -> tuple[Named, ...]:
    """Give a place for each name inside the photo, off the lines where there is room; one without any room is left out.

    Args:
        wanted: names with the points (N, 2) of the line that each names, the most important first.
        photo_hw: size of the photo in px.
        height_px: of a name's box, in px of the photo.
        taken: where no name may stand, and through which no line may lead to one.
        beside: more lines (N, 2) that names keep off.
    """
    lines = _Lines([*(points for _, points in wanted), *beside], photo_hw, STEP * height_px)
    boxes, found = list(taken), list[Named]()
    for text, points in wanted:
        best = _best(_candidates(text, points, photo_hw, height_px), lines, height_px, boxes, found)
        if best:
            found.append(best)
            boxes.append(best.box)
    return tuple(found)


def _best(
    candidates: Iterable[Named], lines: _Lines, height_px: float, boxes: list[Box], found: list[Named]
) -> Named | None:
    """Give the cheapest place that is free; from where distance alone costs more than that on none is looked at."""
    best, least = None, math.inf
    for distance, of in sorted(((_distance(of, height_px), of) for of in candidates), key=lambda pair: pair[0]):
        if distance >= least:
            break
        cost = distance + UNDER * STEP * (lines.under(of.box) + of.led * lines.along(of.anchor_xy, of.box.middle_xy))
        if cost < least and of.stands_free(boxes, found):
            best, least = of, cost
    return best


def _distance(of: Named, height_px: float) -> float:
    """Give how far a name is from what it names, in heights, and more where a line must lead to it."""
    return math.dist(of.box.middle_xy, of.anchor_xy) / height_px + LED * of.led


class _Lines:
    """Lines as points that are equally far apart, counted in cells of that side."""

    def __init__(self, lines: Sequence[NDArray[np.float64]], photo_hw: tuple[int, int], step_px: float) -> None:
        """Count the points of lines (N, 2) once, so that thousands of boxes can be asked for."""
        self._step = step_px
        self._hw = tuple(math.ceil(side / step_px) + 1 for side in photo_hw)
        points = np.concatenate([np.empty((0, 2)), *(_spaced(line, step_px) for line in lines)])
        cells = np.clip(points[:, ::-1] // step_px, 0, np.array(self._hw) - 1).astype(int)  # (N, 2): row, column
        counts = np.zeros((self._hw[0] + 1, self._hw[1] + 1), int)
        np.add.at(counts, tuple(cells.T + 1), 1)
        self._sums = counts.cumsum(axis=0).cumsum(axis=1)

    def under(self, box: Box) -> int:
        """Give how many points lie in the cells that a box touches."""
        (left, right), (top, bottom) = (
            (max(math.floor(low / self._step), 0), min(math.ceil(high / self._step), most))
            for low, high, most in ((box.x0, box.x1, self._hw[1]), (box.y0, box.y1, self._hw[0]))
        )
        sums = self._sums
        return int(sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left])

    def along(self, start_xy: Point, stop_xy: Point) -> int:
        """Give how many cells with points a line to a name runs through, but for four beside what it names."""
        led = _spaced(np.array([start_xy, stop_xy]), self._step)[4:]
        rows, cols = np.clip(led[:, ::-1] // self._step, 0, np.array(self._hw) - 1).astype(int).T
        sums = self._sums
        inside = sums[rows + 1, cols + 1] - sums[rows, cols + 1] - sums[rows + 1, cols] + sums[rows, cols]
        return int((inside > 0).sum())


def _spaced(points: NDArray[np.float64], step_px: float) -> NDArray[np.float64]:
    """Give a line by points that are equally far apart, at most so far."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0, along[-1], math.ceil(along[-1] / step_px) + 1)
    return np.column_stack([np.interp(at, along, side) for side in points.T])


def _candidates(text: str, points: NDArray[np.float64], photo_hw: tuple[int, int], height_px: float) -> Iterator[Named]:
    width = (LETTER * len(text) + 0.6) * height_px
    for share in ANCHORS:
        x, y = map(float, points[round(share * (len(points) - 1))])
        for away in AWAY:
            for right, down in BESIDE:
                middle_x = x + right * (away * height_px + width / 2)
                middle_y = y + down * (away + 0.5) * height_px
                left = min(max(middle_x - width / 2, 0.0), photo_hw[1] - width)
                top = min(max(middle_y - height_px / 2, 0.0), photo_hw[0] - height_px)
                if left >= 0 and top >= 0:
                    yield Named(text, Box(left, top, left + width, top + height_px), (x, y), away > AWAY[0])
