"""Takes scores, targets and weights as arrays; gives metrics with intervals. Pure: knows no files or photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_fscore_support

from cracklens.errors import DataError

Floats = NDArray[np.floating]
Ints = NDArray[np.integer]
MetricFunction = Callable[[Any, Ints, Floats], float]


def balanced_weights(target: Ints) -> Floats:
    """Give weights (N,) under which both classes weigh the same; they add up to N.

    Raises:
        DataError: only one class is there.
    """
    counts = np.bincount(target, minlength=2)
    if counts.min() == 0:
        came = f"got {counts[1]} cracked and {counts[0]} intact"
        raise DataError(f"Both classes are needed; {came}. Add the missing one.")
    return (len(target) / 2 / counts)[target]


def confusion(preds: Ints, target: Ints, weights: Floats) -> tuple[float, float, float, float]:
    """Give weighted true negatives, false positives, false negatives, true positives."""
    cells = np.bincount(2 * target + preds, weights=weights, minlength=4)
    return float(cells[0]), float(cells[1]), float(cells[2]), float(cells[3])


def accuracy(preds: Ints, target: Ints, weights: Floats) -> float:
    """Give the weighted share of right decisions, 0-1."""
    tn, fp, fn, tp = confusion(preds, target, weights)
    return (tn + tp) / (tn + fp + fn + tp)


def recall(preds: Ints, target: Ints, weights: Floats) -> float:
    """Give the share of cracked tiles that are called cracked, 0-1; 0 where there are none."""
    _, _, fn, tp = confusion(preds, target, weights)
    return tp / (fn + tp) if fn + tp else 0.0


def precision(preds: Ints, target: Ints, weights: Floats) -> float:
    """Give the share of tiles called cracked that are cracked, 0-1; 0 where none is called so."""
    _, fp, _, tp = confusion(preds, target, weights)
    return tp / (fp + tp) if fp + tp else 0.0


def f1(preds: Ints, target: Ints, weights: Floats) -> float:
    """Give the harmonic mean of precision and recall, 0-1."""
    _, fp, fn, tp = confusion(preds, target, weights)
    return 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 0.0


def auroc(scores: Floats, target: Ints, weights: Floats) -> float:
    """Give the area under the ROC curve, 0-1; both classes must be there."""
    called, hits = ranked(scores, target, weights)
    alarms = called - hits
    return float(np.trapezoid(hits, alarms) / (hits[-1] * alarms[-1]))


def ece(scores: Floats, target: Ints, weights: Floats, *, bins: int = 15) -> float:
    """Give the expected calibration error of the crack score over equal bins, 0-1.

    Source: Naeini et al. 2015; Guo et al. 2017, section 2, here of the positive class's probability.
    """
    index = np.minimum((scores * bins).astype(int), bins - 1)
    gap = np.bincount(index, weights=weights * (target - scores), minlength=bins)
    return float(np.abs(gap).sum() / weights.sum())


def threshold_for_recall(scores: Floats, target: Ints, *, least: float = 0.95) -> float:
    """Give the highest threshold whose recall on these scores is at least `least`.

    Raises:
        DataError: no cracked tile is there.
    """
    cracked = np.sort(scores[target == 1])
    if not len(cracked):
        raise DataError("A threshold for recall needs cracked tiles; got none. Add labelled cracks to val.")
    missed = int(np.floor((1 - least) * len(cracked) + 1e-9))
    return float(cracked[missed])


def threshold_for_f1(scores: Floats, target: Ints, weights: Floats) -> float:
    """Give the threshold with the highest weighted F1 on these scores."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum((weights * target)[order])
    called = np.cumsum(weights[order])
    f1s = 2 * hits / (called + (weights * target).sum())
    last_of_ties = np.append(np.diff(scores[order]) != 0, True)
    return float(scores[order][np.argmax(np.where(last_of_ties, f1s, -1))])


def bootstrap_interval(
    metric: MetricFunction,
    values: Floats | Ints,
    target: Ints,
    weights: Floats,
    *,
    groups: NDArray[np.generic],
    draws: int = 500,
) -> tuple[float, float]:
    """Give the 95 % interval of a metric by drawing whole groups with replacement (seed 0).

    Tiles of one photo are no independent trials; drawing tiles would give an interval that is too narrow.

    Args:
        metric: function of (values, target, weights).
        values: scores or preds (N,).
        target: 0 or 1 (N,).
        weights: (N,).
        groups: what belongs together, e.g. the photo's name (N,).
        draws: how many; each in which one class is missing is left out.

    Source: Efron and Tibshirani 1993, chapter 13 (percentile interval).
    """
    _, index = np.unique(groups, return_inverse=True)
    members = np.split(np.argsort(index, kind="stable"), np.cumsum(np.bincount(index))[:-1])
    random = np.random.default_rng(0)
    found = []
    for _ in range(draws):
        drawn = np.concatenate([members[i] for i in random.integers(len(members), size=len(members))])
        if 0 < target[drawn].sum() < len(drawn):
            found.append(metric(values[drawn], target[drawn], weights[drawn]))
    if not found:
        raise DataError("An interval needs both classes in more than one group; got too few. Add labelled tiles.")
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def balanced_accuracy(preds: Ints, target: Ints, weights: Floats) -> float:
    """Give the mean of the two classes' recalls, 0-1; a class without tiles counts as 0."""
    tn, fp, fn, tp = confusion(preds, target, weights)
    return ((tp / (tp + fn) if tp + fn else 0.0) + (tn / (tn + fp) if tn + fp else 0.0)) / 2


def false_alarm_rate(preds: Ints, target: Ints, weights: Floats) -> float:
    """Give the share of intact tiles that are called cracked, 0-1; 0 where there are none."""
    tn, fp, _, _ = confusion(preds, target, weights)
    return fp / (tn + fp) if tn + fp else 0.0


def mcc(preds: Ints, target: Ints, weights: Floats) -> float:
    """Give Matthews' correlation of decisions and labels, -1 to 1; 0 where one of them has a single class."""
    tn, fp, fn, tp = confusion(preds, target, weights)
    root = float(np.sqrt(tp + fp) * np.sqrt(tp + fn) * np.sqrt(tn + fp) * np.sqrt(tn + fn))
    return (tp * tn - fp * fn) / root if root else 0.0


def average_precision(scores: Floats, target: Ints, weights: Floats) -> float:
    """Give the area under the steps of the precision-recall curve, 0-1; a coin reaches the share of cracked tiles."""
    called, hits = ranked(scores, target, weights)
    right = np.divide(hits, called, out=np.zeros_like(hits), where=called > 0)
    return float((np.diff(hits) * right[1:]).sum() / hits[-1])


def ranked(scores: Floats, target: Ints, weights: Floats) -> tuple[Floats, Floats]:
    """Give the weight of all tiles and of cracked tiles at or over each threshold, (K + 1,) from none to all.

    In NumPy, since a bootstrap asks a thousand times and scikit-learn checks its input anew each time.
    """
    order = np.argsort(-scores, kind="stable")
    last_of_ties = np.append(np.diff(scores[order]) != 0, True)
    sums = (np.cumsum(of[order], dtype=np.float64)[last_of_ties] for of in (weights, weights * target))
    called, hits = (np.append(0.0, of) for of in sums)
    return called, hits


@dataclass(frozen=True)
class ClassRow:
    """One row of the classification report.

    Attributes:
        name: of the class, or "accuracy", "macro avg", "weighted avg".
        precision, recall: 0-1; None in the row "accuracy".
        f1: 0-1; the accuracy in its row.
        support: how many tiles.
    """

    name: str
    precision: float | None
    recall: float | None
    f1: float
    support: int


def class_report(preds: Ints, target: Ints, *, classes: Sequence[str]) -> tuple[ClassRow, ...]:
    """Give the rows of scikit-learn's classification report: each class, accuracy, macro and weighted average.

    Args:
        preds: 0 or 1 (N,).
        target: 0 or 1 (N,).
        classes: names of 0 and 1.
    """
    columns = precision_recall_fscore_support(target, preds, labels=[0, 1], zero_division=0)
    of_class = np.array(columns[:3], np.float64)  # (3, 2): precision, recall, F1
    support, n = columns[3], len(target)
    right = ClassRow("accuracy", None, None, accuracy(preds, target, np.ones(n)), n)
    return (
        *(_row(name, of_class[:, i], int(support[i])) for i, name in enumerate(classes)),
        right,
        _row("macro avg", of_class.mean(1), n),
        _row("weighted avg", of_class @ support / n, n),
    )


def _row(name: str, values: Floats, support: int) -> ClassRow:
    return ClassRow(name, float(values[0]), float(values[1]), float(values[2]), support)


def class_report_text(rows: Sequence[ClassRow], *, digits: int = 4) -> str:
    """Give the rows as scikit-learn prints them, with a line feed at the end."""
    width = max(len(row.name) for row in rows)
    head = " ".join(["", *(f"{name:>9}" for name in ("precision", "recall", "f1-score", "support"))])
    lines = [" " * width + " " + head, ""]
    for row in rows:
        lines += [""] * (row.name == "accuracy")
        cells = ["" if value is None else f"{value:.{digits}f}" for value in (row.precision, row.recall, row.f1)]
        lines.append(f"{row.name:>{width}} " + "".join(f" {cell:>9}" for cell in (*cells, str(row.support))))
    return "\n".join(lines) + "\n"
