"""Takes middle lines as graphs; gives those that are pieces of one crack together, with the gaps. Sees no photo."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import spatial

from cracklens.tracing.graph import TAIL, Graph, Path, as_graph
from cracklens.tracing.windows import Bools

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


@dataclass(frozen=True)
class _Candidate:
    """A possible gap: its cost, the numbers of both lines, both sides (2, 2), and how long it is.

    What reaches as far as `longer` meets the other line at an end of its own instead.
    """

    cost: float
    lines: tuple[int, int]
    ends: NDArray[np.intp]
    length: float
    longer: float = math.inf


def bridged(lines: Sequence[Graph]) -> tuple[Crack, ...]:
    """Give the lines as cracks: pieces that a person would see as one are joined over the gaps between them.

    An end is joined to the nearest end or side of another line that lies ahead of it; the shortest gaps first, and no
    two lines twice. Pieces that are joined count as one: the longer they are, the longer a gap they go on over.
    """
    tips = [tip for number, line in enumerate(lines) for tip in _tips(number, line)]
    joined, gaps = list(range(len(lines))), dict[int, list[NDArray[np.intp]]]()
    boxes = [_box(line) for line in lines]
    before, left = -1, sorted(_candidates(lines, tips), key=lambda gap: (gap.cost, gap.lines))
    while len(left) != before:
        before, later = len(left), []
        for gap in left:
            first, second = (_root(joined, number) for number in gap.lines)
            if first == second:
                continue
            reach = _reach(boxes[first], boxes[second])
            if not gap.length <= reach < gap.longer:
                later.append(gap)
                continue
            joined[second] = first
            gaps.setdefault(first, []).extend([gap.ends, *gaps.pop(second, [])])
            boxes[first] = _around(np.concatenate([boxes[first], boxes[second]]))
        left = later
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


def _candidates(lines: Sequence[Graph], tips: Sequence[_Tip]) -> list[_Candidate]:
    """Give all gaps that may be bridged once the lines on both sides of them are long enough."""
    if len(lines) < 2:
        return []
    places = np.concatenate([path.places for line in lines for path in line.paths])
    of = np.repeat(np.arange(len(lines)), [sum(len(path.places) for path in line.paths) for line in lines])
    at = {tuple(tip.place.tolist()): tip for tip in tips}
    ends = np.array([tuple(place) in at for place in places.tolist()])
    tree, found = spatial.cKDTree(places), list[_Candidate]()
    for tip in tips:
        others = np.sort(np.array(tree.query_ball_point(tip.place, MOST_REACH), np.intp))
        others = others[of[others] != tip.line]
        if len(others):
            found += _ahead(tip, places[others], of[others], ends[others], at)
    return found


def _ahead(
    tip: _Tip, places: NDArray[np.intp], of: NDArray[np.intp], ends: Bools, at: dict[tuple[int, ...], _Tip]
) -> Iterator[_Candidate]:
    """Give the ways on from a tip to each other line near it: to its ends and, where that is nearer, to its side."""
    across = (places - tip.place).astype(float)
    away = np.hypot(*across.T)
    turn = tip.turn(across)
    cost = away * (1 + ASIDE * turn)
    most = np.interp(away, *MOST_TURN)
    fits = (turn <= most) | (away <= TOUCHING)

    def gap(number: int, longer: float = math.inf) -> _Candidate:
        both = np.stack([tip.place, places[number]])
        return _Candidate(float(cost[number]), (tip.line, int(of[number])), both, float(away[number]), longer)

    for line in np.unique(of[fits]).tolist():
        own = np.flatnonzero(fits & (of == line))
        met = own[ends[own]].tolist()
        for number in met:
            other = at[tuple(places[number].tolist())]
            if away[number] <= TOUCHING or other.turn(-across[number : number + 1])[0] <= most[number]:
                yield gap(number)  # else the other end points elsewhere
        longer = float(min(away[met], default=math.inf))
        beside = own[away[own] < longer]
        if len(beside):
            yield gap(int(beside[np.argmin(cost[beside])]), longer)


def _crack(group: Sequence[Graph], gaps: Sequence[NDArray[np.intp]]) -> Crack:
    """Give several lines as one crack; an end on either side of a gap is none of the crack's."""
    paths: list[Path] = sorted((path for line in group for path in line.paths), key=lambda path: -len(path.places))
    whole = as_graph(paths)
    if not gaps:
        return Crack(whole, np.empty((0, 2, 2), np.intp))
    sides = {tuple(side) for gap in gaps for side in gap.tolist()}
    kept = [end for end in whole.ends.tolist() if tuple(end) not in sides]
    return Crack(Graph(whole.paths, np.array(kept, np.intp).reshape(-1, 2), whole.junctions), np.stack(gaps))


def _box(graph: Graph) -> NDArray[np.intp]:
    return _around(np.concatenate([path.places for path in graph.paths]))


def _around(places: NDArray[np.intp]) -> NDArray[np.intp]:
    """Give the least and the highest row and column (2, 2)."""
    return np.stack([places.min(axis=0), places.max(axis=0)])


def _diagonal(box: NDArray[np.intp]) -> float:
    return float(np.hypot(*(box[1] - box[0])))


def _reach(one: NDArray[np.intp], other: NDArray[np.intp]) -> float:
    """Give how long a gap between the lines in two boxes may be."""
    return float(np.clip(min(_diagonal(one), _diagonal(other)), LEAST_REACH, MOST_REACH))


def extent(graph: Graph) -> float:
    """Give the diagonal of the box around a line, in px of the mask."""
    return _diagonal(_box(graph))
