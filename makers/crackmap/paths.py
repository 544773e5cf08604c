"""Takes a random generator; gives centre lines as cracks run, in px. Knows no widths and no pixels."""

from __future__ import annotations

import numpy as np
from makers.crackmap.scene import noise
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import Voronoi
from skimage.graph import route_through_array

Points = NDArray[np.float64]
COARSE = 4
"""Px of a step where a path is looked for in noise."""


def crossing(rng: np.random.Generator, side: int) -> Points:
    """Give two ends (2, 2): of a crack that crosses the picture, or of one that begins and ends in it."""
    angle = rng.uniform(0, 2 * np.pi)
    way = np.array([np.cos(angle), np.sin(angle)])
    length = side * (rng.uniform(0.2, 0.7) if rng.random() < 0.4 else rng.uniform(0.9, 1.6))
    middle = rng.uniform(0.15, 0.85, 2) * side
    return np.stack([middle - way * length / 2, middle + way * length / 2])


def broken(rng: np.random.Generator, ends: Points, *, sway: float, points: int = 96) -> Points:
    """Give a line between two ends (N, 2) whose middles are moved aside again and again, each time by less.

    Args:
        rng: moves them.
        ends: (2, 2).
        points: at least so many.
        sway: how far the first middle moves, as a share of the length.
    """
    line, fading = ends, rng.uniform(0.42, 0.64)
    aside_px = float(np.hypot(*(ends[1] - ends[0]))) * sway / 3
    while len(line) < points:
        steps = np.diff(line, axis=0)
        normal = np.stack([-steps[:, 1], steps[:, 0]], axis=1) / (np.hypot(*steps.T)[:, np.newaxis] + 1e-6)
        middles = (line[:-1] + line[1:]) / 2 + normal * rng.normal(0, aside_px, (len(steps), 1))
        woven = np.empty((len(line) + len(middles), 2))
        woven[0::2], woven[1::2] = line, middles
        line, aside_px = woven, aside_px * fading
    return line


def through_grains(rng: np.random.Generator, ends: Points, side: int) -> Points:
    """Give the cheapest way (N, 2) through noise, as a crack goes around the stones of concrete and asphalt."""
    cells = side // COARSE
    cost = np.exp(rng.uniform(0.6, 2.2) * noise(rng, (cells, cells), rng.uniform(1.5, 6)))
    first, last = (tuple(np.clip(end[::-1] / COARSE, 0, cells - 1).astype(int)) for end in ends)
    steps, _ = route_through_array(cost, first, last, fully_connected=True, geometric=True)
    line = (np.array(steps, np.float64)[:, ::-1] + 0.5) * COARSE
    return gaussian_filter1d(line, rng.uniform(0.6, 1.6), axis=0, mode="nearest") if len(line) > 4 else ends


def alligator(rng: np.random.Generator, side: int) -> list[Points]:
    """Give the pieces of a net of cracks, as worn asphalt and shrunk plaster have."""
    count = int(rng.integers(8, 60))
    spread = rng.uniform(0.25, 0.7)
    seeds = rng.uniform(0.5 - spread, 0.5 + spread, (count, 2)) * side + rng.uniform(-0.2, 0.2, 2) * side
    net = Voronoi(seeds)
    kept = rng.uniform(0.45, 1)
    return [
        broken(rng, net.vertices[list(ridge)], sway=rng.uniform(0.02, 0.2), points=24)
        for ridge in net.ridge_vertices
        if min(ridge) >= 0 and np.abs(net.vertices[list(ridge)]).max() < 3 * side and rng.random() < kept
    ]


def along_joints(rng: np.random.Generator, joints: tuple[float, float, float, float], side: int) -> Points:
    """Give a stair (N, 2) along the joints of brickwork, now and then through a brick.

    Args:
        rng: chooses the steps.
        joints: as `Scene.joints`.
        side: of the picture.
    """
    top, high, wide, shift = joints
    row = int(rng.integers(0, max(int(side / high), 1)))
    place = np.array([rng.integers(0, max(int(side / wide), 1)) * wide + (shift if row % 2 else 0), top + row * high])
    across, down = rng.choice([-1, 1]), rng.choice([-1, 1])
    corners = [place]
    for _ in range(int(rng.integers(3, 24))):
        row += down
        corners.append(corners[-1] + (0, down * high))
        step = shift if rng.random() < 0.75 else shift + wide
        corners.append(corners[-1] + (across * step, 0))
        if rng.random() < 0.1:
            across = -across
    ends = np.stack(corners)
    pieces = [broken(rng, ends[i : i + 2], sway=0.03, points=12)[:-1] for i in range(len(ends) - 1)]
    line = np.concatenate(pieces) + rng.normal(0, 0.4, (1, 2))
    return np.asarray(gaussian_filter1d(line, 1.0, axis=0, mode="nearest"))


def smooth_steps(rng: np.random.Generator, count: int, every: float) -> NDArray[np.float64]:
    """Give (count,) noise along a line, new at every so many points."""
    known = rng.standard_normal(max(int(count / every) + 2, 2))
    return np.interp(np.linspace(0, len(known) - 1, count), np.arange(len(known)), known)
