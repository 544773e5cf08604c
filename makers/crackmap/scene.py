"""Takes a ground; gives the value that painters hand on: its pixels, how much of each is crack, how much a line."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
SIDE = 384
"""Px of a sample: twelve cells, so that a gap of 80 px has a ground on both sides."""


@dataclass(frozen=True)
class Scene:
    """A picture while it is painted.

    Attributes:
        pixels: (H, W, 3) float32 RGB, about 0-255.
        crack: (H, W) float32 0-1, share of a px that is crack.
        line: (H, W) float32 0-1, share of a px that is a line and no crack: joint, edge, cable, writing, shadow's edge.
        joints: places and sizes of brickwork, None without: (top, height, width of a brick, shift of each second row).
    """

    pixels: Floats
    crack: Floats
    line: Floats
    joints: tuple[float, float, float, float] | None = None


def bare(pixels: NDArray[np.uint8]) -> Scene:
    """Give the scene of a ground without anything on it."""
    nothing = np.zeros(pixels.shape[:2], np.float32)
    return Scene(pixels.astype(np.float32), nothing, nothing)


def covered(scene: Scene, colour: Floats | NDArray[np.float64], share: Floats, *, is_line: bool) -> Scene:
    """Give the scene with something laid over it: it hides cracks and lines below.

    Args:
        scene: what lies below.
        colour: (3,) or (H, W, 3).
        share: (H, W) 0-1, how far it covers.
        is_line: whether it is to be known as a line.
    """
    pixels = scene.pixels * (1 - share[..., np.newaxis]) + np.asarray(colour, np.float32) * share[..., np.newaxis]
    below = scene.line * (1 - share)
    return replace(
        scene,
        pixels=pixels,
        crack=scene.crack * (1 - share),
        line=np.maximum(below, share) if is_line else below,
    )


def resized(values: NDArray[np.floating] | NDArray[np.uint8], side: int, *, way: int = cv2.INTER_AREA) -> Floats:
    """Give a picture or map brought to a side in px."""
    return np.asarray(cv2.resize(values, (side, side), interpolation=way), np.float32)


def displaced(rng: np.random.Generator, share: Floats, *, reach_px: float, grain_px: float) -> Floats:
    """Give a map whose px are moved by smooth noise of a reach."""
    down, across = np.mgrid[0 : share.shape[0], 0 : share.shape[1]].astype(np.float32)
    across, down = (place + np.float32(reach_px) * noise(rng, share.shape, grain_px) for place in (across, down))
    return np.asarray(cv2.remap(share, across, down, cv2.INTER_LINEAR), np.float32)


def noise(rng: np.random.Generator, hw: tuple[int, ...], grain_px: float) -> Floats:
    """Give (H, W) smooth noise of mean 0 and deviation about 1, whose grains are so many px wide."""
    height, width = hw
    small = (max(int(height / grain_px), 2), max(int(width / grain_px), 2))
    values = rng.standard_normal(small, np.float32)
    return np.asarray(cv2.resize(values, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Give a number whose logarithm is even between two."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
