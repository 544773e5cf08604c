"""Takes middle lines and the strength of dark lines; gives the faint pieces that go on from ends. Sees no photo."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cracklens.tracing.graph import MOST_GAP, TAIL, Graph
from cracklens.tracing.lines import EIGHT, WEAK
from cracklens.tracing.ridges import UNIT, Bools, Ridges
from cracklens.tracing.strands import LEAST_STRAND, extent

LEAST_PIECE = 8
BESIDE = 18
"""Px from an end within which the next piece may begin aside of it: a crack steps."""

CLEAR_PX = 6
"""A piece does not run closer beside what is known already: there it would be the blur of that."""

MOST_LEVEL = 2
"""A coarser line is no faint piece of a crack."""

MOST_PIECES = 12
"""From one end; each is looked for ahead of the one before."""

Vector = NDArray[np.float64]
AHEAD = np.array(
    [
        [way * np.cos(angle), way * np.sin(angle)]
        for way in range(1, MOST_GAP)
        for angle in np.linspace(-1, 1, 9) * (1.8 if way <= BESIDE else 0.6)
    ]
)
"""Places ahead of an end, the nearest first, along and across its direction."""


def onward(lines: tuple[Graph, ...], ridges: Ridges, mask: Bools) -> Bools:
    """Give a mask with the faint pieces of dark lines added that go on where a long line ends.

    Away from a known crack such pieces would be nothing: every texture has them.
    """
    near = ndimage.maximum_filter(mask, 2 * CLEAR_PX + 1)
    faint = np.logical_not(near, out=near)  # in place, as below: on 200 megapixels each of these maps has 50 MB
    faint &= ridges.strength >= WEAK * UNIT
    faint &= ridges.level <= MOST_LEVEL
    labels, count = ndimage.label(faint, EIGHT)
    pieces = _pieces(labels, count)
    found = mask.copy()
    for place, way in [tip for line in lines if extent(line) >= LEAST_STRAND for tip in _tips(line)]:
        at, direction = place, way
        for _ in range(MOST_PIECES):
            number = _ahead(labels, at, direction)
            piece = pieces[number - 1] if number else np.empty((0, 2), np.intp)
            if len(piece) < LEAST_PIECE:
                break
            labels[tuple(piece.T)] = 0
            far = piece[np.argmax(np.hypot(*(piece - at).T))].astype(float)
            if np.hypot(*(far - at)) < LEAST_PIECE:
                break
            found[tuple(piece.T)] = True
            at, direction = far, (far - at) / max(float(np.hypot(*(far - at))), 1e-9)
    return found


def _tips(line: Graph) -> list[tuple[Vector, Vector]]:
    """Give each free end of a line with the direction, a unit vector, in which it points."""
    found = []
    for path in line.paths:
        for places, free in ((path.places[::-1], path.free[1]), (path.places, path.free[0])):
            tail = places[: 2 * TAIL].astype(float)
            way = tail[0] - tail[-1]
            if free and np.hypot(*way) > 0:
                found.append((tail[0], way / np.hypot(*way)))
    return found


def _ahead(labels: NDArray[np.int32], at: Vector, direction: Vector) -> int:
    """Give the number of the first piece ahead of an end; 0 where there is none."""
    turned = np.array([direction, [-direction[1], direction[0]]])
    rows, cols = np.rint(at + AHEAD @ turned).astype(int).T
    inside = (rows >= 0) & (cols >= 0) & (rows < labels.shape[0]) & (cols < labels.shape[1])
    seen = labels[rows[inside], cols[inside]]
    return int(seen[np.argmax(seen > 0)]) if seen.any() else 0


def _pieces(labels: NDArray[np.int32], count: int) -> list[NDArray[np.intp]]:
    """Give the places (N, 2) of each label from 1 on."""
    places = np.argwhere(labels)
    of = labels[tuple(places.T)]
    order = np.argsort(of, kind="stable")
    return np.split(places[order], np.searchsorted(of[order], np.arange(2, count + 1)))
