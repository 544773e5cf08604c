"""Takes SDNET2018 tiles; gives F1 per surface with both classes weighing the same, tile by tile by the public API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.result import Bar, Benchmark, Result, Settings
from benchmarks.scored import Scored, score_split
from cracklens import Detector
from cracklens.figures import metrics

BARS = {"D": Bar("F1 decks", "≥", 0.80), "P": Bar("F1 pavements", "≥", 0.84), "W": Bar("F1 walls", "≥", 0.80)}

F1 = cast("metrics.MetricFunction", metrics.f1)


def run(settings: Settings) -> Sequence[Result]:
    """Measure F1 on decks, pavements and walls at one threshold, chosen on val for balanced classes."""
    detector = Detector.load(settings.detector)
    threshold = balanced_threshold(score_split("sdnet2018", settings, detector=detector, split="val"))
    scored = score_split("sdnet2018", settings, detector=detector)
    return [_surface(scored, surface, threshold, settings) for surface in BARS]


def surface_weights(labels: NDArray[np.int64], surfaces: NDArray[np.str_]) -> NDArray[np.float64]:
    """Give weights (N,) under which every surface weighs the same and, in it, both classes."""
    weights = np.zeros(len(labels))
    for surface in np.unique(surfaces):
        inside = surfaces == surface
        weights[inside] = metrics.balanced_weights(labels[inside]) / inside.sum()
    return weights


def balanced_threshold(val: Scored) -> float:
    """Give the one threshold with the best F1 on val, pooled over the surfaces at balanced classes."""
    weights = surface_weights(val.of.labels, val.of.surfaces)
    return metrics.threshold_for_f1(val.scores, val.of.labels, weights)


def _surface(scored: Scored, surface: str, threshold: float, settings: Settings) -> Result:
    inside = scored.of.surfaces == surface
    labels, groups = scored.of.labels[inside], scored.of.groups[inside]
    preds, weights = (scored.scores[inside] >= threshold).astype(np.int64), metrics.balanced_weights(labels)
    parts = {"recall": metrics.recall, "precision": metrics.precision}
    chosen = "chosen on val, the measured split itself" if settings.split == "val" else "chosen on val"
    return BARS[surface].result(
        metrics.f1(preds, labels, weights),
        n=len(labels),
        interval=metrics.bootstrap_interval(F1, preds, labels, weights, groups=groups),
        sides={name: metric(preds, labels, weights) for name, metric in parts.items()},
        data=scored.of.data,
        split=settings.split,
        note=f"classes weighted to be equal; one threshold for all surfaces, {threshold:.4f}, {chosen}; "
        f"{scored.of.coverage()}; interval by photo",
    )


BENCHMARK = Benchmark(
    "sdnet_tiles",
    "SDNET2018 by photo, tile by tile through the public API, F1 at balanced classes",
    (*BARS.values(),),
    run,
)
