"""Takes middle lines as graphs; gives those that are pieces of one crack together, with the gaps. Sees no photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import spatial

from cracklens.tracing.graph import TAIL, Graph, Path, as_graph

Vector = NDArray[np.float64]

LEAST_REACH, MOST_REACH = 12.0, 130.0
"""Px of the mask that a gap may be long: as the shorter piece reaches, within bounds. By eye, on val."""

MOST_TURN = (40.0, 80.0), (1.0, 0.4)
"""Px of the mask that a gap is long, and radians by which a crack may turn there: the longer, the less."""

TOUCHING = 9.0
"""A gap so short is bridged whichever way the ends point: a crack steps aside."""

STRETCH = 48
"""Px at the end of a line that say where it runs as a whole: cracks wind."""

ASIDE = 1.5
"""What a turn of one radian adds to the length of a gap, as a share of it, when gaps are weighed against each other."""


@dataclass(frozen=True)
class Crack:
    """One crack.

    Attributes:
        graph: its branches, ends and junctions.
        gaps: (N, 2, 2) rows and columns of both sides of each gap.
    """

    graph: Graph
    gaps: NDArray[np.intp]


@dataclass(frozen=True)
class _Tip:
    """A free end: of which line, where, and unit vectors (2, 2): where its last px point, and its last stretch."""

    line: int
    place: NDArray[np.intp]
    ways: Vector

    def turn(self, across: Vector) -> Vector:
        """Give the least angle (N,) in radians by which the line turns that goes on across these vectors (N, 2)."""
        along = across @ self.ways.T / np.maximum(np.hypot(*across.T), 1e-9)[:, np.newaxis]
        return np.asarray(np.arccos(np.clip(along.max(axis=1), -1, 1)))


def bridged(lines: Sequence[Graph]) -> tuple[Crack, ...]:
    """Give the lines as cracks: pieces that a person would see as one are joined over the gaps between them.

    An end is joined to the nearest end or side of another line that lies ahead of it; the shortest gaps first, and no
    two lines twice.
    """
    tips = [tip for number, line in enumerate(lines) for tip in _tips(number, line)]
    joined, gaps = list(range(len(lines))), dict[int, list[NDArray[np.intp]]]()
    for _, one, other, ends in sorted(_candidates(lines, tips), key=lambda found: found[:3]):
        first, second = (_root(joined, number) for number in (one, other))
        if first != second:
            joined[second] = first
            gaps.setdefault(first, []).extend([ends, *gaps.pop(second, [])])
    groups: dict[int, list[Graph]] = {}
    for number, line in enumerate(lines):
        groups.setdefault(_root(joined, number), []).append(line)
    return tuple(_crack(group, gaps.get(root, [])) for root, group in groups.items())


def _root(joined: list[int], number: int) -> int:
    while joined[number] != number:
        number = joined[number]
    return number


def _tips(number: int, line: Graph) -> list[_Tip]:
    found = []
    for path in line.paths:
        for places, free in ((path.places, path.free[0]), (path.places[::-1], path.free[1])):
            tail = places[:STRETCH].astype(float)
            ways = tail[0] - tail[[min(2 * TAIL, len(tail)) - 1, -1]]
            if free and np.hypot(*ways.T).min() > 0:
                found.append(_Tip(number, places[0], ways / np.hypot(*ways.T)[:, np.newaxis]))
    return found


def _candidates(lines: Sequence[Graph], tips: Sequence[_Tip]) -> list[tuple[float, int, int, NDArray[np.intp]]]:
    """Give possible gaps: their cost, the numbers of both lines, and both sides (2, 2)."""
    if len(lines) < 2:
        return []
    places = np.concatenate([path.places for line in lines for path in line.paths])
    of = np.repeat(np.arange(len(lines)), [sum(len(path.places) for path in line.paths) for line in lines])
    sizes = np.array([extent(line) for line in lines])
    ends = {tuple(tip.place.tolist()): tip for tip in tips}
    tree = spatial.cKDTree(places)
    found = []
    for tip in tips:
        others = np.sort(np.array(tree.query_ball_point(tip.place, MOST_REACH), np.intp))
        others = others[of[others] != tip.line]
        if len(others):
            found += _ahead(tip, places[others], of[others], sizes, ends)
    return found


def _ahead(
    tip: _Tip, places: NDArray[np.intp], of: NDArray[np.intp], sizes: Vector, ends: dict[tuple[int, ...], _Tip]
) -> list[tuple[float, int, int, NDArray[np.intp]]]:
    """Give the best way on from a tip to each other line near it."""
    across = (places - tip.place).astype(float)
    away = np.hypot(*across.T)
    turn = tip.turn(across)
    reach = np.clip(np.minimum(sizes[tip.line], sizes[of]), LEAST_REACH, MOST_REACH)
    cost = away * (1 + ASIDE * turn)
    most = np.interp(away, *MOST_TURN)
    fits = (away <= reach) & ((turn <= most) | (away <= TOUCHING))
    found = []
    for line in np.unique(of[fits]).tolist():
        own = np.flatnonzero(fits & (of == line))
        tips = own[[tuple(place) in ends for place in places[own].tolist()]]
        best = int(min(tips if len(tips) else own, key=lambda number: cost[number]))
        met = ends.get(tuple(places[best].tolist()))
        if met is not None and away[best] > TOUCHING and met.turn(-across[best : best + 1])[0] > most[best]:
            continue  # the other end points elsewhere
        found.append((float(cost[best]), tip.line, line, np.stack([tip.place, places[best]])))
    return found


def _crack(group: Sequence[Graph], gaps: Sequence[NDArray[np.intp]]) -> Crack:
    """Give several lines as one crack; an end on either side of a gap is none of the crack's."""
    paths: list[Path] = sorted((path for line in group for path in line.paths), key=lambda path: -len(path.places))
    whole = as_graph(paths)
    if not gaps:
        return Crack(whole, np.empty((0, 2, 2), np.intp))
    sides = {tuple(side) for gap in gaps for side in gap.tolist()}
    kept = [end for end in whole.ends.tolist() if tuple(end) not in sides]
    return Crack(Graph(whole.paths, np.array(kept, np.intp).reshape(-1, 2), whole.junctions), np.stack(gaps))


def extent(graph: Graph) -> float:
    """Give the diagonal of the box around a line, in px of the mask."""
    places = np.concatenate([path.places for path in graph.paths])
    return float(np.hypot(*(places.max(axis=0) - places.min(axis=0))))
