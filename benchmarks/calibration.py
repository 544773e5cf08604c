"""Takes the scores of METU and SDNET2018 tiles; gives how far they are from probabilities (ECE, 15 bins)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.result import Bar, Benchmark, Result, Settings
from benchmarks.scored import Scored, score_split
from cracklens import Detector
from cracklens.figures import metrics

SETS = {"metu": Bar("ECE METU", "≤", 0.03), "sdnet2018": Bar("ECE SDNET2018", "≤", 0.03)}


def run(settings: Settings) -> Sequence[Result]:
    """Measure the calibration error of each set at its own prevalence, and at balanced classes beside it."""
    detector = Detector.load(settings.detector)
    scored = {name: score_split(name, settings, detector=detector) for name in SETS}
    return [row for name, bar in SETS.items() for row in _rows(scored[name], bar, settings)]


def _rows(scored: Scored, bar: Bar, settings: Settings) -> list[Result]:
    natural, balanced = scored.of.natural_weights, metrics.balanced_weights(scored.of.labels)
    note = f"{scored.of.coverage()}; interval by group"
    shared: dict[str, Any] = {"n": len(scored.scores), "data": scored.of.data, "split": settings.split}
    prevalence = "the set's own prevalence" + (", by weights" if scored.of.data != "whole" else "")
    return [
        bar.result(**_ece(scored, natural), **shared, note=f"{prevalence}; {note}"),
        Result(
            name=f"{bar.row}, balanced",
            **_ece(scored, balanced),
            **shared,
            note=f"classes weighted to be equal; {note}",
        ),
    ]


def _ece(scored: Scored, weights: metrics.Floats) -> dict[str, Any]:
    """Give the calibration error with its interval, and what the mean score says against the share of cracked tiles."""
    scores, labels = scored.scores, scored.of.labels
    interval = metrics.bootstrap_interval(metrics.ece, scores, labels, weights, groups=scored.of.groups)
    means = {"mean score": scores, "share cracked": labels}
    sides = {name: float((values * weights).sum() / weights.sum()) for name, values in means.items()}
    return {"value": metrics.ece(scores, labels, weights), "interval": interval, "sides": sides}


BENCHMARK = Benchmark("calibration", "calibration error (ECE, 15 bins) on both sets", (*SETS.values(),), run)
