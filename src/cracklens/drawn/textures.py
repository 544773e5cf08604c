"""Takes a size and a source of chance; gives walls of six textures, without cracks. Knows nothing of detectors."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

Texture = Literal["concrete", "plaster", "brick", "asphalt", "formwork", "stained"]
TEXTURES: tuple[Texture, ...] = get_args(Texture)
"""The kinds of wall that can be drawn."""

PX_PER_MM = 2.0
"""Scale of every drawn wall: its bricks are 240 x 71 mm, its formwork boards 120 mm wide."""

Grey = NDArray[np.float32]
Points = NDArray[np.float64]


@dataclass(frozen=True)
class Canvas:
    """A size (height, width) in px and a source of chance, with the strokes that every texture is made of."""

    hw: tuple[int, int]
    rng: np.random.Generator

    def noise(self, finest_px: float, coarsest_px: float, *, slope: float = 1.0, stretch: float = 1.0) -> Grey:
        """Give noise (H, W) of mean 0 and deviation 1.

        Args:
            finest_px: size of its smallest detail.
            coarsest_px: size of its largest detail.
            slope: 1 has the same strength at every size, 0 is strongest where finest.
            stretch: above 1 it runs down the wall.
        """
        shape = tuple(fft.next_fast_len(side + 1, real=True) for side in self.hw)
        down, right = np.fft.fftfreq(shape[0]).astype(np.float32), np.fft.rfftfreq(shape[1]).astype(np.float32)
        radius = np.maximum(np.hypot(down[:, np.newaxis] * stretch, right), np.float32(1e-6))  # cycles per px
        gain = radius**-slope * np.exp(-((radius * finest_px) ** 2)) * -np.expm1(-((radius * coarsest_px) ** 2))
        spectrum = fft.rfft2(self.rng.standard_normal(shape, np.float32)) * gain
        values = fft.irfft2(spectrum, shape)[: self.hw[0], : self.hw[1]]
        return np.asarray((values - values.mean()) / max(float(values.std()), 1e-9), np.float32)

    def relief(self, finest_px: float, coarsest_px: float) -> Grey:
        """Give the shade (H, W), about 0, of a rough surface lit from the top left."""
        height = self.noise(finest_px, coarsest_px, slope=1.3)
        return np.asarray(height - ndimage.shift(height, (1.5, 1.5), order=1, mode="nearest"), np.float32)

    def light(self) -> Grey:
        """Give uneven daylight (H, W), about 1: a slope in a random direction."""
        y, x = np.linspace(-1, 1, self.hw[0])[:, np.newaxis], np.linspace(-1, 1, self.hw[1])
        angle, strength = self.rng.uniform(0, 2 * math.pi), self.rng.uniform(0.03, 0.12)
        return np.asarray(1 + strength * (math.cos(angle) * x + math.sin(angle) * y), np.float32)

    def pores(self, tone: Grey, per_megapixel: float, most_px: float) -> Grey:
        """Give the tone with ragged pores of 1 px to `most_px` radius, many small and few large."""
        hole = np.zeros(self.hw, np.float32)
        rough = 0.6 * self.noise(3, 12)
        for _ in range(self.rng.poisson(per_megapixel * tone.size / 1e6)):
            centre = self.rng.random(2) * self.hw[::-1]
            radius = 0.7 + (most_px - 1) * self.rng.random() ** 5
            stroke(hole, np.stack([centre, centre]), np.full(2, radius), rough * min(radius / 3, 1))
        return sunk(tone, hole, np.float32(0.42))

    def coloured(self, tone: Grey, rgb: tuple[float, float, float], *, tint: float = 0.01) -> Grey:
        """Give (H, W, 3): the tone in a colour whose mean is 1, drifting slightly between warm and cold."""
        drift = tint * self.noise(80, 900)[..., np.newaxis] * np.array([1, 0, -1], np.float32)
        return np.asarray(tone[..., np.newaxis] * (np.array(rgb, np.float32) + drift), np.float32)


def stroke(coverage: Grey, ends_xy: Points, radii: NDArray[np.float64], rough: Grey) -> None:
    """Raise the coverage (H, W), in place, along one segment: the overlap of a pixel with a strip at its distance.

    Args:
        coverage: share of each pixel, 0-1.
        ends_xy: (2, 2) in px; equal ends draw a disc.
        radii: (2,) half widths at the ends in px.
        rough: (H, W), px by which the edge lies further out.
    """
    reach = radii.max() + 3
    x0, y0 = np.maximum(np.floor(ends_xy.min(axis=0) - reach), 0).astype(int)
    x1, y1 = np.maximum(np.ceil(ends_xy.max(axis=0) + reach), 0).astype(int)
    patch = coverage[y0:y1, x0:x1]
    chord = ends_xy[1] - ends_xy[0]
    x = np.arange(x0, x0 + patch.shape[1]) + 0.5 - ends_xy[0, 0]
    y = np.arange(y0, y0 + patch.shape[0])[:, np.newaxis] + 0.5 - ends_xy[0, 1]
    share = np.clip((x * chord[0] + y * chord[1]) / max(float(chord @ chord), 1e-12), 0, 1)
    distance = np.hypot(x - share * chord[0], y - share * chord[1])
    radius = radii[0] + share * (radii[1] - radii[0]) + rough[y0:y1, x0:x1]
    overlap = np.minimum(distance + 0.5, radius) - np.maximum(distance - 0.5, -radius)
    np.maximum(patch, overlap, out=patch, casting="same_kind")


def sunk(tone: Grey, hole: Grey, depth: Grey | np.float32) -> Grey:
    """Give the tone, (H, W) or (H, W, 3), with holes of a coverage (H, W): dark inside, lower edge lit."""
    rim = np.clip(ndimage.shift(hole, (1.5, 0.7), order=1) - hole, 0, 1)
    gain = (1 - depth * hole) * (1 + 0.07 * rim)
    return np.asarray(tone * (gain[..., np.newaxis] if tone.ndim == 3 else gain), np.float32)


def paint(texture: Texture, canvas: Canvas) -> Grey:
    """Give a wall without cracks, (H, W, 3) float32 in grey levels 0-255, sharp and without noise."""
    return _PAINTERS[texture](canvas) * canvas.light()[..., np.newaxis]


def _cement(canvas: Canvas, level: float) -> Grey:
    """Give the tone of bare cement: clouds, relief, grain, light and dark specks of aggregate."""
    tone = level + 5 * canvas.noise(60, 700) + 3 * canvas.noise(6, 60) + 3.5 * canvas.noise(1.5, 5)
    specks = canvas.noise(3, 9, slope=0)
    specks = 9 * np.clip(specks - 1.7, 0, 1) - 12 * np.clip(-specks - 1.9, 0, 1)
    return np.asarray(tone + specks + 8 * canvas.relief(3, 25), np.float32)


def _concrete(canvas: Canvas) -> Grey:
    tone = canvas.pores(_cement(canvas, canvas.rng.uniform(140, 180)), 300, 6)
    return canvas.coloured(tone, (1.015, 1.0, 0.965))


def _plaster(canvas: Canvas) -> Grey:
    tone = canvas.rng.uniform(190, 212) + 4 * canvas.noise(150, 1200) + 2.5 * canvas.noise(1.5, 4)
    return canvas.coloured(tone + 32 * canvas.relief(5, 90), (1.02, 1.0, 0.95), tint=0.006)


def _brick(canvas: Canvas) -> Grey:
    edge, shadow, tones = _courses(canvas)
    mortar = np.clip((5 * PX_PER_MM - edge) / 2 + 0.5, 0, 1)[..., np.newaxis]
    rough = 4 * canvas.noise(2, 60) + 3 * canvas.noise(1.5, 4) + 9 * canvas.relief(3, 20)
    face = canvas.coloured(canvas.pores(125 + tones + rough, 300, 5), (1.3, 0.9, 0.8), tint=0.03)
    joint = canvas.coloured((160 + 1.5 * rough) * shadow, (1.03, 1.0, 0.95))
    return np.asarray(face + mortar * (joint - face), np.float32)


def _courses(canvas: Canvas) -> tuple[Grey, Grey, Grey]:
    """Give, (H, W) each: px to the middle of the nearest joint, shadow under bricks, tone of each brick."""
    brick_px, course_px = 250 * PX_PER_MM, 81 * PX_PER_MM
    y, x = np.indices(canvas.hw, np.float32)
    y = y + canvas.rng.uniform(0, course_px) + 1.6 * canvas.noise(8, 200)
    row = np.maximum(y // course_px, 0).astype(int)
    x = x + canvas.rng.uniform(0, brick_px) + row % 2 * brick_px / 2 + 1.6 * canvas.noise(8, 200)
    column = np.maximum(x // brick_px, 0).astype(int)
    tones = canvas.rng.normal(0, 10, (int(row.max()) + 1, int(column.max()) + 1)).astype(np.float32)
    y, x = y % course_px, x % brick_px
    edge = np.minimum(np.minimum(y, course_px - y), np.minimum(x, brick_px - x))
    shadow = 1 - 0.25 * np.exp(-(((course_px - y - 5 * PX_PER_MM + 1) / 4) ** 2))
    return edge, np.asarray(shadow, np.float32), tones[row, column]


def _asphalt(canvas: Canvas) -> Grey:
    """Paint stones as the cells around scattered seeds, each of its own tone, darker towards the binder."""
    seeds = canvas.rng.random(canvas.hw, np.float32) > 1 / 60
    away, nearest = ndimage.distance_transform_edt(seeds, return_indices=True)
    stones = canvas.rng.normal(0, 15, canvas.hw).astype(np.float32)[tuple(nearest)] - 3.0 * away
    grain = 5 * canvas.noise(80, 900) + 5 * canvas.noise(1.5, 6)
    tone = 105 + ndimage.gaussian_filter(np.asarray(stones, np.float32), 0.8) + grain
    return canvas.coloured(np.clip(tone, 25, 220), (1.0, 1.0, 1.01))


def _formwork(canvas: Canvas) -> Grey:
    board_px = 120 * PX_PER_MM
    x = np.arange(canvas.hw[1], dtype=np.float32) + canvas.rng.uniform(0, board_px)
    tones = canvas.rng.normal(0, 7, int(x[-1] / board_px) + 1).astype(np.float32)[(x / board_px).astype(int)]
    aside = (x + 1.2 * canvas.noise(20, 300) + board_px / 2) % board_px - board_px / 2  # (H, W) px from a board's edge
    ridge = 20 * np.exp(-(((aside + 2) / 2) ** 2)) - 24 * np.exp(-(((aside - 2) / 2) ** 2))
    grain = 3.5 * canvas.noise(2, 60, stretch=12)
    tone = _cement(canvas, 150) + tones + grain + ridge * np.clip(0.7 + 0.3 * canvas.noise(8, 80), 0.1, 1.2)
    return canvas.coloured(_tie_holes(canvas, canvas.pores(tone, 200, 5)), (1.01, 1.0, 0.97))


def _tie_holes(canvas: Canvas, tone: Grey) -> Grey:
    """Give the tone with a grid of holes 22 mm wide, 450 mm apart, plugged at the bottom."""
    pitch_px, radius_px = 450 * PX_PER_MM, 11 * PX_PER_MM
    hole, even = np.zeros(canvas.hw, np.float32), np.zeros(canvas.hw, np.float32)
    left, top = canvas.rng.uniform(0.1, 0.5, 2) * pitch_px
    for y in np.arange(top, canvas.hw[0], pitch_px):
        for x in np.arange(left, canvas.hw[1], pitch_px):
            stroke(hole, np.array([[x, y], [x, y]]), np.full(2, radius_px), even)
    shade = ndimage.gaussian_filter1d(hole, 4, axis=0, order=1)
    return np.asarray(sunk(tone, hole, np.float32(0.4)) - 300 * shade * hole, np.float32)


def _stained(canvas: Canvas) -> Grey:
    level = canvas.noise(30, 900, stretch=0.6)
    wet = 0.09 / (1 + np.exp(-(level - 0.3) / 0.12)) + 0.07 * np.exp(-(((level - 0.3) / 0.08) ** 2))
    runs = np.clip(canvas.noise(8, 200, stretch=14) - 0.5, 0, 2) * np.clip(0.5 + canvas.noise(100, 600), 0, 1)
    tone = canvas.pores(_cement(canvas, 165), 300, 6) * (1 - wet) * (1 - 0.12 * runs)
    rust = np.clip(canvas.noise(25, 300, stretch=6) - 1.5, 0, 1)[..., np.newaxis]
    wall = canvas.coloured(np.asarray(tone, np.float32), (1.01, 1.0, 0.96))
    return np.asarray(wall * (1 - rust * np.array([0.03, 0.2, 0.4])), np.float32)


_PAINTERS: dict[str, Callable[[Canvas], Grey]] = {
    "concrete": _concrete,
    "plaster": _plaster,
    "brick": _brick,
    "asphalt": _asphalt,
    "formwork": _formwork,
    "stained": _stained,
}
