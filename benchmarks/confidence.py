"""Takes whole photos with labelled cells; gives how far traces' confidence is off the share of cracks among them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.labelled_photos import LabelledPhoto, rebuilt_photos
from benchmarks.lines import points_of
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import Detector
from cracklens.training.features.mosaic import TILE_PX
from cracklens.values import Trace

OFF = Bar("confidence off the share of cracks, worst bin", "≤", 0.07)
BINS = 5
LEAST = 40
"""Traces in a bin; with fewer there is no figure."""

DRAWS = 10_000
"""Of lines of which each is a crack as often as is printed."""

IN_CRACKED = 0.5
"""A trace is a crack if so much of its length lies in cracked cells."""

Floats = NDArray[np.float64]


def run(settings: Settings) -> Sequence[Result]:
    """Trace every photo of the split, put together again from its tiles; all traces count, of any confidence."""
    detector = Detector.load(settings.detector)
    photos = rebuilt_photos(settings.split, settings.limit)
    found = [
        (trace.confidence, crack)
        for labelled in photos.photos
        for trace in detector.inspect(labelled.photo).traces
        if (crack := is_crack(trace, labelled)) is not None
    ]
    printed, true = np.array(found, np.float64).reshape(-1, 2).T
    worst, sides = off(printed, true)
    sides["by chance in 1 of 10, were all right"] = by_chance(printed)
    note = f"{photos.n} photos; n traces in {BINS} bins of equal size by confidence, at least {LEAST} in each"
    return [OFF.result(worst, n=len(found), sides=sides, note=note, data=photos.data, split=settings.split)]


def is_crack(trace: Trace, labelled: LabelledPhoto) -> bool | None:
    """Give whether at least half of a trace's length on labelled cells is in cracked ones; None on none."""
    of = dict(zip(labelled.places, labelled.labels.tolist(), strict=True))
    cells = (points_of(trace) // TILE_PX).astype(int).tolist()
    labels = [of[row, col] for col, row in cells if (row, col) in of]
    return bool(np.mean(labels) >= IN_CRACKED) if labels else None


def off(printed: Floats, true: Floats) -> tuple[float, dict[str, float]]:
    """Give the largest gap of a bin between the mean confidence and the share of cracks, and both by bin."""
    order = np.argsort(printed, kind="stable")
    bins = [part for part in np.array_split(order, BINS) if len(part)]
    sides = {
        f"bin {i}, {kind}": float(of[part].mean())
        for i, part in enumerate(bins, 1)
        for kind, of in (("printed", printed), ("cracks", true))
    }
    enough = len(printed) >= BINS * LEAST
    return max(abs(printed[part].mean() - true[part].mean()) for part in bins) if enough else float("nan"), sides


def by_chance(printed: Floats) -> float:
    """Give how far off the worst bin is, at least, in one of ten draws of lines whose confidences are all true."""
    rng = np.random.default_rng(0)
    gaps = [
        part.mean() - (rng.random((DRAWS, len(part))) < part).mean(axis=1)
        for part in np.array_split(np.sort(printed), BINS)
        if len(part)
    ]
    return float(np.quantile(np.abs(gaps).max(axis=0), 0.9)) if gaps else float("nan")


BENCHMARK = Benchmark("confidence", "a trace's confidence against the share of traces that are cracks", (OFF,), run)
