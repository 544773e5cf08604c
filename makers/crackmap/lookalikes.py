"""Takes a scene; gives it with something on it that is no crack: joints, cables, writing, shadows, stains, plants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import cv2
import numpy as np
from makers.crackmap import paths
from makers.crackmap.cracks import broken_open, ragged
from makers.crackmap.scene import Floats, Scene, covered, displaced, log_uniform, noise, resized
from numpy.typing import NDArray

EVEN_PX = 2.5
"""A joint as narrow has no crumbled edges."""

LETTERS = "ABCDEFGHKLMNRSTUVXYZabcdehkmnrst0123456789-/.+"


def brickwork(rng: np.random.Generator, scene: Scene) -> Scene:
    """Give a wall of bricks, blocks or tiles, each of its own tone, with joints between."""
    side = scene.pixels.shape[0]
    high = log_uniform(rng, 18, 150)
    wide = high * rng.uniform(1, 3.6)
    shift = wide * float(rng.choice([0.5, 0.5, 0.33, 0.0]))
    top = -rng.uniform(0, high)
    thick = max(round(2 * log_uniform(rng, 0.8, min(high / 5, 16))), 1)
    canvas, tone = np.zeros((2 * side, 2 * side), np.float32), np.zeros((2 * side, 2 * side), np.float32)
    uneven, differ = rng.uniform(0, 1.2), rng.uniform(0.02, 0.16)
    for row in range(int((side - top) / high) + 1):
        y = top + row * high
        for col in range(-2, int(side / wide) + 2):
            x = col * wide + (shift if row % 2 else 0)
            box = [(round(2 * a), round(2 * b)) for a, b in ((x, y), (x + wide, y + high))]
            cv2.rectangle(tone, box[0], box[1], float(rng.normal(0, differ)), -1)
            jitter = round(rng.normal(0, uneven))
            cv2.line(canvas, (box[0][0] + jitter, box[0][1]), (box[0][0] + jitter, box[1][1]), 1.0, thick)
            cv2.line(canvas, (box[0][0], box[0][1] + jitter), (box[1][0], box[0][1] + jitter), 1.0, thick)
    joint, tone = resized(canvas, side), resized(tone, side)
    colour = np.array([rng.uniform(-0.05, 0.4), rng.uniform(-0.15, 0.05), rng.uniform(-0.35, 0.05)]) * rng.random()
    pixels = scene.pixels * (1 + tone[..., np.newaxis] + colour.astype(np.float32))
    found = _joint(rng, replace(scene, pixels=np.asarray(pixels, np.float32)), joint)
    return replace(found, joints=(top, high, wide, shift or wide))


def formwork(rng: np.random.Generator, scene: Scene) -> Scene:
    """Give straight lines of even width across: joints, edges of boards, saw cuts; now and then with a step in tone."""
    side = scene.pixels.shape[0]
    canvas = np.zeros((2 * side, 2 * side), np.float32)
    thick = max(round(2 * log_uniform(rng, 0.6, 24)), 1)
    start = paths.crossing(rng, 2 * side)
    way = (start[1] - start[0]) / max(float(np.hypot(*(start[1] - start[0]))), 1e-6)
    aside, pixels = np.array([-way[1], way[0]]), scene.pixels
    gap = rng.uniform(0.1, 0.5) * 2 * side
    for number in range(int(rng.choice([1, 1, 1, 2, 3, 6]))):
        middle = start.mean(axis=0) + aside * gap * number
        first, last = (middle + way * reach * 3 * side for reach in (-1, rng.choice([0, 1, 1, 1])))
        cv2.line(canvas, first.astype(int).tolist(), last.astype(int).tolist(), 1.0, thick, cv2.LINE_AA)
    if rng.random() < 0.4:
        down, across = np.mgrid[0:side, 0:side].astype(np.float32)
        beyond = (across - start.mean(axis=0)[0] / 2) * aside[0] + (down - start.mean(axis=0)[1] / 2) * aside[1] > 0
        pixels = pixels * (1 + beyond[..., np.newaxis] * rng.uniform(-0.25, 0.25))
    joint = resized(canvas, side)
    return _joint(rng, replace(scene, pixels=np.asarray(pixels, np.float32)), joint)


def _joint(rng: np.random.Generator, scene: Scene, share: Floats) -> Scene:
    """Give bands of even width in a tone of their own, rough, chipped, shaded on one side."""
    hw = share.shape
    if rng.random() < 0.4:  # worn and chipped, as a crack is, but straight
        share = displaced(rng, share, reach_px=rng.uniform(0.2, 1.2), grain_px=log_uniform(rng, 4, 30))
    if rng.random() < 0.3:  # partly gone
        share = share * np.clip(noise(rng, hw, rng.uniform(20, 90)) * 3 + rng.uniform(0.5, 4), 0, 1)
    soft = cv2.GaussianBlur(share, (0, 0), rng.uniform(0.4, 1.8))
    rough = 1 + noise(rng, hw, log_uniform(rng, 1, 6)) * rng.uniform(0, 0.15)
    depth = rng.uniform(-0.85, -0.08) if rng.random() < 0.75 else rng.uniform(0.05, 0.5)
    pixels = scene.pixels * (1 + (soft * depth * rough)[..., np.newaxis])
    if rng.random() < 0.5:
        step = tuple(int(v) for v in rng.integers(-4, 5, 2))
        shade = np.clip(np.roll(soft, step, (0, 1)) - soft, 0, 1)[..., np.newaxis]
        pixels = pixels * (1 - shade * rng.uniform(-0.4, 0.6))
    return replace(scene, pixels=np.asarray(pixels, np.float32), line=np.maximum(scene.line, share))


def control_joint(rng: np.random.Generator, scene: Scene) -> Scene:
    """Give one straight joint across, in all else a crack: crumbled edges, dark, with stones and dirt in it."""
    side = scene.pixels.shape[0]
    width_px = log_uniform(rng, 1.5, min(40, side / 8))
    start, stop = paths.crossing(rng, side)
    ends = start + (stop - start) * np.array([[-1], [2]])
    share = stroke([ends], width_px, side)
    if width_px > EVEN_PX:
        share = ragged(rng, share, width_px * rng.uniform(0.3, 1))
    if rng.random() < 0.25:
        share = share * np.clip(noise(rng, (side, side), rng.uniform(12, 60)) * 2 + rng.uniform(2, 5), 0, 1)
    pixels = broken_open(rng, scene.pixels, share, width_px)
    return replace(scene, pixels=pixels, line=np.maximum(scene.line, share))


def shadow(rng: np.random.Generator, scene: Scene) -> Scene:
    """Give a shadow; where its edge is sharp, the edge is a line."""
    side = scene.pixels.shape[0]
    corners = cv2.convexHull((rng.uniform(-0.3, 1.3, (int(rng.integers(3, 7)), 2)) * side).astype(np.int32))
    within = np.zeros((side, side), np.float32)
    cv2.fillPoly(within, [corners], 1.0)
    blur = log_uniform(rng, 0.6, 14)
    soft = cv2.GaussianBlur(within, (0, 0), blur)[..., np.newaxis]
    edge = np.zeros((side, side), np.float32)
    if blur < 2.5:
        cv2.polylines(edge, [corners], True, 1.0, 3)
    pixels = scene.pixels * (1 - soft * rng.uniform(0.15, 0.75))
    return replace(
        scene, pixels=np.asarray(pixels, np.float32), line=np.maximum(scene.line, edge * (scene.crack < 0.1))
    )


def stain(rng: np.random.Generator, scene: Scene) -> Scene:
    """Give a dark or pale patch with an uneven edge, or runs of water."""
    hw = scene.crack.shape
    patch = noise(rng, hw, log_uniform(rng, 20, 160))
    if rng.random() < 0.3:
        patch = resized(noise(rng, hw, 30)[: max(hw[0] // 8, 2)], hw[0], way=cv2.INTER_LINEAR)
    share = np.clip((patch - rng.uniform(0, 1)) * rng.uniform(1, 8), 0, 1)[..., np.newaxis]
    tint = rng.uniform(-0.5, 0.3) * (1 + rng.normal(0, 0.2, 3))
    return replace(scene, pixels=np.asarray(scene.pixels * (1 + share * tint), np.float32))


def wet(rng: np.random.Generator, scene: Scene) -> Scene:
    """Give a dark area with a torn edge, as wide as a gap or wider: wet, mossy, dirty, of another roughness."""
    hw = scene.crack.shape
    side = hw[0]
    way, reach = rng.uniform(0, 2 * np.pi), log_uniform(rng, 40, side)
    down, across = (np.mgrid[0:side, 0:side] - side * rng.uniform(0, 1, 2)[:, np.newaxis, np.newaxis]).astype(
        np.float32
    )
    inside = across * np.cos(way) + down * np.sin(way)
    kind = rng.random()
    if kind < 0.5:  # a band; else half of the picture, or patches
        inside = reach / 2 - abs(inside)
    elif kind > 0.8:
        inside = reach / 2 * (noise(rng, hw, reach) - rng.uniform(0, 1.2))
    inside = inside + noise(rng, hw, log_uniform(rng, 15, 120)) * reach * rng.uniform(0, 0.25)
    inside = inside + noise(rng, hw, log_uniform(rng, 3, 15)) * rng.uniform(0, 5)
    share = np.clip(inside / log_uniform(rng, 1, 12), 0, 1)[..., np.newaxis] * rng.uniform(0.6, 1)
    within = np.roll(scene.pixels, int(rng.integers(-60, 61)), 0) if rng.random() < 0.4 else scene.pixels
    mean = cv2.GaussianBlur(within, (0, 0), 8)
    within = mean + (within - mean) * log_uniform(rng, 0.4, 2.5)
    patches = noise(rng, hw, log_uniform(rng, 1.5, 40)) * rng.uniform(0, 0.35)
    tint = rng.uniform(0.25, 0.9) * (1 + rng.normal(0, 0.06, 3))
    within = within * np.clip(1 + patches, 0.2, 1.8)[..., np.newaxis] * tint
    return replace(scene, pixels=np.asarray(scene.pixels * (1 - share) + within * share, np.float32))


def pores(rng: np.random.Generator, scene: Scene) -> Scene:
    """Give bug holes, grains and spalls, round or long, dark or pale."""
    side = scene.pixels.shape[0]
    share, tone = np.zeros((side, side), np.float32), np.zeros((side, side), np.float32)
    size = log_uniform(rng, 1, 9)
    for _ in range(int(rng.integers(3, 90))):
        middle = rng.integers(0, side, 2).tolist()
        axes = np.maximum(rng.exponential(size, 2), 0.8).round().astype(int).tolist()
        turned = float(rng.uniform(0, 180))
        cv2.ellipse(share, middle, axes, turned, 0, 360, 1.0, -1, cv2.LINE_AA)
        cv2.ellipse(tone, middle, axes, turned, 0, 360, float(rng.choice([-1, -1, -1, 0.5]) * rng.random()), -1)
    soft = cv2.GaussianBlur(share, (0, 0), 0.7)[..., np.newaxis]
    pixels = scene.pixels * (1 + soft * cv2.GaussianBlur(tone, (0, 0), 0.7)[..., np.newaxis] * rng.uniform(0.3, 0.9))
    return replace(scene, pixels=np.asarray(pixels, np.float32))


def cable(rng: np.random.Generator, scene: Scene) -> Scene:
    """Give a cable, pipe, wire or hose: smooth, of even width, with its shadow."""
    side = scene.pixels.shape[0]
    at = np.linspace(0, 1, 48)[:, np.newaxis]
    p = rng.uniform(-0.3, 1.3, (4, 2)) * side
    if rng.random() < 0.4:
        p[1:3] = p[0] + (p[3] - p[0]) * np.array([[0.33], [0.67]])
    line = (1 - at) ** 3 * p[0] + 3 * (1 - at) ** 2 * at * p[1] + 3 * (1 - at) * at**2 * p[2] + at**3 * p[3]
    share = stroke([line], log_uniform(rng, 1, 24), side)
    steps = tuple(int(v) for v in rng.integers(-6, 7, 2))
    shade = np.roll(share, steps, (0, 1))[..., np.newaxis] * rng.uniform(0, 0.6)
    below = replace(scene, pixels=np.asarray(scene.pixels * (1 - shade), np.float32))
    round_ = 1 + 0.35 * (np.roll(share, 1, 0) - np.roll(share, -1, 0))[..., np.newaxis]
    colour = rng.uniform(0, 255, 3) if rng.random() < 0.3 else np.full(3, rng.uniform(0, 255))
    return covered(below, np.asarray(colour * round_, np.float32), share, is_line=True)


def writing(rng: np.random.Generator, scene: Scene) -> Scene:
    """Give letters and numbers, sprayed, chalked or stamped."""
    side = scene.pixels.shape[0]
    canvas = np.zeros((side, side), np.uint8)
    text = "".join(rng.choice(list(LETTERS), int(rng.integers(1, 8))))
    size, thick = float(log_uniform(rng, 0.5, 5)), int(rng.integers(1, 8))
    cv2.putText(canvas, text, rng.integers(0, side, 2).tolist(), int(rng.integers(0, 8)), size, 255, thick, cv2.LINE_AA)
    if rng.random() < 0.6:
        turn = cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.uniform(-90, 90)), 1)
        canvas = np.asarray(cv2.warpAffine(canvas, turn, (side, side)), np.uint8)
    share = cv2.GaussianBlur(canvas.astype(np.float32) / 255, (0, 0), rng.uniform(0.3, 2)) * rng.uniform(0.3, 1)
    if rng.random() < 0.4:
        share = share * np.clip(noise(rng, (side, side), 2) + 1, 0, 1)
    return covered(scene, rng.uniform(0, 255, 3), np.asarray(share, np.float32), is_line=True)


def plants(rng: np.random.Generator, scene: Scene) -> Scene:
    """Give grass, twigs, roots, hair: tapering smooth strokes."""
    side, found = scene.pixels.shape[0], scene
    green = rng.random() < 0.6
    at = np.linspace(0, 1, 12)[:, np.newaxis]
    bunch = rng.uniform(0, 1, 2) * side
    for _ in range(int(rng.integers(1, 7))):
        lines = []
        for _ in range(int(rng.integers(1, 6))):
            start = bunch + rng.normal(0, side * 0.15, 2)
            bends = rng.normal(0, rng.uniform(10, 90), (2, 2))
            lines.append(start + bends[0] * at + bends[1] * at**2)
        colour = rng.uniform(20, 190, 3) * ((0.7, 1, 0.5) if green else (1, 0.9, 0.75))
        found = covered(found, colour, stroke(lines, log_uniform(rng, 0.8, 6), side), is_line=True)
    return found


def marking(rng: np.random.Generator, scene: Scene) -> Scene:
    """Give a painted area or road marking, worn; its edge is a line."""
    side = scene.pixels.shape[0]
    box = cv2.boxPoints(
        (tuple(rng.uniform(0, 1, 2) * side), tuple(rng.uniform(0.05, 1.2, 2) * side), rng.uniform(0, 180))
    )
    area, edge = np.zeros((side, side), np.float32), np.zeros((side, side), np.float32)
    cv2.fillPoly(area, [box.astype(np.int32)], 1.0)
    cv2.polylines(edge, [box.astype(np.int32)], True, 1.0, 3)
    worn = np.clip(noise(rng, (side, side), log_uniform(rng, 2, 8)) + rng.uniform(0.5, 3), 0, 1)
    share = cv2.GaussianBlur(area, (0, 0), 0.8) * worn * rng.uniform(0.4, 1)
    colour = rng.uniform(150, 250) * np.array([1, rng.uniform(0.8, 1), rng.uniform(0.3, 1)])
    kept = 1 - share * rng.uniform(0.5, 1)  # paint follows the surface: a crack below stays a crack
    pixels = scene.pixels * kept[..., np.newaxis] + (colour * (1 - kept[..., np.newaxis])) * (
        scene.pixels.mean(axis=2, keepdims=True) / max(float(scene.pixels.mean()), 1.0)
    )
    return replace(
        scene, pixels=np.asarray(pixels, np.float32), line=np.maximum(scene.line, edge * (scene.crack < 0.1))
    )


def scratches(rng: np.random.Generator, scene: Scene) -> Scene:
    """Give thin straight strokes in one direction, pale or dark: a trowel's, a tyre's, a grinder's."""
    side = scene.pixels.shape[0]
    way = rng.uniform(0, np.pi)
    lines = []
    for _ in range(int(rng.integers(1, 14))):
        middle, turn = rng.uniform(0, 1, 2) * side, way + rng.normal(0, 0.12)
        reach = np.array([np.cos(turn), np.sin(turn)]) * log_uniform(rng, 15, side) / 2
        lines.append(np.stack([middle - reach, middle + reach]))
    share = stroke(lines, log_uniform(rng, 0.5, 2.5), side)
    pixels = scene.pixels * (1 + share * rng.uniform(-0.35, 0.4))[..., np.newaxis]
    return replace(
        scene, pixels=np.asarray(pixels, np.float32), line=np.maximum(scene.line, share * (scene.crack < 0.1))
    )


def stroke(lines: list[NDArray[np.float64]], width_px: float, side: int) -> Floats:
    """Give (H, W) 0-1: the coverage of smooth lines of one width."""
    canvas = np.zeros((2 * side, 2 * side), np.uint8)
    places = [np.round(line * 32).astype(np.int32) for line in lines]
    cv2.polylines(canvas, places, False, 255, max(round(2 * width_px), 1), cv2.LINE_AA, 4)
    return resized(canvas, side) / np.float32(255)


Painter = Callable[[np.random.Generator, Scene], Scene]
BELOW: dict[Painter, float] = {
    brickwork: 0.14,
    formwork: 0.2,
    control_joint: 0.14,
    stain: 0.2,
    pores: 0.2,
    marking: 0.06,
    scratches: 0.08,
}
ABOVE: dict[Painter, float] = {shadow: 0.14, cable: 0.1, writing: 0.08, plants: 0.08}
"""Painters of what lies below a crack and over it, with the chance of each."""


def some(rng: np.random.Generator, scene: Scene, painters: Mapping[Painter, float]) -> Scene:
    """Give the scene with each of some painters' things by its chance."""
    for painter, chance in painters.items():
        if rng.random() < chance:
            scene = painter(rng, scene)
    return scene
