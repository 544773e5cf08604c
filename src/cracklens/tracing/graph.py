"""Takes a mask; gives its middle lines as graphs of branches between ends and junctions. Knows nothing of photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from cracklens.tracing.mask import radii
from cracklens.tracing.thin import thin
from cracklens.tracing.windows import WINDOW_PX, Bools

Ints = NDArray[np.intp]

LEAST_SPUR = 14
SPUR_RADII = 2.5
"""A side branch shorter than this, in px of the mask or in half widths of what it leaves, is a bump of its edge."""

MOST_ROUNDS = 4
TAIL = 8
"""Px at the end of a branch that say where it points."""

MOST_NEAR = 4
"""Neighbours of a px of a middle line, at most: of the eight, each straight one hides the diagonal ones beside it."""


@dataclass(frozen=True)
class Path:
    """One branch: its pixels (N, 2) as rows and columns in order, and whether each end is free or a junction."""

    places: Ints
    free: tuple[bool, bool]


@dataclass(frozen=True)
class Graph:
    """One connected line.

    Attributes:
        paths: its branches, the longest first.
        ends: (N, 2) rows and columns of free ends.
        junctions: (N, 2) rows and columns where three or more branches meet.
    """

    paths: tuple[Path, ...]
    ends: Ints = field(default_factory=lambda: np.empty((0, 2), np.intp))
    junctions: Ints = field(default_factory=lambda: np.empty((0, 2), np.intp))


def graphs(mask: Bools, *, side: int = WINDOW_PX // 2) -> tuple[Graph, ...]:
    """Give the middle lines of a mask, a graph for each connected one, the longest first.

    Args:
        mask: (h, w).
        side: of a window in which it is thinned; the lines are the same for any. Graphs cost by the lines' px alone.
    """
    return grouped(_pruned(thin(mask, side=side), mask, side))


def _pruned(skeleton: Bools, mask: Bools, side: int) -> list[Path]:
    """Give the branches of a skeleton without its spurs, which are taken out of it in place."""
    for _ in range(MOST_ROUNDS):
        paths = _paths(skeleton)
        sides = [path for path in paths if sum(path.free) == 1]
        if not sides:
            break
        feet = np.array([path.places[-1 if path.free[0] else 0] for path in sides])
        least = np.maximum(LEAST_SPUR, SPUR_RADII * radii(mask, feet, side=side))
        spurs = [path for path, most in zip(sides, least, strict=True) if len(path.places) < most]
        if not spurs:
            break
        for spur in spurs:
            gone = spur.places[1:] if spur.free[1] else spur.places[:-1]
            skeleton[tuple(gone.T)] = False
    return [path for path in _paths(skeleton) if len(path.places) > 1]


def _paths(skeleton: Bools) -> list[Path]:
    """Give the branches of a skeleton between its ends and junctions; a ring starts anywhere."""
    places = np.argwhere(skeleton)
    near, count = _neighbours(places, skeleton.shape[1])
    ways, crowded = near.data, (count != 2).tobytes()
    walked = np.zeros(len(places), np.bool_)
    used: set[tuple[int, int]] = set()
    found = []
    for start in np.flatnonzero(count != 2).tolist():
        for first in near[start, : count[start]].tolist():
            if (start, first) not in used:
                found.append(_walk(start, first, ways, crowded))
                used.update(((start, first), (int(found[-1][-1]), int(found[-1][-2]))))
                walked[found[-1]] = True
    for start in np.flatnonzero(count == 2).tolist():
        if not walked[start]:
            found.append(_walk(start, ways[start, 0], ways, crowded))
            walked[found[-1]] = True
    return [Path(places[walk], (count[walk[0]] == 1, count[walk[-1]] == 1)) for walk in found]


def _walk(start: int, first: int, ways: memoryview, crowded: bytes) -> NDArray[np.int32]:
    """Give the pixels from a node along one of its neighbours to the next node."""
    walk = [start, first]
    while not crowded[walk[-1]] and walk[-1] != start:
        one = ways[walk[-1], 0]
        walk.append(ways[walk[-1], 1] if one == walk[-2] else one)
    return np.array(walk, np.int32)


def _neighbours(places: Ints, width: int) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """Give for each pixel (N, 2) of a skeleton the numbers (N, 4) of its neighbours, and how many there are.

    A diagonal step counts only where no two straight ones do. Pixels are in order, so that the number of a neighbour
    is found without a map.
    """
    at = (places[:, 0] + 1) * (width + 2) + places[:, 1] + 1
    near = np.full((len(at), MOST_NEAR), -1, np.int32)
    count = np.zeros(len(at), np.int8)
    straight = {step: _number(at, step) >= 0 for step in (-1, 1, -width - 2, width + 2)}
    for down, right in ((0, -1), (0, 1), (-1, 0), (1, 0), (-1, -1), (1, 1), (-1, 1), (1, -1)):
        number = _number(at, down * (width + 2) + right)
        if down and right:
            number[straight[down * (width + 2)] | straight[right]] = -1
        here = np.flatnonzero(number >= 0)
        near[here, count[here]] = number[here]
        count[here] += 1
    return near, count


def _number(at: Ints, step: int) -> NDArray[np.int32]:
    """Give the number (N,) of the pixel that lies a step from each; -1 where there is none."""
    number = np.minimum(np.searchsorted(at, at + step), max(len(at) - 1, 0)).astype(np.int32)
    number[at[number] != at + step] = -1
    return number


def _lines(paths: Sequence[Path]) -> list[int]:
    """Give for each branch the number of the line that it hangs together with."""
    if not paths:
        return []
    nodes: dict[tuple[int, int], int] = {}
    ends = np.array(
        [[nodes.setdefault(tuple(path.places[at].tolist()), len(nodes)) for at in (0, -1)] for path in paths]
    ).reshape(-1, 2)
    count = len(nodes)
    links = sparse.coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    of = sparse.csgraph.connected_components(links, directed=False)[1]
    return [int(number) for number in of[ends[:, 0]]]


def grouped(paths: Sequence[Path]) -> tuple[Graph, ...]:
    """Give the branches that hang together as one graph."""
    groups: dict[int, list[Path]] = {}
    for path, number in zip(paths, _lines(paths), strict=True):
        groups.setdefault(number, []).append(path)
    made = [as_graph(sorted(group, key=lambda path: -len(path.places))) for group in groups.values()]
    return tuple(sorted(made, key=lambda graph: -sum(len(path.places) for path in graph.paths)))


def as_graph(paths: Sequence[Path]) -> Graph:
    """Give a graph with its ends and junctions, counted by the branches that meet in them."""
    tips = np.array([path.places[at] for path in paths for at in (0, -1)])
    nodes, meets = np.unique(tips, axis=0, return_counts=True)
    return Graph(tuple(paths), nodes[meets == 1], nodes[meets >= 3])


def freed(paths: Sequence[Path]) -> list[Path]:
    """Give branches whose ends are free where they meet no other."""
    tips = np.array([path.places[at] for path in paths for at in (0, -1)]).reshape(-1, 2)
    _, of, meets = np.unique(tips, axis=0, return_inverse=True, return_counts=True)
    free = (meets[of.ravel()] == 1).reshape(-1, 2).tolist()
    return [Path(path.places, (one, other)) for path, (one, other) in zip(paths, free, strict=True)]


def longest(lines: Sequence[Graph], most: int) -> tuple[Graph, ...]:
    """Give graphs of their longest branches alone, of at most so many px together; as they are where all fit."""
    paths = sorted((path for line in lines for path in line.paths), key=lambda path: -len(path.places))
    fit = int(np.searchsorted(np.cumsum([len(path.places) for path in paths]), most, side="right"))
    return tuple(lines) if fit == len(paths) else grouped(freed(paths[:fit]))


def px_of(lines: Sequence[Graph]) -> int:
    """Give of how many px graphs are."""
    return sum(len(path.places) for line in lines for path in line.paths)
