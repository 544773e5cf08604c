"""Takes made scores; gives faults of the figures, their intervals by group and their two prevalences."""

from __future__ import annotations

import numpy as np
import pytest
from tests.evaluation.made import CLASSES, noisy_tiles, tiles

from cracklens.errors import DataError
from cracklens.figures import metrics
from cracklens.figures.measured import OF_DECISIONS, OF_SCORES, decide, group_draws, measure_all, pick
from cracklens.figures.tiles import Columns


def test_every_figure_is_there_once_at_each_threshold_and_prevalence() -> None:
    found = measure_all(Columns.of(noisy_tiles()), thresholds=(0.5, 0.25, 0.5))
    names = [(figure.name, figure.prevalence, figure.threshold) for figure in found]
    assert len(set(names)) == len(names) == 2 * (len(OF_SCORES) + 2 * len(OF_DECISIONS))
    assert {figure.n for figure in found if figure.name == "recall"} == {100}
    assert {figure.n for figure in found if figure.name == "accuracy"} == {200}


def test_values_are_the_metrics_and_lie_in_their_intervals() -> None:
    columns = Columns.of(noisy_tiles())
    found = measure_all(columns, thresholds=(0.5,))
    preds, ones = (columns.scores >= 0.5).astype(np.int64), np.ones(200)
    assert pick(found, "f1", prevalence="natural", threshold=0.5).value == metrics.f1(preds, columns.labels, ones)
    assert pick(found, "auroc", prevalence="natural").value == metrics.auroc(columns.scores, columns.labels, ones)
    for figure in found:
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low <= figure.value <= figure.high or figure.name == "ece"


def test_balanced_prevalence_is_that_of_equal_classes() -> None:
    few = [one for one in noisy_tiles(400) if one.label == 0 or int(one.file[-9:-4]) % 16 == 1]
    columns = Columns.of(few)
    found = measure_all(columns, thresholds=(0.5,))
    preds, even = (columns.scores >= 0.5).astype(np.int64), metrics.balanced_weights(columns.labels)
    balanced = pick(found, "precision", prevalence="balanced", threshold=0.5).value
    assert balanced == pytest.approx(metrics.precision(preds, columns.labels, even))
    assert balanced > pick(found, "precision", prevalence="natural", threshold=0.5).value + 0.2
    for same in ("recall", "false_alarm_rate"):
        one, other = (pick(found, same, prevalence=which, threshold=0.5).value for which in ("natural", "balanced"))
        assert one == pytest.approx(other)


def test_interval_is_that_of_drawing_whole_groups() -> None:
    columns = Columns.of(noisy_tiles())
    ours = pick(measure_all(columns, thresholds=(0.5,)), "accuracy", prevalence="natural", threshold=0.5)
    preds = (columns.scores >= 0.5).astype(np.int64)
    theirs = metrics.bootstrap_interval(metrics.accuracy, preds, columns.labels, np.ones(200), groups=columns.groups)
    assert (ours.low, ours.high) == pytest.approx(theirs, abs=0.01)
    for times in group_draws(columns, draws=5):
        assert times.sum() == 200
        assert all(len(set(times[columns.groups == group].tolist())) == 1 for group in set(columns.groups.tolist()))


def test_three_tiles_have_figures_and_no_interval() -> None:
    found = measure_all(Columns.of(tiles([0.9, 0.2, 0.4], [1, 0, 0])), thresholds=(0.5,))
    assert pick(found, "auroc", prevalence="natural").value == 1
    assert {figure.low for figure in found} == {None}


def test_one_class_is_refused() -> None:
    with pytest.raises(DataError, match="Both classes are needed; got 3 cracked and 0 intact"):
        measure_all(Columns.of(tiles([0.9, 0.2, 0.4], [1, 1, 1])), thresholds=(0.5,))


def test_decisions_count_tiles_at_the_threshold_as_cracked() -> None:
    found = decide(Columns.of(tiles([0.5, 0.4, 0.6, 0.5], [1, 1, 0, 0])), threshold=0.5, name="half", classes=CLASSES)
    assert found.counts == (0, 2, 1, 1)
    assert [row.name for row in found.rows] == [*CLASSES, "accuracy", "macro avg", "weighted avg"]


def test_a_figure_that_was_not_measured_is_named() -> None:
    with pytest.raises(DataError, match="'auprc'"):
        pick(measure_all(Columns.of(noisy_tiles()), thresholds=()), "auprc", prevalence="natural")
