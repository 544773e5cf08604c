"""Takes a line and about how wide it is at each px; gives it measured stretch by stretch, and where it has a hole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cracklens.measuring.width import STRETCH_EVERY_PX, STRETCH_PX, Bytes, Floats, Measured, measure, ridge, spread

LEAST_ROUGH_PX = 2.5

EVEN = 33
"""Px of a rough line over which a change of its rough width must last to be one."""

TIMES = 2.0
"""A crack that becomes so many times wider is measured anew: profiles are read as far as it is about wide."""

BAND_TIMES = 1.2
"""What a map sees in a band is no wider than that, but for how finely the band's width is known."""

HOLE_TIMES, HOLE_LONG = 2.0, 1.5
"""Where a line is so many times wider than along half of the crack, and at least half of what that adds wider over a
stretch no longer than so many times its most, is a hole, a pore or a spall; a crack opens over a longer way."""

AVERAGED_PX = 2.36 * STRETCH_PX + STRETCH_EVERY_PX
"""A width is a mean along the line, and between two of these a straight line: so long is at half its height what has no
length."""

STAIN_DEPTH = 0.5
"""What is so many times wider and has less than this share of the depth of half of the crack is no opening, which would
be darker."""

MOST_TIMES, LEAST_SEEN_PX, NEAR_PX = 2.0, 6.0, 16
"""A width of more than so many times what the mask has near by is that of a stain or a shadow beside the crack. Of what
is narrower the mask tells no width."""

WIDTH_FIELDS = ("widths_px", "low_px", "high_px")


def measure_along(
    pixels: Bytes, crack: Bytes, points_xy: NDArray[np.float64], band_px: Floats, *, edge: float
) -> Measured:
    """Give the exact middle of a line and its width at each point, however much it opens on its way.

    The map says where in a band the crack runs and about how wide it is, the photo how wide it is.

    Args:
        pixels: the photo, RGB (H, W, 3) uint8.
        crack: its crack map, (H, W) uint8.
        points_xy: (N, 2) middle of the band in px of the photo.
        band_px: (N,) how wide the band is at each.
        edge: share of the map's highest value at which a crack's edge lies, 0-1.
    """
    found = []
    for of in _stretches(band_px):
        line, wide = ridge(crack, points_xy[of], band_px=_rough(band_px[of]), edge=edge)
        wide = np.minimum(wide, BAND_TIMES * spread(band_px[of], len(line)))
        for part in _stretches(wide):
            one = measure(pixels, line[part], rough_px=_rough(wide[part]))
            found.append(replace(one, rough_px=spread(wide[part], len(one.points_xy)).astype(np.float64)))
    return Measured(
        **{field.name: np.concatenate([getattr(one, field.name) for one in found]) for field in fields(Measured)}
    )


def _stretches(wide_px: Floats) -> Iterator[slice]:
    """Give the stretches of a line that are about equally wide, none of a few px; each begins where one ends."""
    steps = np.log(np.maximum(wide_px, LEAST_ROUGH_PX) / LEAST_ROUGH_PX) / np.log(TIMES)
    even = np.rint(ndimage.median_filter(steps, EVEN, mode="nearest"))
    edges = [0]
    for edge in (np.flatnonzero(np.diff(even)) + 1).tolist():
        if edges[-1] + EVEN // 2 <= edge <= len(even) - EVEN // 2:
            edges.append(edge)
    for start, stop in pairwise([*edges, len(even)]):
        yield slice(max(start - 1, 0), stop)


def _rough(wide_px: Floats) -> float:
    """Give about how wide a stretch is; of few sizes, so that profiles are made once."""
    step = max(round(2 * np.log2(max(float(np.median(wide_px)), 1) / LEAST_ROUGH_PX)), 0)
    return float(LEAST_ROUGH_PX * 2 ** (step / 2))


def in_holes(lines: Sequence[Measured]) -> NDArray[np.bool_]:
    """Give the points (N,) of all lines of a crack at which it is suddenly much wider than elsewhere, or said to be."""
    rough, measured = ([getattr(line, name) for line in lines] for name in ("rough_px", "widths_px"))
    return _sudden(rough) | _sudden(measured, averaged_px=AVERAGED_PX)


def in_stains(lines: Sequence[Measured]) -> NDArray[np.bool_]:
    """Give the points (N,) of all lines whose width is a stain's: far wider than was said, or faint."""
    widths, depth = (np.concatenate([getattr(line, name) for line in lines]) for name in ("widths_px", "depth"))
    faint = (widths > HOLE_TIMES * np.nanmedian(widths)) & (depth < STAIN_DEPTH * np.median(depth))
    most = [ndimage.maximum_filter1d(np.maximum(line.rough_px, LEAST_SEEN_PX), 2 * NEAR_PX + 1) for line in lines]
    return np.asarray(faint | (widths > MOST_TIMES * np.concatenate(most)))


def _sudden(sizes_px: Sequence[NDArray[np.floating]], *, averaged_px: float = 0.0) -> NDArray[np.bool_]:
    """Give where all lines' sizes are far above the middle one, over a stretch that is hardly longer than wide.

    In a stretch of the crack that is wide the widest place is looked at, then the rest: an opening may have a pore.
    """
    middle = float(np.nanmedian(np.concatenate(list(sizes_px))))
    found = []
    for sizes in map(np.nan_to_num, sizes_px):
        inside = np.zeros(len(sizes), np.bool_)
        for (run,) in ndimage.find_objects(ndimage.label(sizes > middle)[0]):
            inside[run] = _short_peaks(sizes[run], middle, averaged_px)
        found.append(inside)
    return np.concatenate(found)


def _short_peaks(sizes: NDArray[np.floating], middle: float, averaged_px: float) -> NDArray[np.bool_]:
    """Give which of a run's sizes far above the middle are in peaks hardly longer than wide, the highest first."""
    least = HOLE_TIMES * middle
    inside, left = np.zeros(len(sizes), np.bool_), sizes > least
    while left.any():
        at = int(np.argmax(np.where(left, sizes, 0)))
        wide, _ = ndimage.label((sizes > (sizes[at] + middle) / 2) & ~inside)
        peak = wide == wide[at]
        inside |= peak & (peak.sum() <= np.hypot(HOLE_LONG * sizes[at], averaged_px))
        left &= ~peak
    return inside & (sizes > least)


def without(lines: Sequence[Measured], out: NDArray[np.bool_]) -> tuple[Measured, ...]:
    """Give lines without their widths at some of all their points (N,)."""
    stops = np.cumsum([len(line.points_xy) for line in lines])[:-1]
    return tuple(
        replace(line, **{name: np.where(no, np.nan, getattr(line, name)) for name in WIDTH_FIELDS})
        for line, no in zip(lines, np.split(out, stops), strict=True)
    )
