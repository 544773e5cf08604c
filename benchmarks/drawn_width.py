"""Takes drawn cracks of known width; gives how well a trace's width and length fit them, on six textures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import spatial

from benchmarks.followed import followed
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import draw_wall
from cracklens.drawn import TEXTURES, DrawnCrack
from cracklens.values import Trace

MEDIAN = Bar("median width error", "≤", 0.4, "px")
WIDE = Bar("median width error, 4 px and wider", "≤", 8, "%")
LENGTH = Bar("median length error", "≤", 3, "%")
WIDTHS_PX = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 9.0, 12.0)
WALL_HW = (1024, 1536)
PHOTOGRAPHED = ((0.6, 3.0, 101), (1.0, 5.0, 102))
"""Blur in px, noise in grey levels and seed of the walls; parameters were chosen on walls of other seeds."""


@dataclass(frozen=True)
class Fit:
    """One drawn crack: its width, and what is measured of it in px; nothing found is a length of 0."""

    width_px: float
    found_px: float
    length_error: float


def run(settings: Settings) -> Sequence[Result]:
    """Trace walls with eight cracks each; a crack that is not found is an error of its whole width and length."""
    fits = [fit for texture in TEXTURES[: settings.limit] for fit in _texture(texture)]
    errors = np.array([abs(fit.found_px - fit.width_px) for fit in fits])
    wide = np.array([fit.width_px >= 4 for fit in fits])
    shares = 100 * errors / np.array([fit.width_px for fit in fits])
    lengths = 100 * np.abs([fit.length_error for fit in fits])
    found = np.array([fit.found_px > 0 for fit in fits])
    note = f"{len(fits)} cracks of 1–12 px, {int((~found).sum())} of them not found; blur 0.6 and 1 px, noise 3 and 5"
    sides = {f"{width:g} px": float(np.median(errors[[fit.width_px == width for fit in fits]])) for width in WIDTHS_PX}
    return [
        MEDIAN.result(float(np.median(errors)), n=len(fits), sides=sides, note=note),
        WIDE.result(float(np.median(shares[wide])), n=int(wide.sum()), note="share of the drawn width"),
        LENGTH.result(float(np.median(lengths)), n=len(fits), note="all branches against the drawn centre line"),
    ]


def _texture(texture: str) -> list[Fit]:
    fits = []
    for blur_px, noise, seed in PHOTOGRAPHED:
        wall = draw_wall(WALL_HW, widths_px=WIDTHS_PX, texture=texture, blur_px=blur_px, noise=noise, seed=seed)  # type: ignore[arg-type]
        traces = followed(wall.pixels)
        fits += [fit(crack, traces) for crack in wall.cracks]
    return fits


def fit(crack: DrawnCrack, traces: Sequence[Trace]) -> Fit:
    """Give how the branches that run along a drawn crack fit it."""
    ends = zip(crack.points_xy[:-1], crack.points_xy[1:], strict=True)
    line = spatial.cKDTree(np.concatenate([np.linspace(one, other, 8) for one, other in ends]))
    near = max(4.0, crack.width_px)
    branches = [branch for one in traces for branch in one.branches]
    along = [branch for branch in branches if np.mean(line.query(branch.points_xy)[0] < near) > 0.5]
    if not along:
        return Fit(crack.width_px, 0.0, -1.0)
    width = float(np.nanmedian(np.concatenate([branch.widths_px for branch in along])))
    length = sum(float(np.hypot(*np.diff(branch.points_xy, axis=0).T).sum()) for branch in along)
    return Fit(crack.width_px, width, length / crack.length_px - 1)


BENCHMARK = Benchmark(
    "drawn_width", "width and length of traces on drawn cracks, 1–12 px, six textures", (MEDIAN, WIDE, LENGTH), run
)
