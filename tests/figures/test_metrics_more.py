"""Takes random scores and labels; gives faults of MCC, balanced accuracy, average precision and the class report."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as theirs

from cracklens.figures import metrics

CLASSES = ("Non-cracked", "Cracked")


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give scores with ties, targets of both classes, and weights above 0."""
    n = draw(st.integers(2, 40))
    scores = draw(st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.5, 1.0])), min_size=n, max_size=n))
    target = [0, 1, *draw(st.lists(st.integers(0, 1), min_size=n - 2, max_size=n - 2))]
    weights = draw(st.lists(st.floats(0.1, 9), min_size=n, max_size=n))
    return np.array(scores), np.array(target), np.array(weights)


@given(case=cases())
def test_metrics_of_decisions_are_scikit_learns(case) -> None:
    scores, target, weights = case
    preds = (scores >= 0.5).astype(np.int64)
    expected = theirs.matthews_corrcoef(target, preds, sample_weight=weights)
    assert metrics.mcc(preds, target, weights) == pytest.approx(expected, abs=1e-6)
    expected = theirs.balanced_accuracy_score(target, preds, sample_weight=weights)
    assert metrics.balanced_accuracy(preds, target, weights) == pytest.approx(expected, abs=1e-9)
    rate = 1 - theirs.recall_score(target, preds, sample_weight=weights, pos_label=0, zero_division=0)
    assert metrics.false_alarm_rate(preds, target, weights) == pytest.approx(rate, abs=1e-9)


@given(case=cases())
def test_average_precision_is_the_sum_of_its_steps(case) -> None:
    scores, target, weights = case
    total, before = 0.0, 0.0
    for threshold in sorted(set(scores.tolist()), reverse=True):
        called = scores >= threshold
        hit = (weights * target)[called].sum()
        reached = hit / (weights * target).sum()
        total += (reached - before) * hit / weights[called].sum()
        before = reached
    assert metrics.average_precision(scores, target, weights) == pytest.approx(total, abs=1e-9)


@given(case=cases())
def test_areas_under_curves_are_scikit_learns(case) -> None:
    scores, target, weights = case
    expected = theirs.roc_auc_score(target, scores, sample_weight=weights)
    assert metrics.auroc(scores, target, weights) == pytest.approx(expected, abs=1e-9)
    expected = theirs.average_precision_score(target, scores, sample_weight=weights)
    assert metrics.average_precision(scores, target, weights) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("called", [0, 1])
def test_decisions_of_one_class_are_no_division_by_0(called: int) -> None:
    preds, target, ones = np.full(4, called), np.array([0, 1, 1, 0]), np.ones(4)
    assert metrics.mcc(preds, target, ones) == 0
    assert metrics.balanced_accuracy(preds, target, ones) == 0.5
    assert metrics.false_alarm_rate(preds, target, ones) == called


@pytest.mark.slow
@given(case=cases())
def test_class_report_is_scikit_learns_word_for_word(case) -> None:
    scores, target, _ = case
    preds = (scores >= 0.5).astype(np.int64)
    rows = metrics.class_report(preds, target, classes=CLASSES)
    kwargs = {"target_names": CLASSES, "labels": [0, 1], "zero_division": 0}
    text = theirs.classification_report(target, preds, digits=4, **kwargs)
    text = re.sub(r"  (\d+)\.0$", r"    \1", text, flags=re.MULTILINE)  # where torch is loaded, it counts in floats
    assert metrics.class_report_text(rows) == text
    assert sum(row.support for row in rows[:2]) == len(target) == rows[2].support
