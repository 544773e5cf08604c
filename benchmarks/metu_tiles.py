"""Takes METU tiles; gives how many the detector calls right, one tile at a time through the public API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from benchmarks.result import Bar, Benchmark, Result, Settings
from benchmarks.scored import Scored, score_split
from cracklens import Detector
from cracklens.figures import metrics

ACCURACY = Bar("accuracy at score 0.5", "≥", 0.997)

AUROC = Bar("AUROC", "≥", 0.9995)


def run(settings: Settings) -> Sequence[Result]:
    """Measure accuracy at a score of 0.5, at the card's threshold and at even odds, and AUROC.

    METU has as many cracked as intact tiles. A score is calibrated at the prevalence of val, so even odds at balanced
    classes are a score equal to that prevalence, which the card names. It is information: the bar is at 0.5.
    """
    detector = Detector.load(settings.detector)
    scored, at = score_split("metu", settings, detector=detector), detector.card.threshold
    own, even = _accuracy(scored, at), float(detector.card.recipe.get("prevalence", 0.5))
    shared = _shared(scored, settings)
    low, high = _interval(metrics.auroc, scored, scored.scores)
    auroc = metrics.auroc(scored.scores, scored.of.labels, np.ones(shared["n"]))
    return [
        ACCURACY.result(**_accuracy(scored, 0.5), **shared),
        AUROC.result(auroc, interval=(low, high), **shared),
        Result(name=f"accuracy at the card's threshold {at:.3f}", **own, **shared),
        Result(name=f"accuracy at even odds for balanced classes, {even:.3f}", **_accuracy(scored, even), **shared),
    ]


def _shared(scored: Scored, settings: Settings) -> dict[str, Any]:
    note = f"{scored.of.coverage()}; interval by near-duplicate group"
    return {"n": len(scored.scores), "data": scored.of.data, "split": settings.split, "note": note}


def _accuracy(scored: Scored, threshold: float) -> dict[str, Any]:
    """Give the value, interval and sides of the accuracy at a threshold."""
    preds = (scored.scores >= threshold).astype(np.int64)
    tn, fp, fn, tp = metrics.confusion(preds, scored.of.labels, np.ones(len(preds)))
    sides = {"right": tn + tp, "missed cracks": fn, "false alarms": fp}
    return {
        "value": (tn + tp) / len(preds),
        "interval": _interval(cast("metrics.MetricFunction", metrics.accuracy), scored, preds),
        "sides": sides,
    }


def _interval(
    metric: metrics.MetricFunction, scored: Scored, values: metrics.Floats | metrics.Ints
) -> tuple[float, float]:
    ones = np.ones(len(values))
    return metrics.bootstrap_interval(metric, values, scored.of.labels, ones, groups=scored.of.groups)


BENCHMARK = Benchmark("metu_tiles", "METU, tile by tile through the public API", (ACCURACY, AUROC), run)
