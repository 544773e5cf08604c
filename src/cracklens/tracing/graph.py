"""Takes a mask; gives its middle lines as graphs of branches between ends and junctions. Knows nothing of photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from cracklens.tracing.mask import Bools, radii
from cracklens.tracing.thin import thin

Ints = NDArray[np.intp]

LEAST_SPUR = 6
SPUR_RADII = 2.0
"""A side branch shorter than this, in px of the mask or in half widths of what it leaves, is a bump of its edge."""

MOST_ROUNDS = 4
TAIL = 8
"""Px at the end of a branch that say where it points."""


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


def graphs(mask: Bools) -> tuple[Graph, ...]:
    """Give the middle lines of a mask (h, w), a graph for each connected one, the longest first."""
    return _grouped(_pruned(thin(mask), mask))


def _pruned(skeleton: Bools, mask: Bools) -> list[Path]:
    """Give the branches of a skeleton without its spurs, which are taken out of it in place."""
    for _ in range(MOST_ROUNDS):
        paths = _paths(skeleton)
        sides = [path for path in paths if sum(path.free) == 1]
        if not sides:
            break
        feet = np.array([path.places[-1 if path.free[0] else 0] for path in sides])
        least = np.maximum(LEAST_SPUR, SPUR_RADII * radii(mask, feet))
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
    near = _neighbours(skeleton, places)
    crowded = [len(of) != 2 for of in near]
    used: set[tuple[int, int]] = set()
    found = []
    for start in [i for i, node in enumerate(crowded) if node]:
        for first in near[start]:
            if (start, first) in used:
                continue
            found.append(_walk(start, first, near, crowded, used))
    inside = {i for walk in found for i in walk}
    for start in range(len(near)):
        if start not in inside and near[start]:
            walk = _walk(start, near[start][0], near, crowded, used)
            inside.update(walk)
            found.append(walk)
    return [Path(places[walk], (len(near[walk[0]]) == 1, len(near[walk[-1]]) == 1)) for walk in found]


def _walk(start: int, first: int, near: list[list[int]], crowded: list[bool], used: set[tuple[int, int]]) -> list[int]:
    """Give the pixels from a node along one of its neighbours to the next node, and mark both ways as walked."""
    walk = [start, first]
    while not crowded[walk[-1]] and walk[-1] != start:
        one, other = near[walk[-1]]
        walk.append(other if one == walk[-2] else one)
    used.update(((walk[0], walk[1]), (walk[-1], walk[-2])))
    return walk


def _neighbours(skeleton: Bools, places: Ints) -> list[list[int]]:
    """Give for each pixel the numbers of its neighbours; a diagonal step counts only where no two straight ones do."""
    width = skeleton.shape[1] + 2
    padded = np.pad(skeleton, 1).ravel()
    at = (places[:, 0] + 1) * width + places[:, 1] + 1  # in order, so that a pixel's number is found without a map
    near: list[list[int]] = [[] for _ in range(len(places))]
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        other = at + down * width + right
        linked = padded[other]
        if down and right:
            linked &= ~padded[at + down * width] & ~padded[at + right]
        for i, j in zip(np.flatnonzero(linked).tolist(), np.searchsorted(at, other[linked]).tolist(), strict=True):
            near[i].append(j)
            near[j].append(i)
    return near


def _lines(paths: list[Path]) -> list[int]:
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


def _grouped(paths: list[Path]) -> tuple[Graph, ...]:
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
