"""Takes middle lines as graphs; gives those that are strands of one crack as one. Knows nothing of photos."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, spatial

from cracklens.tracing.graph import Graph

LEAST_STRAND = 100.0
"""Extent in px of the mask from which a line can be a strand; less has no direction of its own."""

MOST_APART = 0.12
"""A strand ends beside the next one, not farther than this share of the shorter one's extent."""

MOST_APART_PX = 100.0
MOST_ANGLE = 0.6
"""Radians between the directions of two strands."""


def join_strands(lines: tuple[Graph, ...]) -> tuple[Graph, ...]:
    """Give graphs, the longest first, with strands joined: cracks often end beside where they go on.

    Two long lines are strands of one crack where both run the same way and an end of one lies close beside the other.
    Joined strands are longer, so that the next one may be farther: it is done until nothing changes.
    """
    while True:
        joined = _joined(lines)
        if len(joined) == len(lines):
            return joined
        lines = joined


def _joined(lines: tuple[Graph, ...]) -> tuple[Graph, ...]:
    long = [number for number, graph in enumerate(lines) if extent(graph) >= LEAST_STRAND]
    pairs = [pair for pair in _near(lines, long) if _beside(lines[pair[0]], lines[pair[1]])]
    links = sparse.coo_array(
        (np.ones(len(pairs)), ([one for one, _ in pairs], [other for _, other in pairs])), shape=(len(lines),) * 2
    )
    of = sparse.csgraph.connected_components(links, directed=False)[1] if lines else []
    groups: dict[int, list[Graph]] = {}
    for group, graph in zip(of, lines, strict=True):
        groups.setdefault(int(group), []).append(graph)
    return tuple(_merged(group) for group in groups.values())


def _near(lines: tuple[Graph, ...], long: list[int]) -> list[tuple[int, int]]:
    """Give the pairs of lines that run the same way and whose boxes are no farther apart than strands may be."""
    if len(long) < 2:
        return []
    boxes = np.array([[_places(lines[one]).min(axis=0), _places(lines[one]).max(axis=0)] for one in long], float)
    sizes = np.hypot(*(boxes[:, 1] - boxes[:, 0]).T)
    ways = np.array([_direction(lines[one]) for one in long])
    found = []
    for i, one in enumerate(long[:-1]):
        rest = slice(i + 1, None)
        reach = np.minimum(MOST_APART * np.minimum(sizes[i], sizes[rest]), MOST_APART_PX)[:, np.newaxis]
        apart = (boxes[rest, 0] > boxes[i, 1] + reach) | (boxes[rest, 1] < boxes[i, 0] - reach)
        alike = np.abs(ways[rest] @ ways[i]) >= np.cos(MOST_ANGLE)
        found += [(one, long[i + 1 + j]) for j in np.flatnonzero(alike & ~apart.any(axis=1)).tolist()]
    return found


def _merged(group: list[Graph]) -> Graph:
    """Give the branches, ends and junctions of several graphs as one."""
    if len(group) == 1:
        return group[0]
    paths = sorted((path for graph in group for path in graph.paths), key=lambda path: -len(path.places))
    ends, junctions = (np.concatenate(of) for of in zip(*((one.ends, one.junctions) for one in group), strict=True))
    return Graph(tuple(paths), ends, junctions)


def _beside(one: Graph, other: Graph) -> bool:
    """Whether one of two lines ends beside the other."""
    reach = min(MOST_APART * min(extent(one), extent(other)), MOST_APART_PX)
    ways = ((one, other), (other, one))
    return any(
        spatial.cKDTree(_places(a)).query(b.ends)[0].min(initial=np.inf) <= reach for a, b in ways if len(b.ends)
    )


def _places(graph: Graph) -> NDArray[np.intp]:
    return np.concatenate([path.places for path in graph.paths])


def extent(graph: Graph) -> float:
    """Give the diagonal of the box around a line, in px of the mask."""
    places = _places(graph)
    return float(np.hypot(*(places.max(axis=0) - places.min(axis=0))))


def _direction(graph: Graph) -> NDArray[np.float64]:
    places = _places(graph)
    return np.asarray(np.linalg.svd(places - places.mean(axis=0), full_matrices=False)[2][0], np.float64)
