"""Takes scores, labels and groups; gives every figure of an evaluation with its interval. Knows no files or photos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import DataError
from cracklens.figures import metrics
from cracklens.figures.metrics import ClassRow, Floats, Ints, MetricFunction
from cracklens.figures.tiles import Columns

Prevalence = Literal["natural", "balanced"]
PREVALENCES: tuple[Prevalence, ...] = get_args(Prevalence)
OF_SCORES: dict[str, MetricFunction] = {
    "auroc": metrics.auroc,
    "average_precision": metrics.average_precision,
    "ece": metrics.ece,
}
OF_DECISIONS: dict[str, MetricFunction] = {
    "accuracy": metrics.accuracy,
    "balanced_accuracy": metrics.balanced_accuracy,
    "precision": metrics.precision,
    "recall": metrics.recall,
    "false_alarm_rate": metrics.false_alarm_rate,
    "f1": metrics.f1,
    "mcc": metrics.mcc,
}
LEAST_GROUPS = 10
"""Drawn with replacement, fewer groups give an interval that looks far too sure."""

DRAWS = 500


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        name: as scikit-learn calls it.
        value: the figure.
        prevalence: "natural" weighs tiles as they are, "balanced" both classes the same.
        threshold: of the decisions; None for figures of the scores themselves.
        low, high: 95 % interval by groups; None where there are too few.
        n: how many tiles it rests on: cracked ones for recall, intact ones for false alarms, else all.
    """

    name: str
    value: float
    prevalence: Prevalence
    n: int
    threshold: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Decisions:
    """What a threshold decides.

    Attributes:
        threshold: score from which a tile is called cracked.
        name: how the threshold is called.
        rows: of the classification report.
        counts: true negatives, false alarms, misses, true positives.
    """

    threshold: float
    name: str
    rows: tuple[ClassRow, ...]
    counts: tuple[int, int, int, int]


def decide(columns: Columns, *, threshold: float, name: str, classes: Sequence[str]) -> Decisions:
    """Give the classification report and the confusion matrix at a threshold."""
    preds = (columns.scores >= threshold).astype(np.int64)
    tn, fp, fn, tp = metrics.confusion(preds, columns.labels, np.ones(len(preds)))
    rows = metrics.class_report(preds, columns.labels, classes=classes)
    return Decisions(threshold, name, rows, (int(tn), int(fp), int(fn), int(tp)))


def measure_all(columns: Columns, *, thresholds: Sequence[float]) -> tuple[Figure, ...]:
    """Give every figure: of the scores, and of the decisions at each threshold, at both prevalences.

    Args:
        columns: N tiles.
        thresholds: of the decisions; twice the same is measured once.

    Raises:
        DataError: only one class is there.
    """
    plan: list[tuple[str, MetricFunction, Floats | Ints, float | None]] = [
        (name, metric, columns.scores, None) for name, metric in OF_SCORES.items()
    ]
    for threshold in dict.fromkeys(thresholds):
        preds = (columns.scores >= threshold).astype(np.int64)
        plan += [(name, metric, preds, threshold) for name, metric in OF_DECISIONS.items()]
    cracked, n = int(columns.labels.sum()), len(columns.labels)
    rests_on = {"recall": cracked, "false_alarm_rate": n - cracked}

    def values(weights: Floats) -> NDArray[np.float64]:
        both = (weights, weights * _evened(columns.labels, weights))
        return np.array([[metric(of, columns.labels, use) for use in both] for _, metric, of, _ in plan])

    metrics.balanced_weights(columns.labels)  # refuses a single class with a sentence
    found = values(np.ones(n))  # (figures, 2)
    low, high = _intervals([values(weights) for weights in group_draws(columns)], found.shape)
    return tuple(
        Figure(name, float(found[i, k]), prevalence, rests_on.get(name, n), threshold, low[i][k], high[i][k])
        for i, (name, _, _, threshold) in enumerate(plan)
        for k, prevalence in enumerate(PREVALENCES)
    )


def _evened(labels: NDArray[np.int64], weights: Floats) -> Floats:
    """Give factors (N,) under which both classes weigh the same."""
    sums = np.bincount(labels, weights=weights, minlength=2)
    return np.asarray((weights.sum() / 2 / sums)[labels], np.float64)


def group_draws(columns: Columns, *, draws: int = DRAWS) -> Iterator[NDArray[np.float64]]:
    """Give how often each tile is in a sample of whole groups drawn with replacement (seed 0), (N,) a draw.

    Draws without one of the classes are left out; fewer than 10 groups give none.

    Source: Efron and Tibshirani 1993, chapter 13; whole groups because tiles of one photo are no independent trials.
    """
    names, index = np.unique(columns.groups, return_inverse=True)
    random = np.random.default_rng(0)
    for _ in range(draws if len(names) >= LEAST_GROUPS else 0):
        times = np.bincount(random.integers(len(names), size=len(names)), minlength=len(names))[index]
        if np.bincount(columns.labels, weights=times, minlength=2).min() > 0:
            yield times.astype(np.float64)


def _intervals(
    drawn: Sequence[NDArray[np.float64]], shape: tuple[int, ...]
) -> tuple[list[list[float | None]], list[list[float | None]]]:
    if not drawn:
        nothing: list[list[float | None]] = [[None] * shape[1] for _ in range(shape[0])]
        return nothing, nothing
    low, high = np.quantile(np.stack(drawn), (0.025, 0.975), axis=0)
    return low.tolist(), high.tolist()


def cautious(value: float, *, digits: int = 2) -> str:
    """Give a share for people; neither certainty nor impossibility is made by rounding.

    Example:
        >>> cautious(0.9998), cautious(0.42), cautious(0.001), cautious(1.0), cautious(0.9998, digits=3)
        ('> 0.99', '0.42', '< 0.01', '1.00', '> 0.999')
    """
    step = 10.0**-digits
    if 1 - step / 2 <= value < 1:
        return f"> {1 - step:.{digits}f}"
    return f"< {step:.{digits}f}" if 0 < value < step / 2 else f"{value:.{digits}f}"


def pick(figures: Sequence[Figure], name: str, *, prevalence: Prevalence, threshold: float | None = None) -> Figure:
    """Give one figure by its name.

    Raises:
        DataError: it was not measured.
    """
    for figure in figures:
        if (figure.name, figure.prevalence, figure.threshold) == (name, prevalence, threshold):
            return figure
    raise DataError(
        f"expected a measured figure; got {name!r} at {threshold}. It has {sorted({f.name for f in figures})}."
    )
