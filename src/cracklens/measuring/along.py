"""Takes a line and about how wide it is at each px; gives it measured stretch by stretch, and where it has a hole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cracklens.measuring.width import Bytes, Floats, Measured, measure

LEAST_ROUGH_PX = 2.5

EVEN = 33
"""Px of a rough line over which a change of its rough width must last to be one."""

TIMES = 2.0
"""A crack that becomes so many times wider is measured anew: profiles are read as far as it is about wide."""

HOLE_TIMES = 3.0
"""Where a line is about so many times wider than along half of the crack, over a stretch no longer than it is wide
there, is a hole, a pore or a spall; a crack that opens does so over a longer way."""

WIDTH_FIELDS = ("widths_px", "low_px", "high_px")


def measure_along(pixels: Bytes, points_xy: NDArray[np.float64], wide_px: Floats) -> Measured:
    """Give the exact middle of a line and its width at each point, however much it opens on its way.

    Args:
        pixels: the photo, RGB (H, W, 3) uint8.
        points_xy: (N, 2) rough middle in px of the photo.
        wide_px: (N,) about how wide it is at each.
    """
    found = [measure(pixels, points_xy[of], rough_px=_rough(wide_px[of])) for of in _stretches(wide_px)]
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
    least = HOLE_TIMES * float(np.median(np.concatenate(list(wide_px))))
    found = []
    for line, wide in zip(lines, wide_px, strict=True):
        inside = np.zeros(len(wide), np.bool_)
        for (run,) in ndimage.find_objects(ndimage.label(wide > least)[0]):
            inside[run] = step_px * (run.stop - run.start) <= wide[run].max()
        at = np.linspace(0, len(wide) - 1, len(line.points_xy))
        found.append(inside[np.rint(at).astype(np.intp)])
    return np.concatenate(found)


def without(lines: Sequence[Measured], out: NDArray[np.bool_]) -> tuple[Measured, ...]:
    """Give lines without their widths at some of all their points (N,)."""
    stops = np.cumsum([len(line.points_xy) for line in lines])[:-1]
    return tuple(
        replace(line, **{name: np.where(no, np.nan, getattr(line, name)) for name in WIDTH_FIELDS})
        for line, no in zip(lines, np.split(out, stops), strict=True)
    )
