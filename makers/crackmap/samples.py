"""Takes crack-free grounds; gives pictures to learn from, with what is crack and what is a line. Reads no files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
from makers.crackmap.cracks import ALONG_JOINTS, WIDEST_PX, with_crack
from makers.crackmap.lookalikes import ABOVE, BELOW, Painter, some, wet
from makers.crackmap.scene import SIDE, Scene, bare, resized
from numpy.typing import NDArray

from cracklens.training.crackmap.source import CRACK, LINE, OTHER, UNSURE

CRACKED = 0.72
"""Share of the pictures with a crack."""


@dataclass(frozen=True)
class Drawing:
    """What is drawn on a ground, and how often; as it stands, what the bundled crack map has learnt from.

    Attributes:
        below: what a crack may run through, and its chance.
        above: what lies over a crack, and its chance.
        magnified: share drawn small and enlarged two to four times, as pictures from very near and upscaled ones look.
        near: share whose ground alone is enlarged, up to six times: a crack between stones that are as wide as it.
        widest_px: of a crack, enlarged or not.
        along_joints: share of the cracks in brickwork that follow its joints.
        deep_px: cracks that are wider, enlarged or not, are mostly deep.
    """

    below: Mapping[Painter, float] = field(default_factory=lambda: BELOW)
    above: Mapping[Painter, float] = field(default_factory=lambda: ABOVE)
    magnified: float = 0.22
    near: float = 0.3
    widest_px: float = WIDEST_PX
    along_joints: float = ALONG_JOINTS
    deep_px: float = np.inf


DRAWING = Drawing()
LATE = Drawing(below={**BELOW, wet: 0.45}, deep_px=24.0)
"""What is drawn for the last round."""


@dataclass(frozen=True)
class Sample:
    """A picture with its labels.

    Attributes:
        pixels: (SIDE, SIDE, 3) uint8 RGB.
        labels: (SIDE, SIDE) uint8 of CRACK, UNSURE, LINE, OTHER and 0.
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.uint8]


@dataclass(frozen=True)
class Grounds:
    """Crack-free pictures of one origin.

    Attributes:
        pictures: (N, side, side, 3) uint8.
        plain: known to show no joints or other lines of their own.
    """

    pictures: NDArray[np.uint8]
    plain: bool


def draw_sample(rng: np.random.Generator, grounds: Grounds, drawing: Drawing = DRAWING) -> Sample:
    """Give a picture on one of the grounds."""
    times = int(rng.integers(2, 5)) if rng.random() < drawing.magnified else 1
    scene = bare(_ground(rng, grounds.pictures, -(-SIDE // times // 4) * 4, near=drawing.near))
    scene = some(rng, scene, drawing.below)
    if rng.random() < CRACKED:
        for _ in range(int(rng.choice([1, 1, 1, 1, 2, 3]))):
            scene = with_crack(
                rng,
                scene,
                widest_px=drawing.widest_px / times,
                along_joints=drawing.along_joints,
                deep_px=drawing.deep_px / times,
            )
    scene = some(rng, scene, drawing.above)
    if times > 1:
        scene = _enlarged(scene)
    return Sample(photographed(rng, scene.pixels), labels(scene, plain=grounds.plain or scene.joints is not None))


def _ground(rng: np.random.Generator, grounds: NDArray[np.uint8], side: int, *, near: float) -> NDArray[np.uint8]:
    """Give (side, side, 3) of one ground, cut, turned, and as large as it is or smaller."""
    whole = grounds[int(rng.integers(len(grounds)))]
    least = min(whole.shape[:2])
    if rng.random() < near:
        least = min(least, int(side / rng.uniform(1.5, 6)))
    cut = int(rng.uniform(min(max(0.5, side / least), 1), 1) * least) if rng.random() < 0.5 else min(side, least)
    top, left = (int(rng.integers(0, most - cut + 1)) for most in whole.shape[:2])
    part = whole[top : top + cut, left : left + cut]
    if cut != side:
        part = cv2.resize(part, (side, side), interpolation=cv2.INTER_LINEAR if cut < side else cv2.INTER_AREA)
    part = np.rot90(part, int(rng.integers(4)))
    return np.ascontiguousarray(part[:, ::-1] if rng.random() < 0.5 else part)


def _enlarged(scene: Scene) -> Scene:
    pixels = resized(scene.pixels, SIDE, way=cv2.INTER_CUBIC)
    crack, line = (resized(of, SIDE, way=cv2.INTER_LINEAR) for of in (scene.crack, scene.line))
    return Scene(pixels, crack, line)


def labels(scene: Scene, *, plain: bool) -> NDArray[np.uint8]:
    """Give the label map (H, W) uint8; a px about half of which is crack is not learnt from; a crack is before a line.

    Args:
        scene: what was painted.
        plain: the ground has no lines of its own.
    """
    found = np.where(scene.line > 0.3, LINE, 0 if plain else OTHER)
    found = np.where(scene.crack > 0.4, UNSURE, found)
    return np.where(scene.crack >= 0.6, CRACK, found).astype(np.uint8)


def photographed(rng: np.random.Generator, pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Give the picture (H, W, 3) uint8 as a camera would: light, colour, blur, noise, JPEG."""
    light = pixels * rng.uniform(0.5, 1.4)
    if rng.random() < 0.5:
        slope = resized(rng.uniform(0.6, 1.3, (3, 3)).astype(np.float32), len(pixels), way=cv2.INTER_CUBIC)
        light = light * slope[..., np.newaxis]
    light = (light - 128) * rng.uniform(0.65, 1.35) + 128
    if rng.random() < 0.4:
        light = light * (1 + rng.normal(0, 0.07, 3))
    if rng.random() < 0.12:
        light = np.repeat(light.mean(axis=2, keepdims=True), 3, axis=2)
    if rng.random() < 0.45:
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), rng.uniform(0.3, 1.6)))
    if rng.random() < 0.5:
        light = light + rng.normal(0, rng.uniform(1, 9), light.shape)
    seen = np.clip(light, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        _, packed = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 96))])
        seen = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    return np.asarray(seen, np.uint8)
