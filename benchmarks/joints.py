"""Takes crack-free areas with joints or formwork lines; gives the length that is traced there as crack."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.areas import areas
from benchmarks.lines import points_of, ratio_interval, sure
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import Detector, Photo

BASELINE = "a3ec6a2"
"""Commit whose product, with its bundled default detector, is the baseline: measured by this very code, on test."""

BASELINE_PX = 48.94
"""Px a megapixel that it traced, with confidence ≥ .5, in 19 areas of 120 megapixels (14.4 – 97.3)."""

LEAST_BAR_PX = 2.0
TRACED = Bar("traced as crack, a megapixel", "≤", max(round(BASELINE_PX / 5, 2), LEAST_BAR_PX), "px")


def run(settings: Settings) -> Sequence[Result]:
    """Inspect each area as a photo; every px of length of a trace of confidence ≥ .5 is false."""
    detector = Detector.load(settings.detector)
    false, sides = [], {}
    for area, pixels in areas(settings, joints=True):
        traces = sure(detector.inspect(Photo(pixels, area.photo, "")).traces)
        length, size = sum(len(points_of(trace)) for trace in traces), pixels.shape[0] * pixels.shape[1] / 1e6
        false.append((float(length), size))
        sides[f"{area.photo}, px/MP"] = length / size
    note = f"n areas, {sum(size for _, size in false):.0f} megapixels; at {BASELINE} {BASELINE_PX:g} px: bar is a fifth"
    traced, whole = (sum(part[i] for part in false) for i in (0, 1))
    kind = "limited" if settings.limit else "whole"
    return [
        TRACED.result(
            traced / whole,
            n=len(false),
            interval=ratio_interval(false),
            sides=sides,
            note=note,
            data=kind,
            split=settings.split,
        )
    ]


BENCHMARK = Benchmark(
    "joints", "length traced as crack in crack-free areas with joints or formwork lines", (TRACED,), run
)
