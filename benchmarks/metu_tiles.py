"""Takes METU tiles; gives how many the detector calls right, one tile at a time through the public API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from benchmarks.result import Bar, Benchmark, Result, Settings
from benchmarks.scored import Scored, score_split
from cracklens import Detector
from cracklens.evaluation import metrics

ACCURACY = Bar("accuracy at score 0.5", "≥", 0.997)
AUROC = Bar("AUROC", "≥", 0.9995)


def run(settings: Settings) -> Sequence[Result]:
    """Measure accuracy at a score of 0.5 and at the card's threshold, and AUROC."""
    scored = score_split("metu", settings)
    at = Detector.load(settings.detector).card.threshold
    own = _accuracy(scored, at)
    shared = _shared(scored, settings)
    low, high = _interval(metrics.auroc, scored, scored.scores)
    auroc = metrics.auroc(scored.scores, scored.of.labels, np.ones(shared["n"]))
    return [
        ACCURACY.result(**_accuracy(scored, 0.5), **shared),
        AUROC.result(auroc, interval=(low, high), **shared),
        Result(name=f"accuracy at the card's threshold {at:.3f}", **own, **shared),
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
