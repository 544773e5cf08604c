"""Takes a scale and a tilt; gives a drawn wall with a marker on it, and the true scale at the marker."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cracklens.drawn import Texture, draw_wall
from cracklens.scale.marker import MODULES, marker_modules

FOCAL_WIDTHS = 0.9
"""Focal length over the photo's long side: that of a phone."""

BLACK, WHITE = 32.0, 228.0
SAMPLES = 4
BLUR_PX = 0.8
NOISE = 3.0


@dataclass(frozen=True)
class View:
    """How a surface with a marker is seen.

    Attributes:
        px_per_mm: where the camera's axis meets the surface.
        size_mm: side of the marker.
        tilt_degrees: of the surface about a random axis.
        centred: whether the marker lies where the camera's axis meets the surface, and not at a random place near it.
    """

    px_per_mm: float
    size_mm: int = 50
    tilt_degrees: float = 0.0
    centred: bool = False


@dataclass(frozen=True)
class Scene:
    """A photo with a marker.

    Attributes:
        pixels: (H, W, 3) uint8.
        least, greatest: true scale at the marker's middle, px/mm, across the tilt's axis and along it.
    """

    pixels: NDArray[np.uint8]
    least: float
    greatest: float

    @property
    def px_per_mm(self) -> float:
        """True scale: the geometric mean over the directions on the surface."""
        return math.sqrt(self.least * self.greatest)


def scene(hw: tuple[int, int], view: View, *, texture: Texture = "concrete", seed: int = 0) -> Scene:
    """Give a photo of a surface with a marker at a random turn.

    Only the marker is drawn in perspective: the wall behind it has no scale that could be seen.
    """
    rng = np.random.default_rng(seed)
    camera = _camera(hw, view.px_per_mm, math.radians(view.tilt_degrees), rng.uniform(0, 2 * math.pi))
    reach_mm = 0 if view.centred else (min(hw) / view.px_per_mm - 2.2 * view.size_mm) / 4
    place = _placed(rng, reach_mm=reach_mm)
    to_photo = camera @ place
    wall = draw_wall(hw, widths_px=(3.0,), texture=texture, seed=seed, blur_px=0, noise=0).pixels
    mixed = _blended(wall.astype(np.float64), np.asarray(np.linalg.inv(to_photo), np.float64), view.size_mm)
    seen = ndimage.gaussian_filter(mixed, (BLUR_PX, BLUR_PX, 0)) + rng.normal(0, NOISE, mixed.shape)
    least, greatest = _scales_at_middle(to_photo)
    return Scene(np.clip(np.rint(seen), 0, 255).astype(np.uint8), least, greatest)


def _camera(hw: tuple[int, int], px_per_mm: float, tilt: float, axis: float) -> NDArray[np.float64]:
    """Give the homography from mm on the surface to px: a pinhole camera in front of its middle."""
    focal_px = FOCAL_WIDTHS * max(hw)
    lens = np.array([[focal_px, 0, hw[1] / 2], [0, focal_px, hw[0] / 2], [0, 0, 1]])
    x, y = math.cos(axis), math.sin(axis)
    cross = np.array([[0, 0, y], [0, 0, -x], [-y, x, 0]])
    turn = np.eye(3) + math.sin(tilt) * cross + (1 - math.cos(tilt)) * cross @ cross
    return np.asarray(lens @ np.column_stack([turn[:, 0], turn[:, 1], [0, 0, focal_px / px_per_mm]]), np.float64)


def _placed(rng: np.random.Generator, *, reach_mm: float) -> NDArray[np.float64]:
    """Give a turn and a shift on the surface."""
    turn, (dx, dy) = rng.uniform(0, 2 * math.pi), rng.uniform(-1, 1, 2) * max(reach_mm, 0)
    return np.array([[math.cos(turn), -math.sin(turn), dx], [math.sin(turn), math.cos(turn), dy], [0, 0, 1]])


def _blended(wall: NDArray[np.float64], to_surface: NDArray[np.float64], size_mm: int) -> NDArray[np.float64]:
    """Give the wall (H, W, 3) with the marker and its white margin; each pixel is the mean of 16 places in it."""
    module_mm = size_mm / MODULES
    paper = np.where(np.pad(marker_modules(size_mm), 1), BLACK, WHITE)
    mixed = np.zeros_like(wall)
    steps = (np.arange(SAMPLES) + 0.5) / SAMPLES
    for dy in steps:
        for dx in steps:
            y, x = np.mgrid[0 : wall.shape[0], 0 : wall.shape[1]] + np.array([dy, dx])[:, None, None]
            u, v, w = np.tensordot(to_surface, np.stack([x, y, np.ones_like(x)]), 1)
            column, row = (np.floor(along / w / module_mm + MODULES / 2 + 1).astype(int) for along in (u, v))
            on = (row >= 0) & (column >= 0) & (row < MODULES + 2) & (column < MODULES + 2)
            sample = wall.copy()
            sample[on] = paper[row[on], column[on], np.newaxis]
            mixed += sample
    return mixed / SAMPLES**2


def _scales_at_middle(to_photo: NDArray[np.float64]) -> tuple[float, float]:
    """Give the least and greatest px/mm at the marker's middle: its derivative by differences of 1 µm."""
    step = 1e-3

    def at(x: float, y: float) -> NDArray[np.float64]:
        u, v, w = to_photo @ np.array([x, y, 1.0])
        return np.array([u / w, v / w], np.float64)

    derivative = np.column_stack([(at(step, 0) - at(-step, 0)) / (2 * step), (at(0, step) - at(0, -step)) / (2 * step)])
    greatest, least = np.linalg.svd(derivative, compute_uv=False)
    return float(least), float(greatest)
