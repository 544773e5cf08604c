"""Takes crack-free areas of whole photos with cracks drawn on them; gives what is traced of these, and what beside."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.areas import areas
from benchmarks.drawn_cracks import Scene, draw_cracks
from benchmarks.lines import near, per_found, pieces, points_of, ratio_interval, sure
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import Detector, Photo
from cracklens.values import Trace

FOUND = Bar("drawn length that is traced", "≥", 0.9)
FALSE = Bar("traced beside drawn cracks, a megapixel", "≤", 10, "px")
PIECES = Bar("traces a drawn crack", "≤", 1.3)
WITHIN_PX = 6.0
"""A place on a drawn line is found if a trace passes it within half its width and so much."""

BESIDE_PX = 20.0
"""A trace's px is false if it is half the width and so much away from every drawn line: ragged edges are no harm."""

LEAST_PX = 30.0
WIDTHS_PX = (1.5, 3.0, 6.0, 12.0, 40.0)
CONTRASTS = (0.15, 0.3, 0.5, 0.7)


@dataclass(frozen=True)
class Found:
    """Of one drawn crack: width and contrast, length in px, how much of it is traced, in how many traces."""

    width_px: float
    contrast: float
    length: int
    traced: int
    pieces: int


@dataclass(frozen=True)
class Tried:
    """Of one area: its cracks, the px that are traced beside them, and its size."""

    cracks: tuple[Found, ...]
    false_px: int
    megapixels: float


def run(settings: Settings) -> Sequence[Result]:
    """Inspect each area as a photo; its cracks are drawn from a seed that its name gives."""
    detector = Detector.load(settings.detector)
    tried = []
    for area, pixels in areas(settings):
        scene = draw_cracks(pixels, seed=zlib.crc32(area.photo.encode()))
        tried.append(score(scene, detector.inspect(Photo(scene.pixels, area.photo, "")).traces))
    return rows(tried, settings)


def score(scene: Scene, traces: Sequence[Trace]) -> Tried:
    """Give how the cracks of a scene were traced; traces of confidence ≥ .5 count."""
    lines = [points_of(trace) for trace in sure(traces)]
    every = np.concatenate([np.zeros((0, 2)), *lines])
    reach = max((float(crack.reach_px.max()) for crack in scene.cracks), default=0.0)
    marks = [crack.points_xy for crack in scene.cracks]
    counts = pieces(lines, marks, within_px=WITHIN_PX + reach, least_px=LEAST_PX)
    beside = np.ones(len(every), np.bool_)
    found = []
    for crack, count in zip(scene.cracks, counts, strict=True):
        traced = near(crack.points_xy, every, WITHIN_PX + crack.reach_px)
        beside &= ~near(every, crack.points_xy, BESIDE_PX + float(crack.reach_px.max()))
        found.append(Found(crack.width_px, crack.contrast, len(traced), int(traced.sum()), count))
    return Tried(tuple(found), int(beside.sum()), scene.pixels.shape[0] * scene.pixels.shape[1] / 1e6)


def rows(tried: Sequence[Tried], settings: Settings) -> list[Result]:
    """Give the rows of what was traced in the areas."""
    cracks = [crack for one in tried for crack in one.cracks]
    size = sum(one.megapixels for one in tried)
    shared: dict[str, Any] = {"data": "limited" if settings.limit else "whole", "split": settings.split}
    note = (
        f"n cracks on {len(tried)} areas, {size:.0f} megapixels; within half the width and {WITHIN_PX:g} px; "
        "a wide crack is drawn deep, a fine one as dark as it takes to be seen, up to the highest contrast"
    )
    falsely = f"n areas; over {BESIDE_PX:g} px and half the width beside; a px of length each, of confidence ≥ .5"
    found = [(sum(c.traced for c in one.cracks), sum(c.length for c in one.cracks)) for one in tried]
    false = [(one.false_px, one.megapixels) for one in tried]
    missed = sum(crack.pieces == 0 for crack in cracks)
    return [
        FOUND.result(
            share(cracks), n=len(cracks), interval=ratio_interval(found), sides=classes(cracks), note=note, **shared
        ),
        FALSE.result(
            sum(one.false_px for one in tried) / size,
            n=len(tried),
            interval=ratio_interval(false),
            note=falsely,
            **shared,
        ),
        PIECES.result(
            per_found(c.pieces for c in cracks), n=len(cracks) - missed, note=f"{missed} cracks have none", **shared
        ),
    ]


def share(cracks: Sequence[Found]) -> float:
    """Give the share of the drawn length that is traced; no number without any."""
    length = sum(crack.length for crack in cracks)
    return sum(crack.traced for crack in cracks) / length if length else float("nan")


def classes(cracks: Sequence[Found]) -> dict[str, float]:
    """Give the share by class of width and of contrast."""
    return {
        **dict(_classes(cracks, WIDTHS_PX, lambda crack: crack.width_px, " px")),
        **dict(_classes(cracks, CONTRASTS, lambda crack: crack.contrast, " contrast")),
    }


def _classes(
    cracks: Sequence[Found], limits: Sequence[float], of: Callable[[Found], float], unit: str
) -> Iterator[tuple[str, float]]:
    for low, high in pairwise(limits):
        inside = [crack for crack in cracks if low <= of(crack) < high or of(crack) == high == limits[-1]]
        yield f"{low:g}–{high:g}{unit} ({len(inside)})", share(inside)


BENCHMARK = Benchmark(
    "drawn_on_real",
    "cracks of 1.5–40 px drawn onto real crack-free areas: found, beside, in pieces",
    (FOUND, FALSE, PIECES),
    run,
)
