"""Takes middle lines and where they lie on a line that is no crack; gives them without it. Sees no photo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage, sparse

from cracklens.tracing.graph import Graph, Ints, Path, freed, grouped
from cracklens.tracing.windows import Bools

STRETCH = 24
"""Px of the mask: so long a stretch on a line that is no crack is none of a crack's; a crossing is shorter."""

BROKEN = 4
"""Px of the mask that such a stretch may be broken for on each side of a px."""


@dataclass(frozen=True)
class _Run:
    """A stretch of a branch on such a line: from which px of it to which, and the nodes that it reaches, if any."""

    branch: int
    start: int
    stop: int
    nodes: tuple[tuple[int, int], ...]


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
