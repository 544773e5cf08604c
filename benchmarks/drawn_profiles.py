"""Takes a ground, a width, a depth, a blur and a shape; gives a photo with one crack of them. Knows no estimator.

Drawn six times finer than it is seen, by geometry alone; nothing of cracklens takes part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Shape = Literal["rectangular", "V", "ragged"]
FINER = 6
RAGGED = 0.12
"""Standard deviation of a ragged edge, as a share of the width, and at least .2 px."""

RAGGED_KNOT_PX = 5.0
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """One crack to draw.

    Attributes:
        width_px: at the surface; of a ragged crack the mean.
        contrast: darkness at the middle as a share of the ground, before blur.
        blur_px: standard deviation of the lens.
        shape: rectangular: as dark over its whole width; V: dark in the middle and bright at the surface; ragged:
            rectangular between edges that wander.
    """

    width_px: float
    contrast: float
    blur_px: float
    shape: Shape


@dataclass(frozen=True)
class Scene:
    """A photo (H, W, 3) uint8 of one crack, and its centre line (N, 2) in px."""

    pixels: NDArray[np.uint8]
    points_xy: Floats


def draw(drawn: Drawn, ground: NDArray[np.uint8], *, noise: float, rng: np.random.Generator) -> Scene:
    """Give the ground with a winding crack across it, seen through a lens and by a noisy sensor."""
    turned = bool(rng.random() < 0.5)
    seen = np.swapaxes(ground, 0, 1) if turned else ground
    height, width = seen.shape[:2]
    x = np.arange(width * FINER) / FINER + 0.5 / FINER
    line = _line(x, height, drawn.width_px, rng)
    dark = _darkness(drawn, x, line, height, rng)
    blurred = ndimage.gaussian_filter(seen * (1 - dark[..., np.newaxis]), (drawn.blur_px, drawn.blur_px, 0))
    noisy = blurred + noise * rng.standard_normal(blurred.shape)
    pixels = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    inside = (x > 8) & (x < width - 8)
    points = np.stack([x, line], axis=1)[inside]
    return Scene(np.swapaxes(pixels, 0, 1).copy() if turned else pixels, points[:, ::-1] if turned else points)


def _line(x: Floats, height: int, width_px: float, rng: np.random.Generator) -> Floats:
    """Give the height of the centre line at x: a slope and waves of 150 to 30 px."""
    waves = [(150.0, 7.0), (70.0, 3.0), (30.0, 1.0)]
    bent = sum(size * rng.normal() * np.sin(2 * np.pi * x / long + rng.uniform(0, 6.3)) for long, size in waves)
    line = rng.uniform(-0.45, 0.45) * (x - x.mean()) + bent
    room = height / 2 - 12 - width_px
    line = line * min(1.0, room / np.abs(line - line.mean()).max())
    return np.asarray(line - line.mean() + height / 2 + rng.uniform(-0.5, 0.5), np.float64)


def _darkness(drawn: Drawn, x: Floats, line: Floats, height: int, rng: np.random.Generator) -> Floats:
    """Give the share (H, W) of the light that the crack swallows, each px the mean of FINER x FINER places."""
    half = drawn.width_px / 2
    spread = max(RAGGED * drawn.width_px, 0.2) if drawn.shape == "ragged" else 0.0
    slope = np.gradient(line, x)
    band = int(np.ceil((half + 4 * spread + 2) * np.hypot(1, np.abs(slope).max()) + 2)) * FINER
    rows = np.floor(line * FINER).astype(int)[:, np.newaxis] + np.arange(-band, band + 1)
    y = (rows + 0.5) / FINER
    foot = np.repeat(x[:, np.newaxis], rows.shape[1], axis=1)
    for _ in range(4):  # to the nearest point of the line: Newton on the distance along it
        at, steep = np.interp(foot, x, line), np.interp(foot, x, slope)
        foot = foot - ((foot - x[:, np.newaxis]) + (at - y) * steep) / (1 + steep**2)
    aside = np.hypot(foot - x[:, np.newaxis], y - np.interp(foot, x, line)) * np.sign(y - line[:, np.newaxis])
    above, below = (half + spread * _wander(foot, rng) for _ in range(2))
    if drawn.shape == "V":
        dark = drawn.contrast * np.clip(1 - np.abs(aside) / half, 0, 1)
    else:
        dark = drawn.contrast * ((aside > -above) & (aside < below))
    fine = np.zeros((height * FINER, len(x)))
    columns = np.broadcast_to(np.arange(len(x))[:, np.newaxis], rows.shape)
    there = (rows >= 0) & (rows < len(fine))
    fine[rows[there], columns[there]] = dark[there]
    return np.asarray(fine.reshape(height, FINER, -1, FINER).mean(axis=(1, 3)))


def _wander(along: Floats, rng: np.random.Generator) -> Floats:
    """Give how far an edge strays at places along the line, in its standard deviations."""
    knots = np.arange(along.min() - RAGGED_KNOT_PX, along.max() + 2 * RAGGED_KNOT_PX, RAGGED_KNOT_PX)
    values = np.clip(rng.standard_normal(len(knots)), -2.5, 2.5)
    return np.asarray(np.interp(along, knots, (values - values.mean()) / values.std()), np.float64)
