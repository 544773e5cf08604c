"""Takes a photo without cracks and a seed; gives it with cracks drawn on it, and where. Knows no detector.

Only for measuring: it shares neither code nor constants with what draws cracks to train on. A crack is a walk whose
heading wanders on three scales; its edges wander apart; it darkens the photo's own pixels, as soft as the photo is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from benchmarks.lines import Points, near

WIDTHS_PX = (1.5, 40.0)
CONTRASTS = (0.15, 0.7)
DEEP = ((6.0, 0.15), (40.0, 0.5))
"""Width in px, and least contrast: a wide gap is deep and takes in no light; pale, it would be a stain."""

BENDS = ((260.0, 0.34), (52.0, 0.24), (9.0, 0.42))
"""Px along the crack over which its heading strays, at least its width, and by how much, in radians."""

SWELLS = ((90.0, 0.2), (17.0, 0.12))
"""The same for its width, as a share of it."""

RAGGED = ((3.2, 0.05), (7.5, 0.06))
"""The same for each edge, as a share of the width, beside a rest of RAGGED_PX."""

RAGGED_PX = 0.18
BRANCHES = 0.2
"""Share of cracks with a branch."""

LEAST_PX, APART_PX, MARGIN_PX = 420, 160, 3
SEEN = 2.2
"""Least darkness over the sway of the ground, both as means over the width and SEEN_PX along: an eye follows that."""

SEEN_PX = 48
FINER = 6
WINDOW = 128
UNEVEN_PX = 4.0
HIDDEN = 0.55
"""Share of the surface's grain that is not to be seen inside a crack."""

TRIES = 60

Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Strand:
    """One line of a crack: points (N, 2) about every px, and the distance (N,) of its edges on either side."""

    points_xy: Points
    left_px: Floats
    right_px: Floats


@dataclass(frozen=True)
class DrawnCrack:
    """One crack as it was drawn.

    Attributes:
        strands: its trunk and, seldom, a branch.
        width_px: mean of the trunk.
        contrast: share of light that it swallows, before blur.
    """

    strands: tuple[Strand, ...]
    width_px: float
    contrast: float

    @property
    def points_xy(self) -> Points:
        """Give points (N, 2) about every px along all strands."""
        return np.concatenate([strand.points_xy for strand in self.strands])

    @property
    def reach_px(self) -> Floats:
        """Give half the width (N,) at each point."""
        return np.concatenate([(strand.left_px + strand.right_px) / 2 for strand in self.strands])


@dataclass(frozen=True)
class Scene:
    """A photo (H, W, 3) with drawn cracks, and the cracks."""

    pixels: Pixels
    cracks: tuple[DrawnCrack, ...]


def draw_cracks(pixels: Pixels, *, seed: int) -> Scene:
    """Give a photo with one to three cracks drawn on it; none where it has no room."""
    rng = np.random.default_rng(seed)
    soft_px = softness_px(pixels)
    drawn, cracks = pixels, list[DrawnCrack]()
    for _ in range(int(rng.integers(1, 4))):
        width_px = float(np.exp(rng.uniform(*np.log(WIDTHS_PX))))
        strands = _place(pixels.shape[:2], width_px, [crack.points_xy for crack in cracks], rng)
        if strands:
            cover = coverage(strands, pixels.shape[:2])
            least = max(_deep(width_px), _seen_from(pixels, strands[0], width_px, soft_px))
            contrast = max(float(rng.uniform(*CONTRASTS)), min(least, CONTRASTS[1]))
            cracks.append(DrawnCrack(strands, width_px, contrast))
            drawn = _paint(drawn, cover, cracks[-1], soft_px, rng)
    return Scene(drawn, tuple(cracks))


def wander(count: int, over_px: float, rng: np.random.Generator) -> Floats:
    """Give noise (count,) of mean 0 and deviation 1 that strays over so many places."""
    rest = int(4 * over_px) + 2
    noise = ndimage.gaussian_filter1d(rng.standard_normal(count + 2 * rest), over_px / 2)
    return np.asarray(noise[rest : rest + count] * np.sqrt(over_px * np.sqrt(np.pi)), np.float64)


def walk(start_xy: Points, heading: float, length: int, width_px: float, rng: np.random.Generator) -> Points:
    """Give points (length, 2), one a px, of a crack that sets out with a heading in radians."""
    ways = heading + sum(size * wander(length, max(over, width_px), rng) for over, size in BENDS)
    return np.asarray(start_xy + np.cumsum(np.stack([np.cos(ways), np.sin(ways)], axis=1), axis=0), np.float64)


def edges(count: int, width_px: float, open_ends: tuple[bool, bool], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Give the distance (count,) of both edges from the line; ends that do not leave the photo grow narrow."""
    swell = np.exp(sum(size * wander(count, over, rng) for over, size in SWELLS))
    tip = 2.5 * width_px + 20
    for is_open, from_end in zip(open_ends, (np.arange(count), np.arange(count)[::-1]), strict=True):
        swell = swell if is_open else swell * np.clip(0.45 + 0.55 * from_end / tip, 0, 1)
    rough = [
        sum((size * width_px + RAGGED_PX / 2) * wander(count, over, rng) for over, size in RAGGED) for _ in range(2)
    ]
    left, right = (np.maximum(width_px / 2 * swell + one, 0.3) for one in rough)
    return left, right


def _place(
    hw: tuple[int, ...], width_px: float, others: Sequence[Points], rng: np.random.Generator
) -> tuple[Strand, ...]:
    """Give the strands of a crack that keeps away from the others; none where there is no room for it."""
    height, width = hw
    for _ in range(TRIES):
        inside = rng.random() < 0.5
        start = rng.uniform((0.1 * width, 0.1 * height), (0.9 * width, 0.9 * height)) if inside else _rim(hw, rng)
        goal = rng.uniform((0.2 * width, 0.2 * height), (0.8 * width, 0.8 * height))
        heading = float(np.arctan2(*(goal - start)[::-1])) + rng.normal() * 0.3
        path = _inside(walk(start, heading, int(rng.uniform(0.4, 1.1) * max(hw)), width_px, rng), hw)
        if len(path) < LEAST_PX or any(near(path[::8], other[::8], APART_PX + width_px).any() for other in others):
            continue
        leaves = not inside, _at_rim(path[-1], hw)
        trunk = Strand(path, *edges(len(path), width_px, leaves, rng))
        branch = _branch(path, width_px, hw, rng) if rng.random() < BRANCHES else None
        return (trunk, branch) if branch else (trunk,)
    return ()


def _branch(path: Points, width_px: float, hw: tuple[int, ...], rng: np.random.Generator) -> Strand | None:
    """Give a narrower strand that leaves a path aside; None where it would be too short to be one."""
    at = int(rng.uniform(0.25, 0.75) * len(path))
    way = path[min(at + 30, len(path) - 1)] - path[at]
    turn = rng.choice((-1, 1)) * rng.uniform(0.55, 1.0)
    narrow, length = max(0.6 * width_px, 1.2), int(rng.uniform(0.2, 0.4) * len(path))
    line = _inside(walk(path[at], float(np.arctan2(*way[::-1])) + turn, length, narrow, rng), hw)
    if len(line) < LEAST_PX / 3:
        return None
    return Strand(line, *edges(len(line), narrow, (True, _at_rim(line[-1], hw)), rng))


def _rim(hw: tuple[int, ...], rng: np.random.Generator) -> Points:
    """Give a place on the edge of a photo, away from its corners."""
    height, width = hw
    x, y = rng.uniform(0.15, 0.85) * width, rng.uniform(0.15, 0.85) * height
    return np.array([(x, 0.0), (x, height - 1.0), (0.0, y), (width - 1.0, y)][int(rng.integers(4))])


def _inside(path: Points, hw: tuple[int, ...]) -> Points:
    """Give a path up to where it first leaves a photo."""
    out = (path < 0).any(axis=1) | (path > np.array(hw)[::-1] - 1).any(axis=1)
    return path[: int(np.argmax(out))] if out.any() else path


def _at_rim(place_xy: Points, hw: tuple[int, ...]) -> bool:
    size = np.array(hw)[::-1]
    return bool((np.minimum(place_xy, size - 1 - place_xy) < 3).any())


def coverage(strands: Sequence[Strand], hw: tuple[int, ...]) -> NDArray[np.float32]:
    """Give the share (H, W) of each px that lies between the edges of strands."""
    found = np.zeros(hw, np.float32)
    for strand in strands:
        sides = _sides(strand)
        reach = MARGIN_PX + float(max(strand.left_px.max(), strand.right_px.max()))
        for top, left in _windows(strand.points_xy, reach, hw):
            middle = np.array([left, top]) + WINDOW / 2
            apart = np.abs(strand.points_xy - middle).max(axis=1)
            own = np.flatnonzero(apart < WINDOW / 2 + reach)
            part = _fill(sides, own, (top, left))[: hw[0] - top, : hw[1] - left]
            view = found[top : top + WINDOW, left : left + WINDOW]
            np.maximum(view, part, out=view)
    return found


def _sides(strand: Strand) -> tuple[Points, Points]:
    """Give both edges (N, 2)."""
    way = ndimage.gaussian_filter1d(np.gradient(strand.points_xy, axis=0), 2.0, axis=0)
    way /= np.maximum(np.hypot(*way.T), 1e-6)[:, np.newaxis]
    across = way[:, ::-1] * (-1, 1)
    return (
        strand.points_xy + across * strand.left_px[:, np.newaxis],
        strand.points_xy - across * strand.right_px[:, np.newaxis],
    )


def _windows(points_xy: Points, reach_px: float, hw: tuple[int, ...]) -> set[tuple[int, int]]:
    """Give the corners (top, left) of the windows that points come near to."""
    steps = np.array([(x, y) for x in (-reach_px, 0, reach_px) for y in (-reach_px, 0, reach_px)])
    places = (points_xy[:, np.newaxis] + steps).reshape(-1, 2).clip(0, np.array(hw)[::-1] - 1)
    return {(int(row) * WINDOW, int(col) * WINDOW) for col, row in np.unique((places // WINDOW).astype(int), axis=0)}


def _fill(sides: tuple[Points, Points], own: NDArray[np.intp], corner: tuple[int, int]) -> NDArray[np.float32]:
    """Give the share (WINDOW, WINDOW) of each px of a window that is between both edges."""
    fine = Image.new("L", (WINDOW * FINER, WINDOW * FINER))
    pen = ImageDraw.Draw(fine)
    left, right = ((side - corner[::-1] + 0.5) * FINER for side in sides)
    for i in own[:-1][np.diff(own) == 1]:
        pen.polygon([tuple(corner) for corner in (left[i], left[i + 1], right[i + 1], right[i])], fill=255)
    return np.asarray(np.asarray(fine.reduce(FINER), np.float32) / 255, np.float32)


def _paint(
    pixels: Pixels, cover: NDArray[np.float32], crack: DrawnCrack, soft_px: float, rng: np.random.Generator
) -> Pixels:
    """Give a photo darkened where a crack covers it; one flank of a wide crack takes some light."""
    top, left, bottom, right = _box(cover, int(4 * soft_px) + 16)
    part, share = pixels[top:bottom, left:right].astype(np.float32), cover[top:bottom, left:right]
    flank = rng.uniform(0, 2 * np.pi)
    depth = max(crack.width_px / 3, 1.0)
    lean = ndimage.shift(share, (np.sin(flank) * depth, np.cos(flank) * depth), order=1)
    uneven = ndimage.gaussian_filter(rng.standard_normal(share.shape, np.float32), UNEVEN_PX) * UNEVEN_PX * 3.5
    dark = crack.contrast * share * (0.8 + 0.2 * lean) * np.clip(1 + 0.12 * uneven, 0.6, 1.4)
    dark = ndimage.gaussian_filter(dark, soft_px)[..., np.newaxis]
    hidden = HIDDEN * ndimage.gaussian_filter(share, soft_px)[..., np.newaxis]
    even = ndimage.uniform_filter(part, (11, 11, 1))
    inside = (part + hidden * (even - part)) * (1 - np.clip(dark, 0, 0.95))
    found = pixels.copy()
    found[top:bottom, left:right] = np.clip(np.rint(inside), 0, 255).astype(np.uint8)
    return found


def _box(cover: NDArray[np.float32], margin: int) -> tuple[int, int, int, int]:
    rows, cols = (np.flatnonzero(cover.any(axis=axis)) for axis in (1, 0))
    return (
        max(int(rows[0]) - margin, 0),
        max(int(cols[0]) - margin, 0),
        int(rows[-1]) + margin + 1,
        int(cols[-1]) + margin + 1,
    )


def softness_px(pixels: Pixels) -> float:
    """Give how soft a photo is, as the deviation of a Gaussian in px, 0.6-1.6.

    Where a lens blurs, the spectrum of a surface, which by itself falls with the square of the frequency, falls by
    exp(-(2 pi f soft)^2) more.
    """
    grey = pixels.mean(axis=2, dtype=np.float32)
    corners = [(y, x) for y in range(0, len(grey) - 255, 512) for x in range(0, grey.shape[1] - 255, 512)]
    tiles = [grey[y : y + 256, x : x + 256] for y, x in corners]
    window = np.outer(np.hanning(256), np.hanning(256))
    power = np.median([np.abs(np.fft.fft2((tile - tile.mean()) * window)) ** 2 for tile in tiles], axis=0)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(256), np.fft.fftfreq(256)))
    used = (frequency > 0.1) & (frequency < 0.3)
    slope = np.polyfit(frequency[used] ** 2, np.log(power[used] * frequency[used] ** 2), 1)[0]
    return float(np.clip(np.sqrt(max(-slope, 0)) / (2 * np.pi), 0.6, 1.6))


def _deep(width_px: float) -> float:
    """Give the least contrast of a crack of a width."""
    widths, least = np.array(DEEP).T
    return float(np.interp(np.log(width_px), np.log(widths), least))


def _seen_from(pixels: Pixels, strand: Strand, width_px: float, soft_px: float) -> float:
    """Give the contrast from which a strand stands out of its ground for an eye that follows it."""
    grey = ndimage.gaussian_filter(pixels.mean(axis=2, dtype=np.float32), width_px / 3)
    apart = 2 * width_px + 6
    aside = np.full(len(strand.points_xy), apart)
    lines = (strand.points_xy, *_sides(Strand(strand.points_xy, aside, aside)))
    on, *beside = (ndimage.map_coordinates(grey, line.T[::-1], order=1, mode="nearest") for line in lines)
    sway = ndimage.uniform_filter1d(on - (beside[0] + beside[1]) / 2, SEEN_PX).std()
    shown = width_px / np.sqrt(width_px**2 + (2 * soft_px) ** 2)  # of its darkness, after blur
    return float(SEEN * sway / max(float(on.mean()) * shown, 1.0))
