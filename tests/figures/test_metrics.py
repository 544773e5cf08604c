"""Takes random scores, targets and weights; gives faults of the metrics, against scikit-learn and brute force."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from cracklens.errors import DataError
from cracklens.figures import metrics

Case = tuple[np.ndarray, np.ndarray, np.ndarray]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Give scores with ties, targets of both classes, and weights of tiles, some of them 0."""
    n = draw(st.integers(2, 40))
    scores = draw(st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.2, 0.5, 1.0])), min_size=n, max_size=n))
    target = [0, 1, *draw(st.lists(st.integers(0, 1), min_size=n - 2, max_size=n - 2))]
    weights = [1.0, 1.0, *draw(st.lists(st.floats(0, 9), min_size=n - 2, max_size=n - 2))]
    return np.array(scores), np.array(target), np.array(weights)


def decisions(scores: np.ndarray) -> np.ndarray:
    return (scores >= 0.5).astype(np.int64)


def balanced_accuracy(target: np.ndarray, preds: np.ndarray, *, sample_weight: np.ndarray) -> float:
    recalls = sklearn_metrics.recall_score(
        target, preds, sample_weight=sample_weight, average=None, labels=[0, 1], zero_division=0
    )
    return float(np.mean(recalls))


def false_alarm_rate(target: np.ndarray, preds: np.ndarray, *, sample_weight: np.ndarray) -> float:
    return float(1 - sklearn_metrics.recall_score(target, preds, sample_weight=sample_weight, pos_label=0))


@given(case=cases())
def test_confusion_is_scikit_learns(case: Case) -> None:
    scores, target, weights = case
    theirs = sklearn_metrics.confusion_matrix(target, decisions(scores), sample_weight=weights, labels=[0, 1])
    np.testing.assert_allclose(metrics.confusion(decisions(scores), target, weights), theirs.ravel(), atol=1e-9)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (metrics.accuracy, sklearn_metrics.accuracy_score),
        (metrics.recall, sklearn_metrics.recall_score),
        (metrics.precision, sklearn_metrics.precision_score),
        (metrics.f1, sklearn_metrics.f1_score),
        (metrics.balanced_accuracy, balanced_accuracy),
        (metrics.false_alarm_rate, false_alarm_rate),
        (metrics.mcc, sklearn_metrics.matthews_corrcoef),
    ],
    ids=lambda metric: metric.__name__,
)
def test_metrics_of_decisions_are_scikit_learns(ours, theirs) -> None:
    zero_division = theirs in (sklearn_metrics.recall_score, sklearn_metrics.precision_score, sklearn_metrics.f1_score)
    undefined = {"zero_division": 0} if zero_division else {}

    @given(case=cases())
    def compare(case: Case) -> None:
        scores, target, weights = case
        expected = theirs(target, decisions(scores), sample_weight=weights, **undefined)
        assert ours(decisions(scores), target, weights) == pytest.approx(expected, abs=1e-9)

    compare()


@given(case=cases())
def test_auroc_is_the_share_of_pairs_in_order(case: Case) -> None:
    scores, target, weights = case
    above = scores[target == 1][:, None] - scores[target == 0]
    pairs = weights[target == 1][:, None] * weights[target == 0]
    expected = (pairs * ((above > 0) + 0.5 * (above == 0))).sum() / pairs.sum()
    assert metrics.auroc(scores, target, weights) == pytest.approx(expected, abs=1e-9)


@given(case=cases())
def test_average_precision_is_the_area_under_the_steps(case: Case) -> None:
    scores, target, weights = case
    area, reached = 0.0, 0.0
    for threshold in np.unique(scores)[::-1]:
        preds = (scores >= threshold).astype(np.int64)
        recall = metrics.recall(preds, target, weights)
        area += (recall - reached) * metrics.precision(preds, target, weights)
        reached = recall
    assert metrics.average_precision(scores, target, weights) == pytest.approx(area, abs=1e-9)


@pytest.mark.slow
@given(case=cases())
def test_class_report_is_scikit_learns_to_the_letter(case: Case) -> None:
    scores, target, _ = case
    names = ("Non-cracked", "Cracked")
    theirs = sklearn_metrics.classification_report(
        target, decisions(scores), target_names=names, digits=4, zero_division=0
    )
    theirs = re.sub(r"(\d+)\.0$", r"  \1", theirs, flags=re.MULTILINE)  # some versions count in floats
    assert metrics.class_report_text(metrics.class_report(decisions(scores), target, classes=names)) == theirs


@given(case=cases(), bins=st.integers(1, 20))
def test_ece_is_the_weighted_gap_of_every_bin(case: Case, bins: int) -> None:
    scores, target, weights = case
    gaps = 0.0
    for bin_ in range(bins):
        inside = (np.floor(scores * bins) == bin_) | ((scores == 1) & (bin_ == bins - 1))
        if weights[inside].sum():
            accuracy = np.average(target[inside], weights=weights[inside])
            confidence = np.average(scores[inside], weights=weights[inside])
            gaps += weights[inside].sum() * abs(accuracy - confidence)
    assert metrics.ece(scores, target, weights, bins=bins) == pytest.approx(gaps / weights.sum(), abs=1e-9)


def test_ece_of_a_calibrated_score_is_0_and_of_a_wrong_one_1() -> None:
    half, ones = np.full(10, 0.5), np.ones(10)
    assert metrics.ece(half, np.arange(10) % 2, ones) == pytest.approx(0)
    assert metrics.ece(ones, np.zeros(10, np.int64), ones) == pytest.approx(1)


@given(target=st.lists(st.integers(0, 1), min_size=2, max_size=50).map(np.array))
def test_balanced_weights_weigh_both_classes_the_same(target: np.ndarray) -> None:
    if len(set(target.tolist())) < 2:
        with pytest.raises(DataError, match="Both classes are needed; got"):
            metrics.balanced_weights(target)
        return
    weights = metrics.balanced_weights(target)
    assert weights[target == 1].sum() == pytest.approx(len(target) / 2)
    assert weights.sum() == pytest.approx(len(target))


@given(case=cases(), least=st.floats(0.01, 1))
def test_threshold_for_recall_is_the_highest_that_reaches_it(case: Case, least: float) -> None:
    scores, target, _ = case
    cracked = scores[target == 1]
    reached = [of for of in np.unique(cracked) if np.mean(cracked >= of) >= least - 1e-9]
    assert metrics.threshold_for_recall(scores, target, least=least) == max(reached)


def test_threshold_for_recall_needs_cracks() -> None:
    with pytest.raises(DataError, match="needs cracked tiles; got none"):
        metrics.threshold_for_recall(np.array([0.1, 0.2]), np.array([0, 0]))


@given(case=cases())
def test_threshold_for_f1_is_the_best_there_is(case: Case) -> None:
    scores, target, weights = case

    def f1_at(threshold: float) -> float:
        return metrics.f1((scores >= threshold).astype(np.int64), target, weights)

    found = metrics.threshold_for_f1(scores, target, weights)
    assert found in scores
    assert f1_at(found) == pytest.approx(max(f1_at(score) for score in scores), abs=1e-9)


# Intervals


def noisy(n: int = 200, *, seed: int = 0) -> Case:
    random = np.random.default_rng(seed)
    target = random.integers(0, 2, n)
    return np.where(random.random(n) < 0.8, target, 1 - target), target, np.ones(n)


def test_interval_is_the_same_every_time_and_holds_the_value() -> None:
    preds, target, weights = noisy()
    groups = np.arange(len(preds)).astype(str)
    low, high = metrics.bootstrap_interval(metrics.accuracy, preds, target, weights, groups=groups)
    assert (low, high) == metrics.bootstrap_interval(metrics.accuracy, preds, target, weights, groups=groups)
    assert low < metrics.accuracy(preds, target, weights) < high
    expected = 1.96 * np.sqrt(0.8 * 0.2 / len(preds))
    assert (high - low) / 2 == pytest.approx(expected, rel=0.25)


def test_interval_covers_the_truth_about_95_times_in_100() -> None:
    covered = 0
    for seed in range(60):
        preds, target, weights = noisy(120, seed=seed)
        interval = metrics.bootstrap_interval(
            metrics.accuracy, preds, target, weights, groups=np.arange(len(preds)), draws=200
        )
        covered += interval[0] <= 0.8 <= interval[1]
    assert covered >= 52


def test_tiles_of_one_photo_make_the_interval_wider() -> None:
    preds, target, weights = noisy(40)
    many = [np.repeat(values, 10) for values in (preds, target, weights)]
    groups = np.repeat(np.arange(40), 10)

    def width(groups: np.ndarray) -> float:
        low, high = metrics.bootstrap_interval(metrics.accuracy, many[0], many[1], many[2], groups=groups)
        return high - low

    assert width(groups) > 2 * width(np.arange(400))


def test_interval_of_one_class_is_refused() -> None:
    with pytest.raises(DataError, match="An interval needs both classes in more than one group"):
        metrics.bootstrap_interval(metrics.recall, np.ones(4), np.ones(4, int), np.ones(4), groups=np.arange(4))
