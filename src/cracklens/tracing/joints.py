"""Takes a mask of dark lines; gives those that run straight as joints do apart from all others. Sees no photo."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cracklens.tracing.ridges import Bools
from cracklens.tracing.thin import thin

Floats64 = NDArray[np.float64]

LEAST_RUN = 400.0
"""Px of the mask: stone seldom breaks straight over this length, saws and boards do."""

STRAIGHT = 0.004
"""Most by which a joint leaves its line, root mean square, as a share of its length."""

BESIDE = 14.0
"""Px of the mask beside a joint that belong to it: its broken edges and their shadow."""

GAP = 80.0
BIN = 16.0
COVERED = 0.6
MOST_LINES = 12
MOST_PLACES = 8000
"""Places on middle lines that are enough to find the straightest line by."""

ANGLES = np.linspace(0, np.pi, 180, endpoint=False)


def straight_apart(mask: Bools) -> tuple[Bools, tuple[Bools, ...]]:
    """Give a mask without long straight lines, and each of these: joints, formwork, cables, and some cracks.

    A crack or joint that crosses a joint is so no part of it. The straightest line through most of the middle of the
    mask is found first, by Hough's transform, then the next.
    """
    places = np.argwhere(thin(mask)).astype(float)
    kept, straight = mask, []
    for _ in range(MOST_LINES):
        if len(places) < LEAST_RUN * COVERED:
            break
        along, across, run = _straightest(places)
        on = np.abs(across) <= BESIDE
        if run is not None:
            on &= (along >= run[0]) & (along <= run[1])
            near = _near(mask.shape, places[on])
            straight.append(kept & near)
            kept = kept & ~near
        if not on.any():
            break
        places = places[~on]  # what is no joint is set aside too, for the next straightest line
    return kept, tuple(straight)


def _straightest(places: Floats64) -> tuple[Floats64, Floats64, tuple[float, float] | None]:
    """Give where each place is along and across the line that most places are on, and where that is a joint."""
    middle = places.mean(axis=0)
    centred = places - middle
    some = centred[:: -(-len(centred) // MOST_PLACES)]
    best = max((_peak(some, angle) for angle in ANGLES), key=lambda peak: peak[0])
    normal, offset = np.array([np.cos(best[2]), np.sin(best[2])]), best[1]
    for _ in range(3):
        near = np.abs(centred @ normal - offset) <= BESIDE
        part = centred[near]
        normal = np.linalg.svd(part - part.mean(axis=0), full_matrices=False)[2][1]
        offset = float(part.mean(axis=0) @ normal)
    along, across = centred @ np.array([-normal[1], normal[0]]), centred @ normal - offset
    return along, across, _run(along, across)


def _peak(centred: Floats64, angle: float) -> tuple[int, float, float]:
    """Give how many places are on the best line with a normal at an angle, and its offset."""
    bins = np.floor((centred @ np.array([np.cos(angle), np.sin(angle)])) / BESIDE).astype(int)
    least = int(bins.min())
    counts = np.bincount(bins - least)
    top = int(counts.argmax())
    return int(counts[top]), (top + least + 0.5) * BESIDE, angle


def _run(along: Floats64, across: Floats64) -> tuple[float, float] | None:
    """Give the longest stretch of a line that is covered, straight and long enough for a joint; None without one."""
    near = np.abs(across) <= BESIDE
    if not near.any():
        return None
    order = np.argsort(along[near])
    way, aside = along[near][order], across[near][order]
    stretches = np.split(np.arange(len(way)), np.flatnonzero(np.diff(way) > GAP) + 1)
    longest = max(stretches, key=lambda stretch: way[stretch[-1]] - way[stretch[0]])
    way, aside = way[longest], aside[longest]
    length = float(way[-1] - way[0])
    bins = ((way - way[0]) // BIN).astype(int)
    counts = np.bincount(bins)
    means = np.bincount(bins, aside)[counts > 0] / counts[counts > 0]
    off = float(np.sqrt(np.mean((means - np.median(means)) ** 2)))
    straight = off <= STRAIGHT * length and (counts > 0).mean() >= COVERED
    return (float(way[0]), float(way[-1])) if length >= LEAST_RUN and straight else None


def _near(hw: tuple[int, ...], places: Floats64) -> Bools:
    """Give the px within reach of places."""
    found = np.zeros(hw, np.bool_)
    reach = int(BESIDE)
    for row, col in np.unique((places // 4).astype(int), axis=0).tolist():
        found[max(row * 4 - reach, 0) : row * 4 + reach, max(col * 4 - reach, 0) : col * 4 + reach] = True
    return found
