"""Takes what is to be named in a photo; gives a place for each name, none over another. Knows no file format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ANCHORS = (0.5, 0.3, 0.7, 0.15, 0.85, 0.0, 1.0)
"""A name stands beside one of these places along its line, the middle first."""

AWAY = (0.4, 1.2, 2.4, 4.0)
"""So far from its line, in heights of the name; from the second on a thin line leads to it."""

LETTER = 0.62
"""Width of a letter of bold digits and capitals as a share of the height of the name; the height is that of its box."""

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


@dataclass(frozen=True)
class Named:
    """A name and its place.

    Attributes:
        text: of the name.
        box: in px of the photo.
        anchor_xy: what it names.
        led: whether it stands so far away that a line must lead to it.
    """

    text: str
    box: Box
    anchor_xy: tuple[float, float]
    led: bool


def place_names(
    wanted: Sequence[tuple[str, NDArray[np.float64]]],
    photo_hw: tuple[int, int],
    *,
    height_px: float,
    taken: Sequence[Box] = (),
) -> tuple[Named, ...]:
    """Give a place for each name inside the photo, off the lines where there is room; one without any room is left out.

    Args:
        wanted: names with the points (N, 2) of the line that each names, the most important first.
        photo_hw: size of the photo in px.
        height_px: of a name's box, in px of the photo.
        taken: where no name may stand.
    """
    lines = np.concatenate([np.empty((0, 2)), *(points[:: max(1, len(points) // 200)] for _, points in wanted)])
    boxes, found = list(taken), list[Named]()
    for text, points in wanted:
        free = (of for of in _candidates(text, points, photo_hw, height_px) if not any(map(of.box.meets, boxes)))
        best = min(free, key=lambda of: _cost(of, lines, height_px), default=None)
        if best:
            found.append(best)
            boxes.append(best.box)
    return tuple(found)


def _cost(of: Named, lines: NDArray[np.float64], height_px: float) -> float:
    """Give how badly a name stands: points of lines under it, and how far it is from what it names."""
    x0, y0, x1, y1 = of.box
    under = ((lines >= (x0, y0)) & (lines <= (x1, y1))).all(axis=1).sum()
    away = np.hypot((x0 + x1) / 2 - of.anchor_xy[0], (y0 + y1) / 2 - of.anchor_xy[1])
    return float(under) + float(away) / height_px + 2.0 * of.led


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
