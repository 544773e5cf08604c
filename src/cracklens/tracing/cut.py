"""Takes middle lines and the map of lines that are no crack; gives the first without the second. Sees no photo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from cracklens.tracing.graph import Graph, Ints, Path, freed, graphs, grouped
from cracklens.tracing.windows import Bools

Floats = NDArray[np.float64]

STRETCH = 24
"""Px of the mask: so long a stretch on a line that is no crack is none of a crack's; a crossing is shorter."""

BROKEN = 4
"""Px of the mask that such a stretch may be broken for on each side of a px."""

KNOWN = 128
"""Of 255: what the map of lines knows as one."""

SEED, SUPPORT = 6, 150
"""Cells of the map of lines, 4 px: so long is a straight line that a course begins with, and so much of it is known.

A joint that others cross lies in pieces, as short as a brick is high."""

ASIDE = 4
"""Cells beside its middle line that are on a course: a joint crumbles at its edges."""

BENT, BENT_SHARE = 1.2, 0.005
"""Cells by which a straight line strays from its course, or the share of half its length."""

DENSE = 0.6
"""Share of a course, between the ends of what is known of it, that must be known."""

SAME = 0.5
"""Share of a course that lies on others: it is one of them."""

ROUNDS = 8
MOST_COURSES = 6
"""A photo with more is of brickwork or planks, and cracks follow the joints."""


@dataclass(frozen=True)
class _Run:
    """A stretch of a branch on such a line: from which px of it to which, and the nodes that it reaches, if any."""

    branch: int
    start: int
    stop: int
    nodes: tuple[tuple[int, int], ...]


def other_paths(line: NDArray[np.uint8], *, side: int) -> tuple[Path, ...]:
    """Give the middle lines, in cells, of what a map of lines (h, w) knows as lines that are no crack."""
    return tuple(path for graph in graphs(line >= KNOWN, side=side) for path in graph.paths)


def courses(line: NDArray[np.uint8], paths: Sequence[Path]) -> Bools:
    """Give the cells (h, w) beside the courses of straight lines that are no crack.

    A joint runs on where it is crumbled, or crossed by a crack: what follows its course there is no crack either,
    however much it looks like one. In a photo of brickwork or planks cracks do follow joints, and none is given.

    Args:
        line: the map (h, w) of lines that are no crack.
        paths: their middle lines, in cells.
    """
    known, found, count = line >= KNOWN, np.zeros(line.shape, np.bool_), 0
    tried = found.copy()
    for path in sorted(paths, key=lambda path: -len(path.places)):
        if len(path.places) < SEED or tried[tuple(path.places.T)].all():
            continue
        course, middle = (np.unravel_index(cells, line.shape) for cells in _course(path.places, known))
        tried[middle] = tried[course] = tried[tuple(path.places.T)] = True
        count += bool(course[0].size and found[course].mean() < SAME)
        found[course] = True
        if count > MOST_COURSES:
            return np.zeros_like(found)
    return found


def _course(seed: Ints, known: Bools) -> tuple[Ints, Ints]:
    """Give the cells on the course of a straight line and, at either end, once its length on; and those of its middle.

    What is known (h, w) farther along it is of it, as long as all of it is straight. Without a course the first is
    empty. Cells (N,) are counted row by row.
    """
    line, course, band = seed.astype(np.float64), np.empty(0, np.intp), None
    for _ in range(ROUNDS):
        middle = line.mean(axis=0)
        spreads, (aside, along) = (of.T for of in np.linalg.eigh(np.cov((line - middle).T)))
        half = float(np.abs((line - middle) @ along).max())
        if spreads[0] > max(BENT, BENT_SHARE * half) ** 2:
            break
        band = partial(_band, middle, along, aside, half, known.shape)
        course = band(reach=ASIDE)
        on = course[known.ravel()[course]]
        if not len(on):
            break
        cells = np.column_stack(np.unravel_index(on, known.shape))
        far = (cells - middle) @ along
        places = (far - far.min() + 0.01).astype(np.intp)
        count = np.bincount(places)
        there = count > 0
        if there.mean() < DENSE or there.sum() <= len(line):
            break
        line = np.stack([np.bincount(places, of)[there] / count[there] for of in cells.T], axis=1)
    return (course if len(line) >= SUPPORT else course[:0]), band(reach=1) if band else course


def _band(middle: Floats, along: Floats, aside: Floats, half: float, hw: tuple[int, ...], *, reach: int) -> Ints:
    """Give the cells of a map (h, w) up to so far beside a line, three times its length long, counted row by row."""
    most = min(3 * half, float(sum(hw)))
    steps, beside = np.arange(-most, most, 0.5), np.arange(-reach, reach + 0.5, 0.5)
    cells = middle + steps[:, np.newaxis, np.newaxis] * along + beside[:, np.newaxis] * aside
    rows, cols = np.rint(cells).astype(np.intp).reshape(-1, 2).T
    inside = (rows >= 0) & (rows < hw[0]) & (cols >= 0) & (cols < hw[1])
    return np.unique(rows[inside] * hw[1] + cols[inside])


def without_other_lines(lines: Sequence[Graph], on_other: Callable[[Ints], Bools]) -> tuple[Graph, ...]:
    """Give graphs without the stretches that lie on lines that are no crack: a crack ends where it meets a joint.

    A stretch goes on from branch to branch. A crossed line stays in the crack.

    Args:
        lines: as graphs, the longest first.
        on_other: which of the px (N, 2) of middle lines lie on a line that is no crack.
    """
    branches = [path for line in lines for path in line.paths]
    runs = [run for number, path in enumerate(branches) for run in _runs(number, path, on_other(path.places))]
    gone = _long(runs)
    if not gone:
        return tuple(lines)
    kept = [np.ones(len(path.places), np.bool_) for path in branches]
    for run in gone:
        kept[run.branch][run.start : run.stop] = False
    return grouped(freed([part for path, of in zip(branches, kept, strict=True) for part in _parts(path, of)]))


def _runs(number: int, path: Path, on: Bools) -> list[_Run]:
    even = np.pad(on, BROKEN, mode="edge")
    closed = ndimage.binary_closing(even, np.ones(2 * BROKEN + 1))[BROKEN:-BROKEN] | on
    edges = np.flatnonzero(np.diff(np.concatenate([[0], closed.astype(np.int8), [0]])))
    found, last = [], len(on)
    for start, stop in edges.reshape(-1, 2).tolist():
        ends = [path.places[at] for at, reached in ((0, start == 0), (-1, stop == last)) if reached]
        found.append(_Run(number, start, stop, tuple((int(row), int(col)) for row, col in ends)))
    return found


def _long(runs: Sequence[_Run]) -> list[_Run]:
    """Give the runs that are long together with those that they go on in."""
    if not runs:
        return []
    nodes: dict[tuple[int, int], int] = {}
    links = [(i, nodes.setdefault(node, len(runs) + len(nodes))) for i, run in enumerate(runs) for node in run.nodes]
    one, other = np.array(links, np.intp).reshape(-1, 2).T
    size = len(runs) + len(nodes)
    joined = sparse.coo_array((np.ones(len(one)), (one, other)), shape=(size, size))
    of = sparse.csgraph.connected_components(joined, directed=False)[1][: len(runs)]
    length = np.bincount(of, weights=[run.stop - run.start for run in runs])
    return [run for run, number in zip(runs, of, strict=True) if length[number] >= STRETCH]


def _parts(path: Path, kept: Bools) -> list[Path]:
    """Give what is left of a branch, in pieces of two px at least."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], kept.astype(np.int8), [0]]))).reshape(-1, 2)
    return [Path(path.places[start:stop], path.free) for start, stop in edges.tolist() if stop - start > 1]
