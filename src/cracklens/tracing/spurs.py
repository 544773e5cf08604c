"""Takes middle lines as graphs and the photo in grey; gives them without side branches that are none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cracklens.tracing.graph import Graph, Path, relinked
from cracklens.tracing.ridges import Bytes, Floats, Ridges

TIMES_WIDTH = 2.0
"""A side branch shorter than so many widths of the crack it leaves is a bump of its edge."""

LEAST_SHARE = 0.45
"""A side branch is at least so dark, as a share of what it leaves: chosen on drawn cracks."""

NEAR_PX = 40
"""Px of the mask next to a junction that tell how dark and wide the lines are that meet there."""

WIDTH_PX = 1.25
"""Width in px of the mask of a line of level 0; of level n, 2^n times that."""

MOST_ROUNDS = 6
GROUND_LEVEL = 4
Node = tuple[int, ...]


def without_spurs(lines: tuple[Graph, ...], levels: list[Bytes], ridges: Ridges) -> tuple[Graph, ...]:
    """Give graphs, the longest first, without side branches that are short for the crack's width or faint beside it.

    Args:
        lines: in px of the mask, at half resolution.
        levels: the photo in grey, from `grey_levels`.
        ridges: what the lines were found in.
    """
    ground = ndimage.uniform_filter(np.asarray(levels[GROUND_LEVEL], np.float32), 5)
    for _ in range(MOST_ROUNDS):
        paths = [path for line in lines for path in line.paths]
        spurs = _spurs(paths, levels[1], ground, ridges)
        if not spurs:
            break
        lines = relinked([path for path in paths if id(path) not in spurs], ridges.level.shape)
    return lines


def _spurs(paths: list[Path], half: Bytes, ground: Floats, ridges: Ridges) -> set[int]:
    """Give the ids of the paths that are spurs."""
    meets: dict[Node, list[Path]] = {}
    for path in paths:
        for end in (0, -1):
            meets.setdefault(tuple(path.places[end].tolist()), []).append(path)
    found: set[int] = set()
    touched: set[Node] = set()
    for path in sorted(paths, key=lambda one: len(one.places)):
        if sum(path.free) != 1:
            continue
        node = tuple(path.places[-1 if path.free[0] else 0].tolist())
        tails = [_tail(one, node) for one in meets[node] if one is not path]
        if node not in touched and len(tails) >= 2 and _is_spur(path, node, tails, half, ground, ridges):
            found.add(id(path))
            touched.add(node)  # the others that meet there may be one line without it: they are judged again
    return found


def _tail(path: Path, node: Node) -> NDArray[np.intp]:
    """Give the places of a path next to one of its ends, from there on."""
    return (path.places if tuple(path.places[0].tolist()) == node else path.places[::-1])[:NEAR_PX]


def _is_spur(
    path: Path, node: Node, tails: list[NDArray[np.intp]], half: Bytes, ground: Floats, ridges: Ridges
) -> bool:
    """Whether a branch with a free end is short or faint, held against the lesser of the two that matter beside it."""
    level = min(sorted(float(np.median(ridges.level[tuple(tail.T)])) for tail in tails)[-2:])
    own = np.asarray(_tail(path, node))
    if len(path.places) < TIMES_WIDTH * WIDTH_PX * 2**level:
        return True
    away = own[min(int(WIDTH_PX * 2**level), len(own) - 2) :]
    beside = min(sorted(_dark(tail, half, ground) for tail in tails)[-2:])
    return _dark(away, half, ground) < LEAST_SHARE * beside


def _near(places: NDArray[np.intp], half: Bytes, axis: int, aside: int) -> NDArray[np.intp]:
    return np.asarray(np.clip(places + aside, 0, half.shape[axis] - 1))


def _dark(places: NDArray[np.intp], half: Bytes, ground: Floats) -> float:
    """Give how much darker than its surroundings the photo is at places, as a share."""
    rows, cols = places.T
    deepest = np.min(
        [half[_near(rows, half, 0, y), _near(cols, half, 1, x)] for y in (-1, 0, 1) for x in (-1, 0, 1)], axis=0
    )
    times = 2 ** (GROUND_LEVEL - 1)
    around = ground[np.minimum(rows // times, len(ground) - 1), np.minimum(cols // times, ground.shape[1] - 1)]
    return float(1 - np.median(deepest / np.maximum(around, 1)))
