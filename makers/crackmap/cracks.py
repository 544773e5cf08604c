"""Takes a scene; gives it with cracks painted on, and how much of every px is crack. Knows no look-alikes."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from makers.crackmap import paths
from makers.crackmap.scene import Floats, Scene, displaced, log_uniform, noise, resized
from numpy.typing import NDArray

HAIRLINE_PX = 1.2
WIDEST_PX = 80.0
ROUGH_PX = 5.0
"""Above this width half of the cracks are full of stones and dirt."""

FAINT, FAINTEST = 0.4, 0.35
"""Share of the cracks that are at most so much darker than the ground: on rough pavements these are the ones missed."""

ALONG_JOINTS = 0.6
"""Share of the cracks in brickwork that follow its joints."""

LEAST_DEEP, MOST_DEEP, DEEP = 0.4, 0.9, 0.85
"""How much darker than the ground cracks are, and that share of them, from a width on: else they look like stains."""

FINE, COARSE = 4, 2
"""Steps of a px in which narrow and wide cracks are drawn."""


def with_crack(
    rng: np.random.Generator,
    scene: Scene,
    *,
    widest_px: float = WIDEST_PX,
    along_joints: float = ALONG_JOINTS,
    deep_px: float = np.inf,
) -> Scene:
    """Give the scene with one more crack, or a net of them.

    Args:
        rng: says where and which.
        scene: what it is painted on.
        widest_px: no crack is wider.
        along_joints: share of the cracks in brickwork that follow its joints.
        deep_px: what is wider is mostly deep.
    """
    side = scene.pixels.shape[0]
    width_px = _width(rng, widest_px)
    share = coverage(rng, _lines(rng, scene, width_px, along_joints), width_px, side)
    if width_px > 2.5 and rng.random() < 0.8:
        share = ragged(rng, share, width_px)
    if rng.random() < 0.25:
        share = share * np.clip(noise(rng, (side, side), rng.uniform(12, 60)) * 3 + rng.uniform(1, 5), 0, 1)
    return replace(
        scene,
        pixels=broken_open(rng, scene.pixels, share, width_px, deep_px=deep_px),
        crack=np.maximum(scene.crack, known(share)),
        line=scene.line * (1 - share),
    )


def _width(rng: np.random.Generator, widest_px: float) -> float:
    """Give a width in px: most are narrow, one in six is a gap."""
    if rng.random() < 0.84:
        return log_uniform(rng, 0.6, min(12, widest_px))
    return log_uniform(rng, min(8, widest_px), widest_px)


def _lines(rng: np.random.Generator, scene: Scene, width_px: float, along_joints: float) -> list[NDArray[np.float64]]:
    """Give the centre lines of a crack and its branches."""
    side = scene.pixels.shape[0]
    if scene.joints is not None and rng.random() < along_joints:
        return [paths.along_joints(rng, scene.joints, side)]
    if width_px < 8 and rng.random() < 0.1:
        return paths.alligator(rng, side)
    main = _one(rng, side, width_px)
    found = [main]
    for _ in range(int(rng.choice([0, 0, 0, 1, 2, 3]))):
        start = main[int(rng.integers(len(main) // 6, len(main) - len(main) // 6))]
        branch = _one(rng, side, width_px)
        found.append((branch - branch[0] + start)[: int(rng.integers(len(branch) // 5, len(branch)))])
    return found


def _one(rng: np.random.Generator, side: int, width_px: float) -> NDArray[np.float64]:
    """Give a crack's line (N, 2); it winds by a third of its width at least: what is straight is a joint."""
    ends = paths.crossing(rng, side)
    if rng.random() < 0.3:
        return paths.through_grains(rng, ends, side)
    sway = float(rng.choice([rng.uniform(0.015, 0.045), rng.uniform(0.045, 0.24)]))
    return paths.broken(rng, ends, sway=max(sway, width_px / side / 3))


def coverage(rng: np.random.Generator, lines: list[NDArray[np.float64]], width_px: float, side: int) -> Floats:
    """Give (H, W) 0-1: the share of each px that lines of about one width cover; the first is the widest."""
    finer = FINE if width_px < 12 else COARSE
    canvas = np.zeros((side * finer, side * finer), np.uint8)
    for number, line in enumerate(lines):
        widths = width_px * np.exp(rng.uniform(0.05, 0.5) * paths.smooth_steps(rng, len(line), 6))
        widths *= 1 if number == 0 else np.linspace(rng.uniform(0.4, 1), rng.uniform(0.1, 0.6), len(line))
        if rng.random() < 0.5:
            at = [0, rng.uniform(0.1, 0.5), rng.uniform(0.5, 0.9), 1]
            widths *= np.interp(np.linspace(0, 1, len(line)), at, [rng.uniform(0.05, 1), 1, 1, rng.uniform(0.05, 1)])
        _drawn(canvas, line, np.maximum(widths, 0.25), finer)
    return resized(canvas, side) / np.float32(255)


def _drawn(canvas: NDArray[np.uint8], line: NDArray[np.float64], widths: NDArray[np.float64], finer: int) -> None:
    """Draw, in place, a line of changing width."""
    places = np.round(line * finer * 16).astype(np.int32)
    for i in range(len(places) - 1):
        thick = max(round((widths[i] + widths[i + 1]) / 2 * finer), 1)
        cv2.line(canvas, places[i].tolist(), places[i + 1].tolist(), 255, thick, cv2.LINE_8, 4)


def ragged(rng: np.random.Generator, share: Floats, width_px: float) -> Floats:
    """Give the coverage with broken edges."""
    reach = rng.uniform(0.4, 1) * min(width_px * 0.3, 5)
    return displaced(rng, share, reach_px=reach, grain_px=log_uniform(rng, 2.5, 14))


def broken_open(
    rng: np.random.Generator, pixels: Floats, share: Floats, width_px: float, *, deep_px: float = np.inf
) -> Floats:
    """Give pixels (H, W, 3) with what the coverage (H, W) says in the colour of a crack."""
    soft = cv2.GaussianBlur(share, (0, 0), rng.uniform(0.35, 1.0))[..., np.newaxis]
    if width_px > 2 and rng.random() < 0.25:  # a lit, spalled or limy rim
        around = cv2.GaussianBlur(share, (0, 0), width_px * 0.7 + 1)
        rim = np.clip(around * 1.6 - share, 0, 1)[..., np.newaxis]
        pixels = pixels * (1 + rim * rng.uniform(-0.25, 0.45))
    inner = _inner(rng, pixels, share, width_px)
    if width_px > deep_px and rng.random() < DEEP and share.any():
        ground, own = (float(np.average(of.mean(axis=2), weights=share)) for of in (pixels, inner))
        inner = inner * min(ground * (1 - rng.uniform(LEAST_DEEP, MOST_DEEP)) / max(own, 1.0), 1.0)
    return np.asarray(pixels * (1 - soft) + inner * soft, np.float32)


def _inner(rng: np.random.Generator, pixels: Floats, share: Floats, width_px: float) -> Floats:
    """Give the colour (H, W, 3) within a crack: the ground's, darker; now and then lime or filler."""
    hw = share.shape
    ground = cv2.GaussianBlur(cv2.resize(pixels, (hw[1] // 4, hw[0] // 4), interpolation=cv2.INTER_AREA), (0, 0), 4)
    ground = cv2.resize(ground, (hw[1], hw[0]), interpolation=cv2.INTER_LINEAR)
    if width_px < 12 and rng.random() < 0.1:
        return np.asarray(ground + rng.uniform(12, 70) + noise(rng, hw, 2)[..., np.newaxis] * 6, np.float32)
    if width_px > ROUGH_PX and rng.random() < 0.5:
        return _dirty(rng, pixels, width_px)
    least = 0.18 if width_px < HAIRLINE_PX or width_px > 8 else 0.07
    depth = rng.uniform(least, FAINTEST if rng.random() < FAINT else 0.95)
    dark = ground * (1 - depth) * (1 + rng.normal(0, 0.05, 3)).astype(np.float32)
    dark = dark + (noise(rng, hw, log_uniform(rng, 1.5, 5)) * rng.uniform(0.5, 10))[..., np.newaxis]
    if width_px > 6 and rng.random() < 0.7:  # one wall of the gap is lit, stones lie in it
        way = rng.uniform(0, 2 * np.pi)
        deep = cv2.GaussianBlur(share, (0, 0), width_px / 3)
        steps = np.array([[np.cos(way), np.sin(way)]]) * width_px / 4
        lit = deep - cv2.warpAffine(deep, np.hstack([np.eye(2), steps.T]), (hw[1], hw[0]))
        dark = dark * np.clip(1 + lit * rng.uniform(0, 2.5), 0.3, 3)[..., np.newaxis]
        if rng.random() < 0.4:
            stones = np.clip(noise(rng, hw, width_px / 3) - rng.uniform(0.6, 1.4), 0, 1)[..., np.newaxis]
            dark = dark * (1 - stones) + ground * rng.uniform(0.5, 1) * stones
    return np.asarray(dark, np.float32)


def _dirty(rng: np.random.Generator, pixels: Floats, width_px: float) -> Floats:
    """Give the colour of a gap full of the ground's own stones and dirt: darker, as rough as what is beside it."""
    step = tuple(int(v) for v in rng.integers(-60, 61, 2))
    rough = np.roll(pixels, step, (0, 1)) * (1 - rng.uniform(0.15, 0.7)) * (1 + rng.normal(0, 0.06, 3))
    patches = noise(rng, pixels.shape[:2], max(width_px * rng.uniform(0.3, 1.5), 3)) * rng.uniform(0, 0.3)
    return np.asarray(rough * np.clip(1 + patches, 0.3, 1.5)[..., np.newaxis], np.float32)


def known(share: Floats) -> Floats:
    """Give the coverage beside the highest within 2 px: a hairline that fills a third of a px is a crack of one px."""
    highest = cv2.dilate(share, np.ones((5, 5), np.uint8))
    return np.asarray(np.where(share > 0.08, share / np.maximum(highest, 0.08), share), np.float32)
