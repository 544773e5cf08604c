"""Takes fingerprints; gives which pictures are the same, byte for byte or nearly, in any turn. Opens no file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cracklens.labels.fingerprint import THUMB_PX, Fingerprint, Stage

LEAST_CORRELATION = 0.9
"""Of patterns, for a near duplicate. Measured on all pairs of METU's 40,000 tiles: copies of intact tiles correlate by
.975 or more and strangers by less than .75; of cracked tiles, some of which are like each other, strangers stay under
.9, and second shots of one place reach up from .75."""

LIGHT_DEGREE = 6
"""What a polynomial of this degree in height and width can follow is light, not pattern. Without it two smooth tiles
with light from one side are alike, and a data set needs a limit for each class."""

FLAT_GREY = 0.2
"""Patterns whose grey values spread less hold nothing to compare; such pictures are only found byte for byte. The
smoothest of METU's tiles has 1.1."""

TURNS = 8
LEFT, RIGHT = 512, 4096
"""Pictures compared at once; the left ones in all their turns. About 100 MB."""

Indices = NDArray[np.int64]
Patterns = NDArray[np.float32]


def duplicate_groups(prints: Sequence[Fingerprint], *, turns: int = TURNS, on_progress: Stage | None = None) -> Indices:
    """Give the number of its group for each picture (N,) int64; pictures that are joined by duplicates share it.

    Args:
        prints: of N pictures.
        turns: positions that are looked at; 1 knows no turned or mirrored copies.
        on_progress: called with the stage, pictures done and pictures in all.
    """
    first: dict[str, int] = {}
    groups = np.array([first.setdefault(print_.sha256, i) for i, print_ in enumerate(prints)], np.int64)
    unique = np.unique(groups)
    for near in near_pairs([prints[i] for i in unique], turns=turns, on_progress=on_progress):
        groups = _joined(groups, unique[near])
    return groups


def _joined(groups: Indices, pairs: Indices) -> Indices:
    """Give the groups (N,) with those of each pair (M, 2) made one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(groups)
    edges: Any = coo_array((np.ones(len(pairs), bool), (groups[pairs[:, 0]], groups[pairs[:, 1]])), shape=(n, n))
    return np.asarray(connected_components(edges, directed=False)[1][groups], np.int64)


def near_pairs(
    prints: Sequence[Fingerprint], *, turns: int = TURNS, on_progress: Stage | None = None
) -> Iterator[Indices]:
    """Give pairs (M, 2) int64 of near duplicates, first before second, some at a time, none left out.

    Every picture is held against every other in all eight turns, or the first few, by the correlation of what is left
    of their thumbnails without the light; so a brighter or softer copy is as near as the picture itself.
    """
    patterns = _patterns(np.stack([print_.thumb for print_ in prints])) if prints else np.zeros((0, THUMB_PX**2))
    kept = np.flatnonzero(patterns.any(1))
    rows = patterns[kept].astype(np.float32, copy=False)
    n = len(rows)
    for start in range(0, n, LEFT):
        left = np.concatenate([turned(rows[start : start + LEFT], turn) for turn in range(turns)])
        for other in range(start, n, RIGHT):
            i, j = _alike(left, rows[other : other + RIGHT], turns)
            pairs = np.stack([i + start, j + other], axis=1)
            yield np.unique(kept[pairs[pairs[:, 0] < pairs[:, 1]]], axis=0)
        if on_progress:
            ahead = max(n - start - LEFT, 0) / n
            on_progress("comparing", round(n * (1 - ahead**2)), n)


def _alike(left: Patterns, right: Patterns, turns: int) -> tuple[Indices, Indices]:
    """Give which pictures of the left, given in all turns one after another, are like which of the right."""
    turn_and_row, column = np.divmod(np.flatnonzero(left @ right.T >= LEAST_CORRELATION), len(right))
    return turn_and_row % (len(left) // turns), column


def turned(patterns: Patterns, turn: int) -> Patterns:
    """Give patterns (N, S²) turned: 0 to 3 by so many right angles, 4 to 7 mirrored before."""
    squares = patterns.reshape(-1, THUMB_PX, THUMB_PX)
    mirrored = squares[..., ::-1] if turn >= TURNS // 2 else squares
    return np.rot90(mirrored, turn % 4, axes=(1, 2)).reshape(len(patterns), -1)


def _patterns(thumbs: Patterns) -> Patterns:
    """Give thumbnails (N, S, S) as rows (N, S²) without the light, of length 1; a flat one is all zero."""
    rows = thumbs.reshape(len(thumbs), -1)
    light = _light()
    rows = np.asarray(rows - (rows @ light) @ light.T, np.float32)  # (N, S²), of mean 0
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    seen = length >= FLAT_GREY * THUMB_PX
    return np.asarray(np.where(seen, rows / np.maximum(length, FLAT_GREY), 0), np.float32)


@cache
def _light() -> Patterns:
    """Give the polynomials of height and width up to LIGHT_DEGREE, (S², K), each at a right angle to the others."""
    place = np.linspace(-1, 1, THUMB_PX)
    degrees = np.polynomial.legendre.legvander(place, LIGHT_DEGREE).T  # (LIGHT_DEGREE + 1, S)
    both = [np.outer(down, right).ravel() for i, down in enumerate(degrees) for right in degrees[: len(degrees) - i]]
    return np.linalg.qr(np.stack(both, axis=1))[0].astype(np.float32)
