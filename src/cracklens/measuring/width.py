"""Takes grey px and a rough middle line; gives the exact middle and the width along it, finer than a px."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cracklens.measuring.profile import fit

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

STEP_PX = 0.5
STRETCH_PX = 10.0
STRETCH_EVERY_PX = 8.0
"""A width is of the mean profile over a stretch of this standard deviation, or half the rough width; one every 8 px."""

MOST_STRETCHES = 500
"""Of one branch; on longer ones they lie farther apart. Bounds memory."""

LEAST_DEPTH = 0.02
MOST_OUT = 4.5
"""Median deviations by which a place beside a line may stand out from the ground there: three standard deviations."""

SMOOTH_PX = 3.0
ODD_PX = 7
"""Along a line: what a map sees over less of it is noise."""

EVEN_SHARE = 0.35
"""Of its rough width a line is smoothed over at least so much: it is moved aside by as much, and must not fold."""

LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class Profiles:
    """What is seen across a line.

    Attributes:
        dark: (N, S) darkness as a share of the grey beside the line, at S places across.
        across_px: (S,) where they are: 0 is on the line.
        step: (N,) how much brighter it is right of the line than left, as a share of both.
    """

    dark: Floats
    across_px: Floats
    step: Floats


@dataclass(frozen=True)
class Measured:
    """A line, point by point.

    Attributes:
        points_xy: (N, 2) px of the photo, about one px apart.
        widths_px: (N,) at the surface, NaN where there is no valley to measure.
        low_px, high_px: (N,) the 95 % interval of each width.
        depth: (N,) darkness at the middle as a share of the grey beside.
        step: (N,) how much brighter the right side is than the left, as a share of the depth.
        rough_px: (N,) about how wide it was taken to be: profiles were read as far.
    """

    points_xy: NDArray[np.float64]
    widths_px: NDArray[np.float64]
    low_px: NDArray[np.float64]
    high_px: NDArray[np.float64]
    depth: NDArray[np.float64]
    step: NDArray[np.float64]
    rough_px: NDArray[np.float64]


def smooth_line(points_xy: NDArray[np.float64], *, smooth_px: float) -> NDArray[np.float64]:
    """Give a line (N, 2) with one point a px, smoothed along itself; its ends stay where they are."""
    away = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points_xy, axis=0).T))])
    count = max(int(np.rint(away[-1])) + 1, 2)
    even = np.stack([np.interp(np.linspace(0, away[-1], count), away, values) for values in points_xy.T], axis=1)
    before, after = 2 * even[0] - even[:0:-1], 2 * even[-1] - even[-2::-1]  # point mirrored: ends do not move
    long = np.concatenate([before, even, after])
    return np.asarray(ndimage.gaussian_filter1d(long, smooth_px, axis=0)[len(before) :][:count])


def normals(points_xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the unit vector (N, 2) across a line at each of its points."""
    way = np.gradient(ndimage.gaussian_filter1d(points_xy, 2.0, axis=0, mode="nearest"), axis=0)
    return np.asarray(np.stack([-way[:, 1], way[:, 0]], axis=1) / np.maximum(np.hypot(*way.T), 1e-9)[:, np.newaxis])


def measure(pixels: Bytes, points_xy: NDArray[np.float64], *, rough_px: float) -> Measured:
    """Give the exact middle of a line and its width at each point, with bounds.

    Args:
        pixels: the photo, RGB (H, W, 3) uint8.
        points_xy: (N, 2) rough middle in px of the photo.
        rough_px: about how wide the crack is.
    """
    even_px = max(SMOOTH_PX, EVEN_SHARE * rough_px)
    line = smooth_line(points_xy, smooth_px=even_px)
    for _ in range(2):
        seen = _profiles(_read(pixels, line, rough_px), rough_px, smooth_px=min(max(1.5, rough_px / 3), 8.0))
        low, high, _ = _edges(seen.dark, seen.across_px, near_px=0.6 * rough_px + 1.5)
        aside = np.clip((low + high) / 2, -rough_px, rough_px)
        aside = ndimage.median_filter(np.nan_to_num(aside), max(7, int(rough_px)), mode="nearest")
        line = smooth_line(line + aside[:, np.newaxis] * normals(line), smooth_px=even_px * 0.7)
    read = _read(pixels, line, rough_px)
    seen = _profiles(read, rough_px, smooth_px=min(max(1.5, rough_px / 3), 8.0))
    peak = _edges(seen.dark, seen.across_px, near_px=0.6 * rough_px + 1.5)[2]
    width, low, high = _widths(read, rough_px, peak)
    step = seen.step / np.maximum(peak, 1e-3)
    return Measured(line, width, low, high, peak, step, np.full(len(line), rough_px))


def ridge(
    crack: Bytes, points_xy: NDArray[np.float64], *, band_px: float, edge: float
) -> tuple[NDArray[np.float64], Floats]:
    """Give the middle of what a crack map sees in a band, and how wide it sees it (N,): to the edges of a peak.

    Args:
        crack: the map, (H, W) uint8.
        points_xy: (N, 2) rough middle of the band in px of the photo.
        band_px: about how wide it is; the highest value in it is looked for.
        edge: share of that at which an edge lies, 0-1.
    """
    line = smooth_line(points_xy, smooth_px=SMOOTH_PX)
    seen = ndimage.gaussian_filter1d(_read(crack, line, band_px / 2), SMOOTH_PX, axis=0, mode="nearest")
    low, high, _ = _edges(seen, _across(band_px / 2), near_px=band_px / 2, share=edge)
    aside = ndimage.median_filter((low + high) / 2, max(7, int(band_px)), mode="nearest")
    line = smooth_line(line + aside[:, np.newaxis] * normals(line), smooth_px=max(SMOOTH_PX, EVEN_SHARE * band_px / 2))
    wide = ndimage.median_filter(high - low, ODD_PX, mode="nearest")
    return line, spread(wide, len(line))


def spread(values: NDArray[np.floating], count: int) -> Floats:
    """Give values along a line at so many points of it."""
    return np.asarray(np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(values)), values), np.float32)


def _across(rough_px: float) -> Floats:
    """Give the places across a line that are read."""
    reach = np.ceil((2 * rough_px + 6) / STEP_PX)
    return np.asarray(np.arange(-reach, reach + 1) * STEP_PX, np.float32)


def _read(pixels: Bytes, points_xy: NDArray[np.float64], rough_px: float) -> Floats:
    """Give the grey, or the map's values, (N, S) across a line (N, 2), read between the pixels that are needed."""
    places = points_xy[:, np.newaxis] + _across(rough_px)[:, np.newaxis] * normals(points_xy)[:, np.newaxis]
    height, width = pixels.shape[:2]
    x, y = (np.clip(places[..., axis] - 0.5, 0, side - 1) for axis, side in ((0, width), (1, height)))
    left, top = np.minimum(x.astype(np.intp), max(width - 2, 0)), np.minimum(y.astype(np.intp), max(height - 2, 0))
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    far, down = (x - left).astype(np.float32), (y - top).astype(np.float32)
    values = _grey if pixels.ndim == 3 else np.float32
    above = values(pixels[top, left]) * (1 - far) + values(pixels[top, right]) * far
    below = values(pixels[bottom, left]) * (1 - far) + values(pixels[bottom, right]) * far
    return np.asarray(above * (1 - down) + below * down, np.float32)


def _grey(values: Bytes) -> Floats:
    """Give grey (...,) of RGB (..., 3). Source: ITU-R BT.601, luma."""
    return values @ LUMA


def _profiles(read: Floats, rough_px: float, *, smooth_px: float) -> Profiles:
    """Give the darkness across a line, mean of neighbouring points, with the ground taken on both sides."""
    across, reach = _across(rough_px), 2 * rough_px + 6
    seen = ndimage.gaussian_filter1d(read, smooth_px, axis=0, mode="nearest")
    beyond = np.abs(across) > rough_px + 2
    left, right = (np.median(seen[:, beyond & side], axis=1) for side in (across < 0, across > 0))
    slope = (right - left)[:, np.newaxis] * (across / (2 * reach) * 1.33)
    ground = (left + right)[:, np.newaxis] / 2 + slope
    dark, step = (ground - seen) / np.maximum(ground, 1), 2 * (right - left) / np.maximum(right + left, 1)
    return Profiles(dark.astype(np.float32), across, step.astype(np.float32))


def _widths(read: Floats, rough_px: float, peak: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Give the width and its bounds (N,) at each point, from stretches; NaN where there is no valley.

    A stretch that nothing bounds from above, beside a stone or another crack, has the width of those beside it.
    """
    spread = max(STRETCH_PX, rough_px / 2)
    seen = _profiles(read, rough_px, smooth_px=spread)
    count = min(max(int(len(read) / STRETCH_EVERY_PX), 2), MOST_STRETCHES)
    rows = np.unique(np.rint(np.linspace(0, len(read) - 1, count)).astype(int))
    dark = _without_others(np.asarray(seen.dark[rows], np.float64), seen.across_px, rough_px)
    overlap = max(2 * np.sqrt(np.pi) * spread * len(rows) / len(read), 1.0)
    found = fit(dark, seen.across_px.astype(np.float64), rough_px=rough_px, overlap=overlap)
    everywhere, valley = np.arange(len(read)), peak > LEAST_DEPTH
    told = found.bounded if found.bounded.any() else ~found.bounded
    sizes = (found.width_px[told], found.low_px[told], found.high_px[told])
    return tuple(np.where(valley, np.interp(everywhere, rows[told], size), np.nan) for size in sizes)


def _without_others(dark: NDArray[np.float64], across: Floats, rough_px: float) -> NDArray[np.float64]:
    """Give profiles in which what stands out far beside the line, a stone or another crack, is cut to the ground."""
    dark = dark.copy()
    for side in (across < -(1.5 * rough_px + 2), across > 1.5 * rough_px + 2):
        beside = dark[:, side]
        middle = np.median(beside, axis=1, keepdims=True)
        reach = MOST_OUT * np.median(np.abs(beside - middle), axis=1, keepdims=True) + 1e-3
        dark[:, side] = np.clip(beside, middle - reach, middle + reach)
    return dark


def _edges(dark: Floats, across: Floats, *, near_px: float, share: float = 0.5) -> tuple[NDArray[np.float64], ...]:
    """Give where, left and right of the highest place near the middle, a share of its height is left; and that."""
    near = np.abs(across) <= near_px
    start = np.flatnonzero(near)[0] + np.argmax(dark[:, near], axis=1)
    rows = np.arange(len(dark))
    peak = dark[rows, start].astype(np.float64)
    bright = dark < share * peak[:, np.newaxis]
    column = np.arange(len(across))
    right = np.where(bright & (column > start[:, np.newaxis]), column, len(across) - 1).min(axis=1)
    left = np.where(bright & (column < start[:, np.newaxis]), column, 0).max(axis=1)
    low = _crossing(dark, share * peak, left, left + 1, across)
    high = _crossing(dark, share * peak, right, right - 1, across)
    return low, high, peak


def _crossing(
    dark: Floats, at: NDArray[np.float64], outside: NDArray[np.intp], inside: NDArray[np.intp], across: Floats
) -> NDArray[np.float64]:
    """Give where between two places across the darkness passes a value."""
    rows = np.arange(len(dark))
    inside = np.clip(inside, 0, dark.shape[1] - 1)
    outer, inner = dark[rows, outside], dark[rows, inside]
    share = np.clip((at - outer) / np.where(inner > outer, inner - outer, 1), 0, 1)
    return np.asarray(across[outside] + share * (across[inside] - across[outside]), np.float64)
