"""Takes drawn walls and known lines; gives reports of two dates, as an inspection would write them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.transform import ProjectiveTransform, warp

from cracklens.drawn.textures import Texture
from cracklens.drawn.wall import draw_wall
from cracklens.models.map_part import MapCard
from cracklens.models.registry import show_detector
from cracklens.photo import read_photo
from cracklens.report.report import Report
from cracklens.values import Branch, End, Inspection, Scale, ScoreMap, Trace

HW = (420, 560)
WIDTH_PX = 6.0
MOVED = np.array([[0.99, -0.05, 20.0], [0.05, 0.99, -10.0], [1e-5, -7e-6, 1.0]])
"""How the second photo is taken: a little turned, shifted and at a slant."""

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Wall:
    """One wall with a crack, and the same without it.

    Attributes:
        cracked, clean: (H, W, 3) uint8.
        line_xy: of the crack, a point a px.
        upright: whether it runs down the wall.
    """

    cracked: NDArray[np.uint8]
    clean: NDArray[np.uint8]
    line_xy: Points
    upright: bool

    def part(self, share: float) -> tuple[NDArray[np.uint8], Points]:
        """Give the wall while only the first share of its crack's run was there, and its line."""
        axis = 1 if self.upright else 0
        low, high = self.line_xy[:, axis].min(), self.line_xy[:, axis].max()
        end = low + share * (high - low)
        there = np.arange(HW[0] if self.upright else HW[1]) < end
        pixels = np.where(there[:, None, None] if self.upright else there[None, :, None], self.cracked, self.clean)
        return pixels, self.line_xy[self.line_xy[:, axis] < end]


@cache
def wall(seed: int = 0, texture: Texture = "concrete") -> Wall:
    drawn = draw_wall(HW, widths_px=(WIDTH_PX,), texture=texture, seed=seed)
    points = drawn.cracks[0].points_xy
    from_start = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.arange(0, from_start[-1])
    line = np.column_stack([np.interp(at, from_start, along) for along in points.T])
    upright = bool(np.ptp(points[:, 1]) > np.ptp(points[:, 0]))
    if line[0, 1 if upright else 0] > line[-1, 1 if upright else 0]:
        line = line[::-1]
    return Wall(drawn.pixels, draw_wall(HW, widths_px=(), texture=texture, seed=seed).pixels, line, upright)


def taken_again(pixels: NDArray[np.uint8], *, seed: int = 1) -> NDArray[np.uint8]:
    """Give the wall from another place, brighter, with other noise; what the camera sees beyond it is grey."""
    seen = 255 * warp(pixels, ProjectiveTransform(MOVED).inverse, order=1, cval=0.5)
    noise = np.random.default_rng(seed).normal(0, 3, seen.shape)
    return np.asarray(np.clip(1.12 * seen + 8 + noise, 0, 255), np.uint8)


def moved_line(line_xy: Points) -> Points:
    whole = np.column_stack([line_xy, np.ones(len(line_xy))]) @ MOVED.T
    return np.asarray(whole[:, :2] / whole[:, 2:], np.float64)


def trace_of(line_xy: Points, *, width_px: float = WIDTH_PX, confidence: float = 0.9) -> Trace:
    points = line_xy.astype(np.float32)
    branch = Branch(points, np.full(len(points), width_px, np.float32))
    length = float(np.hypot(*np.diff(line_xy, axis=0).T).sum())
    ends = tuple((float(x), float(y)) for x, y in points[[0, -1]])
    sure = ((0.9 * width_px, 1.1 * width_px),) * 3
    return Trace(
        (branch,),
        length,
        width_px,
        width_px,
        width_px,
        *sure,
        ends[0],
        90.0,
        tuple(End(xy, "lost") for xy in ends),
        (),
        0.9,
        confidence,
    )


@dataclass(frozen=True)
class Shot:
    """A photo and what is traced in it."""

    name: str
    pixels: NDArray[np.uint8]
    traces: tuple[Trace, ...] = ()
    scale: Scale | None = None
    taken_at: str | None = None
    gps: tuple[float, float] | None = None


def write_report(folder: Path, *shots: Shot, map_card: MapCard | None = None) -> Path:
    """Write photos beside a report.json that has their traces, and give the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    inspections = []
    for shot in shots:
        path = folder / shot.name
        Image.fromarray(shot.pixels).save(path)
        photo = read_photo(path)
        scores = ScoreMap(np.zeros((14, 18), np.float32), photo.hw)
        known = Inspection(str(path), photo.sha256, photo.hw, scores, (), 0.5, b"", traces=shot.traces)
        inspections.append(replace(known, scale=shot.scale, taken_at=shot.taken_at, gps=shot.gps))
    return Report(inspections, show_detector(), map_card=map_card).save(folder, formats=("json",))
