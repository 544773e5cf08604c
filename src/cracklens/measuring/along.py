"""Takes a line and about how wide it is at each px; gives it measured stretch by stretch, and where it has a hole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cracklens.measuring.width import Bytes, Floats, Measured, measure

LEAST_ROUGH_PX = 2.5

EVEN = 33
"""Px of a rough line over which a change of its rough width must last to be one."""

TIMES = 2.0
"""A crack that becomes so many times wider is measured anew: profiles are read as far as it is about wide."""

HOLE_TIMES, HOLE_LONG = 3.0, 1.8
"""Where a line is so many times wider than along half of the crack, and at least half as wide as at most over a stretch
no longer than so many times that, is a hole, a pore or a spall; a crack that opens does so over a longer way."""

STAIN_DEPTH = 0.5
"""What is so many times wider and has less than this share of the depth of half of the crack is no opening, which would
be darker."""

MOST_TIMES, LEAST_TOLD_PX, NEAR_PX = 2.0, 6.0, 16.0
"""A width of more than so many times what the mask has near by is that of a stain or a shadow beside the crack. Of what
is narrower the mask tells no width."""

WIDTH_FIELDS = ("widths_px", "low_px", "high_px")


def measure_along(
    pixels: Bytes, points_xy: NDArray[np.float64], wide_px: Floats, band_px: Floats | None = None
) -> Measured:
    """Give the exact middle of a line and its width at each point, however much it opens on its way.

    Args:
        pixels: the photo, RGB (H, W, 3) uint8.
        points_xy: (N, 2) rough middle in px of the photo.
        wide_px: (N,) about how wide it is at each.
        band_px: (N,) in a band how wide it lies there; None where the points are its middle.
    """
    band_px = wide_px if band_px is None else band_px
    found = [
        measure(pixels, points_xy[of], rough_px=_rough(wide_px[of]), reach_px=_rough(band_px[of]))
        for of in _stretches(wide_px)
    ]
    return Measured(
        **{field.name: np.concatenate([getattr(one, field.name) for one in found]) for field in fields(Measured)}
    )


def _stretches(wide_px: Floats) -> Iterator[slice]:
    """Give the stretches of a line that are about equally wide; each begins where the one before it ends."""
    steps = np.log(np.maximum(wide_px, LEAST_ROUGH_PX) / LEAST_ROUGH_PX) / np.log(TIMES)
    even = np.rint(ndimage.median_filter(steps, EVEN, mode="nearest"))
    edges = np.flatnonzero(np.diff(even)) + 1
    edges = edges[(edges >= EVEN // 2) & (edges <= len(even) - EVEN // 2)]
    for start, stop in pairwise([0, *edges.tolist(), len(even)]):
        yield slice(max(start - 1, 0), stop)


def _rough(wide_px: Floats) -> float:
    """Give about how wide a stretch is; of few sizes, so that profiles are made once."""
    step = max(round(2 * np.log2(max(float(np.median(wide_px)), 1) / LEAST_ROUGH_PX)), 0)
    return float(LEAST_ROUGH_PX * 2 ** (step / 2))


def in_holes(lines: Sequence[Measured], wide_px: Sequence[Floats], *, step_px: float) -> NDArray[np.bool_]:
    """Give the points (N,) of all lines of a crack at which it is suddenly much wider than elsewhere.

    Args:
        lines: as measured.
        wide_px: (M,) of each line, about how wide it is along it.
        step_px: px of the photo from one of these to the next.
    """
    rough = _sudden(wide_px, step_px)
    exact = _sudden([np.nan_to_num(line.widths_px) for line in lines], 1.0)
    return np.concatenate(
        [here | _spread(there, len(here)) for here, there in zip(exact, rough, strict=True)],
    )


def in_stains(lines: Sequence[Measured], wide_px: Sequence[Floats], *, step_px: float) -> NDArray[np.bool_]:
    """Give the points (N,) of all lines whose width is a stain's or a shadow's: wider than the mask by much, or faint.

    Args:
        lines: as measured.
        wide_px: (M,) of each line, about how wide it is along it.
        step_px: px of the photo from one of these to the next.
    """
    widths, depth = (np.concatenate([getattr(line, name) for line in lines]) for name in ("widths_px", "depth"))
    faint = (widths > HOLE_TIMES * np.nanmedian(widths)) & (depth < STAIN_DEPTH * np.median(depth))
    found = []
    for line, wide in zip(lines, wide_px, strict=True):
        most = ndimage.maximum_filter1d(np.maximum(wide, LEAST_TOLD_PX), 2 * round(NEAR_PX / step_px) + 1)
        found.append(line.widths_px > MOST_TIMES * _spread(most, len(line.widths_px)))
    return np.asarray(faint | np.concatenate(found))


def _sudden(sizes_px: Sequence[NDArray[np.floating]], step_px: float) -> list[NDArray[np.bool_]]:
    """Give where along each line its size is far above the middle one of all lines, over a stretch as short as wide."""
    least = HOLE_TIMES * float(np.median(np.concatenate(list(sizes_px))))
    found = []
    for sizes in sizes_px:
        inside = np.zeros(len(sizes), np.bool_)
        for (run,) in ndimage.find_objects(ndimage.label(sizes > least)[0]):
            at = run.start + int(np.argmax(sizes[run]))
            wide = ndimage.label(sizes > sizes[at] / 2)[0]
            inside[run] = step_px * (wide == wide[at]).sum() <= HOLE_LONG * sizes[at]
        found.append(inside)
    return found


def _spread(values: NDArray[Any], count: int) -> NDArray[Any]:
    """Give values along a line at so many points of it."""
    return np.asarray(values[np.rint(np.linspace(0, len(values) - 1, count)).astype(np.intp)])


def without(lines: Sequence[Measured], out: NDArray[np.bool_]) -> tuple[Measured, ...]:
    """Give lines without their widths at some of all their points (N,)."""
    stops = np.cumsum([len(line.points_xy) for line in lines])[:-1]
    return tuple(
        replace(line, **{name: np.where(no, np.nan, getattr(line, name)) for name in WIDTH_FIELDS})
        for line, no in zip(lines, np.split(out, stops), strict=True)
    )
